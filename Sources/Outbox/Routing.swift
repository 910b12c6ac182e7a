public import Receivables
public import Rules

/// Which alerts a channel takes; empty lists take all.
public struct Routing: Sendable, Equatable {
  /// Keys of account managers.
  public var owners: [String]
  /// All of them must be on the account.
  public var tags: [String]
  public var currencies: [Currency]
  /// The balance must be above.
  public var over: Thresholds?

  public init(
    owners: [String] = [],
    tags: [String] = [],
    currencies: [Currency] = [],
    over: Thresholds? = nil
  ) {
    self.owners = owners
    self.tags = tags
    self.currencies = currencies
    self.over = over
  }

  /// Why the channel does not take an alert about this account; `nil` when it does.
  public func exclusion(of facts: Facts) -> String? {
    if !owners.isEmpty, !owners.contains(facts.account.owner ?? "") {
      return "it takes accounts of \(owners.joined(separator: ", "))"
    }
    if let tag = tags.first(where: { !facts.account.tags.contains($0) }) {
      return "it takes accounts tagged \(tag)"
    }
    if !currencies.isEmpty, !currencies.contains(facts.currency) {
      return "it takes \(currencies.map(\.code).joined(separator: ", "))"
    }
    if let over {
      guard let limit = over.amount(in: facts.currency) else {
        return "it has no amount for \(facts.currency)"
      }
      if facts.balance.minorUnits <= limit.minorUnits { return "it takes balances over \(limit)" }
    }
    return nil
  }
}
