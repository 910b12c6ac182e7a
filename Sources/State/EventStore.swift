import GRDB
public import Receivables

/// Events that rules are `on`, and what webhooks have said since the last poll.
enum EventLog {
  /// Within the caller's transaction; an event that is known is left as it is.
  static func add(_ events: [SourceEvent], of source: String, to db: Database) throws {
    for event in events {
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO event (source, id, type, account_id, document_id, currency,
            occurred_at) VALUES (?,?,?,?,?,?,?)
          """,
        arguments: [
          source, event.id, event.type, event.accountID, event.documentID, event.currency?.code,
          event.occurredAt.seconds,
        ]
      )
    }
  }

  static func take(_ ids: [String], of source: String, at now: Instant, in db: Database) throws {
    for id in ids {
      try db.execute(
        sql: "UPDATE inbox SET taken_at = ? WHERE source = ? AND id = ?",
        arguments: [now.seconds, source, id]
      )
    }
  }

  static func decide(
    _ events: [EventKey],
    pass: Int64,
    at now: Instant,
    in db: Database
  ) throws {
    for event in events {
      try db.execute(
        sql: """
          UPDATE event SET decided_at = ?, decided_pass = ? WHERE source = ? AND id = ?
          """,
        arguments: [now.seconds, pass, event.source, event.id]
      )
    }
  }
}

extension SourceEvent {
  static let columns = "id, type, account_id, document_id, currency, occurred_at"

  init(row: Row) throws {
    self.init(
      id: try row.decode(atIndex: 0),
      type: try row.decode(atIndex: 1),
      accountID: try row.decode(atIndex: 2),
      documentID: try row.decode(atIndex: 3),
      currency: try row.decode(String?.self, atIndex: 4).map { try Currency($0) },
      occurredAt: Instant(seconds: try row.decode(atIndex: 5))
    )
  }
}

/// An event of one source.
public struct EventKey: Hashable, Sendable {
  public let source: String
  public let id: String

  public init(source: String, id: String) {
    self.source = source
    self.id = id
  }
}

/// What a webhook said, as it waits for the next poll.
public struct InboxEntry: Sendable, Equatable {
  public let id: String
  public let type: String
  /// `invoice`, `credit`, `payment`, `customer`, `other`.
  public let kind: String
  public let documentID: String

  /// Whether the same id, told again, can only be the same event. Where it cannot, it counts anew
  /// once a poll has answered it.
  public let isUnique: Bool

  public init(id: String, type: String, kind: String, documentID: String, isUnique: Bool = true) {
    self.isUnique = isUnique
    self.id = id
    self.type = type
    self.kind = kind
    self.documentID = documentID
  }
}

extension StateFile {
  /// Events that no pass has decided on yet, oldest first.
  public func openEvents(of source: String) throws(StateError) -> [SourceEvent] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(SourceEvent.columns) FROM event
          WHERE source = ? AND decided_at IS NULL ORDER BY occurred_at, id
          """,
        arguments: [source]
      )
      var events: [SourceEvent] = []
      while let row = try rows.next() { events.append(try SourceEvent(row: row)) }
      return events
    }
  }

  /// Those of `ids` that were told before, decided or not.
  public func knownEvents(
    of source: String,
    among ids: [String]
  ) throws(StateError) -> Set<String> {
    try read { db in
      var known: Set<String> = []
      for id in ids {
        let count = try Int.fetchOne(
          db,
          sql: "SELECT count(*) FROM event WHERE source = ? AND id = ?",
          arguments: [source, id]
        )
        if count != 0 { known.insert(id) }
      }
      return known
    }
  }

  /// What webhooks said that no poll has answered yet, in the order in which it came.
  public func inbox(of source: String) throws(StateError) -> [InboxEntry] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, type, kind, document_id FROM inbox
          WHERE source = ? AND taken_at IS NULL ORDER BY received_at, id
          """,
        arguments: [source]
      )
      var entries: [InboxEntry] = []
      while let row = try rows.next() {
        entries.append(
          InboxEntry(
            id: try row.decode(atIndex: 0),
            type: try row.decode(atIndex: 1),
            kind: try row.decode(atIndex: 2),
            documentID: try row.decode(atIndex: 3)
          )
        )
      }
      return entries
    }
  }

  /// Keeps what a webhook said. What was said before is ignored: platforms deliver at least once.
  /// What polls answered more than 30 days ago is forgotten: no platform repeats itself so late.
  /// - Returns: how many of the entries are new.
  public func receive(
    _ entries: [InboxEntry],
    for source: String,
    at now: Instant
  ) throws(StateError) -> Int {
    try write { db in
      try db.execute(
        sql: "DELETE FROM inbox WHERE taken_at < ?",
        arguments: [now.seconds - 30 * 86_400]
      )
      var new = 0
      for entry in entries {
        try db.execute(
          sql: """
            INSERT INTO inbox (source, id, type, kind, document_id, received_at)
            VALUES (?,?,?,?,?,?)
            ON CONFLICT (source, id) DO UPDATE
              SET received_at = excluded.received_at, taken_at = NULL
              WHERE taken_at IS NOT NULL AND \(entry.isUnique ? 0 : 1)
            """,
          arguments: [source, entry.id, entry.type, entry.kind, entry.documentID, now.seconds]
        )
        new += db.changesCount
      }
      return new
    }
  }

  /// All that is kept of a webhook request that is not genuine.
  public func countRefusedWebhook(for source: String, on day: Day) throws(StateError) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO refused_webhook (source, day, count) VALUES (?,?,1)
          ON CONFLICT (source, day) DO UPDATE SET count = count + 1
          """,
        arguments: [source, day.number]
      )
    }
  }

  /// Webhook requests refused since that day, by source.
  public func refusedWebhooks(since day: Day) throws(StateError) -> [String: Int] {
    try read { db in
      var counts: [String: Int] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT source, sum(count) FROM refused_webhook WHERE day >= ? GROUP BY source",
        arguments: [day.number]
      )
      while let row = try rows.next() {
        counts[try row.decode(atIndex: 0)] = try row.decode(atIndex: 1)
      }
      return counts
    }
  }
}
