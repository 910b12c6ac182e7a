public import Receivables
public import Rules

/// One rule, account and currency.
public struct EpisodeKey: Hashable, Sendable {
  public let rule: String
  public let account: AccountKey
  public let currency: Currency

  public init(rule: String, account: AccountKey, currency: Currency) {
    self.rule = rule
    self.account = account
    self.currency = currency
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
