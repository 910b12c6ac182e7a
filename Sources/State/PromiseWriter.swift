import GRDB
import Outbox
import Receivables
import Rules

/// Writes plan entries with prepared statements.
struct PromiseWriter {
  let pass: Int64
  let now: Instant
  let db: Database
  let findEpisode: Statement
  let openEpisode: Statement
  let closeEpisode: Statement
  let cancel: Statement
  let putAlert: Statement
  let putDelivery: Statement

  init(db: Database, pass: Int64, now: Instant) throws {
    self.db = db
    self.pass = pass
    self.now = now
    findEpisode = try db.cachedStatement(
      sql: """
        SELECT id FROM episode WHERE rule = ? AND source = ? AND account_id = ? AND currency = ?
          AND part = ? AND closed_at IS NULL
        """
    )
    openEpisode = try db.cachedStatement(
      sql: """
        INSERT INTO episode (rule, source, account_id, currency, part, number, opened_at,
          opened_pass)
        VALUES (?,?,?,?,?,?,?,?)
        """
    )
    closeEpisode = try db.cachedStatement(
      sql: "UPDATE episode SET closed_at = ?, closed_pass = ? WHERE id = ?"
    )
    cancel = try db.cachedStatement(
      sql: """
        UPDATE delivery SET status = 'cancelled', hold = NULL, why = ?
        WHERE status IN ('pending', 'held')
          AND alert_id IN (SELECT id FROM alert WHERE episode_id = ?)
        """
    )
    putAlert = try db.cachedStatement(
      sql: """
        INSERT INTO alert (episode_id, number, level, reason, decided_at, pass_id, event_id,
          document_id) VALUES (?,?,?,?,?,?,?,?)
        """
    )
    putDelivery = try db.cachedStatement(sql: Delivery.insert)
  }

  func write(_ entry: Plan.Entry) throws {
    let decision = entry.decision
    let key = EpisodeKey(
      rule: decision.rule,
      account: decision.account,
      currency: decision.currency,
      part: decision.part
    )
    var episodeID: Int64?
    switch decision.step {
    case .none, .outside: return
    case .open:
      try openEpisode.execute(arguments: key.columns + [entry.episode, now.seconds, pass])
      episodeID = db.lastInsertedRowID
    case .stay:
      if entry.decision.alert != nil {
        episodeID = try Int64.fetchOne(findEpisode, arguments: key.columns)
      }
    case .close:
      episodeID = try close(key, why: decision.why)
    }
    guard let alert = decision.alert, entry.suppressed == nil, let episodeID else { return }
    try putAlert.execute(arguments: [
      episodeID, alert.number, alert.level, alert.reason.rawValue, now.seconds, pass,
      alert.event?.id, alert.event?.documentID,
    ])
    let alertID = db.lastInsertedRowID
    for delivery in entry.deliveries {
      try putDelivery.execute(arguments: delivery.columns(alert: alertID))
    }
  }

  @discardableResult
  func close(_ key: EpisodeKey, why: String) throws -> Int64? {
    guard let id = try Int64.fetchOne(findEpisode, arguments: key.columns) else { return nil }
    try closeEpisode.execute(arguments: [now.seconds, pass, id])
    try cancel.execute(arguments: [why, id])
    return id
  }
}

extension Delivery {
  init(row: Row) throws {
    let key = try EpisodeKey(row: row)
    self.init(
      id: DeliveryID(text: try row.decode(atIndex: 9)),
      rule: key.rule,
      account: key.account,
      accountName: try row.decode(atIndex: 10),
      currency: key.currency,
      part: key.part,
      episode: try row.decode(atIndex: 5),
      alertNumber: try row.decode(atIndex: 6),
      level: try row.decode(atIndex: 7),
      reason: Reason(rawValue: try row.decode(atIndex: 8)) ?? .crossed,
      template: try row.decode(atIndex: 11),
      channel: try row.decode(atIndex: 12),
      audience: Audience(rawValue: try row.decode(atIndex: 13)) ?? .team,
      recipient: try row.decode(atIndex: 14),
      recipientName: try row.decode(atIndex: 15),
      createdAt: Instant(seconds: try row.decode(atIndex: 16)),
      status: Status(rawValue: try row.decode(atIndex: 17)) ?? .uncertain,
      hold: try row.decode(String?.self, atIndex: 18).flatMap(Hold.init),
      why: try row.decode(atIndex: 19),
      notBefore: try row.instant(20),
      readySince: Instant(seconds: try row.decode(atIndex: 21)),
      attempts: try row.decode(atIndex: 22),
      sentAt: try row.instant(23),
      platformID: try row.decode(atIndex: 24),
      messageID: try row.decode(atIndex: 25)
    )
  }

  /// Takes `columns`.
  static let insert = """
    INSERT INTO delivery (status, hold, why, not_before, ready_since, attempts, sent_at,
      platform_id, message_id, id, alert_id, account_name, template, channel, audience,
      recipient, recipient_name, created_at)
    VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
    """

  func columns(alert: Int64) -> StatementArguments {
    changingColumns + [
      alert, accountName, template, channel, audience.rawValue, recipient, recipientName,
      createdAt.seconds,
    ]
  }

  /// Takes `changingColumns`.
  static let update = """
    UPDATE delivery SET status = ?, hold = ?, why = ?, not_before = ?, ready_since = ?,
      attempts = ?, sent_at = ?, platform_id = ?, message_id = ? WHERE id = ?
    """

  /// Status to message id, then the id.
  var changingColumns: StatementArguments {
    [
      status.rawValue, hold?.rawValue, why, notBefore?.seconds, readySince.seconds, attempts,
      sentAt?.seconds, platformID, messageID, id.text,
    ]
  }
}
