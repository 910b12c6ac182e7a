/// What a rule sees of one account in one currency, at one moment. Never changes; a class, because
/// the same facts stand in every decision on the account.
public final class Facts: Sendable, Equatable {
  public let account: Account
  public let currency: Currency
  /// Which part of the account this is about, `lease:12A`; empty for all of it.
  public let part: String
  /// Open invoices less unapplied credits. Negative for an account in credit.
  public let balance: Money
  /// Of chased, uncovered amounts whose due date has passed.
  public let overdueBalance: Money
  /// Uncovered, chased amounts by bucket; the order of `Aging.names`.
  public let aging: [Money]
  /// Uncovered invoices, oldest due date first; those that are not chased too.
  public let invoices: [UncoveredInvoice]
  /// Of the oldest chased, uncovered invoice that is overdue; 0 when none is.
  public let daysOverdue: Int
  public let oldestDueDate: Day?
  /// Days until the next chased, uncovered invoice falls due (0: today); `nil` when none will.
  public let nextDueInDays: Int?
  /// What the platform will collect by itself, and is therefore not chased.
  public let collectedAutomatically: Money
  /// What the customer has promised to pay today or later, and is therefore not chased.
  public let promised: Money
  /// The last of the days for which something is promised.
  public let promisedUntil: Day?
  /// The day on which the account's payment terms were last seen to change.
  public let termsChangedOn: Day?

  /// - Parameter items: one account's, one currency's open items; empty for a balance of zero.
  /// - Throws: `.overflow` when a sum cannot be represented.
  public init(
    account: Account,
    currency: Currency,
    items: [OpenItem],
    aging: Aging,
    credits: CreditPolicy,
    today: Day,
    termsChangedOn: Day? = nil,
    includeAutomatic: Bool = false,
    part: String = ""
  ) throws(MoneyError) {
    self.account = account
    self.part = part
    self.currency = currency
    self.termsChangedOn = termsChangedOn
    var balance = Money.zero(currency)
    for item in items {
      balance =
        item.kind == .invoice
        ? try balance.adding(item.amountDue) : try balance.subtracting(item.amountDue)
    }
    self.balance = balance
    invoices = try Aging.uncovered(
      items,
      credits: credits,
      today: today,
      includeAutomatic: includeAutomatic
    )
    var buckets = Array(repeating: Money.zero(currency), count: aging.bounds.count + 2)
    var overdue = Money.zero(currency)
    var automatic = Money.zero(currency)
    var promised = Money.zero(currency)
    var promisedUntil: Day?
    var oldest: UncoveredInvoice?
    var nextDue: Int?
    for invoice in invoices {
      guard invoice.isChased else {
        if invoice.item.collection == .automatic, !invoice.item.disputed {
          automatic = try automatic.adding(invoice.uncovered)
        } else if !invoice.item.disputed, let day = invoice.item.promisedOn {
          promised = try promised.adding(invoice.uncovered)
          promisedUntil = max(promisedUntil ?? day, day)
        }
        continue
      }
      let bucket = aging.bucket(daysOverdue: invoice.daysOverdue)
      buckets[bucket] = try buckets[bucket].adding(invoice.uncovered)
      if invoice.daysOverdue > 0 {
        overdue = try overdue.adding(invoice.uncovered)
        if oldest == nil { oldest = invoice }
      } else {
        nextDue = min(nextDue ?? .max, -invoice.daysOverdue)
      }
    }
    self.aging = buckets
    overdueBalance = overdue
    collectedAutomatically = automatic
    self.promised = promised
    self.promisedUntil = promisedUntil
    daysOverdue = oldest?.daysOverdue ?? 0
    oldestDueDate = oldest?.item.dueDate ?? invoices.first { $0.isChased }?.item.dueDate
    nextDueInDays = nextDue
  }

  public static func == (a: Facts, b: Facts) -> Bool {
    a === b
      || a.account == b.account && a.part == b.part && a.currency == b.currency
        && a.balance == b.balance
        && a.overdueBalance == b.overdueBalance && a.aging == b.aging && a.invoices == b.invoices
        && a.daysOverdue == b.daysOverdue && a.oldestDueDate == b.oldestDueDate
        && a.nextDueInDays == b.nextDueInDays && a.termsChangedOn == b.termsChangedOn
        && a.collectedAutomatically == b.collectedAutomatically && a.promised == b.promised
        && a.promisedUntil == b.promisedUntil
  }
}
