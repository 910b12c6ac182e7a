import Crypto
import Foundation
import GRDB
import Outbox
import Receivables

/// What the log says of the rows that it vouches for: deliveries, their messages and alerts,
/// silences, and who asked for no more messages.
private struct LoggedRows {
  struct Delivered {
    var status: String
    var channel: String?
    var recipient: String?
    var messageID: String?
    var digest: String?
    var attempts = 0
    var alert: (level: Int, number: Int, reason: String)?
  }

  struct Silenced {
    var until: String
    var reason: String
    var author: String
    var endedBy: String?
  }

  private(set) var deliveries: [String: Delivered] = [:]
  private(set) var silences: [Int64: Silenced] = [:]
  /// Kind of channel and address to whether nothing has taken it back since.
  private(set) var optOuts: [[String]: Bool] = [:]
  /// A repair has left rows out, and said so.
  private(set) var isRepaired = false

  mutating func add(_ record: AuditRecord) {
    guard let body = try? JSONSerialization.jsonObject(with: Data(record.body.utf8)),
      let fields = body as? [String: Any]
    else { return }
    switch record.kind {
    case "alert": plan(fields)
    case "delivery": settle(record.subject, fields)
    case "opt_out":
      guard let kind = fields["kind"] as? String, let address = fields["address"] as? String else {
        return
      }
      optOuts[[kind, Contact.key(address)]] = true
    case "person": decide(record.subject, fields)
    default: break
    }
  }

  private mutating func plan(_ fields: [String: Any]) {
    let alert = (
      level: fields["level"] as? Int ?? 0, number: fields["number"] as? Int ?? 0,
      reason: fields["reason"] as? String ?? ""
    )
    for planned in fields["deliveries"] as? [[String: Any]] ?? [] {
      guard let id = planned["id"] as? String, let status = planned["status"] as? String else {
        continue
      }
      deliveries[id] = Delivered(
        status: status, channel: planned["channel"] as? String,
        recipient: planned["recipient"] as? String, alert: alert)
    }
  }

  private mutating func settle(_ id: String, _ fields: [String: Any]) {
    guard let status = fields["status"] as? String else { return }
    var delivered = deliveries[id] ?? Delivered(status: status)
    delivered.status = status
    delivered.channel = fields["channel"] as? String
    delivered.recipient = fields["recipient"] as? String
    if let message = fields["message_id"] as? String { delivered.messageID = message }
    let attempts = fields["attempts"] as? Int ?? 0
    if let digest = fields["message_sha256"] as? String {
      delivered.digest = digest
    } else if attempts != delivered.attempts {
      // Handed over once more by a pass that died: which words it had, no entry says.
      delivered.digest = nil
    }
    delivered.attempts = attempts
    deliveries[id] = delivered
    if status == "sent" { takeBack(delivered.recipient) }
  }

  private mutating func decide(_ subject: String, _ fields: [String: Any]) {
    let did = fields["did"] as? String ?? ""
    if let status = ["approved": "pending", "retried": "pending", "rejected": "cancelled"][did],
      deliveries[subject] != nil
    {
      deliveries[subject]?.status = status
      if status == "pending" { takeBack(deliveries[subject]?.recipient) }
    }
    if did == "repaired the state", !(fields["torn"] as? [Any] ?? []).isEmpty { isRepaired = true }
    guard let id = (fields["silence"] as? NSNumber)?.int64Value,
      let until = fields["until"] as? String, let reason = fields["reason"] as? String
    else { return }
    let who = fields["who"] as? String ?? ""
    if did == "silence ended" {
      silences[id]?.endedBy = who
    } else {
      silences[id] = Silenced(until: until, reason: reason, author: who)
    }
  }

  /// Whoever takes messages again is known by them.
  private mutating func takeBack(_ recipient: String?) {
    let addresses = Set((recipient.map(Contact.recipients) ?? []).map(Contact.key))
    for key in optOuts.keys where addresses.contains(key[1]) { optOuts[key] = false }
  }
}

