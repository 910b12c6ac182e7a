import Configuration
import Outbox
import Receivables
import Rules

/// A plan that must not be: a mistake of this program. Nothing of it is kept or sent.
public struct BrokenInvariant: Error, CustomStringConvertible {
  public let description: String
}

extension Prepared {
  /// What holds of every plan, whatever came before. Looked at in every pass, and not in tests
  /// alone: a wrong message cannot be taken back, and the look costs nothing beside it.
  /// - Throws: `BrokenInvariant` with the first that does not hold.
  func checkInvariants(_ setup: Setup, now: Now) throws(BrokenInvariant) {
    let rules = Dictionary(setup.rules.map { ($0.name, $0) }) { first, _ in first }
    var ids: Set<DeliveryID> = []
    for entry in plan.entries {
      guard let alert = entry.decision.alert, entry.suppressed == nil else { continue }
      for delivery in entry.deliveries where !ids.insert(delivery.id).inserted {
        throw broken(entry, "its delivery \(delivery.id) is planned twice")
      }
      guard let rule = rules[entry.decision.rule] else {
        throw broken(entry, "there is no such rule")
      }
      try checkPlace(entry, alert)
      if alert.reason != .resolved, alert.event == nil {
        try checkCourse(entry, alert, rule, now)
        try checkSums(entry)
      }
    }
  }

  /// Nobody is told who must not be.
  private func checkPlace(_ entry: Plan.Entry, _ alert: AlertPlan) throws(BrokenInvariant) {
    let facts = entry.decision.facts
    if let why = silence(about: EpisodeKey(entry.decision)) { throw broken(entry, why) }
    if facts.account.disputed { throw broken(entry, "it is disputed") }
    if alert.reason != .resolved, alert.reason != .baseline,
      silences.contains(where: { $0.matcher.matches(entry.decision.rule, facts) })
    {
      throw broken(entry, "it is silenced")
    }
    if alert.reason != .resolved, !entry.decision.checks.allSatisfy(\.holds) {
      throw broken(entry, "its conditions do not hold")
    }
  }

  /// Numbers rise, levels come one at a time, windows are kept.
  private func checkCourse(
    _ entry: Plan.Entry,
    _ alert: AlertPlan,
    _ rule: Rule,
    _ now: Now
  ) throws(BrokenInvariant) {
    let alerts = entry.decision.episode?.alerts ?? []
    if alert.number <= alerts.map(\.number).max() ?? 0 {
      throw broken(entry, "its number is taken")
    }
    let counting = alerts.filter { $0.standing != .failed && $0.reason != .resolved }
    // A rule may have fewer levels than it had.
    let reached = min(counting.map(\.level).max() ?? 0, rule.levels.count)
    if alert.level < reached { throw broken(entry, "level \(alert.level) after \(reached)") }
    if !rule.jump, alert.reason != .baseline, alert.level > reached + 1 {
      throw broken(entry, "level \(alert.level) after \(reached), and the rule does not jump")
    }
    if alert.reason == .persisting, let last = counting.last,
      rule.repeatAfter.map({ !$0.hasPassed(since: last.at, at: now) }) ?? true
    {
      throw broken(entry, "it persists within its window")
    }
  }

  /// What is overdue is the sum of the lines that say so.
  private func checkSums(_ entry: Plan.Entry) throws(BrokenInvariant) {
    let facts = entry.decision.facts
    var sum: Int64 = 0
    for invoice in facts.invoices where invoice.isChased && invoice.daysOverdue > 0 {
      sum &+= invoice.uncovered.minorUnits
    }
    if sum != facts.overdueBalance.minorUnits {
      throw broken(entry, "its overdue invoices come to \(sum), its balance says otherwise")
    }
  }

  private func broken(_ entry: Plan.Entry, _ why: String) -> BrokenInvariant {
    BrokenInvariant(
      description: "\(entry.decision.account), \(entry.decision.rule): \(why). Nothing is sent;"
        + " please report this")
  }
}
