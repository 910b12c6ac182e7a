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
  /// Sources that no earlier pass has read: their customers' messages wait for a person.
  public var firstTime: Set<String>
  /// What customers were told within a day by episodes that have closed since.
  public var toldByClosed: Set<ToldDebt>
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
    firstTime: Set<String> = [],
    toldByClosed: Set<ToldDebt> = [],
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
    self.firstTime = firstTime
    self.toldByClosed = toldByClosed
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
          entries[index].deliveries[d].wait(.limit, limits.overTheLimit)
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
    let episode = decision.episode?.number ?? min(numbers[key] ?? 0, 1_000_000_000) + 1
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
    let targets = alert.notice.notify.map {
      self.targets($0, facts, template: alert.notice.template, reason: alert.reason)
    }
    // What waits for approval is what goes to the customer; colleagues are told meanwhile.
    let tellsCustomer = targets.joined().contains {
      $0.channel.audience == .customer && $0.obstacle == nil
    }
    for alternatives in targets {
      for var target in alternatives {
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
        let needsApproval =
          alert.needsApproval && (target.channel.audience == .customer || !tellsCustomer)
        deliveries.append(
          delivery(id, decision, alert, episode, target, needsApproval: needsApproval))
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
    _ target: Target,
    needsApproval: Bool
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
    } else if needsApproval {
      delivery.wait(forApproval: "waits for approval")
    } else if delivery.mayHaveGone(forgotten) {
      delivery.wait(forApproval: Delivery.inDoubt)
    } else if delivery.mayHaveGone(firstTime) {
      delivery.wait(.firstPass, Delivery.firstPass)
    } else if isBack(delivery, alert) {
      delivery.wait(forApproval: Delivery.toldToday)
    } else {
      return hours.held(delivery, of: decision.facts.account, at: now.instant)
    }
    return delivery
  }

  /// Whether the customer was told of the same within a day, before the debt was gone for a while:
  /// paid and owed anew, or lost by an export and found again. Only a person can tell.
  private func isBack(_ delivery: Delivery, _ alert: AlertPlan) -> Bool {
    delivery.audience == .customer && alert.reason != .resolved && alert.event == nil
      && alert.previousAlertAt == nil
      && toldByClosed.contains(
        ToldDebt(
          episode: EpisodeKey(delivery), channel: delivery.channel, recipient: delivery.recipient))
  }
}
