public import Receivables
public import Rules

/// One rule, account and currency; one part of the account, where the rule takes it apart.
public struct EpisodeKey: Hashable, Sendable {
  public let rule: String
  public let account: AccountKey
  public let currency: Currency
  /// `lease:12A`; empty for the whole account.
  public let part: String

  public init(rule: String, account: AccountKey, currency: Currency, part: String = "") {
    self.rule = rule
    self.account = account
    self.currency = currency
    self.part = part
  }

  public init(_ decision: Decision) {
    self.init(
      rule: decision.rule,
      account: decision.account,
      currency: decision.currency,
      part: decision.part
    )
  }

  public init(_ delivery: Delivery) {
    self.init(
      rule: delivery.rule,
      account: delivery.account,
      currency: delivery.currency,
      part: delivery.part
    )
  }
}

/// That a customer was told of one balance by one rule, and by which way.
public struct ToldDebt: Hashable, Sendable {
  public let episode: EpisodeKey
  public let channel: String
  public let recipient: String?

  public init(episode: EpisodeKey, channel: String, recipient: String?) {
    self.episode = episode
    self.channel = channel
    self.recipient = recipient
  }
}

/// Decisions with what they promise.
public struct Plan: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let decision: Decision
    /// Of the decision's alert, suppressed ones included. Empty when nothing is due.
    public var deliveries: [Delivery]
    /// Set when an alert is due and none of its deliveries may go out: nothing of it is kept, and
    /// its window is not used up.
    public let suppressed: String?
    public let episode: Int
  }

  public var entries: [Entry]

  public init(entries: [Entry]) { self.entries = entries }
}