extension StateFile {
  /// What the rows say otherwise than the log that vouches for them, in words; `nil` when nothing.
  /// - Throws: `StateError`.
  public func rowFlaw() throws(StateError) -> String? {
    var logged = LoggedRows()
    try readAudit { record in
      logged.add(record)
      return true
    }
    return try read { [logged] db in
      try Self.deliveryFlaw(logged, db) ?? Self.silenceFlaw(logged, db)
        ?? Self.optOutFlaw(logged, db)
    }
  }

  private static func deliveryFlaw(_ logged: LoggedRows, _ db: Database) throws -> String? {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT d.id, d.status, d.channel, d.recipient, d.message_id, a.level, a.number, a.reason,
          m.body
        FROM delivery d JOIN alert a ON a.id = d.alert_id LEFT JOIN message m ON m.id = d.message_id
        """
    )
    var known = 0
    while let row = try rows.next() {
      let id: String = try row.decode(atIndex: 0)
      let status: String = try row.decode(atIndex: 1)
      guard let entry = logged.deliveries[id] else {
        return "the log does not know delivery \(id)"
      }
      known += 1
      let isOnItsWay = status == "sending"
      if status != entry.status, !isOnItsWay {
        return "delivery \(id) is \(status), and \(entry.status) in the log"
      }
      if try row.decode(String?.self, atIndex: 2) != entry.channel
        || row.decode(String?.self, atIndex: 3) != entry.recipient
      {
        return "delivery \(id) has another recipient or channel than in the log"
      }
      if let alert = entry.alert {
        let found = (
          level: try row.decode(Int.self, atIndex: 5), number: try row.decode(Int.self, atIndex: 6),
          reason: try row.decode(String.self, atIndex: 7)
        )
        if found != alert { return "the alert of delivery \(id) is another one than in the log" }
      }
      // What is on its way may have been written anew, and is vouched for by its outcome.
      guard let digest = entry.digest, !isOnItsWay else { continue }
      guard try row.decode(String?.self, atIndex: 4) == entry.messageID,
        let body = try row.decode(String?.self, atIndex: 8)
      else { return logged.isRepaired ? nil : "the message of delivery \(id) is missing" }
      if hexadecimal(Array(SHA256.hash(data: Data(body.utf8)))) != digest {
        return "the message of delivery \(id) was changed"
      }
    }
    if known < logged.deliveries.count, !logged.isRepaired {
      let there = try Set(String.fetchAll(db, sql: "SELECT id FROM delivery"))
      if let gone = logged.deliveries.keys.filter({ !there.contains($0) }).min() {
        return "delivery \(gone) of the log is missing"
      }
    }
    return nil
  }

  private static func silenceFlaw(_ logged: LoggedRows, _ db: Database) throws -> String? {
    var left = logged.silences
    let rows = try Row.fetchCursor(
      db, sql: "SELECT id, until_day, reason, author, expired_by FROM silence")
    while let row = try rows.next() {
      let id: Int64 = try row.decode(atIndex: 0)
      guard let entry = left.removeValue(forKey: id) else {
        return "the log does not know silence \(id)"
      }
      if try row.day(1)?.description != entry.until
        || row.decode(String.self, atIndex: 2) != entry.reason
        || row.decode(String.self, atIndex: 3) != entry.author
        || row.decode(String?.self, atIndex: 4) != entry.endedBy
      {
        return "silence \(id) is another one than in the log"
      }
    }
    return logged.isRepaired ? nil : left.keys.min().map { "silence \($0) of the log is missing" }
  }

  private static func optOutFlaw(_ logged: LoggedRows, _ db: Database) throws -> String? {
    var left = logged.optOuts.filter(\.value)
    let rows = try Row.fetchCursor(db, sql: "SELECT kind, address FROM opted_out")
    while let row = try rows.next() {
      let key: [String] = [try row.decode(atIndex: 0), try row.decode(atIndex: 1)]
      if logged.optOuts[key] == nil { return "the log does not know that \(key[1]) opted out" }
      left[key] = nil
    }
    return logged.isRepaired
      ? nil : left.keys.map { $0[1] }.min().map { "the opt-out of \($0) is missing" }
  }
}
