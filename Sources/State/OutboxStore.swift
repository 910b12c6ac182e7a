import Failpoints
import Foundation
import GRDB
public import Outbox
public import Receivables
import Rules

extension StateFile {
  /// Writes episodes, alerts, deliveries, decisions and audit in one transaction, before anything
  /// is sent.
  public func commit(_ promises: Promises, pass: Int64, at now: Instant) throws(StateError) {
    try write(last: .promisesBeforeCommit, done: .promisesAfterCommit, seals: true) { db in
      let writer = try PromiseWriter(db: db, pass: pass, now: now)
      for entry in promises.plan.entries { try writer.write(entry) }
      for key in promises.orphans { try writer.close(key, why: "the rule was removed") }
      try EventLog.decide(promises.events, pass: pass, at: now, in: db)
      let update = try db.cachedStatement(sql: Delivery.update)
      for delivery in promises.judged { try update.execute(arguments: delivery.changingColumns) }
      for record in promises.terms { try Past.keepTerms(of: record.account, until: pass, in: db) }
      let columns = ["source", "account_id", "terms", "changed_day", "since_pass"]
      try db.put(promises.terms, into: "terms", columns) { record, binder in
        binder.bind(record.account.source)
        binder.bind(record.account.id)
        binder.bind(record.terms)
        binder.bind(record.changedOn?.number)
        binder.bind(pass)
      }
      try db.put(promises.decisions, into: "decision", DecisionRecord.columns) {
        entry, binder in
        entry.record.bind(to: &binder, of: entry.key, at: now)
      }
      try Past.keepInput(promises.config, "config", of: pass, in: db)
      try Past.keepInput(promises.directory, "directory", of: pass, in: db)
      try AuditLog.append(promises.audit, pass: pass, at: now, to: db)
    }
  }

  /// Channels that a delivery was ever planned for.
  public func channelNames() throws(StateError) -> [String] {
    try read { try String.fetchAll($0, sql: "SELECT DISTINCT channel FROM delivery") }
  }

  /// Deliveries that may still go out: pending, held, sending. Oldest first.
  public func openDeliveries() throws(StateError) -> [Delivery] {
    try deliveries(where: "d.status IN ('pending', 'held', 'sending')", [])
  }

  /// Of unknown outcome, of the newest alert of an episode that is open: somebody should ask.
  public func uncertainDeliveries() throws(StateError) -> [Delivery] {
    try deliveries(
      where: """
        d.status = 'uncertain' AND e.closed_at IS NULL
          AND a.number = (SELECT max(number) FROM alert WHERE episode_id = e.id)
        """, [])
  }

  /// - Parameter statuses: those wanted; empty for all.
  public func deliveries(
    statuses: [Delivery.Status] = [],
    since: Instant? = nil
  ) throws(StateError) -> [Delivery] {
    let names = (statuses.isEmpty ? Delivery.Status.allCases : statuses)
      .map { "'\($0.rawValue)'" }.joined(separator: ",")
    return try deliveries(
      where: "d.status IN (\(names)) AND d.created_at >= ?",
      [since?.seconds ?? Int64.min]
    )
  }

  /// All that was ever planned for an account.
  public func deliveries(of account: AccountKey) throws(StateError) -> [Delivery] {
    try deliveries(where: "e.source = ? AND e.account_id = ?", [account.source, account.id])
  }

