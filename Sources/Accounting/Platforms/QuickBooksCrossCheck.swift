import Receivables

/// Holds what the open documents come to against what QuickBooks' own reports say. A disagreement
/// is told and changes nothing: the documents count.
struct QuickBooksCrossCheck {
  private struct Key: Hashable {
    let customer: String
    let currency: Currency
  }

  private var documents: [Key: Money] = [:]
  private var aging: [Key: Money] = [:]
  private var balances: [String: Money] = [:]
  private var names: [String: String] = [:]
  /// Customers whose lines of the aging report cannot be added up.
  private var unreadable: Set<String> = []
  /// The currency of CustomerBalance.
  var home: Currency?

  /// Customers of whom something cannot be read: whatever the sums are, they are not whole.
  var leftOut: Set<String> = []

  /// More are counted only.
  private static let longest = 20

  mutating func add(_ item: OpenItem, _ customerName: String) throws(SourceError) {
    let due = item.amountDue
    let sign: Int64 = item.kind == .invoice ? 1 : -1
    try Self.add(
      Money(minorUnits: sign * due.minorUnits, currency: due.currency),
      to: &documents,
      item.accountID
    )
    names[item.accountID] = customerName
  }

  mutating func add(_ line: QuickBooksLine) throws(SourceError) {
    names[line.customerID] = names[line.customerID] ?? line.customerName
    switch line.open {
    case .amount(let open): try Self.add(open, to: &aging, line.customerID)
    case .homeOnly: unreadable.insert(line.customerID)
    }
  }

  mutating func add(_ reported: [String: (name: String, amount: Money)]) {
    for (id, balance) in reported {
      balances[id] = balance.amount
      names[id] = names[id] ?? balance.name
    }
  }

  /// One for each customer and currency on which they disagree, by the customer's name.
  var notices: [String] {
    var found: [String] = []
    let keys = Set(documents.keys).union(aging.keys)
    let currencies = Dictionary(grouping: keys, by: \.customer)
    for customer in Set(currencies.keys).union(balances.keys).subtracting(leftOut) {
      let own = currencies[customer] ?? []
      // The summary knows the home currency only.
      let isComparable = own.allSatisfy { $0.currency == home }
      let balance = isComparable ? balances[customer] ?? home.map { .zero($0) } : nil
      var keys = Set(own)
      if let balance { keys.insert(Key(customer: customer, currency: balance.currency)) }
      found += keys.compactMap { notice($0, balance: balance) }
    }
    found.sort()
    let rest = found.count - Self.longest
    return rest > 0
      ? found.prefix(Self.longest) + ["QuickBooks' reports disagree on \(rest) more customers"]
      : found
  }

  private func notice(_ key: Key, balance: Money?) -> String? {
    let sum = documents[key] ?? .zero(key.currency)
    var others: [String] = []
    if !unreadable.contains(key.customer) {
      let aged = aging[key] ?? .zero(key.currency)
      if aged != sum { others.append("AgedReceivableDetail says \(aged)") }
    }
    if let balance, balance != sum { others.append("CustomerBalance says \(balance)") }
    if others.isEmpty { return nil }
    return "\(names[key.customer] ?? key.customer) (\(key.customer)): the open documents come to "
      + "\(sum), QuickBooks' \(others.joined(separator: ", ")); the documents count"
  }

  private static func add(
    _ amount: Money,
    to sums: inout [Key: Money],
    _ customer: String
  ) throws(SourceError) {
    let key = Key(customer: customer, currency: amount.currency)
    do throws(MoneyError) {
      sums[key] = try (sums[key] ?? .zero(amount.currency)).adding(amount)
    } catch {
      throw .badData(document: "customer \(customer)", field: "", message: "\(error)")
    }
  }
}
