import Foundation
import GRDB
import Host
public import Receivables

/// Saves from a damaged file what can be read, into a new one in its place.
public struct StateRepair: Sendable {
  /// Where the damaged file is kept.
  public let kept: String
  /// Rows that were saved, by table.
  public private(set) var saved: [(table: String, rows: Int)] = []
  /// Tables of which something could not be read.
  public private(set) var torn: [String] = []

  /// Everything but what sources can tell again; parents before their children.
  private static let tables = [
    "pass", "terms", "terms_past", "input", "episode", "alert", "message", "delivery",
    "bad_address", "opted_out", "decision", "audit", "event", "silence", "synced",
    "refused_webhook", "digest_line", "ops_told", "doubt", "identity",
  ]

  /// - Parameters:
  ///   - path: of the damaged file; nobody else may have it open.
  ///   - audit: the entry that says so, told what was saved.
  /// - Throws: `StateError`; then the damaged file is as it was.
  public static func repair(
    _ path: String,
    at now: Instant,
    audit: (StateRepair) -> AuditEntry
  ) throws(StateError) -> StateRepair {
    var repair = StateRepair(kept: "\(path).damaged-\(now.seconds)")
    try copy(path, to: repair.kept)
    let beside = "\(path).repaired"
    StateFile.removeAll(of: beside)
    let new = try StateFile(path: beside, mode: .readWrite)
    do {
      let old = try DatabaseQueue(path: repair.kept)
      try new.database.writeWithoutTransaction { db in
        // Children may have lost their parents; they are looked at when all is there.
        try db.execute(sql: "PRAGMA foreign_keys = OFF")
        // It is the same state, as far as it can be read.
        try db.execute(sql: "DELETE FROM identity")
      }
      for table in tables { try repair.save(table, from: old, into: new.database) }
      try old.close()
    } catch {
      StateFile.removeAll(of: beside)
      throw StateFile.stateError(error, repair.kept)
    }
    try repair.dropOrphans(new)
    let entry = audit(repair)
    try new.write { db in try AuditLog.append([entry], pass: nil, at: now, to: db) }
    if !repair.lostPromises.isEmpty { try new.doubtWhatWasTold() }
    new.finish()
    // The damaged one goes last: until then it stands where it was.
    for end in ["-wal", "-shm"] { unlink(path + end) }
    guard rename(beside, path) == 0 else {
      throw .failed(
        path: path, why: "it could not be replaced: \(String(cString: strerror(errno)))")
    }
    StateFile.removeAll(of: beside)
    return repair
  }

  /// Those tables among the torn ones that say who was told what.
  public var lostPromises: [String] {
    torn.filter { ["episode", "alert", "delivery", "message"].contains($0) }
  }

  private init(kept: String) { self.kept = kept }

  private static func copy(_ path: String, to kept: String) throws(StateError) {
    for end in ["", "-wal"] {
      guard let data = FileManager.default.contents(atPath: path + end) else { continue }
      do throws(WholeFile.Problem) {
        try WholeFile.put(data, at: kept + end, mode: 0o600)
      } catch {
        throw .failed(path: kept + end, why: "the damaged file could not be kept: \(error.why)")
      }
    }
  }

