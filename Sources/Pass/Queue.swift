import Configuration
import Outbox
import Receivables
import Rules

/// Decides what of the outbox may go out now: releases what was held, drops what is no longer true,
/// leaves alone what cannot be judged. Pure, and the same for `preview` and `run`.
struct Queue {
  let decided: Decided
  let orphans: Set<EpisodeKey>
  let polled: Set<String>
  let assembly: Assembly
  let limits: Limits
  let silences: [Silence]
  /// Accounts whose directory row is malformed.
  let doubtful: [AccountKey: String]
  /// Sources of which it is not known any more who was told what.
  let forgotten: Set<String>
  /// Whether what the first pass held goes on, as far as the limit lets it.
  let releasesFirstPass: Bool
  /// Who asked not to be contacted; `channel` is the kind of channel.
  let optedOut: Set<BadAddress>
  let now: Now

  /// - Parameter old: open deliveries of earlier passes, judged.
  /// - Returns: those, and the plan's, each with the status it has when dispatch begins.
  func deliveries(_ old: [Delivery], and plan: Plan) -> [Delivery] {
    let fresh = plan.entries.flatMap { $0.suppressed == nil ? $0.deliveries : [] }
    let ways = Self.ways(of: plan)
    let old = old.map { superseded($0, by: ways) }
    let customers = (old + fresh).filter {
      $0.audience == .customer && ($0.status == .pending || $0.hold == .limit)
    }.count
    let isWithin = customers <= limits.customerMessagesPerPass ?? .max
    return old.map { delivery in
      guard delivery.hold == .limit, isWithin else { return delivery }
      return withinHours(delivery.queued(at: now.instant))
    } + fresh
  }

  /// How an episode's alert reaches somebody.
  struct Way: Hashable {
    let key: EpisodeKey
    let channel: String
    let recipient: String?

    init(_ delivery: Delivery) {
      key = EpisodeKey(delivery)
      channel = delivery.channel
      recipient = delivery.recipient.map(Contact.key)
    }
  }

  static let newer = "a newer alert takes its place"

  /// Those that new alerts take.
  static func ways(of plan: Plan) -> Set<Way> {
    var ways: Set<Way> = []
    for entry in plan.entries where entry.suppressed == nil {
      for delivery in entry.deliveries
      where delivery.status != .suppressed && delivery.reason != .resolved {
        ways.insert(Way(delivery))
      }
    }
    return ways
  }

  /// What still waits on a channel that was down, when a newer alert of the episode goes to the
  /// same recipient there: nobody is told of one debt twice at once.
  private func superseded(_ delivery: Delivery, by ways: Set<Way>) -> Delivery {
    guard delivery.status == .pending || delivery.status == .held, ways.contains(Way(delivery))
    else { return delivery }
    var delivery = delivery
    delivery.status = .cancelled
    delivery.hold = nil
    delivery.why = Self.newer
    return delivery
  }

  /// An open delivery of an earlier pass as it stands now.
  func judged(_ delivery: Delivery) -> Delivery {
    var delivery = delivery
    // In flight when a pass was cut short: its fate is found out first.
    if delivery.status == .sending { return delivery }
    if let why = untruth(of: delivery) {
      delivery.status = .cancelled
      delivery.hold = nil
      delivery.why = why
      return delivery
    }
    if delivery.hold != .approval, delivery.mayHaveGone(forgotten) {
      delivery.wait(forApproval: Delivery.inDoubt)
    }
    switch delivery.hold {
    case .hours, .recipientDay:
      if let notBefore = delivery.notBefore, notBefore > now.instant { return delivery }
      return withinHours(delivery.queued(at: now.instant))
    case nil: return withinHours(delivery)
    case .firstPass where releasesFirstPass:
      delivery.wait(.limit, limits.overTheLimit)
      return delivery
    case .approval, .firstPass, .limit: return delivery
    }
  }

  /// Whatever it waited for: a retry, a person, a limit.
  private func withinHours(_ delivery: Delivery) -> Delivery {
    let account = decided.byKey[EpisodeKey(delivery)]?.facts.account
    guard
      let hold = assembly.setup.hours.hold(delivery.audience, of: account, at: now.instant)
    else { return delivery }
    var delivery = delivery
    delivery.status = .held
    delivery.hold = .hours
    delivery.notBefore = hold.until
    delivery.why = hold.why
    return delivery
  }

  /// Why the delivery need not, or must not, be sent any more; `nil` when it is still true.
  func untruth(of delivery: Delivery) -> String? {
    let key = EpisodeKey(delivery)
    if orphans.contains(key) { return "the rule was removed" }
    guard let channel = assembly.channels[delivery.channel] else {
      return "the channel \(delivery.channel) was removed"
    }
    guard polled.contains(delivery.account.source) else {
      return assembly.sources.contains { $0.name == delivery.account.source }
        ? nil : "the source \(delivery.account.source) was removed"
    }
    if decided.ledger.leftOut[delivery.account] != nil || decided.unknown.contains(key) {
      return nil
    }
    guard let decision = decided.byKey[key] else {
      return "the rule takes the account apart in another way now"
    }
    if decision.facts.account.disputed { return "the account is disputed" }
    if delivery.audience == .customer, let doubt = doubtful[delivery.account] { return doubt }
    if delivery.reason != .resolved || delivery.audience == .customer,
      let silence = Silence.holding(silences, delivery.rule, decision.facts)
    {
      return silence.sentence
    }
    if delivery.reason == .resolved {
      return decision.step == .open || decision.step == .stay ? "owes again" : nil
    }
    guard decision.step == .stay || decision.step == .open, decision.checks.allSatisfy(\.holds)
    else { return decision.why }
    if let episode = decision.episode, episode.number != delivery.episode {
      return "an older episode's"
    }
    if let settled = decision.settlement(ofAlert: delivery.alertNumber) { return settled }
    return Self.reachProblem(delivery, decision.facts.account, channel.profile)
      ?? (delivery.recipient.map(Contact.recipients) ?? []).first {
        optedOut.contains(BadAddress(channel: channel.profile.kind, address: $0))
      }.map { "\($0) asked for no more messages of this kind" }
  }

  private static let movedEmail = "the e-mail address changed"
  private static let movedPhone = "the phone number changed"

  /// Whether it was dropped since its customer is reached elsewhere now.
  static func hasMoved(_ delivery: Delivery) -> Bool {
    delivery.status == .cancelled && [movedEmail, movedPhone].contains(delivery.why)
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
      let known = Set((account.email.map(Contact.emails) ?? []).map(Contact.key))
      let meant = (delivery.recipient.map(Contact.recipients) ?? []).map(Contact.key)
      return !meant.isEmpty && known.isSuperset(of: meant) ? nil : movedEmail
    case (.phone, _):
      return account.phone.flatMap(Contact.phone) == delivery.recipient
        ? nil : movedPhone
    case (.platform, _), (.none, _): return nil
    }
  }
}
