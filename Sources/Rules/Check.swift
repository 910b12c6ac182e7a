import Receivables

/// The working of one condition: what was wanted, what was found, whether it holds.
public struct Check: Sendable, Equatable, Codable {
  public enum Kind: String, Sendable, Codable {
    case threshold
    case daysOverdue = "days_overdue"
    case creditUsed = "credit_used_over"
    case termsChanged = "terms_changed_within"
    case dueWithin = "due_within"
  }

  public let kind: Kind
  /// `over NZD 500.00`
  public let required: String
  /// `NZD 620.00`
  public let found: String
  public let holds: Bool
  /// A clause for people: `overdue balance NZD 620.00 is over NZD 500.00`.
  public let sentence: String
}

extension Condition {
  /// Every condition with its working, in the order of the config.
  /// - Returns: `nil` when the currency has no threshold: the account is outside the rule.
  func checks(
    _ facts: Facts,
    now: Now
  ) throws(MoneyError) -> [Check]? {
    let isOver = comparison == .over
    guard let limit = threshold.amount(in: facts.currency, roundedUp: !isOver) else { return nil }
    let amount = try basis.amount(of: facts)
    let holds =
      isOver ? amount.minorUnits > limit.minorUnits : amount.minorUnits >= limit.minorUnits
    var checks = [
      Check(
        kind: .threshold,
        required: "\(isOver ? "over" : "at least") \(limit)",
        found: "\(amount)",
        holds: holds,
        sentence: "\(basis) \(amount) is \(holds ? "" : "not ")\(isOver ? "over" : "at least")"
          + " \(limit)" + (holds ? "" : facts.notChased)
      )
    ]
    if let days = daysOverdue { checks.append(overdueCheck(days, facts)) }
    if let percent = creditUsedOver { checks.append(creditCheck(percent, facts)) }
    if let period = termsChangedWithin { checks.append(termsCheck(period, facts, now)) }
    if let days = dueWithinDays { checks.append(dueCheck(days, facts)) }
    return checks
  }

  private func overdueCheck(_ days: Int, _ facts: Facts) -> Check {
    let holds = facts.daysOverdue >= days
    return Check(
      kind: .daysOverdue,
      required: "\(counted(days)) or more",
      found: counted(facts.daysOverdue),
      holds: holds,
      sentence: facts.daysOverdue == 0
        ? "nothing is overdue\(facts.notChased)"
        : "the oldest invoice is \(counted(facts.daysOverdue)) overdue"
          + (holds ? "" : ", not yet \(days)")
    )
  }

  private func creditCheck(_ percent: Int, _ facts: Facts) -> Check {
    guard let limit = facts.account.creditLimit, limit.currency == facts.currency,
      limit.isPositive
    else {
      return Check(
        kind: .creditUsed,
        required: "over \(percent)% of the credit limit",
        found: "no credit limit in \(facts.currency)",
        holds: false,
        sentence: "the account has no credit limit in \(facts.currency)"
      )
    }
    // Compared at full width, so that neither side can overflow.
    let used = facts.balance.minorUnits.multipliedFullWidth(by: 100)
    let allowed = limit.minorUnits.multipliedFullWidth(by: Int64(percent))
    let holds =
      used.high == allowed.high ? used.low > allowed.low : used.high > allowed.high
    return Check(
      kind: .creditUsed,
      required: "over \(percent)% of \(limit)",
      found: "\(facts.balance)",
      holds: holds,
      sentence: "\(facts.balance) of the credit limit \(limit) is \(holds ? "" : "not ")over"
        + " \(percent)%"
    )
  }

  private func termsCheck(_ period: Period, _ facts: Facts, _ now: Now) -> Check {
    let required = "changed within \(period)"
    guard let changed = facts.termsChangedOn else {
      return Check(
        kind: .termsChanged,
        required: required,
        found: "never seen to change",
        holds: false,
        sentence: "the payment terms have not changed"
      )
    }
    let age = now.today.days(since: changed)
    let holds: Bool
    switch period {
    case .days(let days): holds = age <= days
    case .seconds(let seconds): holds = Int64(age) * 86_400 <= seconds
    }
    return Check(
      kind: .termsChanged,
      required: required,
      found: "changed on \(changed)",
      holds: holds,
      sentence: "the payment terms changed on \(changed)" + (holds ? "" : ", too long ago")
    )
  }

  private func dueCheck(_ days: Int, _ facts: Facts) -> Check {
    let required = "due in 0 to \(days) days, none overdue"
    if facts.daysOverdue > 0 {
      return Check(
        kind: .dueWithin,
        required: required,
        found: "\(counted(facts.daysOverdue)) overdue",
        holds: false,
        sentence: "an invoice is overdue already"
      )
    }
    guard let next = facts.nextDueInDays else {
      return Check(
        kind: .dueWithin,
        required: required,
        found: "none falls due",
        holds: false,
        sentence: "no invoice falls due"
      )
    }
    return Check(
      kind: .dueWithin,
      required: required,
      found: next == 0 ? "due today" : "due in \(counted(next))",
      holds: next <= days,
      sentence: "the next invoice falls due \(next == 0 ? "today" : "in \(counted(next))")"
        + (next <= days ? "" : ", more than \(days)")
    )
  }
}

extension Facts {
  /// What is owed and not chased, and why; empty when everything is chased.
  fileprivate var notChased: String {
    var parts: [String] = []
    if collectedAutomatically.isPositive {
      parts.append("\(collectedAutomatically) is collected automatically")
    }
    if promised.isPositive, let promisedUntil {
      parts.append("\(promised) is promised until \(promisedUntil)")
    }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }
}

private func counted(_ days: Int) -> String { days == 1 ? "1 day" : "\(days) days" }
