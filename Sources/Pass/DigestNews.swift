import Channels
import Configuration
import Messages
import Outbox
import Receivables
import Rules
import State

/// What a digest says beside its alerts: their order, what changed since the last one, and what is
/// over.
extension MessageBuilder {
  /// - Parameter contents: of the deliveries, in their order.
  /// - Returns: the alerts, newest episode first; and what the last digest listed and is over.
  func digest(
    of deliveries: [Delivery],
    _ contents: [AlertContent]
  ) -> (alerts: [AlertContent], cleared: [ClearedAccount]) {
    guard let lead = deliveries.first else { return (contents, []) }
    let reader = DigestMemory.Reader(lead.channel, lead.recipient)
    let entries = zip(deliveries, contents).map { delivery, content in
      entry(delivery, content, for: reader)
    }
    let listed = Set(deliveries.map { DigestMemory.Subject(EpisodeKey($0)) })
    return (entries.sorted(by: Self.isBefore).map(\.content), cleared(for: reader, besides: listed))
  }

  private typealias Entry = (content: AlertContent, openedAt: Instant, overdue: Money)

  /// Newest first; then the larger debt, as far as debts can be compared; then the name.
  private static func isBefore(_ a: Entry, _ b: Entry) -> Bool {
    if a.openedAt != b.openedAt { return a.openedAt > b.openedAt }
    if a.overdue.currency != b.overdue.currency { return a.overdue.currency < b.overdue.currency }
    if a.overdue != b.overdue { return a.overdue.minorUnits > b.overdue.minorUnits }
    if a.content.accountName != b.content.accountName {
      return a.content.accountName < b.content.accountName
    }
    return a.content.deliveryID < b.content.deliveryID
  }

  private func entry(
    _ delivery: Delivery,
    _ content: AlertContent,
    for reader: DigestMemory.Reader
  ) -> Entry {
    let key = EpisodeKey(delivery)
    let decision = prepared.decisions[key]
    let isEvent = rule(delivery.rule)?.events != nil
    let openedAt = (isEvent ? nil : decision?.episode?.openedAt) ?? delivery.createdAt
    let zero = Money.zero(delivery.currency)
    let balance = decision?.facts.balance ?? zero
    var content = content
    content.openedAt = openedAt.description
    let last = prepared.digests.line(key, for: reader)
    content.previousBalance = last.map { assembly.renderer.amount($0.balance) }
    content.change =
      if delivery.reason == .resolved {
        .cleared
      } else if let last {
        balance.minorUnits == last.balance.minorUnits
          ? .unchanged : balance.minorUnits > last.balance.minorUnits ? .grown : .partlyPaid
      } else {
        .new
      }
    return (content, openedAt, decision?.facts.overdueBalance ?? zero)
  }

  /// Accounts of which no rule that told of them has anything more to say, by name.
  private func cleared(
    for reader: DigestMemory.Reader,
    besides listed: Set<DigestMemory.Subject>
  ) -> [ClearedAccount] {
    var found: [ClearedAccount] = []
    for (subject, lines) in prepared.digests.subjects(for: reader)
    where !listed.contains(subject) && lines.allSatisfy({ isGone($0.key) }) {
      let newest = lines.max {
        $0.toldAt == $1.toldAt
          ? $0.balance.minorUnits < $1.balance.minorUnits : $0.toldAt < $1.toldAt
      }
      guard let newest else { continue }
      found.append(
        ClearedAccount(
          source: subject.account.source,
          accountID: subject.account.id,
          accountName: newest.accountName,
          currency: subject.currency,
          part: subject.part.isEmpty ? nil : subject.part,
          owed: assembly.renderer.amount(newest.balance),
          balance: assembly.renderer.amount(balance(of: newest.key))
        )
      )
    }
    return found.sorted {
      ($0.accountName, $0.source, $0.accountID, $0.currency, $0.part ?? "")
        < ($1.accountName, $1.source, $1.accountID, $1.currency, $1.part ?? "")
    }
  }

  private func balance(of key: EpisodeKey) -> Money {
    if let facts = prepared.decisions[key]?.facts { return facts.balance }
    // What is not among the open items owes nothing.
    return (key.part.isEmpty ? prepared.ledger[Ledger.Key(key)]?.balance : nil)
      ?? .zero(key.currency)
  }

  /// Whether the debt that a rule told of is over: its episode has closed. Absence of data is no
  /// payment: not of a source that was not polled, nor of an account that could not be worked out.
  func isGone(_ key: EpisodeKey) -> Bool {
    let account = Ledger.Key(key)
    guard prepared.silence(about: key) == nil else { return false }
    // The episode of an event is over once it was told, that of a rule that is gone with the rule:
    // whether something is owed is all that counts.
    guard let rule = rule(key.rule), rule.events == nil else { return owesNothing(key) }
    if let decision = prepared.decisions[key] { return !Self.isOpen(decision) }
    switch (rule.groupBy, key.part.isEmpty) {
    // An account that is among the open items, and has no decision, could not be worked out.
    case (nil, true): return prepared.ledger[account] == nil
    // A part without a decision is not among the open items.
    case (let kind?, false) where key.part.hasPrefix("\(kind):"): return true
    // Of what has no such tag nothing is left; or it was told before the rule took accounts apart,
    // and is owed in parts.
    case (.some, true):
      return !prepared.decisions.contains {
        $0.key.rule == key.rule && Ledger.Key($0.key) == account && Self.isOpen($0.value)
      }
    // Told when the rule took accounts apart in another way.
    default: return owesNothing(key)
    }
  }

  private static func isOpen(_ decision: Decision) -> Bool {
    decision.step == .open || decision.step == .stay
  }

  /// Where the part itself is not looked at, the whole of the account.
  private func owesNothing(_ key: EpisodeKey) -> Bool {
    let facts = prepared.decisions[key]?.facts ?? prepared.ledger[Ledger.Key(key)]
    return (facts?.balance.minorUnits ?? 0) <= 0
  }

  /// The alerts that ride along, one for each other rule.
  func others(besides lead: Delivery, in deliveries: [Delivery]) -> [AlertContent.Other]? {
    let isForCustomer = lead.audience == .customer
    var rules: Set = [lead.rule]
    let others = deliveries.filter { rules.insert($0.rule).inserted }.map { delivery in
      AlertContent.Other(
        rule: delivery.rule,
        // A rule's name is the organisation's own word.
        title: isForCustomer
          ? rule(delivery.rule)?.title ?? ""
          : rule(delivery.rule)?.readableTitle ?? delivery.rule,
        level: delivery.level,
        reason: delivery.reason.rawValue
      )
    }
    return others.isEmpty ? nil : others
  }

  func rule(_ name: String) -> Rule? {
    assembly.setup.rules.first { $0.name == name }
  }
}
