import Foundation
import GRDB
import Support
import Testing

/// Numbers at the ends of what fits, in every column of a state: whatever a pass makes of it, it
/// comes to an end, and says so.
struct ExtremeNumbersTests {
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      timezone: Pacific/Auckland
      sources: { books: { type: csv, path: books.csv } }
      channels:
        letters: { type: file, path: letters.jsonl, audience: customer }
        digest: { type: file, path: digest.jsonl, digest: true }
      rules:
        - name: rent
          when: { balance: overdue, over: 500 }
          repeat: 7d
          levels:
            - { after: 0d, notify: [letters] }
            - { after: 3d, notify: [letters, digest], approve: true }
          on_resolved: { notify: [digest] }

      """, to: "balancealert.yaml")
    try folder.write(
      """
      account_id,account_name,document_id,due_date,currency,amount_due,terms
      C1,Ann Lee,INV-1,2025-02-03,NZD,620.50,20 days
      C1,Ann Lee,INV-2,2026-02-03,NZD,20.50,20 days
      C2,Bo Ray,INV-3,2026-02-20,NZD,900.00,7 days
      C3,Cy Doe,INV-4,2026-02-20,NZD,90.00,7 days

      """, to: "books.csv")
    return folder
  }

  @Test func noneEndsAPass() async throws {
    let binary = try Binary()
    let folder = try Self.folder()
    for moment in ["2026-03-02T08:00:00Z", "2026-03-05T08:00:00Z"] {
      _ = try await binary.run(["run", "--now", moment], in: folder)
    }
    let silenced = try await binary.run(
      [
        "silence", "add", "--account", "C3", "--until", "2026-04-01", "--reason", "asked", "--now",
        "2026-03-05T08:00:00Z",
      ],
      in: folder)
    #expect(silenced.status == 0, "\(silenced.errors)")
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("state.sqlite")))
    let state = folder.file("state.sqlite")
    let columns = try Self.columns(of: state)
    #expect(columns.count > 40)
    for column in columns {
      for extreme in [Int64.min, Int64.max] {
        try whole.write(to: URL(fileURLWithPath: state))
        for end in ["-wal", "-shm", ".witness"] {
          try? FileManager.default.removeItem(atPath: state + end)
        }
        guard try Self.set(column, to: extreme, in: state) else { continue }
        for arguments in [
          ["preview"], ["explain", "C1"], ["run"], ["silence", "list"], ["history"],
        ] {
          let moment =
            ["preview", "run"].contains(arguments[0]) ? ["--now", "2026-03-12T08:00:00Z"] : []
          let result = try await binary.run(arguments + moment, in: folder)
          #expect(
            [0, 64, 65, 73, 75, 76].contains(result.status),
            "\(column.table).\(column.name) = \(extreme), \(arguments): \(result.status)")
        }
      }
    }
  }

  private struct Column {
    let table: String
    let name: String
  }

  private static func columns(of path: String) throws -> [Column] {
    try DatabaseQueue(path: path).read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
          WHERE m.type = 'table' AND c.type = 'INTEGER' AND m.name NOT LIKE 'sqlite%'
          """
      ).map { Column(table: $0[0], name: $0[1]) }
    }
  }

  /// - Returns: whether the schema lets it in.
  private static func set(_ column: Column, to value: Int64, in path: String) throws -> Bool {
    let database = try DatabaseQueue(path: path)
    defer { try? database.close() }
    return try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS audit_is_appended_to")
      do {
        try db.execute(
          sql: """
            UPDATE \(column.table) SET \(column.name) = ? WHERE rowid = \
            (SELECT rowid FROM \(column.table) WHERE \(column.name) IS NOT NULL LIMIT 1)
            """,
          arguments: [value])
      } catch is DatabaseError {
        // A table without row ids, or a rule of the schema.
        do {
          try db.execute(
            sql: "UPDATE \(column.table) SET \(column.name) = ?", arguments: [value])
        } catch is DatabaseError { return false }
      }
      return db.changesCount > 0
    }
  }
}
