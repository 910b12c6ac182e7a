public import Receivables
public import Rules

/// Turns decisions into promises. Pure.
public struct Planner: Sendable {
  public var channels: [String: ChannelProfile]
  public var owners: [String: Owner]
  public var badAddresses: Set<BadAddress>
  /// Who asked not to be contacted; `channel` is the kind of channel.
  public var optedOut: Set<BadAddress>
  public var hours: ContactHours
  public var limits: Limits
  /// Customer messages held by the limit in earlier passes.
  public var heldByLimit: Int
  /// Sent today: channel and address to how many.
  public var sentToday: [BadAddress: Int]
  /// How often each customer was told today, in however many ways each time.
  public var personsToldToday: [AccountKey: Int]
  /// Rules that count persons, not addresses.
  public var personRules: Set<String>
  /// Those that hold today.
  public var silences: [Silence]
  /// Accounts of which it is not known whether and how they may be contacted, and why.
  public var doubtful: [AccountKey: String]
  /// Sources of which it is not known any more who was told what.
  public var forgotten: Set<String>
  /// The number of the newest episode, open or closed.
  public var lastEpisode: [EpisodeKey: Int]
  public var now: Now

  public init(
    channels: [String: ChannelProfile],
    owners: [String: Owner] = [:],
    badAddresses: Set<BadAddress> = [],
    optedOut: Set<BadAddress> = [],
    hours: ContactHours? = nil,
    limits: Limits = Limits(),
    heldByLimit: Int = 0,
    sentToday: [BadAddress: Int] = [:],
    personsToldToday: [AccountKey: Int] = [:],
    personRules: Set<String> = [],
    silences: [Silence] = [],
    doubtful: [AccountKey: String] = [:],
    forgotten: Set<String> = [],
    lastEpisode: [EpisodeKey: Int] = [:],
    now: Now
  ) {
    self.channels = channels
    self.owners = owners
    self.badAddresses = badAddresses
    self.optedOut = optedOut
    self.hours = hours ?? ContactHours([:], zone: now.zone)
    self.limits = limits
    self.heldByLimit = heldByLimit
    self.sentToday = sentToday
    self.personsToldToday = personsToldToday
    self.personRules = personRules
    self.silences = silences
    self.doubtful = doubtful
    self.forgotten = forgotten
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
    func entry(_ deliveries: [Delivery] = [], suppressed: String? = nil) -> Plan.Entry {
      Plan.Entry(
        decision: decision, deliveries: deliveries, suppressed: suppressed, episode: episode)
    }
    guard let alert = decision.alert, alert.reason != .baseline else { return entry() }
    let facts = decision.facts
    let account = facts.account
    if account.disputed { return entry(suppressed: "the account is disputed") }
    let silence = Silence.holding(silences, decision.rule, facts)
    // That a debt is over is no chasing: colleagues and their records hear of it.
    if let silence, alert.reason != .resolved { return entry(suppressed: silence.sentence) }
    let openedOn = now.zone.day(of: decision.episode?.openedAt ?? now.instant)
    var deliveries: [Delivery] = []
    for alternatives in alert.notice.notify {
      for var target in targets(alternatives, facts) {
        if let silence, target.channel.audience == .customer { target.obstacle = silence.sentence }
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
      return entry(
        deliveries,
        suppressed: reasons.isEmpty
          ? noTaker(alert.notice, facts) : reasons.joined(separator: "; "))
    }
    return entry(deliveries)
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
      delivery.wait(forApproval: "waits for approval")
    } else if delivery.mayHaveGone(forgotten) {
      delivery.wait(forApproval: Delivery.inDoubt)
    } else {
      return hours.held(delivery, of: decision.facts.account, at: now.instant)
    }
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
  /// with what stands in its way. A channel that takes only other accounts is passed over.
  func targets(_ alternatives: [String], _ facts: Facts) -> [Target] {
    var obstacles: [Target] = []
    for name in alternatives {
      guard let channel = channels[name], channel.only.exclusion(of: facts) == nil else {
        continue
      }
      let found = recipients(channel, facts.account)
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

  /// Why an alert goes nowhere: every channel takes only others.
  private func noTaker(_ notice: Rule.Notice, _ facts: Facts) -> String {
    let whys = notice.notify.joined().compactMap { name in
      channels[name]?.only.exclusion(of: facts).map { "\(name): \($0)" }
    }
    return whys.isEmpty
      ? "the level notifies nobody" : "no channel takes it (\(whys.joined(separator: "; ")))"
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
    // Whatever the way: who is not to be contacted, or is not known to be, is not.
    if channel.audience == .customer {
      if let doubt = doubtful[account.key] { return [target(nil, account.name, doubt)] }
      if account.doNotContact == .all { return [target(nil, account.name, "do not contact")] }
    }
    switch (channel.audience, channel.address) {
    case (_, .none), (.team, _): return [target(nil, nil)]
    case (.customer, let kind):
      let (addresses, obstacle) = customerAddresses(kind, account)
      if let obstacle { return [target(nil, account.name, obstacle)] }
      let all = addresses.map { target($0, account.name) }
      let usable = all.filter { $0.obstacle == nil }
      if usable.isEmpty { return all }
      // Who wants no more, or cannot be reached, is left out; the others are told together.
      guard channel.takesSeveral else { return usable }
      return [target(usable.compactMap(\.address).joined(separator: ", "), account.name)]
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

  /// - Returns: at least one address, or why there is none.
  private func customerAddresses(
    _ kind: ChannelProfile.AddressKind,
    _ account: Account
  ) -> ([String], String?) {
    let refuses = account.doNotContact
    switch kind {
    case .email:
      if refuses == .email { return ([], "do not contact by e-mail") }
      guard let text = account.email, !text.isEmpty else { return ([], "no e-mail address") }
      let addresses = Contact.emails(text)
      return (addresses, addresses.isEmpty ? "the e-mail address is invalid" : nil)
    case .phone:
      if refuses == .sms { return ([], "do not contact by SMS") }
      guard let text = account.phone, !text.isEmpty else { return ([], "no phone number") }
      do throws(PhoneNumber.Problem) { return ([try PhoneNumber(text).text], nil) } catch {
        let form = error.isNational ? "is not in the form +6421555010" : error.why
        return ([], "the phone number \(form)")
      }
    case .platform, .none: return ([account.key.id], nil)
    }
  }
}
