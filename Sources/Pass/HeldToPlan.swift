import Configuration
import Outbox
import Receivables
import Rules

/// What came of a plan's items, and what is new since.
public struct PlanOutcome: Sendable, Equatable {
  /// An item that is not sent, or an alert that was not in the plan.
  public struct Change: Sendable, Equatable {
    public let item: String
    public let why: String
  }

  /// Items of the plan that go out, or wait as they did.
  public fileprivate(set) var kept = 0
  public fileprivate(set) var changed: [Change] = []
  /// Left for the next run.
  public fileprivate(set) var new: [Change] = []
}

/// Cuts a pass down to what a plan foresaw and is still true.
struct HeldToPlan {
  private(set) var plan: Plan
  /// Deliveries of earlier passes that the plan does not name: they stay as they are.
  private(set) var withheld: Set<DeliveryID> = []
  private(set) var outcome = PlanOutcome()

  /// - Parameter old: open deliveries of earlier passes, judged.
  init(
    _ file: PlanFile,
    _ plan: Plan,
    old: [Delivery],
    _ decided: Decided,
    polled: Set<String>
  ) {
    let items = Dictionary(file.items.map { ($0.deliveryID, $0) }) { first, _ in first }
    var seen: Set<String> = []
    var outcome = PlanOutcome()
    self.plan = Plan(
      entries: plan.entries.filter { entry in
        guard entry.decision.alert != nil, entry.suppressed == nil, !entry.deliveries.isEmpty else {
          return true
        }
        let alive = entry.deliveries.filter { $0.status != .suppressed }
        let planned = alive.filter { items[$0.id.text] != nil }
        seen.formUnion(planned.map(\.id.text))
        guard let change = Self.change(entry.decision, alive, planned, items) else {
          outcome.kept += planned.count
          return true
        }
        let item = "\(entry.decision.facts.account.name), \(entry.decision.rule)"
        if planned.isEmpty {
          outcome.new.append(PlanOutcome.Change(item: item, why: change))
        } else {
          outcome.changed.append(PlanOutcome.Change(item: item, why: change))
        }
        return false
      })
    for delivery in old where delivery.status.isOpen {
      if items[delivery.id.text] != nil {
        seen.insert(delivery.id.text)
        outcome.kept += 1
      } else if delivery.status == .pending || delivery.hold == .limit {
        withheld.insert(delivery.id)
        outcome.new.append(
          PlanOutcome.Change(
            item: "\(delivery.accountName), \(delivery.rule), \(delivery.channel)",
            why: "waits since an earlier pass"))
      }
    }
    let judged = Dictionary(old.map { ($0.id.text, $0) }) { first, _ in first }
    outcome.changed += file.items.filter { !seen.contains($0.deliveryID) }.map { item in
      PlanOutcome.Change(
        item: "\(item.accountName), \(item.rule), \(item.channel)",
        why: judged[item.deliveryID]?.why ?? Self.whyGone(item, decided, polled))
    }
    self.outcome = outcome
  }

  /// Why the alert is not as it was foreseen; `nil` when it is.
  private static func change(
    _ decision: Decision,
    _ alive: [Delivery],
    _ planned: [Delivery],
    _ items: [String: PlanFile.Item]
  ) -> String? {
    guard let first = planned.first, let item = items[first.id.text] else {
      return "not in the plan: \(decision.why)"
    }
    if let paid = difference(item, decision.facts) { return paid }
    if item.level != decision.alert?.level || item.reason != decision.alert?.reason.rawValue {
      return "level \(item.level), \(item.reason) was planned; it is \(decision.why)"
    }
    if planned.count != alive.count {
      let ways = alive.filter { items[$0.id.text] == nil }.map {
        [$0.channel, $0.recipient].compactMap { $0 }.joined(separator: " ")
      }
      return "it would go to \(ways.joined(separator: ", ")) too, which was not planned"
    }
    return nil
  }

  /// `NZD 600.00 was paid since (1240.00 then, 640.00 now)`.
  private static func difference(_ item: PlanFile.Item, _ facts: Facts) -> String? {
    let now = facts.balance.decimalString
    if item.balance == now, item.overdueBalance == facts.overdueBalance.decimalString { return nil }
    guard let text = item.balance, let then = try? Money(text, currency: facts.currency),
      let rest = try? then.subtracting(facts.balance)
    else { return "the balance changed: \(item.balance ?? "unknown") then, \(now) now" }
    if rest.isPositive { return "\(rest) was paid since (\(text) then, \(now) now)" }
    if rest.isZero {
      return "what is overdue changed: \(item.overdueBalance ?? "unknown") then,"
        + " \(facts.overdueBalance.decimalString) now"
    }
    return "the balance rose since: \(text) then, \(now) now"
  }

  private static func whyGone(
    _ item: PlanFile.Item,
    _ decided: Decided,
    _ polled: Set<String>
  ) -> String {
    let decision = decided.byKey.first { key, _ in
      key.rule == item.rule && key.account.description == item.account
        && key.currency.code == item.currency && key.part == item.part ?? ""
    }?.value
    guard let decision else {
      let source = String(item.account.prefix { $0 != ":" })
      if let why = AccountKey(item.account).flatMap({ decided.ledger.leftOut[$0] }) {
        return "the account is left out: \(why)"
      }
      return polled.contains(source)
        ? "nothing is owed any more (\(item.balance ?? "unknown") then)"
        : "\(source) could not be polled"
    }
    let paid = difference(item, decision.facts).map { "\($0), " } ?? ""
    return "\(paid)\(decision.why)"
  }
}
