/// Aging buckets: `current`, then one for each bound, then everything older.
public struct Aging: Hashable, Sendable {
  /// Last day of each bucket, in days past due: `[30, 60, 90]` gives `1-30 31-60 61-90 90+`.
  public let bounds: [Int]

  public static let standard = Aging(bounds: [30, 60, 90])

  public init(bounds: [Int]) { self.bounds = bounds }

  /// `current`, `1-30`, `31-60`, `61-90`, `90+`.
  public var names: [String] {
    var names = ["current"]
    var first = 1
    for bound in bounds {
      names.append("\(first)-\(bound)")
      first = bound + 1
    }
    names.append("\(bounds.last ?? 0)+")
    return names
  }

  /// The index in `names` of an invoice that is so many days past due.
  public func bucket(daysOverdue: Int) -> Int {
    if daysOverdue <= 0 { return 0 }
    for (index, bound) in bounds.enumerated() where daysOverdue <= bound { return index + 1 }
    return bounds.count + 1
  }
}

/// How unapplied credits are treated.
public enum CreditPolicy: String, Sendable, CaseIterable, Codable {
  /// They cover the invoices with the oldest due date first.
  case oldestFirst = "oldest_first"
  /// They lower the balance, and cover nothing.
  case ignore
}

/// What is left of one open invoice after credits are set against it.
public struct UncoveredInvoice: Hashable, Sendable {
  public let item: OpenItem
  /// Zero or negative when it is not overdue.
  public let daysOverdue: Int
  /// Positive.
  public let uncovered: Money
  /// Whether it is pursued at all: not disputed, not promised for today or later, not collected by
  /// the platform.
  public let isChased: Bool
}

extension Aging {
  /// Sets credits against invoices, oldest due date first; of one due date the one issued first,
  /// then by number, so that it is the same one whichever platform has the books.
  /// Disputed and promised invoices are not chased; credits cover the chased ones first.
  /// - Parameter items: one account's, one currency's.
  /// - Returns: the invoices with something uncovered, oldest due first.
  public static func uncovered(
    _ items: [OpenItem],
    credits policy: CreditPolicy,
    today: Day,
    includeAutomatic: Bool = false
  ) throws(MoneyError) -> [UncoveredInvoice] {
    guard let currency = items.first?.currency else { return [] }
    var credit = Money.zero(currency)
    if policy == .oldestFirst {
      for item in items where item.kind == .credit { credit = try credit.adding(item.amountDue) }
    }
    let invoices = items.filter { $0.kind == .invoice }.sorted { $0.isOlder(than: $1, today) }
    var result: [UncoveredInvoice] = []
    result.reserveCapacity(invoices.count)
    for item in invoices {
      let isPromised = item.promisedOn.map { $0 >= today } ?? false
      let isChased =
        !item.disputed && !isPromised && (item.collection != .automatic || includeAutomatic)
      let covered = isChased ? min(max(credit.minorUnits, 0), item.amountDue.minorUnits) : 0
      credit = Money(minorUnits: credit.minorUnits - covered, currency: currency)
      let left = item.amountDue.minorUnits - covered
      if left <= 0 { continue }
      result.append(
        UncoveredInvoice(
          item: item,
          daysOverdue: item.dueDate.map { today.days(since: $0) } ?? 0,
          uncovered: Money(minorUnits: left, currency: currency),
          isChased: isChased
        )
      )
    }
    return result
  }
}

extension OpenItem {
  fileprivate func isOlder(than other: OpenItem, _ today: Day) -> Bool {
    let due = (dueDate ?? today, other.dueDate ?? today)
    if due.0 != due.1 { return due.0 < due.1 }
    let issued = (issueDate ?? due.0, other.issueDate ?? due.1)
    if issued.0 != issued.1 { return issued.0 < issued.1 }
    return (number, id) < (other.number, other.id)
  }
}
