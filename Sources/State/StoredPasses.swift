import GRDB
import Outbox
public import Receivables

/// A pass as the state remembers it.
public struct StoredPass: Sendable, Equatable {
  public let id: Int64
  public let now: Instant
  /// `nil` when it was cut short.
  public let exitCode: Int32?
  /// The config and the directory that it read; `nil` of passes of older versions.
  public let config: String?
  public let directory: String?
  /// What it said of itself, as JSON; `nil` when it was cut short.
  public let summary: String?
}

extension StateFile {
  /// - Parameter since: passes from this moment on; the oldest first.
  public func passes(since: Instant = Instant(seconds: .min)) throws(StateError) -> [StoredPass] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT p.id, p.now, p.exit_code, c.body, d.body, p.summary FROM pass p
            LEFT JOIN input c ON c.digest = p.config
            LEFT JOIN input d ON d.digest = p.directory
          WHERE p.now >= ? ORDER BY p.id
          """,
        arguments: [since.seconds]
      )
      var passes: [StoredPass] = []
      while let row = try rows.next() {
        passes.append(
          StoredPass(
            id: try row.decode(atIndex: 0),
            now: Instant(seconds: try row.decode(atIndex: 1)),
            exitCode: try row.decode(atIndex: 2),
            config: try row.decode(atIndex: 3),
            directory: try row.decode(atIndex: 4),
            summary: try row.decode(atIndex: 5)
          ))
      }
      return passes
    }
  }

  /// What the newest pass went by that has got so far; `nil` where there is none.
  public func newestConfig() throws(StateError) -> String? {
    try read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT input.body FROM pass JOIN input ON input.digest = pass.config
          ORDER BY pass.id DESC LIMIT 1
          """
      )
    }
  }

  /// Sources that a pass polled well.
  public func sourcesPolled(by pass: Int64) throws(StateError) -> Set<String> {
    try read { db in
      try Set(
        String.fetchAll(
          db,
          sql: """
            SELECT subject FROM audit
            WHERE pass_id = ? AND kind = 'poll'
              AND json_extract(body, '$.status') IN ('polled', 'unchanged')
            """,
          arguments: [pass]
        ))
    }
  }

  /// What a source was known to have once a pass had polled it.
  public func snapshot(of source: String, seenBy pass: Int64) throws(StateError) -> Snapshot {
    try read { db in
      var snapshot = Snapshot(source: source)
      let accounts = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(Account.columns) FROM account WHERE source = ? AND coalesce(since_pass, 0) <= ?
          UNION ALL SELECT \(Account.columns) FROM account_past
          WHERE source = ? AND coalesce(since_pass, 0) <= ? AND until_pass > ?
          """,
        arguments: [source, pass, source, pass, pass]
      )
      while let row = try accounts.next() {
        let account = try Account(row: row, source: source)
        snapshot.accounts[account.key.id] = account
      }
      var currency: Currency?
      try db.forEachRow(
        """
        SELECT \(OpenItem.readColumns) FROM item WHERE source = ? AND coalesce(since_pass, 0) <= ?
        UNION ALL SELECT \(OpenItem.readColumns) FROM item_past
        WHERE source = ? AND coalesce(since_pass, 0) <= ? AND until_pass > ?
        """,
        [source, pass, source, pass, pass]
      ) { row in
        let item = try OpenItem(row: row, accountID: row.text(1), currency: &currency)
        snapshot.items[item.id] = item
      }
      return snapshot
    }
  }

  /// The terms as a pass found them; it writes changes only after it has decided.
  public func termsRecords(seenBy pass: Int64) throws(StateError) -> [AccountKey: TermsRecord] {
    try read { db in
      var records: [AccountKey: TermsRecord] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(TermsRecord.columns) FROM terms
          WHERE coalesce(since_pass, 0) < ?
          UNION ALL SELECT \(TermsRecord.columns) FROM terms_past
          WHERE coalesce(since_pass, 0) < ? AND until_pass >= ?
          """,
        arguments: [pass, pass, pass]
      )
      while let row = try rows.next() {
        let record = try TermsRecord(row: row)
        records[record.account] = record
      }
      return records
    }
  }

  /// Events that a pass decided on, oldest first.
  public func events(of source: String, decidedBy pass: Int64) throws(StateError) -> [SourceEvent] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(SourceEvent.columns) FROM event
          WHERE source = ? AND decided_pass = ? ORDER BY occurred_at, id
          """,
        arguments: [source, pass]
      )
      var events: [SourceEvent] = []
      while let row = try rows.next() { events.append(try SourceEvent(row: row)) }
      return events
    }
  }
}
