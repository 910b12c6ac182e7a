public import Receivables

/// What one account owes on one day, written as short as a table cell: `300@45,200@-3,-50` is 300
/// that is 45 days late, 200 that falls due in 3 days, and a credit of 50.
public struct ScenarioAccount: Sendable {
  public var account: Account
  public var currency: Currency
  public var aging: Aging
  public var credits: CreditPolicy
  public var termsChangedOn: Day?

  public init(
    _ account: Account = Account(key: AccountKey(source: "books", id: "A1"), name: "Ada"),
    currency: Currency,
    aging: Aging = .standard,
    credits: CreditPolicy = .oldestFirst
  ) {
    self.account = account
    self.currency = currency
    self.aging = aging
    self.credits = credits
  }

  /// - Throws: `MoneyError` for a cell that is not an amount.
  public func items(_ owes: String, on today: Day) throws -> [OpenItem] {
    try owes.split { $0 == "," || $0 == " " }.enumerated().map { index, word in
      let parts = word.split(separator: "@")
      let isCredit = word.hasPrefix("-")
      let amount = try Money(isCredit ? parts[0].dropFirst() : parts[0], currency: currency)
      let late = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
      return OpenItem(
        id: "doc-\(index + 1)",
        accountID: account.key.id,
        kind: isCredit ? .credit : .invoice,
        number: "INV-\(index + 1)",
        dueDate: isCredit ? nil : today.adding(days: -late),
        total: amount,
        amountDue: amount
      )
    }
  }

  public func facts(_ owes: String, on today: Day) throws -> Facts {
    try facts(items(owes, on: today), on: today)
  }

  public func facts(
    _ items: [OpenItem],
    on today: Day,
    includeAutomatic: Bool = false
  ) throws -> Facts {
    try Facts(
      account: account,
      currency: currency,
      items: items,
      aging: aging,
      credits: credits,
      today: today,
      termsChangedOn: termsChangedOn,
      includeAutomatic: includeAutomatic
    )
  }
}
