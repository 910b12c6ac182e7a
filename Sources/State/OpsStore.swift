import GRDB
public import Outbox
public import Receivables

/// A delivery that came to no good end: given up, or of unknown outcome.
public struct TroubledDelivery: Sendable, Equatable {
  public let id: DeliveryID
  public let account: AccountKey
  public let accountName: String
  public let rule: String
  public let channel: String
  public let recipient: String?
  /// `failed` or `uncertain`.
  public let status: Delivery.Status
  public let why: String
  /// The address is not tried again until it changes.
  public let isBadAddress: Bool
}

/// What ops was told. A subject is free text; its number is the day on which it was last told, or,
/// for how far the log was read, the entry's.
extension StateFile {
  /// The number of the newest entry of the log; 0 where there is none.
  public func newestAuditEntry() throws(StateError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT max(seq) FROM audit") ?? 0 }
  }

  public func opsTold() throws(StateError) -> [String: Int64] {
    try read { db in
      var told: [String: Int64] = [:]
      let rows = try Row.fetchCursor(db, sql: "SELECT subject, day FROM ops_told")
      while let row = try rows.next() {
        told[try row.decode(String.self, atIndex: 0)] = try row.decode(atIndex: 1)
      }
      return told
    }
  }

  /// What is both is kept as it was told last.
  public func saveOpsTold(
    _ told: [String: Int64],
    forgetting subjects: [String]
  ) throws(StateError) {
    if told.isEmpty, subjects.isEmpty { return }
    try write { db in
      for subject in subjects {
        try db.execute(sql: "DELETE FROM ops_told WHERE subject = ?", arguments: [subject])
      }
      for (subject, day) in told {
        try db.execute(
          sql: "INSERT OR REPLACE INTO ops_told (subject, day) VALUES (?, ?)",
          arguments: [subject, day]
        )
      }
    }
  }

  /// Deliveries that the log has mentioned since that entry and that are failed or uncertain now,
  /// in the order of their making. By the log and not by the pass: what a crash kept from being
  /// told is told by the next pass.
  public func troubles(after entry: Int64) throws(StateError) -> [TroubledDelivery] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT d.id, e.source, e.account_id, d.account_name, e.rule, d.channel, d.recipient,
            d.status, d.why, b.address IS NOT NULL
          FROM delivery d
            JOIN alert a ON a.id = d.alert_id
            JOIN episode e ON e.id = a.episode_id
            LEFT JOIN bad_address b ON b.channel = d.channel
              AND b.address IN (d.recipient, lower(d.recipient))
          WHERE d.id IN (SELECT subject FROM audit WHERE seq > ? AND kind = 'delivery')
            AND d.status IN ('failed', 'uncertain')
          ORDER BY d.rowid
          """,
        arguments: [entry]
      )
      var found: [TroubledDelivery] = []
      while let row = try rows.next() {
        found.append(
          TroubledDelivery(
            id: DeliveryID(text: try row.decode(atIndex: 0)),
            account: AccountKey(
              source: try row.decode(atIndex: 1),
              id: try row.decode(atIndex: 2)
            ),
            accountName: try row.decode(atIndex: 3),
            rule: try row.decode(atIndex: 4),
            channel: try row.decode(atIndex: 5),
            recipient: try row.decode(atIndex: 6),
            status: Delivery.Status(rawValue: try row.decode(atIndex: 7)) ?? .uncertain,
            why: try row.decode(atIndex: 8),
            isBadAddress: try row.decode(atIndex: 9)
          )
        )
      }
      return found
    }
  }
}
