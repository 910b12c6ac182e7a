import Foundation
import GRDB
import Support
import Testing

/// Whoever changes what was sent, decided or silenced, and not the log, is found out.
struct TamperTests {
  private static func folder(_ binary: Binary) async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      timezone: Pacific/Auckland
      sources: { books: { type: csv, path: books.csv } }
      channels:
        letters: { type: file, path: letters.jsonl, audience: customer }
      rules:
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [letters] }]
        - name: large
          when: { balance: overdue, over: 800 }
          levels: [{ notify: [letters], approve: true }]

      """, to: "balancealert.yaml")
    try folder.write(
      """
      account_id,account_name,document_id,due_date,currency,amount_due
      C1,Ann Lee,INV-1,2025-02-03,NZD,620.50
      C2,Bo Ray,INV-3,2025-02-20,NZD,900.00

      """, to: "books.csv")
    let now = ["--now", "2026-03-02T08:00:00Z"]
    #expect(try await binary.run(["run"] + now, in: folder).status == 75)
    let silenced = try await binary.run(
      ["silence", "add", "--account", "C1", "--until", "2026-04-01", "--reason", "asked"] + now,
      in: folder)
    #expect(silenced.status == 0, "\(silenced.errors)")
    return folder
  }

  @Test(arguments: [
    "UPDATE message SET body = replace(body, '620', '120')",
    "DELETE FROM message",
    "UPDATE delivery SET message_id = NULL WHERE status = 'sent'",
    "UPDATE delivery SET status = 'cancelled' WHERE status = 'sent'",
    "UPDATE delivery SET status = 'pending', hold = NULL WHERE status = 'held'",
    "UPDATE delivery SET recipient = 'x@example.com' WHERE status = 'sent'",
    "UPDATE delivery SET channel = 'other' WHERE status = 'sent'",
    "DELETE FROM delivery WHERE status = 'sent'",
    "UPDATE alert SET level = 2",
    "UPDATE silence SET until_day = until_day + 9",
    "UPDATE silence SET author = 'nobody'",
    "UPDATE silence SET reason = 'another'",
    "DELETE FROM silence",
    "INSERT INTO opted_out (kind, address, since, why) VALUES ('smtp', 'a@example.com', 1, 'x')",
  ])
  func aRowThatTheLogContradictsIsFound(_ sql: String) async throws {
    let binary = try Binary()
    let folder = try await Self.folder(binary)
    for command in [["history", "verify"], ["check"]] {
      #expect(try await binary.run(command, in: folder).status == 0)
    }
    let database = try DatabaseQueue(path: folder.file("state.sqlite"))
    let changed = try await database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: sql)
      return db.changesCount
    }
    try database.close()
    #expect(changed > 0)
    for command in [["history", "verify"], ["check"]] {
      let found = try await binary.run(command, in: folder)
      // What hangs on a row that is gone is a flaw of the file as well.
      #expect([73, 76].contains(found.status), "\(command): \(found.errors)")
      #expect(found.errors.contains("log") || found.errors.contains("belongs to none"))
    }
  }

  @Test func aHashThatWasKeptElsewhereMustStillBeThere() async throws {
    let binary = try Binary()
    let folder = try await Self.folder(binary)
    let verified = try await binary.run(["history", "verify"], in: folder)
    let hash = String(verified.output.split(whereSeparator: \.isWhitespace).last ?? "")
    #expect(hash.count == 64)
    let still = try await binary.run(["history", "verify", "--expect", hash], in: folder)
    #expect(still.status == 0)
    let other = String(hash.reversed())
    let cut = try await binary.run(["history", "verify", "--expect", other], in: folder)
    #expect(cut.status == 76)
    #expect(cut.errors.contains(other))
  }
}
