import GRDB
public import Outbox
public import Receivables
public import Rules

/// The payment terms of an account as they were last seen.
public struct TermsRecord: Sendable, Equatable {
  public let account: AccountKey
  public let terms: String
  /// `nil` when they were never seen to change.
  public let changedOn: Day?

  public init(account: AccountKey, terms: String, changedOn: Day?) {
    self.account = account
    self.terms = terms
    self.changedOn = changedOn
  }
}

extension TermsRecord {
  static let columns = "source, account_id, terms, changed_day"

  init(row: Row) throws {
    account = AccountKey(source: try row.decode(atIndex: 0), id: try row.decode(atIndex: 1))
    terms = try row.decode(atIndex: 2)
    changedOn = try row.day(3)
  }
}

/// The last decision of a rule on an account, as `explain` and the audit log know it.
public struct DecisionRecord: Sendable, Equatable {
  public let step: String
  public let why: String
  public let suppressed: String?
  public let nextDate: Day?

  public init(step: String, why: String, suppressed: String?, nextDate: Day?) {
    self.step = step
    self.why = why
    self.suppressed = suppressed
    self.nextDate = nextDate
  }
}

extension DecisionRecord {
  static let columns = [
    "rule", "source", "account_id", "currency", "part", "step", "why", "suppressed", "next_day",
    "decided_at",
  ]

  func bind(to binder: inout BulkBinder, of key: EpisodeKey, at now: Instant) {
    binder.bind(key.rule)
    binder.bind(key.account.source)
    binder.bind(key.account.id)
    binder.bind(key.currency.code)
    binder.bind(key.part)
    binder.bind(step)
    binder.bind(why)
    binder.bind(suppressed)
    binder.bind(nextDate?.number)
    binder.bind(now.seconds)
  }
}

extension StateFile {
  /// Every open episode with its alerts, and how each of them stands.
  public func openEpisodes() throws(StateError) -> [EpisodeKey: Episode] {
    try read { db in
      var episodes: [EpisodeKey: Episode] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.rule, e.source, e.account_id, e.currency, e.part, e.number, e.opened_at,
            a.number, a.level, a.reason, a.decided_at,
            max(d.sent_at),
            total(d.status IN ('sent', 'uncertain')),
            total(d.status IN ('pending', 'held', 'sending')),
            a.document_id,
            total(d.status = 'cancelled' AND d.why LIKE '\(Delivery.rejectedBy)%')
          FROM episode e
            LEFT JOIN alert a ON a.episode_id = e.id
            LEFT JOIN delivery d ON d.alert_id = a.id
          WHERE e.closed_at IS NULL
          GROUP BY e.id, a.id
          ORDER BY e.id, a.number
          """
      )
      while let row = try rows.next() {
        let key = try EpisodeKey(row: row)
        var episode =
          try episodes[key]
          ?? Episode(
            number: row.decode(atIndex: 5),
            rule: key.rule,
            account: key.account,
            currency: key.currency,
            openedAt: Instant(seconds: row.decode(atIndex: 6))
          )
        if let number = try row.decode(Int?.self, atIndex: 7) {
          let decided = Instant(seconds: try row.decode(atIndex: 10))
          let reason = Reason(rawValue: try row.decode(atIndex: 9)) ?? .crossed
          // A baseline has no deliveries, and counts as if it had been sent.
          let sent = try row.decode(Int.self, atIndex: 12) > 0 || reason == .baseline
          let waiting = try row.decode(Int.self, atIndex: 13) > 0
          let rejected = try row.decode(Int.self, atIndex: 15) > 0
          episode.alerts.append(
            PastAlert(
              number: number,
              level: try row.decode(atIndex: 8),
              reason: reason,
              at: max(decided, try row.instant(11) ?? decided),
              standing: .of(sent: sent, waiting: waiting, rejected: rejected),
              isWaiting: waiting,
              documentID: try row.decode(atIndex: 14)
            )
          )
        }
        episodes[key] = episode
      }
      return episodes
    }
  }

  /// The number of the newest episode of each rule, account and currency that ever had one; the
  /// parts of an account are counted together.
  public func lastEpisodeNumbers() throws(StateError) -> [EpisodeKey: Int] {
    try read { db in
      var numbers: [EpisodeKey: Int] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT rule, source, account_id, currency, '', max(number) FROM episode
          GROUP BY rule, source, account_id, currency
          """
      )
      while let row = try rows.next() {
        numbers[try EpisodeKey(row: row)] = try row.decode(atIndex: 5)
      }
      return numbers
    }
  }

  public func termsRecords() throws(StateError) -> [AccountKey: TermsRecord] {
    try read { db in
      var records: [AccountKey: TermsRecord] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT \(TermsRecord.columns) FROM terms"
      )
      while let row = try rows.next() {
        let record = try TermsRecord(row: row)
        records[record.account] = record
      }
      return records
    }
  }

  public func decisionRecords() throws(StateError) -> [EpisodeKey: DecisionRecord] {
    try read { db in
      var records: [EpisodeKey: DecisionRecord] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT rule, source, account_id, currency, part, step, why, suppressed, next_day
          FROM decision
          """
      )
      while let row = try rows.next() {
        records[try EpisodeKey(row: row)] = DecisionRecord(
          step: try row.decode(atIndex: 5),
          why: try row.decode(atIndex: 6),
          suppressed: try row.decode(atIndex: 7),
          nextDate: try row.day(8)
        )
      }
      return records
    }
  }
}

extension PastAlert.Standing {
  /// Of an alert with any delivery that stands so; one that was sent outweighs all others.
  static func of(sent: Bool, waiting: Bool, rejected: Bool) -> Self {
    sent ? .sent : waiting ? .waiting : rejected ? .rejected : .failed
  }
}

/// An episode that is over.
public struct PastEpisode: Sendable, Equatable {
  public let rule: String
  public let currency: Currency
  public let part: String
  public let openedAt: Instant
  public let closedAt: Instant
  /// Alerts that were decided, `resolved` among them.
  public let alerts: Int
}

extension StateFile {
  /// The newest first.
  public func closedEpisodes(of account: AccountKey) throws(StateError) -> [PastEpisode] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT rule, source, account_id, currency, part, opened_at, closed_at,
            (SELECT count(*) FROM alert WHERE episode_id = episode.id)
          FROM episode WHERE source = ? AND account_id = ? AND closed_at IS NOT NULL
          ORDER BY closed_at DESC, id DESC
          """,
        arguments: [account.source, account.id]
      )
      var episodes: [PastEpisode] = []
      while let row = try rows.next() {
        let key = try EpisodeKey(row: row)
        episodes.append(
          PastEpisode(
            rule: key.rule,
            currency: key.currency,
            part: key.part,
            openedAt: Instant(seconds: try row.decode(atIndex: 5)),
            closedAt: Instant(seconds: try row.decode(atIndex: 6)),
            alerts: try row.decode(atIndex: 7)
          ))
      }
      return episodes
    }
  }
}

extension EpisodeKey {
  /// From the first five columns: rule, source, account id, currency, part.
  init(row: Row) throws {
    self.init(
      rule: try row.decode(atIndex: 0),
      account: AccountKey(source: try row.decode(atIndex: 1), id: try row.decode(atIndex: 2)),
      currency: try Currency(row.decode(String.self, atIndex: 3)),
      part: try row.decode(atIndex: 4)
    )
  }

  var columns: StatementArguments { [rule, account.source, account.id, currency.code, part] }
}
