import Failpoints
import GRDB
public import Receivables

/// What is remembered of a source beside its snapshot.
public struct SourceRecord: Sendable, Equatable {
  public let name: String
  public let cursor: String?
  /// The last good poll.
  public let polledAt: Instant?
  public let fullSyncAt: Instant?
  /// Failed passes in a row.
  public let failures: Int
  public let lastError: String?
}

extension StateFile {
  public func sourceRecords() throws(StateError) -> [String: SourceRecord] {
    try read { db in
      var records: [String: SourceRecord] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT name, cursor, polled_at, full_sync_at, failures, last_error FROM source"
      )
      while let row = try rows.next() {
        let record = SourceRecord(
          name: try row.decode(atIndex: 0),
          cursor: try row.decode(atIndex: 1),
          polledAt: try row.instant(2),
          fullSyncAt: try row.instant(3),
          failures: try row.decode(atIndex: 4),
          lastError: try row.decode(atIndex: 5)
        )
        records[record.name] = record
      }
      return records
    }
  }

  /// Calls that passes since `start` made to that source, by the audit log.
  public func calls(to source: String, since start: Instant) throws(StateError) -> Int {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT coalesce(sum(json_extract(body, '$.calls')), 0) FROM audit
          WHERE kind = 'poll' AND subject = ? AND time >= ?
          """,
        arguments: [source, start.seconds]
      ) ?? 0
    }
  }

  /// The last good snapshot; empty when the source was never polled.
  public func snapshot(of source: String) throws(StateError) -> Snapshot {
    try read { db in
      var snapshot = Snapshot(source: source)
      let accounts = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(Account.columns) FROM account WHERE source = ?
          """,
        arguments: [source]
      )
      while let row = try accounts.next() {
        let account = try Account(row: row, source: source)
        snapshot.accounts[account.key.id] = account
      }
      let count = try Int.fetchOne(
        db,
        sql: "SELECT count(*) FROM item WHERE source = ?",
        arguments: [source]
      )
      snapshot.items.reserveCapacity(count ?? 0)
      var currency: Currency?
      try db.keepFewPages()
      try db.forEachRow(
        """
        SELECT \(OpenItem.readColumns) FROM item WHERE source = ?
        """,
        [source]
      ) { row in
        let accountID = row.text(1)
        let account = snapshot.accounts.index(forKey: accountID)
        let item = try OpenItem(
          row: row,
          // One text for all the items of an account.
          accountID: account.map { snapshot.accounts.keys[$0] } ?? accountID,
          // Neighbours mostly have the same.
          currency: &currency
        )
        snapshot.items[item.id] = item
      }
      try db.keepManyPages()
      return snapshot
    }
  }

  /// Replaces `old` by `new` in one transaction with the cursor and the audit entry; only what
  /// differs is written.
  /// - Parameters:
  ///   - new: `nil` when the source said that nothing changed.
  ///   - touched: ids of the only items that may differ; `nil` when any may.
  ///   - events: those that are known already are not stored again.
  ///   - inbox: ids of webhook events that this poll has answered.
  ///   - wasFull: whether everything was read, so that the next full sync is due later.
  public func savePoll(
    old: Snapshot,
    new: Snapshot?,
    touched: Set<String>? = nil,
    events: [SourceEvent] = [],
    inbox: [String] = [],
    cursor: String?,
    wasFull: Bool,
    pass: Int64,
    at now: Instant,
    audit: AuditEntry
  ) throws(StateError) {
    try write(last: .pollBeforeCommit, done: .pollAfterCommit) { db in
      if let new { try Self.replace(old, by: new, touched, pass, in: db) }
      try EventLog.add(events, of: old.source, to: db)
      try EventLog.take(inbox, of: old.source, at: now, in: db)
      try db.execute(
        sql: """
          INSERT INTO source (name, cursor, polled_at, full_sync_at, failures, last_error)
          VALUES (?, ?, ?, ?, 0, NULL)
          ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor,
            polled_at = excluded.polled_at,
            full_sync_at = coalesce(excluded.full_sync_at, full_sync_at),
            failures = 0, last_error = NULL
          """,
        arguments: [old.source, cursor, now.seconds, wasFull ? now.seconds : nil]
      )
      try AuditLog.append([audit], pass: pass, at: now, to: db)
    }
  }

  /// In the order of the keys, which is that of the pages.
  private static func replace(
    _ old: Snapshot,
    by new: Snapshot,
    _ touched: Set<String>?,
    _ pass: Int64,
    in db: Database
  ) throws {
    let putAccount = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO account (source, \(Account.columns), since_pass)
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """
    )
    let accounts = new.accounts.values.filter { old.accounts[$0.key.id] != $0 }
    for account in accounts.sorted(by: { $0.key < $1.key }) {
      if old.accounts[account.key.id] != nil {
        try Past.keep(account.key.id, of: new.source, from: "account", until: pass, in: db)
      }
      try putAccount.execute(arguments: account.columns + [pass])
    }
    let changed = new.changedItems(since: old, among: touched)
    let items = changed.put.sorted()
    for id in items + changed.dropped where old.items[id] != nil {
      try Past.keep(id, of: new.source, from: "item", until: pass, in: db)
    }
    try db.keepFewPages()
    try db.put(items, into: "item", OpenItem.columns) { id, binder in
      new.items[id]?.bind(to: &binder, source: new.source, pass: pass)
    }
    try db.keepManyPages()
    let dropItem = try db.cachedStatement(sql: "DELETE FROM item WHERE source = ? AND id = ?")
    for id in changed.dropped {
      try dropItem.execute(arguments: [new.source, id])
    }
  }

  /// The snapshot stays as it is.
  /// - Returns: failed passes in a row, this one included.
  @discardableResult
  public func savePollFailure(
    of source: String,
    why: String,
    pass: Int64,
    at now: Instant,
    audit: AuditEntry
  ) throws(StateError) -> Int {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO source (name, failures, last_error) VALUES (?, 1, ?)
          ON CONFLICT (name) DO UPDATE SET failures = failures + 1, last_error = excluded.last_error
          """,
        arguments: [source, why]
      )
      try AuditLog.append([audit], pass: pass, at: now, to: db)
      return try Int.fetchOne(
        db,
        sql: "SELECT failures FROM source WHERE name = ?",
        arguments: [source]
      ) ?? 1
    }
  }
}
