public import Receivables

/// Which amount a threshold is about.
public enum BalanceBasis: Sendable, Equatable, CustomStringConvertible {
  case total
  case overdue
  /// One bucket, by its index in `Aging.names`.
  case bucket(Int, name: String)
  /// That bucket and all older ones.
  case bucketAndOlder(Int, name: String)

  /// `total`, `overdue`, a bucket's name (`31-60`), or `31+` for that bucket and older.
  public init?(_ text: String, aging: Aging) {
    switch text {
    case "total": self = .total
    case "overdue": self = .overdue
    default:
      if let index = aging.names.firstIndex(of: text) {
        self = .bucket(index, name: text)
      } else if text.hasSuffix("+"),
        let index = aging.names.firstIndex(where: { $0.hasPrefix("\(text.dropLast())-") })
      {
        self = .bucketAndOlder(index, name: text)
      } else {
        return nil
      }
    }
  }

  /// - Throws: `.overflow` when the sum cannot be represented.
  public func amount(of facts: Facts) throws(MoneyError) -> Money {
    switch self {
    // What the platform collects by itself is owed, and nobody is to be chased for it.
    case .total: return try facts.balance.subtracting(facts.collectedAutomatically)
    case .overdue: return facts.overdueBalance
    case .bucket(let index, _):
      return index < facts.aging.count ? facts.aging[index] : .zero(facts.currency)
    case .bucketAndOlder(let index, _):
      var sum = Money.zero(facts.currency)
      for amount in facts.aging.dropFirst(index) { sum = try sum.adding(amount) }
      return sum
    }
  }

  public var description: String {
    switch self {
    case .total: "balance"
    case .overdue: "overdue balance"
    case .bucket(0, _): "balance not yet due"
    case .bucket(_, let name): "balance \(name) days overdue"
    case .bucketAndOlder(_, let name): "balance \(name) days overdue"
    }
  }
}

/// An amount for each currency, with one for all others.
public struct Thresholds: Sendable, Equatable {
  /// Decimal text by currency code.
  public var byCurrency: [String: String]
  public var fallback: String?

  public init(byCurrency: [String: String] = [:], fallback: String?) {
    self.byCurrency = byCurrency
    self.fallback = fallback
  }

  public static let zero = Thresholds(fallback: "0")

  /// The value in whole minor units of the currency; `nil` when it has none.
  /// - Parameter roundedUp: of a default that the currency cannot express (0.50, and yen), the
  /// whole
  ///   amount above it in place of the one below. `over` 0.50 is the same as over 0, `at_least`
  ///   0.50 the same as at least 1: nothing is guessed, and no currency falls out of the rule for
  ///   it.
  public func amount(in currency: Currency, roundedUp: Bool = false) -> Money? {
    guard let text = byCurrency[currency.code] ?? fallback else { return nil }
    if let exact = try? Money(text, currency: currency) { return exact }
    // A default has at most three decimals: the config sees to that.
    guard let fine = try? Money(text, currency: Currency("KWD")), currency.exponent < 3 else {
      return nil
    }
    let step = (currency.exponent..<3).reduce(Int64(1)) { step, _ in step * 10 }
    let (whole, rest) = fine.minorUnits.quotientAndRemainder(dividingBy: step)
    let below = rest < 0 ? whole - 1 : whole
    return Money(minorUnits: roundedUp && rest != 0 ? below + 1 : below, currency: currency)
  }
}

/// All that must hold for a rule to be breached.
public struct Condition: Sendable, Equatable {
  public enum Comparison: Sendable, Equatable {
    /// Strictly above.
    case over
    case atLeast
  }

  public var basis: BalanceBasis
  public var comparison: Comparison
  public var threshold: Thresholds
  public var daysOverdue: Int?
  /// Percent of the account's credit limit.
  public var creditUsedOver: Int?
  public var termsChangedWithin: Period?
  /// Days until an uncovered invoice falls due, while none is overdue.
  public var dueWithinDays: Int?

  public init(
    basis: BalanceBasis = .total,
    comparison: Comparison = .over,
    threshold: Thresholds = .zero,
    daysOverdue: Int? = nil,
    creditUsedOver: Int? = nil,
    termsChangedWithin: Period? = nil,
    dueWithinDays: Int? = nil
  ) {
    self.basis = basis
    self.comparison = comparison
    self.threshold = threshold
    self.daysOverdue = daysOverdue
    self.creditUsedOver = creditUsedOver
    self.termsChangedWithin = termsChangedWithin
    self.dueWithinDays = dueWithinDays
  }
}
