import Receivables
import Rules

/// Who can be reached, and how.
extension Planner {
  struct Target {
    var channel: ChannelProfile
    var address: String?
    var name: String?
    /// Why it cannot be used.
    var obstacle: String?
  }

  /// The first channel that can reach the account, with its recipients; if none can, the first one
  /// with what stands in its way. A channel that takes only other accounts is passed over.
  func targets(
    _ alternatives: [String],
    _ facts: Facts,
    template: String,
    reason: Reason
  ) -> [Target] {
    var obstacles: [Target] = []
    for name in alternatives {
      guard let channel = channels[name], channel.only.exclusion(of: facts) == nil else {
        continue
      }
      var found = recipients(channel, facts.account)
      if let lack = channel.lacksWords(for: template, reason: reason) {
        for index in found.indices { found[index].obstacle = lack }
      }
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
  func noTaker(_ notice: Rule.Notice, _ facts: Facts) -> String {
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
