import Receivables
public import Rules

extension Planner {
  /// What goes out in place of a delivery whose address proved bad for good: the same alert through
  /// the next channel of its list that can reach the account. One to several addresses, of which
  /// nobody knows which is bad, goes to each by itself first. Pure.
  /// - Parameters:
  ///   - failed: the address it went to counts as bad already.
  ///   - notice: what the alert's level notifies.
  /// - Returns: empty when the delivery was in no list, or nothing further in it can reach.
  public func fallback(
    for failed: Delivery,
    _ notice: Rule.Notice,
    _ decision: Decision
  ) -> [Delivery] {
    guard failed.audience != .team, let recipient = failed.recipient else { return [] }
    let addresses = Contact.recipients(recipient)
    if addresses.count > 1 {
      guard let channel = channels[failed.channel] else { return [] }
      return addresses.map { address in
        let target = Target(channel: channel, address: address, name: failed.recipientName)
        return replacement(of: failed, target, decision)
      }
    }
    var planner = self
    planner.badAddresses.insert(BadAddress(channel: failed.channel, address: recipient))
    // Another address of the customer has the message, or will.
    let same = planner.targets(
      [failed.channel], decision.facts, template: failed.template, reason: failed.reason)
    if same.contains(where: { $0.obstacle == nil && $0.address != nil }) { return [] }
    var deliveries: [Delivery] = []
    for alternatives in notice.notify {
      guard let place = alternatives.firstIndex(of: failed.channel) else { continue }
      let later = Array(alternatives[(place + 1)...])
      deliveries += planner.replacements(for: failed, through: later, decision)
    }
    return deliveries
  }

  /// The alert of `failed`, through the first of these channels that can reach the account.
  private func replacements(
    for failed: Delivery,
    through alternatives: [String],
    _ decision: Decision
  ) -> [Delivery] {
    targets(
      alternatives, decision.facts, template: failed.template, reason: failed.reason
    ).filter { $0.obstacle == nil }.map { target in
      replacement(of: failed, target, decision)
    }
  }

  private func replacement(
    of failed: Delivery,
    _ target: Target,
    _ decision: Decision
  ) -> Delivery {
    let id = DeliveryID(
      rule: failed.rule,
      account: failed.account,
      currency: failed.currency,
      part: failed.part,
      episode: failed.episode,
      openedOn: now.zone.day(of: decision.episode?.openedAt ?? failed.createdAt),
      alert: failed.alertNumber,
      channel: target.channel.name,
      recipient: target.address
    )
    let delivery = Delivery(
      id: id,
      rule: failed.rule,
      account: failed.account,
      accountName: failed.accountName,
      currency: failed.currency,
      part: failed.part,
      episode: failed.episode,
      alertNumber: failed.alertNumber,
      level: failed.level,
      reason: failed.reason,
      template: failed.template,
      channel: target.channel.name,
      audience: target.channel.audience,
      recipient: target.address,
      recipientName: target.name,
      createdAt: now.instant,
      status: .pending
    )
    return hours.held(delivery, of: decision.facts.account, at: now.instant)
  }
}
