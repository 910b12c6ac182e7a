import Accounting
import Messages
import Outbox
import Pass
import Receivables
import Rules
import Wire

/// `run --format json` and `preview --format json`: one object (SPEC.md "Commands").
enum PassJSON {
  static func text(
    _ report: PassReport,
    _ shown: Selection = Selection(),
    redactor: Redactor
  ) -> String {
    let names = report.aging.names
    let rows = report.rows.filter { shown.includes($0.facts.account.key) }
    let document = Document(
      schema: 1,
      now: report.now.instant.description,
      sources: report.sources.map(Source.init),
      accounts: rows.map { AccountRow($0, names) },
      deliveries: report.deliveries.filter { shown.includes($0.account) }
        .map { DeliveryRow($0, report.builder) },
      notices: (report.notices + report.waiting.map(\.sentence)).map(redactor.redact),
      exit: report.verdict.rawValue
    )
    return Output.json(document) + "\n"
  }

  private struct Document: Encodable {
    let schema: Int
    let now: String
    let sources: [Source]
    let accounts: [AccountRow]
    let deliveries: [DeliveryRow]
    let notices: [String]
    let exit: Int32
  }

  private struct Source: Encodable {
    let name: String
    let type: String
    let status: String
    @Nullable var error: String?
    let accounts: Int
    let openItems: Int
    let leftOut: Int
    let changed: Int
    let calls: Int
    let bytes: Int

    init(_ outcome: PollOutcome) {
      name = outcome.name
      type = outcome.type
      switch outcome.status {
      case .polled: (status, error) = ("polled", nil)
      case .unchanged: (status, error) = ("unchanged", nil)
      case .skipped: (status, error) = ("skipped", nil)
      case .failed(let why): (status, error) = ("failed", why.description)
      }
      accounts = outcome.snapshot.accounts.count
      openItems = outcome.snapshot.items.count
      leftOut = outcome.accountsLeftOut
      changed = outcome.changed
      calls = outcome.usage.calls
      bytes = outcome.usage.bytes
    }
  }

  private struct AccountRow: Encodable {
    let source: String
    let accountId: String
    let accountName: String
    let currency: String
    let balance: String
    let overdueBalance: String
    let daysOverdue: Int
    let aging: Aging
    @Nullable var rule: String?
    let decision: String
    let why: String
    @Nullable var nextDate: String?

    init(_ row: DecisionRow, _ names: [String]) {
      let facts = row.facts
      source = facts.account.key.source
      accountId = facts.account.key.id
      accountName = facts.account.name
      currency = facts.currency.code
      balance = facts.balance.decimalString
      overdueBalance = facts.overdueBalance.decimalString
      daysOverdue = facts.daysOverdue
      aging = Aging(names: names, amounts: facts.aging.map(\.decimalString))
      rule = row.rule
      decision = row.decision
      why = row.why
      nextDate = row.nextDate?.description
    }
  }

  /// The buckets' names are keys as they are, in their own order where the encoder keeps one.
  private struct Aging: Encodable {
    let names: [String]
    let amounts: [String]

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(_ text: String) { stringValue = text }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      for (name, amount) in zip(names, amounts) { try container.encode(amount, forKey: Name(name)) }
    }
  }

  struct DeliveryRow: Encodable {
    let deliveryId: String
    let time: String
    let channel: String
    let audience: String
    @Nullable var recipient: String?
    let rule: String
    let source: String
    let accountId: String
    let accountName: String
    let currency: String
    @Nullable var balance: String?
    @Nullable var overdueBalance: String?
    @Nullable var daysOverdue: Int?
    let level: Int
    let alertNumber: Int
    let reason: String
    let template: String
    @Nullable var subject: String?
    @Nullable var text: String?
    let status: String
    @Nullable var notBefore: String?
    let why: String

    init(_ delivery: Delivery, _ builder: MessageBuilder) {
      let words = builder.words(of: delivery)
      deliveryId = delivery.id.text
      time = delivery.createdAt.description
      channel = delivery.channel
      audience = delivery.audience.rawValue
      recipient = delivery.recipient
      rule = delivery.rule
      source = delivery.account.source
      accountId = delivery.account.id
      accountName = delivery.accountName
      currency = delivery.currency.code
      balance = words?.content.balance.decimal
      overdueBalance = words?.content.overdueBalance.decimal
      daysOverdue = words?.content.daysOverdue
      level = delivery.level
      alertNumber = delivery.alertNumber
      reason = delivery.reason.rawValue
      template = delivery.template
      subject = words?.forms[.subject]
      text = words?.forms[.text]
      status = delivery.status.rawValue
      notBefore = delivery.notBefore?.description
      why = delivery.why
    }
  }
}
