public import Receivables

/// No alerts for what it matches, until a day; set by a person, with a reason.
public struct Silence: Sendable, Equatable {
  /// All that is given must hold; nothing given matches everything.
  public struct Matcher: Sendable, Equatable {
    public var source: String?
    /// The id within its source.
    public var account: String?
    public var rule: String?
    public var tag: String?
    /// The balance is below; a decimal text, in whichever currency is owed.
    public var under: String?
    /// The balance is above.
    public var over: String?

    public init(
      source: String? = nil,
      account: String? = nil,
      rule: String? = nil,
      tag: String? = nil,
      under: String? = nil,
      over: String? = nil
    ) {
      self.source = source
      self.account = account
      self.rule = rule
      self.tag = tag
      self.under = under
      self.over = over
    }

    public func matches(_ rule: String, _ facts: Facts) -> Bool {
      let account = facts.account
      if let source, source != account.key.source { return false }
      if let id = self.account, id != account.key.id { return false }
      if let wanted = self.rule, wanted != rule { return false }
      if let tag, !account.tags.contains(tag) { return false }
      let balance = facts.balance.minorUnits
      if let under {
        // A limit that the currency cannot express counts as the whole amount above it.
        guard let limit = Thresholds(fallback: under).amount(in: facts.currency, roundedUp: true)
        else { return false }
        if balance >= limit.minorUnits { return false }
      }
      if let over {
        guard let limit = Thresholds(fallback: over).amount(in: facts.currency) else {
          return false
        }
        if balance <= limit.minorUnits { return false }
      }
      return true
    }
  }

  /// What was promised, and what was open when it was.
  public struct Promise: Sendable, Equatable {
    public let amount: Money
    /// Ids of the invoices that were open then.
    public let documents: [String]
    /// What was left to pay on them.
    public let openThen: Money

    public init(amount: Money, documents: [String], openThen: Money) {
      self.amount = amount
      self.documents = documents
      self.openThen = openThen
    }

    /// To pay something of what is open now.
    /// - Parameters:
    ///   - amount: in the currency that is owed; `nil` for all of it.
    ///   - owed: of the whole account.
    /// - Throws: `.overflow`.
    public init(_ amount: Money?, of owed: Facts) throws(MoneyError) {
      var open = Money.zero(owed.currency)
      for invoice in owed.invoices { open = try open.adding(invoice.uncovered) }
      self.init(amount: amount ?? open, documents: owed.invoices.map(\.item.id), openThen: open)
    }

    /// More than nothing, and no more than is open.
    public var isPossible: Bool {
      amount.isPositive && amount.minorUnits <= openThen.minorUnits
    }
  }

  public struct Ending: Sendable, Equatable {
    public let at: Instant
    public let by: String

    public init(at: Instant, by: String) {
      self.at = at
      self.by = by
    }
  }

  /// 0 before it is stored.
  public var id: Int64
  public let createdAt: Instant
  public let author: String
  public let reason: String
  /// The last silent day.
  public let until: Day
  public let matcher: Matcher
  /// Of a silence for a promise to pay.
  public let promise: Promise?
  /// When somebody ended it before its time, and who.
  public let expired: Ending?

  public init(
    id: Int64 = 0,
    createdAt: Instant,
    author: String,
    reason: String,
    until: Day,
    matcher: Matcher,
    promise: Promise? = nil,
    expired: Ending? = nil
  ) {
    self.id = id
    self.createdAt = createdAt
    self.author = author
    self.reason = reason
    self.until = until
    self.matcher = matcher
    self.promise = promise
    self.expired = expired
  }

  public func isActive(on day: Day) -> Bool { expired == nil && day <= until }

  /// Of those that match, the one that lasts longest.
  public static func holding(_ silences: [Silence], _ rule: String, _ facts: Facts) -> Silence? {
    silences.filter { $0.matcher.matches(rule, facts) }.max { $0.until < $1.until }
  }

  /// `silenced until 2026-12-01 by dana: promise to pay`.
  public var sentence: String { "silenced until \(until) by \(author): \(reason)" }

  /// What is still open of the promise, once its day has passed. One that a person ended before is
  /// kept to nobody.
  /// - Parameter facts: of the whole account.
  public func broken(_ facts: Facts, on today: Day) -> BrokenPromise? {
    guard let promise, expired == nil, today > until, promise.amount.currency == facts.currency
    else { return nil }
    let documents = Set(promise.documents)
    var open: Int64 = 0
    for invoice in facts.invoices where documents.contains(invoice.item.id) {
      let (sum, overflow) = open.addingReportingOverflow(invoice.uncovered.minorUnits)
      if overflow { return nil }
      open = sum
    }
    let paid = promise.openThen.minorUnits - open
    guard open > 0, paid < promise.amount.minorUnits else { return nil }
    return BrokenPromise(amount: promise.amount, promisedFor: until)
  }
}

/// A payment that did not come by the day for which it was promised.
public struct BrokenPromise: Sendable, Equatable {
  public let amount: Money
  public let promisedFor: Day

  public init(amount: Money, promisedFor: Day) {
    self.amount = amount
    self.promisedFor = promisedFor
  }
}
