import Foundation
import GRDB
public import Outbox
import Receivables
public import Rules

extension StateFile {
  /// The open episodes as a pass found them: who was told what, and how each alert stood, by the
  /// audit log.
  public func openEpisodes(seenBy pass: Int64) throws(StateError) -> [EpisodeKey: Episode] {
    let statuses = try deliveryStatuses(before: pass)
    return try read { db in
      var episodes: [EpisodeKey: Episode] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.rule, e.source, e.account_id, e.currency, e.part, e.number, e.opened_at,
            a.number, a.level, a.reason, a.decided_at, a.document_id, d.id
          FROM episode e
            LEFT JOIN alert a ON a.episode_id = e.id AND a.pass_id < ?
            LEFT JOIN delivery d ON d.alert_id = a.id
          WHERE coalesce(e.opened_pass, 0) < ?
            AND (e.closed_at IS NULL OR coalesce(e.closed_pass, 0) >= ?)
          ORDER BY e.id, a.number
          """,
        arguments: [pass, pass, pass]
      )
      var alerts: [EpisodeKey: [StoredAlert]] = [:]
      while let row = try rows.next() {
        let key = try EpisodeKey(row: row)
        if episodes[key] == nil {
          episodes[key] = Episode(
            number: try row.decode(atIndex: 5),
            rule: key.rule,
            account: key.account,
            currency: key.currency,
            openedAt: Instant(seconds: try row.decode(atIndex: 6))
          )
        }
        guard let number = try row.decode(Int?.self, atIndex: 7) else { continue }
        if alerts[key]?.last?.number != number {
          alerts[key, default: []].append(
            StoredAlert(
              number: number,
              level: try row.decode(atIndex: 8),
              reason: Reason(rawValue: try row.decode(atIndex: 9)) ?? .crossed,
              decidedAt: Instant(seconds: try row.decode(atIndex: 10)),
              documentID: try row.decode(atIndex: 11)
            ))
        }
        if let id = try row.decode(String?.self, atIndex: 12), let status = statuses[id] {
          let last = (alerts[key]?.count ?? 1) - 1
          alerts[key]?[last].deliveries.append(status)
        }
      }
      for (key, alerts) in alerts { episodes[key]?.alerts = alerts.map(\.past) }
      return episodes
    }
  }

  /// How deliveries stood when a pass began, by their ids: as they were planned, then as the log
  /// says. Those that the log does not know yet had not been planned.
  private func deliveryStatuses(
    before pass: Int64
  ) throws(StateError) -> [String: StoredAlert.Standing] {
    let first = try read { db in
      try Int64.fetchOne(
        db, sql: "SELECT min(seq) FROM audit WHERE pass_id = ?", arguments: [pass])
    }
    var statuses: [String: StoredAlert.Standing] = [:]
    try readAudit { record in
      if let first, record.seq >= first { return false }
      guard ["alert", "delivery", "person"].contains(record.kind),
        let body = try? JSONSerialization.jsonObject(with: Data(record.body.utf8)) as? [String: Any]
      else { return true }
      switch record.kind {
      case "alert":
        for planned in body["deliveries"] as? [[String: Any]] ?? [] {
          guard let id = planned["id"] as? String, let status = planned["status"] as? String else {
            continue
          }
          statuses[id] = (status, record.time)
        }
      case "delivery":
        if let status = body["status"] as? String {
          statuses[record.subject] = (status, record.time)
        }
      default:
        let did = ["approved": "pending", "retried": "pending", "rejected": "rejected"]
        if let status = (body["did"] as? String).flatMap({ did[$0] }) {
          statuses[record.subject] = (status, record.time)
        }
      }
      return true
    }
    return statuses
  }
}

/// An alert as it is put together from rows and the log.
private struct StoredAlert {
  typealias Standing = (status: String, at: Instant)

  let number: Int
  let level: Int
  let reason: Reason
  let decidedAt: Instant
  let documentID: String?
  var deliveries: [Standing] = []

  var past: PastAlert {
    func has(_ statuses: Set<String>) -> Bool {
      deliveries.contains { statuses.contains($0.status) }
    }
    let isWaiting = has(["pending", "held", "sending"])
    let sentAt = deliveries.filter { $0.status == "sent" }.map(\.at).max()
    return PastAlert(
      number: number,
      level: level,
      reason: reason,
      at: max(decidedAt, sentAt ?? decidedAt),
      standing: .of(
        sent: reason == .baseline || has(["sent", "uncertain"]),
        waiting: isWaiting,
        rejected: has(["rejected"])
      ),
      isWaiting: isWaiting,
      documentID: documentID
    )
  }
}
