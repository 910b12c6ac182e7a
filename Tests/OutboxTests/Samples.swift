import Outbox
import Receivables
import Rules
import Support
import Testing

/// Monday 2 March 2026, 10:00 in Auckland, unless another time is asked for.
func sampleNow(_ text: String = "2026-03-02T10:00:00+13:00") throws -> Now {
  Now(
    try #require(Instant(text)),
    in: try #require(Zone("Pacific/Auckland"))
  )
}

func samplePolicy(
  _ guarantee: Guarantee = .neither,
  _ onUncertain: DeliveryPolicy.OnUncertain = .hold,
  retries: Int = 3
) -> DeliveryPolicy {
  DeliveryPolicy(guarantee: guarantee, onUncertain: onUncertain, retries: retries)
}

func sampleDelivery(
  id: String = "0123456789abcdef0123456789abcdef",
  rule: String = "rent",
  account: String = "A1",
  currency: String = "NZD",
  level: Int = 1,
  reason: Reason = .crossed,
  channel: String = "email",
  audience: Audience = .customer,
  recipient: String? = "ada@harbour.example",
  createdAt: Instant,
  status: Delivery.Status = .pending,
  notBefore: Instant? = nil
) throws -> Delivery {
  Delivery(
    id: DeliveryID(text: id),
    rule: rule,
    account: AccountKey(source: "books", id: account),
    accountName: "Ada",
    currency: try Currency(currency),
    episode: 1,
    alertNumber: 1,
    level: level,
    reason: reason,
    template: "reminder",
    channel: channel,
    audience: audience,
    recipient: recipient,
    recipientName: nil,
    createdAt: createdAt,
    status: status,
    notBefore: notBefore
  )
}

/// The decision of a rule that is breached for the first time.
func sampleDecision(
  rule name: String = "rent",
  notify: [[String]] = [["email"]],
  approve: Bool = false,
  owes: String = "620@8",
  currency: String = "NZD",
  now: Now,
  _ change: (inout Account) -> Void = { _ in }
) throws -> Decision {
  var account = Account(
    key: AccountKey(source: "books", id: "A1"),
    name: "Ada",
    email: "ada@harbour.example",
    phone: "+64 21 555 010",
    owner: "dana"
  )
  change(&account)
  let rule = Rule(
    name: name,
    levels: [
      Rule.Level(
        trigger: .after(.days(0)),
        notice: .init(notify: notify, template: "reminder"),
        needsApproval: approve
      )
    ]
  )
  let facts = try ScenarioAccount(account, currency: Currency(currency))
    .facts(owes, on: now.today)
  return try Evaluator.decide(rule, facts, episode: nil, now: now)
}
