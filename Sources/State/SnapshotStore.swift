package import GRDB
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

  /// `source:id` of every account that was ever polled, to its name.
  public func accountNames() throws(StateError) -> [String: String] {
    try read { db in
      var names: [String: String] = [:]
      let rows = try Row.fetchCursor(db, sql: "SELECT source, id, name FROM account")
      while let row = try rows.next() {
        let key = AccountKey(source: try row.decode(atIndex: 0), id: try row.decode(atIndex: 1))
        names[key.description] = try row.decode(atIndex: 2)
      }
      return names
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
          SELECT id, name, email, phone, owner, parent, terms, credit_limit, credit_currency, tags,
            locale, url, pay_url, disputed, do_not_contact
          FROM account WHERE source = ?
          """,
        arguments: [source]
      )
      while let row = try accounts.next() {
        let account = try Account(row: row, source: source)
        snapshot.accounts[account.key.id] = account
      }
      var currencies: [String: Currency] = [:]
      let count = try Int.fetchOne(
        db,
        sql: "SELECT count(*) FROM item WHERE source = ?",
        arguments: [source]
      )
      snapshot.items.reserveCapacity(count ?? 0)
      let items = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, account_id, kind, number, issue_day, due_day, currency, total, amount_due, url,
            disputed, collection, promised_day, tags
          FROM item WHERE source = ?
          """,
        arguments: [source]
      )
      while let row = try items.next() {
        let item = try OpenItem(row: row, currencies: &currencies)
        snapshot.items[item.id] = item
      }
      return snapshot
    }
  }

  /// Replaces `old` by `new` in one transaction with the cursor and the audit entry; only what
  /// differs is written.
  /// - Parameters:
  ///   - new: `nil` when the source said that nothing changed.
  ///   - events: those that are known already are not stored again.
  ///   - inbox: ids of webhook events that this poll has answered.
  ///   - wasFull: whether everything was read, so that the next full sync is due later.
  public func savePoll(
    old: Snapshot,
    new: Snapshot?,
    events: [SourceEvent] = [],
    inbox: [String] = [],
    cursor: String?,
    wasFull: Bool,
    pass: Int64,
    at now: Instant,
    audit: AuditEntry
  ) throws(StateError) {
    try write { db in
      if let new { try Self.replace(old, by: new, in: db) }
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
  private static func replace(_ old: Snapshot, by new: Snapshot, in db: Database) throws {
    let putAccount = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO account (source, id, name, email, phone, owner, parent, terms,
          credit_limit, credit_currency, tags, locale, url, pay_url, disputed, do_not_contact)
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """
    )
    for account in new.accounts.values.sorted(by: { $0.key < $1.key })
    where old.accounts[account.key.id] != account {
      try putAccount.execute(arguments: account.columns)
    }
    let putItem = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO item (source, id, account_id, kind, number, issue_day, due_day,
          currency, total, amount_due, url, disputed, collection, promised_day, tags)
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """
    )
    for id in new.items.keys.sorted() where old.items[id] != new.items[id] {
      guard let item = new.items[id] else { continue }
      try putItem.execute(arguments: item.columns(source: new.source))
    }
    let dropItem = try db.cachedStatement(sql: "DELETE FROM item WHERE source = ? AND id = ?")
    for id in old.items.keys where new.items[id] == nil {
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

// MARK: Rows

/// Platforms name groups as their users like, with semicolons too; the unit separator nobody types.
private let tagSeparator = "\u{1F}"

private func tagList(_ text: String) -> [String] {
  text.isEmpty ? [] : text.split(separator: tagSeparator).map(String.init)
}

extension Account {
  fileprivate init(row: Row, source: String) throws {
    let creditLimit: Money? = try (row.decode(Int64?.self, atIndex: 7)).flatMap { minor in
      try row.decode(String?.self, atIndex: 8).map {
        Money(minorUnits: minor, currency: try Currency($0))
      }
    }
    self.init(
      key: AccountKey(source: source, id: try row.decode(atIndex: 0)),
      name: try row.decode(atIndex: 1),
      email: try row.decode(atIndex: 2),
      phone: try row.decode(atIndex: 3),
      owner: try row.decode(atIndex: 4),
      parent: try row.decode(atIndex: 5),
      terms: try row.decode(atIndex: 6),
      creditLimit: creditLimit,
      tags: tagList(try row.decode(atIndex: 9)),
      locale: try row.decode(atIndex: 10),
      url: try row.decode(atIndex: 11),
      payURL: try row.decode(atIndex: 12),
      disputed: try row.decode(atIndex: 13),
      doNotContact: DoNotContact(rawValue: try row.decode(atIndex: 14)) ?? .all
    )
  }

  fileprivate var columns: StatementArguments {
    [
      key.source, key.id, name, email, phone, owner, parent, terms, creditLimit?.minorUnits,
      creditLimit?.currency.code, tags.joined(separator: tagSeparator), locale, url, payURL,
      disputed,
      doNotContact.rawValue,
    ]
  }
}

extension OpenItem {
  fileprivate init(row: Row, currencies: inout [String: Currency]) throws {
    let code: String = try row.decode(atIndex: 6)
    let currency = try currencies[code] ?? Currency(code)
    currencies[code] = currency
    self.init(
      id: try row.decode(atIndex: 0),
      accountID: try row.decode(atIndex: 1),
      kind: try row.decode(String.self, atIndex: 2) == "credit" ? .credit : .invoice,
      number: try row.decode(atIndex: 3),
      issueDate: try row.day(4),
      dueDate: try row.day(5),
      total: Money(minorUnits: try row.decode(atIndex: 7), currency: currency),
      amountDue: Money(minorUnits: try row.decode(atIndex: 8), currency: currency),
      url: try row.decode(atIndex: 9),
      disputed: try row.decode(atIndex: 10),
      collection: Collection(rawValue: try row.decode(atIndex: 11)) ?? .manual,
      promisedOn: try row.day(12),
      tags: tagList(try row.decode(atIndex: 13))
    )
  }

  fileprivate func columns(source: String) -> StatementArguments {
    [
      source, id, accountID, kind.rawValue, number, issueDate?.number, dueDate?.number,
      currency.code, total.minorUnits, amountDue.minorUnits, url, disputed, collection.rawValue,
      promisedOn?.number, tags.joined(separator: tagSeparator),
    ]
  }
}

extension Row {
  package func instant(_ index: Int) throws -> Instant? {
    try decode(Int64?.self, atIndex: index).map { Instant(seconds: $0) }
  }

  package func day(_ index: Int) throws -> Day? {
    try decode(Int?.self, atIndex: index).map { Day(number: $0) }
  }
}
