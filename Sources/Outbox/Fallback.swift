import Receivables
public import Rules

extension Planner {
  /// What goes out in place of a delivery whose address proved bad for good: the same alert through
  /// the next channel of its list that can reach the account. Pure.
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
    var planner = self
    planner.badAddresses.insert(BadAddress(channel: failed.channel, address: recipient))
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
    let openedAt = decision.episode?.openedAt ?? failed.createdAt
    return targets(
      alternatives, decision.facts, template: failed.template, reason: failed.reason
    ).filter { $0.obstacle == nil }.map { target in
      let id = DeliveryID(
        rule: failed.rule,
        account: failed.account,
        currency: failed.currency,
        part: failed.part,
        episode: failed.episode,
        openedOn: now.zone.day(of: openedAt),
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
}
