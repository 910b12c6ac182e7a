import Configuration
import Outbox
import Receivables
import Rules

/// Decides what of the outbox may go out now: releases what was held, drops what is no longer true,
/// leaves alone what cannot be judged. Pure, and the same for `preview` and `run`.
struct Queue {
  let decisions: [EpisodeKey: Decision]
  let orphans: Set<EpisodeKey>
  let polled: Set<String>
  let assembly: Assembly
  let limits: Limits
  let sentToday: [BadAddress: Int]
  let now: Now

  /// - Parameter earlier: open deliveries of earlier passes.
  /// - Returns: those as they stand now, and what each recipient will have been told today.
  func judged(_ earlier: [Delivery]) -> (deliveries: [Delivery], told: [BadAddress: Int]) {
    var count = RecipientCount(most: limits.perRecipientPerDay, sentToday: sentToday)
    let deliveries = earlier.map { earlier in
      let delivery = judged(earlier)
      guard delivery.status == .pending, !count.admits(delivery) else { return delivery }
      let tomorrow = now.zone.instant(of: now.today.adding(days: 1))
      return held(delivery, .recipientDay, until: tomorrow, "the recipient was told enough today")
    }
    return (deliveries, count.counts)
  }

  /// - Parameters:
  ///   - old: open deliveries of earlier passes, judged.
  ///   - plan: what this pass adds.
  /// - Returns: all of them, each with the status it has when dispatch begins.
  func deliveries(_ old: [Delivery], and plan: Plan) -> [Delivery] {
    let fresh = plan.entries.flatMap { $0.suppressed == nil ? $0.deliveries : [] }
    let customers = (old + fresh).filter {
      $0.audience == .customer && ($0.status == .pending || $0.hold == .limit)
    }.count
    let isWithin = customers <= limits.customerMessagesPerPass ?? .max
    return old.map { delivery in
      guard delivery.hold == .limit, isWithin else { return delivery }
      return ready(delivery)
    } + fresh
  }

  private func judged(_ delivery: Delivery) -> Delivery {
    var delivery = delivery
    // In flight when a pass was cut short: its fate is found out first, where it can be.
    if delivery.status == .sending {
      guard let why = missing(delivery) else { return delivery }
      delivery.status = .uncertain
      delivery.why = "outcome unknown: \(why)"
      return delivery
    }
    if let why = untruth(of: delivery) {
      delivery.status = .cancelled
      delivery.hold = nil
      delivery.why = why
      return delivery
    }
    switch delivery.hold {
    case .hours, .recipientDay:
      if let notBefore = delivery.notBefore, notBefore > now.instant { return delivery }
      return ready(delivery)
    case nil: return outsideHours(delivery) ?? delivery
    case .approval, .limit: return delivery
    }
  }

  /// May go out now, unless its audience may not be contacted at this hour.
  private func ready(_ delivery: Delivery) -> Delivery {
    if let held = outsideHours(delivery) { return held }
    var delivery = delivery
    delivery.status = .pending
    delivery.hold = nil
    delivery.notBefore = nil
    delivery.why = ""
    // Tries that were begun end when they would have ended.
    if delivery.attempts == 0 { delivery.readySince = now.instant }
    return delivery
  }

  private func outsideHours(_ delivery: Delivery) -> Delivery? {
    assembly.setup.hours[delivery.audience]?.release(after: now.instant, in: now.zone).map {
      held(delivery, .hours, until: $0, "outside the hours of \(delivery.audience)s")
    }
  }

  private func held(
    _ delivery: Delivery,
    _ hold: Delivery.Hold,
    until: Instant,
    _ why: String
  ) -> Delivery {
    var delivery = delivery
    delivery.status = .held
    delivery.hold = hold
    delivery.notBefore = until
    delivery.why = why
    return delivery
  }

  /// What a delivery needs and the config no longer has.
  private func missing(_ delivery: Delivery) -> String? {
    if assembly.channels[delivery.channel] == nil {
      return "the channel \(delivery.channel) was removed"
    }
    let source = delivery.account.source
    return assembly.sources.contains { $0.name == source }
      ? nil : "the source \(source) was removed"
  }

  /// Why the delivery need not, or must not, be sent any more; `nil` when it is still true.
  func untruth(of delivery: Delivery) -> String? {
    let key = EpisodeKey(delivery)
    if orphans.contains(key) { return "the rule was removed" }
    if let why = missing(delivery) { return why }
    guard let channel = assembly.channels[delivery.channel] else { return nil }
    guard polled.contains(delivery.account.source) else { return nil }
    guard let decision = decisions[key] else { return "the account could not be worked out" }
    if decision.facts.account.disputed { return "the account is disputed" }
    if delivery.reason == .resolved {
      return decision.step == .open || decision.step == .stay ? "owes again" : nil
    }
    guard decision.step == .stay || decision.step == .open, decision.checks.allSatisfy(\.holds)
    else { return decision.why }
    if let episode = decision.episode, episode.number != delivery.episode {
      return "an older episode's"
    }
    return Self.reachProblem(delivery, decision.facts.account, channel.profile)
  }

  /// A customer who changed the address, or asked not to be contacted, since it was planned.
  private static func reachProblem(
    _ delivery: Delivery,
    _ account: Account,
    _ channel: ChannelProfile
  ) -> String? {
    guard delivery.audience == .customer, channel.to.isEmpty else { return nil }
    switch (channel.address, account.doNotContact) {
    case (_, .all), (.email, .email), (.phone, .sms): return "do not contact"
    case (.email, _):
      return account.email.flatMap(Contact.email) == delivery.recipient
        ? nil : "the e-mail address changed"
    case (.phone, _):
      return account.phone.flatMap(Contact.phone) == delivery.recipient
        ? nil : "the phone number changed"
    case (.platform, _), (.none, _): return nil
    }
  }
}
