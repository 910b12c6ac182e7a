import Foundation
import GRDB
public import Receivables
public import Rules

extension StateFile {
  /// Every silence that was ever set, the oldest first.
  public func silences() throws(StateError) -> [Silence] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, created_at, author, reason, until_day, source, account_id, rule, tag, under,
            over, promised, currency, documents, open_then, expired_at, expired_by
          FROM silence ORDER BY id
          """
      )
      var silences: [Silence] = []
      while let row = try rows.next() { silences.append(try Silence(row: row)) }
      return silences
    }
  }

  /// Those that held, or had ended, when a pass looked at them.
  public func silences(seenBy pass: Int64) throws(StateError) -> [Silence] {
    let seen = try read { db in
      let sql = """
        SELECT id, expired_after_pass IS NOT NULL AND expired_after_pass < ? AS is_over
        FROM silence WHERE after_pass < ?
        """
      var seen: [Int64: Bool] = [:]
      let rows = try Row.fetchCursor(db, sql: sql, arguments: [pass, pass])
      while let row = try rows.next() {
        seen[try row.decode(atIndex: 0)] = try row.decode(atIndex: 1)
      }
      return seen
    }
    return try silences().compactMap { silence in
      guard let isOver = seen[silence.id] else { return nil }
      return isOver ? silence : silence.unexpired
    }
  }

  /// - Parameter audit: told the id that the silence has got.
  /// - Returns: the silence with its id.
  public func add(
    _ silence: Silence,
    audit: (Silence) -> AuditEntry
  ) throws(StateError) -> Silence {
    try write { db in
      let newest = try Int64.fetchOne(db, sql: "SELECT max(id) FROM pass") ?? 0
      let documents = silence.promise.map { promise in
        String(decoding: (try? JSONEncoder().encode(promise.documents)) ?? Data(), as: UTF8.self)
      }
      let matcher = silence.matcher
      try db.execute(
        sql: """
          INSERT INTO silence (created_at, after_pass, author, reason, until_day, source,
            account_id, rule, tag, under, over, promised, currency, documents, open_then)
          VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
          """,
        arguments: [
          silence.createdAt.seconds, newest, silence.author, silence.reason, silence.until.number,
          matcher.source, matcher.account, matcher.rule, matcher.tag, matcher.under, matcher.over,
          silence.promise?.amount.minorUnits, silence.promise?.amount.currency.code, documents,
          silence.promise?.openThen.minorUnits,
        ]
      )
      var stored = silence
      stored.id = db.lastInsertedRowID
      try AuditLog.append([audit(stored)], pass: nil, at: silence.createdAt, to: db)
      return stored
    }
  }

  /// Ends a silence before its time; one that is over already stays as it is.
  public func expire(
    _ id: Int64,
    by author: String,
    at now: Instant,
    audit: AuditEntry
  ) throws(StateError) {
    try write { db in
      try db.execute(
        sql: """
          UPDATE silence SET expired_at = ?, expired_by = ?,
            expired_after_pass = (SELECT coalesce(max(id), 0) FROM pass)
          WHERE id = ? AND expired_at IS NULL
          """,
        arguments: [now.seconds, author, id]
      )
      try AuditLog.append([audit], pass: nil, at: now, to: db)
    }
  }
}

extension Silence {
  fileprivate init(row: Row) throws {
    var promise: Promise?
    if let minor = try row.decode(Int64?.self, atIndex: 11) {
      let currency = try Currency(row.decode(String.self, atIndex: 12))
      let documents = try row.decode(String?.self, atIndex: 13) ?? "[]"
      promise = Promise(
        amount: Money(minorUnits: minor, currency: currency),
        documents: try JSONDecoder().decode([String].self, from: Data(documents.utf8)),
        openThen: Money(
          minorUnits: try row.decode(Int64?.self, atIndex: 14) ?? 0, currency: currency)
      )
    }
    let expiredBy = try row.decode(String?.self, atIndex: 16)
    self.init(
      id: try row.decode(atIndex: 0),
      createdAt: Instant(seconds: try row.decode(atIndex: 1)),
      author: try row.decode(atIndex: 2),
      reason: try row.decode(atIndex: 3),
      until: Day(number: try row.decode(atIndex: 4)),
      matcher: Matcher(
        source: try row.decode(atIndex: 5),
        account: try row.decode(atIndex: 6),
        rule: try row.decode(atIndex: 7),
        tag: try row.decode(atIndex: 8),
        under: try row.decode(atIndex: 9),
        over: try row.decode(atIndex: 10)
      ),
      promise: promise,
      expired: try row.instant(15).map { Ending(at: $0, by: expiredBy ?? "") }
    )
  }

  /// As it was before somebody ended it.
  fileprivate var unexpired: Silence {
    Silence(
      id: id, createdAt: createdAt, author: author, reason: reason, until: until,
      matcher: matcher, promise: promise)
  }
}
