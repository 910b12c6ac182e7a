public import Receivables
public import Rules

/// Turns decisions into promises. Pure.
public struct Planner: Sendable {
  public var channels: [String: ChannelProfile]
  public var owners: [String: Owner]
  public var badAddresses: Set<BadAddress>
  /// Who asked not to be contacted; `channel` is the kind of channel.
  public var optedOut: Set<BadAddress>
  public var hours: [Audience: Hours]
  public var limits: Limits
  /// Customer messages held by the limit in earlier passes.
  public var heldByLimit: Int
  /// Sent today: channel and address to how many.
  public var sentToday: [BadAddress: Int]
  /// The number of the newest episode, open or closed.
  public var lastEpisode: [EpisodeKey: Int]
  public var now: Now

  public init(
    channels: [String: ChannelProfile],
    owners: [String: Owner] = [:],
    badAddresses: Set<BadAddress> = [],
    optedOut: Set<BadAddress> = [],
    hours: [Audience: Hours] = [:],
    limits: Limits = Limits(),
    heldByLimit: Int = 0,
    sentToday: [BadAddress: Int] = [:],
    lastEpisode: [EpisodeKey: Int] = [:],
    now: Now
  ) {
    self.channels = channels
    self.owners = owners
    self.badAddresses = badAddresses
    self.optedOut = optedOut
    self.hours = hours
    self.limits = limits
    self.heldByLimit = heldByLimit
    self.sentToday = sentToday
    self.lastEpisode = lastEpisode
    self.now = now
  }

  public func plan(_ decisions: [Decision]) -> Plan {
    // Several parts of one account may open in one plan, and each episode has a number of its own.
    var numbers = lastEpisode
    var entries = decisions.map { entry($0, &numbers) }
    spreadOverDays(&entries)
    let customers = entries.lazy.flatMap(\.deliveries).filter {
      $0.audience == .customer && $0.status != .suppressed
    }.count
    let limit = limits.customerMessagesPerPass ?? .max
    if customers + heldByLimit > limit {
      for index in entries.indices {
        for d in entries[index].deliveries.indices
        where entries[index].deliveries[d].audience == .customer
          && entries[index].deliveries[d].status == .pending
        {
          entries[index].deliveries[d].status = .held
          entries[index].deliveries[d].hold = .limit
          entries[index].deliveries[d].why =
            "over the limit of \(limit) customer messages a pass"
        }
      }
    }
    return Plan(entries: entries)
  }

  private func entry(
    _ decision: Decision,
    _ numbers: inout [EpisodeKey: Int]
  ) -> Plan.Entry {
    let key = EpisodeKey(
      rule: decision.rule,
      account: decision.account,
      currency: decision.currency
    )
    // Of an account's parts too: their numbers are counted together.
    let episode = decision.episode?.number ?? (numbers[key] ?? 0) + 1
    if decision.step == .open { numbers[key] = episode }
    guard let alert = decision.alert else {
      return Plan.Entry(decision: decision, deliveries: [], suppressed: nil, episode: episode)
    }
    let account = decision.facts.account
    if account.disputed {
      return Plan.Entry(
        decision: decision,
        deliveries: [],
        suppressed: "the account is disputed",
        episode: episode
      )
    }
    let openedOn = now.zone.day(of: decision.episode?.openedAt ?? now.instant)
    var deliveries: [Delivery] = []
    for alternatives in alert.notice.notify {
      for target in targets(alternatives, account) {
        let id = DeliveryID(
          rule: decision.rule,
          account: account.key,
          currency: decision.currency,
          part: decision.part,
          episode: episode,
          openedOn: openedOn,
          alert: alert.number,
          channel: target.channel.name,
          recipient: target.address
        )
        if deliveries.contains(where: { $0.id == id }) { continue }
        deliveries.append(delivery(id, decision, alert, episode, target))
      }
    }
    if deliveries.allSatisfy({ $0.status == .suppressed }) {
      var reasons: [String] = []
      for delivery in deliveries where !reasons.contains(delivery.why) {
        reasons.append(delivery.why)
      }
      return Plan.Entry(
        decision: decision,
        deliveries: deliveries,
        suppressed: reasons.joined(separator: "; "),
        episode: episode
      )
    }
    return Plan.Entry(
      decision: decision,
      deliveries: deliveries,
      suppressed: nil,
      episode: episode
    )
  }