  /// Row by row, from both ends: a page that cannot be read takes no more with it than it holds.
  private mutating func save(
    _ table: String,
    from old: DatabaseQueue,
    into new: DatabaseQueue
  ) throws {
    let columns = try new.read { try $0.columns(in: table).map(\.name) }
    let there = (try? old.read { try $0.columns(in: table).map(\.name) }) ?? []
    let common = columns.filter(there.contains)
    if common.isEmpty {
      torn.append(table)
      saved.append((table, 0))
      return
    }
    let names = common.map { "\"\($0)\"" }.joined(separator: ", ")
    let marks = common.map { _ in "?" }.joined(separator: ", ")
    var isTorn = false
    for order in ["ASC", "DESC"] {
      do {
        try old.read { source in
          let key = try source.primaryKey(table).columns.map { "\"\($0)\" \(order)" }
          let rows = try Row.fetchCursor(
            source,
            sql: "SELECT \(names) FROM \(table) ORDER BY \(key.joined(separator: ", "))")
          try new.write { target in
            let put = try target.makeStatement(
              sql: "INSERT OR IGNORE INTO \(table) (\(names)) VALUES (\(marks))")
            // What is read before a page fails is kept.
            while let row = try Self.next(rows, &isTorn) {
              try? put.execute(arguments: StatementArguments(row.databaseValues))
            }
          }
        }
      } catch {
        isTorn = true
      }
      if !isTorn { break }
    }
    if isTorn { torn.append(table) }
    saved.append(
      (table, try new.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }))
  }

  private static func next(_ rows: RowCursor, _ isTorn: inout Bool) throws -> Row? {
    do { return try rows.next() } catch {
      isTorn = true
      return nil
    }
  }

  /// A delivery without its alert says nothing to anybody. What was told by a pass that is lost was
  /// told nevertheless: a pass takes its place that says no more than when.
  private mutating func dropOrphans(_ state: StateFile) throws(StateError) {
    let dropped = try state.write { db in
      try db.execute(
        sql: """
          INSERT INTO pass (id, now) SELECT pass_id, min(decided_at) FROM alert
          WHERE pass_id NOT IN (SELECT id FROM pass) GROUP BY pass_id
          """
      )
      try db.execute(
        sql: """
          INSERT INTO identity SELECT lower(hex(randomblob(16))), 0
          WHERE NOT EXISTS (SELECT 1 FROM identity)
          """
      )
      var dropped = 0
      for sql in [
        "DELETE FROM alert WHERE episode_id NOT IN (SELECT id FROM episode)",
        "DELETE FROM delivery WHERE alert_id NOT IN (SELECT id FROM alert)",
        "UPDATE delivery SET message_id = NULL WHERE message_id NOT IN (SELECT id FROM message)",
      ] {
        try db.execute(sql: sql)
        dropped += db.changesCount
      }
      return dropped
    }
    if dropped > 0, !torn.contains("alert") { torn.append("alert") }
  }
}

// MARK: After a repair

extension StateFile {
  /// Until each source has been read once more, nobody knows who was told what after the newest
  /// entry of the log: rows were lost, or the file is a backup.
  public func doubtWhatWasTold() throws(StateError) {
    try write { db in
      try db.execute(sql: "INSERT OR IGNORE INTO doubt SELECT coalesce(max(seq), 0) FROM audit")
    }
  }

  /// Those of the sources which no pass that came to its end has read since it was doubted who was
  /// told what.
  public func forgotten(_ sources: Set<String>) throws(StateError) -> Set<String> {
    if doubt != nil { return sources }
    return try read { db in
      let doubt = try Int64.fetchOne(db, sql: "SELECT max(audit_seq) FROM doubt")
      return try doubt.map { try Self.unread(sources, after: $0, in: db) } ?? []
    }
  }

  /// Those of the sources in which no pass that came to its end has ever found an account on which
  /// it could decide: whoever was told of their balances is not in this state.
  public func unread(_ sources: Set<String>) throws(StateError) -> Set<String> {
    try read { db in
      let found = """
        AND (json_extract(body, '$.changed') > 0
          OR EXISTS (SELECT 1 FROM account WHERE source = audit.subject
            AND coalesce(since_pass, 0) <= audit.pass_id)
          OR EXISTS (SELECT 1 FROM account_past WHERE source = audit.subject
            AND coalesce(since_pass, 0) <= audit.pass_id))
        AND EXISTS (SELECT 1 FROM decision
          WHERE source = audit.subject AND suppressed IS NULL)
        """
      return try Self.unread(sources, after: 0, condition: found, in: db)
    }
  }

  private static func unread(
    _ sources: Set<String>,
    after entry: Int64,
    condition: String = "",
    in db: Database
  ) throws -> Set<String> {
    let read = try String.fetchCursor(
      db,
      sql: """
        SELECT subject FROM audit
        WHERE seq > ? AND kind = 'poll' AND json_extract(body, '$.status') <> 'failed'
          AND pass_id IN (SELECT id FROM pass WHERE exit_code IS NOT NULL)
          \(condition)
        ORDER BY seq
        """,
      arguments: [entry]
    )
    // Most often the first pass has read them all: what comes after is not looked at.
    var unread = sources
    while !unread.isEmpty, let source = try read.next() { unread.remove(source) }
    return unread
  }
}
