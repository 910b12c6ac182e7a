import Receivables
import Rules
import Settings

/// Rules that read well and can never do what they say.
enum RuleTraps {
  static func check(
    _ when: Condition,
    _ match: Rule.Match,
    clearUnder: Thresholds?,
    repeatAfter: Period?,
    _ reader: inout SettingsReader
  ) {
    if let clearUnder, let worst = currencyAbove(clearUnder, when.threshold, among: match) {
      reader.reject(
        "clear_under",
        "is above the threshold\(worst.isEmpty ? "" : " in \(worst)"): an episode would close while"
          + " it is breached"
      )
    }
    switch repeatAfter {
    case .days(0), .seconds(0):
      reader.reject(
        "repeat", "must be longer than nothing, or every pass would tell everybody again")
    default: break
    }
  }

  /// Within `when`.
  static func check(_ when: Condition, _ reader: inout SettingsReader) {
    if when.dueWithinDays != nil, (when.daysOverdue ?? 0) > 0 {
      reader.reject(
        "due_within",
        "holds only while nothing is overdue, and `days_overdue` only once something is; keep one")
    }
    if when.dueWithinDays != nil, when.basis != .total {
      reader.reject(
        "due_within",
        "holds only while nothing is overdue: `balance` must be total beside it")
    }
  }

  /// The first currency in which the one is above the other; empty for all that are not named.
  private static func currencyAbove(
    _ upper: Thresholds,
    _ lower: Thresholds,
    among match: Rule.Match
  ) -> String? {
    func isAbove(_ currency: Currency) -> Bool {
      guard let high = upper.amount(in: currency), let low = lower.amount(in: currency) else {
        return false
      }
      return high.minorUnits > low.minorUnits
    }
    if !match.currencies.isEmpty { return match.currencies.first(where: isAbove)?.code }
    let codes = Set(upper.byCurrency.keys).union(lower.byCurrency.keys)
    let named = codes.sorted().compactMap { try? Currency($0) }
    if let worst = named.first(where: isAbove) { return worst.code }
    // One that neither names stands for all others.
    guard !codes.contains("KWD"), let other = try? Currency("KWD") else { return nil }
    return isAbove(other) ? "" : nil
  }
}