  private func deliveries(
    where condition: String,
    _ arguments: StatementArguments
  ) throws(StateError) -> [Delivery] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.rule, e.source, e.account_id, e.currency, e.part, e.number, a.number, a.level,
            a.reason,
            d.id, d.account_name, d.template, d.channel, d.audience, d.recipient,
            d.recipient_name, d.created_at, d.status, d.hold, d.why, d.not_before, d.ready_since,
            d.attempts, d.sent_at, d.platform_id, d.message_id
          FROM delivery d
            JOIN alert a ON a.id = d.alert_id
            JOIN episode e ON e.id = a.episode_id
          WHERE \(condition)
          ORDER BY d.created_at, a.id, d.id
          """,
        arguments: arguments
      )
      var deliveries: [Delivery] = []
      while let row = try rows.next() { deliveries.append(try Delivery(row: row)) }
      return deliveries
    }
  }

  /// The messages that were being sent when a pass was cut short, by id.
  public func messages(_ ids: Set<String>) throws(StateError) -> [String: String] {
    try read { db in
      var bodies: [String: String] = [:]
      for id in ids {
        bodies[id] = try String.fetchOne(
          db,
          sql: "SELECT body FROM message WHERE id = ?",
          arguments: [id]
        )
      }
      return bodies
    }
  }

  /// Several writes in one durable transaction: what many deliveries report at once costs one sync.
  public func apply(
    _ writes: [OutboxWrite],
    pass: Int64?,
    at now: Instant
  ) throws(StateError) {
    let isHandover = writes.contains(where: \.isHandover)
    let isOutcome = writes.contains { !$0.isHandover }
    try write(
      last: isOutcome ? .outcomeBeforeCommit : isHandover ? .handoverBeforeCommit : nil,
      done: isOutcome ? .outcomeAfterCommit : nil
    ) { db in
      let update = try db.cachedStatement(sql: Delivery.update)
      let putMessage = try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO message (id, body) VALUES (?, ?)"
      )
      var log: [AuditEntry] = []
      for write in writes {
        switch write {
        case .handedOver(let deliveries, let messageID, let body):
          try putMessage.execute(arguments: [messageID, body])
          for delivery in deliveries { try update.execute(arguments: delivery.changingColumns) }
        case .settled(let deliveries, let audit):
          for delivery in deliveries { try update.execute(arguments: delivery.changingColumns) }
          log += audit
        case .digestSaid(let said, let forget):
          try DigestLog.write(said, forget: forget, in: db)
        case .goodAddress(let address, let kind):
          try StateFile.forget(address, "bad_address", "channel", address.channel, in: db)
          if let kind { try StateFile.forget(address, "opted_out", "kind", kind, in: db) }
        case .optedOut(let kind, let address, let why, let audit):
          try db.execute(
            sql: "INSERT OR IGNORE INTO opted_out (kind, address, since, why) VALUES (?,?,?,?)",
            arguments: [kind, Contact.key(address), now.seconds, why]
          )
          log.append(audit)
        case .replaced(let old, let deliveries, let audit):
          let alert = try Int64.fetchOne(
            db,
            sql: "SELECT alert_id FROM delivery WHERE id = ?",
            arguments: [old.text]
          )
          guard let alert else { continue }
          let put = try db.cachedStatement(sql: Delivery.insert)
          for delivery in deliveries { try put.execute(arguments: delivery.columns(alert: alert)) }
          log += audit
        case .badAddress(let bad, let optedOut, let why):
          try db.execute(
            sql: """
              INSERT OR REPLACE INTO bad_address (channel, address, since, opted_out, why)
              VALUES (?,?,?,?,?)
              """,
            arguments: [bad.channel, bad.address, now.seconds, optedOut, why]
          )
        }
      }
      try AuditLog.append(log, pass: pass, at: now, to: db)
    }
  }

  /// The platforms' ids of what was accepted through these channels, the newest of each account,
  /// currency and channel.
  public func platformIDs(
    through channels: [String]
  ) throws(StateError) -> [(account: AccountKey, currency: Currency, channel: String, id: String)] {
    if channels.isEmpty { return [] }
    return try read { db in
      let marks = channels.map { _ in "?" }.joined(separator: ",")
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.source, e.account_id, e.currency, d.channel, d.platform_id, max(d.sent_at)
          FROM delivery d JOIN alert a ON a.id = d.alert_id JOIN episode e ON e.id = a.episode_id
          WHERE d.platform_id IS NOT NULL AND d.channel IN (\(marks))
          GROUP BY e.source, e.account_id, e.currency, d.channel
          """,
        arguments: StatementArguments(channels)
      )
      var found: [(account: AccountKey, currency: Currency, channel: String, id: String)] = []
      while let row = try rows.next() {
        found.append(
          (
            AccountKey(source: try row.decode(atIndex: 0), id: try row.decode(atIndex: 1)),
            try Currency(row.decode(String.self, atIndex: 2)), try row.decode(atIndex: 3),
            try row.decode(atIndex: 4)
          )
        )
      }
      return found
    }
  }

  /// Those that stand already, of whatever status.
  public func standing(among ids: [DeliveryID]) throws(StateError) -> Set<DeliveryID> {
    try read { db in
      try ids.reduce(into: []) { found, id in
        let sql = "SELECT count(*) FROM delivery WHERE id = ?"
        if try Int.fetchOne(db, sql: sql, arguments: [id.text]) != 0 { found.insert(id) }
      }
    }
  }

  /// Messages that went to each recipient since `start`.
  public func sentCounts(since start: Instant) throws(StateError) -> [BadAddress: Int] {
    try read { db in
      var counts: [BadAddress: Int] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT channel, recipient, count(DISTINCT coalesce(message_id, id)) FROM delivery
          WHERE sent_at >= ? AND recipient IS NOT NULL GROUP BY channel, recipient
          """,
        arguments: [start.seconds]
      )
      while let row = try rows.next() {
        let channel: String = try row.decode(atIndex: 0)
        for recipient in Contact.recipients(try row.decode(atIndex: 1)) {
          let address = BadAddress(channel: channel, address: recipient)
          counts[address, default: 0] += try row.decode(atIndex: 2)
        }
      }
      return counts
    }
  }

  /// Of customers' messages that went out since `start`, or may have, those of episodes that are
  /// closed by now: of which rule and balance, and by which way.
  public func toldByClosed(since start: Instant) throws(StateError) -> Set<ToldDebt> {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.rule, e.source, e.account_id, e.currency, e.part, d.channel, d.recipient
          FROM delivery d JOIN alert a ON a.id = d.alert_id JOIN episode e ON e.id = a.episode_id
          WHERE d.sent_at >= ? AND d.audience = 'customer' AND a.reason <> 'resolved'
            AND a.document_id IS NULL AND e.closed_at IS NOT NULL
          """,
        arguments: [start.seconds]
      )
      var told: Set<ToldDebt> = []
      while let row = try rows.next() {
        told.insert(
          ToldDebt(
            episode: try EpisodeKey(row: row),
            channel: try row.decode(atIndex: 5),
            recipient: try row.decode(atIndex: 6)))
      }
      return told
    }
  }

  /// How often each customer was told since `start`: a pass that told one in several ways is once.
  public func personCounts(since start: Instant) throws(StateError) -> [AccountKey: Int] {
    try read { db in
      var counts: [AccountKey: Int] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.source, e.account_id, count(DISTINCT a.pass_id)
          FROM delivery d JOIN alert a ON a.id = d.alert_id JOIN episode e ON e.id = a.episode_id
          WHERE d.sent_at >= ? AND d.audience = 'customer' GROUP BY e.source, e.account_id
          """,
        arguments: [start.seconds]
      )
      while let row = try rows.next() {
        let key = AccountKey(source: try row.decode(atIndex: 0), id: try row.decode(atIndex: 1))
        counts[key] = try row.decode(atIndex: 2)
      }
      return counts
    }
  }
}
