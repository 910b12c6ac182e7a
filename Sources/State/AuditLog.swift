import Crypto
import Failpoints
import GRDB
import Outbox
public import Receivables

/// One thing that was done or decided.
public struct AuditEntry: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A pass ended.
    case pass
    /// A source was polled, or failed.
    case poll
    /// What a rule makes of an account changed.
    case decision
    /// An alert was decided, with its deliveries.
    case alert
    /// What became of a delivery.
    case delivery
    /// A platform reports that somebody wants no more messages.
    case optOut = "opt_out"
    /// A person stepped in.
    case person
    /// The state is not what it was: what it lost, by its witness.
    case state
  }

  public let kind: Kind
  /// What it is about: an account, a delivery id, a source.
  public let subject: String
  /// One JSON object.
  public let body: String

  public init(kind: Kind, subject: String, body: String) {
    self.kind = kind
    self.subject = subject
    self.body = body
  }
}

/// An entry as it stands in the log.
public struct AuditRecord: Sendable, Equatable {
  public let seq: Int64
  public let time: Instant
  public let pass: Int64?
  public let kind: String
  public let subject: String
  public let body: String
  /// SHA-256 over the hash before and all of this entry, hexadecimal.
  public let hash: String
}

/// The append-only log. Each entry carries the hash of all before it, so that a changed, removed or
/// reordered one shows.
enum AuditLog {
  /// Within the caller's transaction.
  static func append(
    _ entries: [AuditEntry],
    pass: Int64?,
    at time: Instant,
    to db: Database
  ) throws {
    guard !entries.isEmpty else { return }
    let last = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    )
    var seq: Int64 = try last?.decode(atIndex: 0) ?? 0
    var hash: String = try last?.decode(atIndex: 1) ?? ""
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO audit (seq, time, pass_id, kind, subject, body, hash) VALUES (?,?,?,?,?,?,?)
        """
    )
    guard seq < .max - Int64(entries.count) else {
      throw DatabaseError(
        resultCode: .SQLITE_CORRUPT, message: "entry \(seq) of the log has no next one")
    }
    for entry in entries {
      seq += 1
      hash = Self.hash(
        after: hash,
        seq: seq,
        time: time.seconds,
        pass: pass,
        kind: entry.kind.rawValue,
        subject: entry.subject,
        body: entry.body
      )
      try insert.execute(arguments: [
        seq, time.seconds, pass, entry.kind.rawValue, entry.subject, entry.body, hash,
      ])
      Failpoint.at(.auditMiddle)
    }
  }

  static func hash(
    after previous: String,
    seq: Int64,
    time: Int64,
    pass: Int64?,
    kind: String,
    subject: String,
    body: String
  ) -> String {
    var hash = SHA256()
    let passText = pass.map { String($0) } ?? "-"
    for part in [previous, String(seq), String(time), passText, kind, subject, body] {
      // Lengths keep "ab"+"c" from looking like "a"+"bc".
      hash.update(data: Array("\(part.utf8.count):".utf8))
      hash.update(data: Array(part.utf8))
    }
    return hexadecimal(Array(hash.finalize()))
  }
}

extension StateFile {
  /// Entries in their order.
  /// - Parameter body: called for each; return `false` to stop.
  public func readAudit(
    since: Instant? = nil,
    _ body: (AuditRecord) -> Bool
  ) throws(StateError) {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT seq, time, pass_id, kind, subject, body, hash FROM audit
          WHERE time >= ? ORDER BY seq
          """,
        arguments: [since?.seconds ?? Int64.min]
      )
      while let row = try rows.next() {
        let record = AuditRecord(
          seq: try row.decode(atIndex: 0),
          time: Instant(seconds: try row.decode(atIndex: 1)),
          pass: try row.decode(atIndex: 2),
          kind: try row.decode(atIndex: 3),
          subject: try row.decode(atIndex: 4),
          body: try row.decode(atIndex: 5),
          hash: try row.decode(atIndex: 6)
        )
        if !body(record) { break }
      }
    }
  }

  /// What is wrong with the chain, in words; `nil` when it is whole.
  public func auditFlaw() throws(StateError) -> String? {
    var previous = ""
    var expected: Int64 = 1
    var flaw: String?
    try readAudit { record in
      if record.seq != expected {
        flaw = "entry \(expected) is missing"
        return false
      }
      let hash = AuditLog.hash(
        after: previous,
        seq: record.seq,
        time: record.time.seconds,
        pass: record.pass,
        kind: record.kind,
        subject: record.subject,
        body: record.body
      )
      if hash != record.hash {
        flaw = "entry \(record.seq) (\(record.kind), \(record.subject)) was changed"
        return false
      }
      previous = hash
      expected += 1
      return true
    }
    if let flaw { return flaw }
    // Cut off at the end: the newest finished pass always has an entry of its own.
    let unaudited = try read { db in
      try Int64.fetchOne(
        db,
        sql: """
          SELECT max(id) FROM pass WHERE exit_code IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM audit WHERE kind = 'pass' AND pass_id = pass.id)
          """
      )
    }
    return unaudited.map { "the entry of pass \($0) is missing" }
  }
}