  private func delivery(
    _ id: DeliveryID,
    _ decision: Decision,
    _ alert: AlertPlan,
    _ episode: Int,
    _ target: Target
  ) -> Delivery {
    var delivery = Delivery(
      id: id,
      rule: decision.rule,
      account: decision.account,
      accountName: decision.facts.account.name,
      currency: decision.currency,
      part: decision.part,
      episode: episode,
      alertNumber: alert.number,
      level: alert.level,
      reason: alert.reason,
      template: alert.notice.template,
      channel: target.channel.name,
      audience: target.channel.audience,
      recipient: target.address,
      recipientName: target.name,
      createdAt: now.instant,
      status: .pending,
      why: ""
    )
    if let obstacle = target.obstacle {
      delivery.status = .suppressed
      delivery.why = obstacle
    } else if alert.needsApproval {
      delivery.status = .held
      delivery.hold = .approval
      delivery.why = "waits for approval"
    } else {
      return withinHours(delivery)
    }
    return delivery
  }

  /// Held until the audience may be contacted, where it may not be now.
  func withinHours(_ delivery: Delivery) -> Delivery {
    guard let until = hours[delivery.audience]?.release(after: now.instant, in: now.zone) else {
      return delivery
    }
    var delivery = delivery
    delivery.status = .held
    delivery.hold = .hours
    delivery.notBefore = until
    delivery.why = "outside the hours of \(delivery.audience)s"
    return delivery
  }

  // MARK: Who can be reached

  struct Target {
    var channel: ChannelProfile
    var address: String?
    var name: String?
    /// Why it cannot be used.
    var obstacle: String?
  }

  /// The first channel that can reach the account, with its recipients; if none can, the first one
  /// with what stands in its way.
  func targets(_ alternatives: [String], _ account: Account) -> [Target] {
    var obstacles: [Target] = []
    for name in alternatives {
      guard let channel = channels[name] else { continue }
      let found = recipients(channel, account)
      let usable = found.filter { $0.obstacle == nil }
      if !usable.isEmpty { return usable }
      obstacles += found
    }
    guard var first = obstacles.first else { return [] }
    var reasons: [String] = []
    for reason in obstacles.compactMap(\.obstacle) where !reasons.contains(reason) {
      reasons.append(reason)
    }
    first.obstacle = reasons.joined(separator: ", ")
    return [first]
  }

  private func recipients(_ channel: ChannelProfile, _ account: Account) -> [Target] {
    func target(_ address: String?, _ name: String?, _ obstacle: String? = nil) -> Target {
      var obstacle = obstacle
      if let address, badAddresses.contains(BadAddress(channel: channel.name, address: address)) {
        obstacle = "\(address) was refused by \(channel.name) before"
      }
      if let address, optedOut.contains(BadAddress(channel: channel.kind, address: address)) {
        obstacle = "\(address) asked for no more messages of this kind"
      }
      return Target(channel: channel, address: address, name: name, obstacle: obstacle)
    }
    if !channel.to.isEmpty { return channel.to.map { target($0, nil) } }
    switch (channel.audience, channel.address) {
    case (_, .none), (.team, _): return [target(nil, nil)]
    case (.customer, let kind):
      let (address, obstacle) = customerAddress(kind, account)
      return [target(address, account.name, obstacle)]
    case (.owner, let kind):
      let owner = account.owner.flatMap { owners[$0] }
      let address: String? =
        switch kind {
        case .email: owner?.email.flatMap(Contact.email)
        case .phone: owner?.phone.flatMap(Contact.phone)
        case .platform, .none: owner?.ids[channel.type]
        }
      if address != nil || channel.takesNobody { return [target(address, owner?.name)] }
      let lack = owner.map { "owner \($0.key) has no address for \(channel.name)" }
      return [target(nil, owner?.name, lack ?? "the account has no owner")]
    }
  }

  private func customerAddress(
    _ kind: ChannelProfile.AddressKind,
    _ account: Account
  ) -> (String?, String?) {
    let refuses = account.doNotContact
    if refuses == .all { return (nil, "do not contact") }
    switch kind {
    case .email:
      if refuses == .email { return (nil, "do not contact by e-mail") }
      guard let text = account.email, !text.isEmpty else { return (nil, "no e-mail address") }
      guard let address = Contact.email(text) else { return (nil, "the e-mail address is invalid") }
      return (address, nil)
    case .phone:
      if refuses == .sms { return (nil, "do not contact by SMS") }
      guard let text = account.phone, !text.isEmpty else { return (nil, "no phone number") }
      guard let number = Contact.phone(text) else {
        return (nil, "the phone number is not in the form +6421555010")
      }
      return (number, nil)
    case .platform, .none: return (account.key.id, nil)
    }
  }
}
