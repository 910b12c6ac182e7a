import Outbox
import Pass
import Receivables
import Rules
import State

/// `explain --format json`: one object, `schema` 1.
enum ExplainJSON {
  static func text(_ explanation: Explanation) -> String {
    Output.json(Document(explanation)) + "\n"
  }

  private struct Document: Encodable {
    let schema = 1
    let now: String
    let account: String
    let accountName: String
    let email: String?
    let phone: String?
    let owner: String?
    let tags: [String]
    let disputed: Bool
    let doNotContact: String
    let directoryProblem: String?
    let polledAt: String?
    let failures: Int
    let lastError: String?
    let leftOut: String?
    let countsFor: String?
    let balances: [Balance]
    let earlierEpisodes: [Episode]

    init(_ explanation: Explanation) {
      let account = explanation.account
      now = explanation.now.instant.description
      self.account = account.key.description
      accountName = account.name
      email = account.email
      phone = account.phone
      owner = account.owner
      tags = account.tags
      disputed = account.disputed
      doNotContact = account.doNotContact.rawValue
      directoryProblem = explanation.doubt
      polledAt = explanation.polledAt?.description
      failures = explanation.failures
      lastError = explanation.failures > 0 ? explanation.lastError : nil
      leftOut = explanation.leftOut
      countsFor = explanation.countsFor?.description
      balances = explanation.balances.map { Balance($0, explanation.aging) }
      earlierEpisodes = explanation.earlier.map(Episode.init)
    }
  }

  private struct Balance: Encodable {
    let currency: String
    let balance: String
    let overdueBalance: String
    let daysOverdue: Int
    let aging: [String: String]
    let rules: [Verdict]

    init(_ balance: Explanation.Balance, _ aging: Aging) {
      let facts = balance.facts
      currency = facts.currency.code
      self.balance = facts.balance.decimalString
      overdueBalance = facts.overdueBalance.decimalString
      daysOverdue = facts.daysOverdue
      self.aging = Dictionary(zip(aging.names, facts.aging.map(\.decimalString))) { a, _ in a }
      rules = balance.verdicts.map(Verdict.init)
    }
  }

  private struct Verdict: Encodable {
    let rule: String
    let part: String?
    /// As in `preview --format json`.
    let decision: String
    let why: String
    let suppressed: String?
    let silence: Int64?
    let nextDate: String?
    let conditions: [Condition]
    let openedAt: String?
    let alerts: [Alert]
    let due: Due?

    init(_ verdict: Explanation.Verdict) {
      let decision = verdict.decision
      rule = verdict.rule.name
      part = decision.part.isEmpty ? nil : decision.part
      self.decision = verdict.entry.word
      why = decision.why
      suppressed = verdict.entry.suppressed
      silence = verdict.silence?.id
      nextDate = decision.nextDate?.description
      conditions = decision.checks.map(Condition.init)
      openedAt = decision.episode?.openedAt.description
      alerts = (decision.episode?.alerts ?? []).map { alert in
        Alert(alert, verdict.deliveries.filter { $0.alertNumber == alert.number })
      }
      due = decision.alert.map { Due($0, verdict.entry.deliveries) }
    }
  }

  private struct Condition: Encodable {
    let condition: String
    let required: String
    let found: String
    let holds: Bool
    let sentence: String

    init(_ check: Check) {
      condition = check.kind.rawValue
      required = check.required
      found = check.found
      holds = check.holds
      sentence = check.sentence
    }
  }

  private struct Alert: Encodable {
    let number: Int
    let level: Int
    let reason: String
    let at: String
    let standing: String
    let deliveries: [Way]

    init(_ alert: PastAlert, _ deliveries: [Delivery]) {
      number = alert.number
      level = alert.level
      reason = alert.reason.rawValue
      at = alert.at.description
      standing = alert.standing.rawValue
      self.deliveries = deliveries.map(Way.init)
    }
  }

  private struct Due: Encodable {
    let number: Int
    let level: Int
    let reason: String
    let template: String
    let deliveries: [Way]

    init(_ alert: AlertPlan, _ deliveries: [Delivery]) {
      number = alert.number
      level = alert.level
      reason = alert.reason.rawValue
      template = alert.notice.template
      self.deliveries = deliveries.map(Way.init)
    }
  }

  private struct Way: Encodable {
    let deliveryId: String
    let channel: String
    let recipient: String?
    let status: String
    let why: String
    let notBefore: String?

    init(_ delivery: Delivery) {
      deliveryId = delivery.id.text
      channel = delivery.channel
      recipient = delivery.recipient
      status = delivery.status.rawValue
      why = delivery.why
      notBefore = delivery.notBefore?.description
    }
  }

  private struct Episode: Encodable {
    let rule: String
    let currency: String
    let part: String?
    let openedAt: String
    let closedAt: String
    let alerts: Int

    init(_ episode: PastEpisode) {
      rule = episode.rule
      currency = episode.currency.code
      part = episode.part.isEmpty ? nil : episode.part
      openedAt = episode.openedAt.description
      closedAt = episode.closedAt.description
      alerts = episode.alerts
    }
  }
}
