public import Receivables

/// Decides. Pure: the same facts, episode, rule and moment give the same decision.
public enum Evaluator {
  /// The table of SPEC.md "Evaluating" for one rule, account and currency.
  /// - Parameters:
  ///   - episode: the open one, if any.
  ///   - promise: what was promised, and has not come.
  /// - Throws: `.overflow` when a sum of this account cannot be represented.
  public static func decide(
    _ rule: Rule,
    _ facts: Facts,
    episode: Episode?,
    promise: BrokenPromise? = nil,
    now: Now
  ) throws(MoneyError) -> Decision {
    func decision(
      _ step: Decision.Step,
      _ why: String,
      checks: [Check] = [],
      alert: AlertPlan? = nil,
      next: Day? = nil
    ) -> Decision {
      Decision(
        rule: rule.name,
        facts: facts,
        episode: episode,
        step: step,
        alert: alert,
        checks: checks,
        why: why,
        nextDate: next,
        promise: promise
      )
    }
    func outside(_ why: String) -> Decision {
      decision(
        episode == nil ? .outside : .close,
        why,
        alert: episode.flatMap { rule.end(of: $0, telling: rule.closing) }
      )
    }
    if let exclusion = rule.match.exclusion(of: facts) { return outside(exclusion) }
    guard let checks = try rule.when.checks(facts, now: now) else {
      return outside("the rule has no threshold for \(facts.currency)")
    }
    let failing = checks.filter { !$0.holds }
    guard let failed = failing.first else {
      let due = rule.dueAlert(facts, episode: episode, promise: promise, now: now)
      return decision(
        episode == nil ? .open : .stay,
        due.why(checks),
        checks: checks,
        alert: due.alert,
        next: due.next
      )
    }
    guard let episode else {
      return decision(
        .none,
        failed.sentence,
        checks: checks,
        next: rule.when.nextDate(facts, failing: failing)
      )
    }
    if failing.count == 1, failed.kind == .threshold,
      let limit = rule.clearUnder?.amount(in: facts.currency, roundedUp: true),
      try rule.when.basis.amount(of: facts).minorUnits >= limit.minorUnits
    {
      return decision(
        .stay,
        "\(failed.sentence), but not under \(limit): the episode stays open",
        checks: checks
      )
    }
    let under =
      failing.count == 1 && failed.kind == .threshold
      ? rule.clearUnder?.amount(in: facts.currency, roundedUp: true).map {
        "\(rule.when.basis) \(failed.found) is under \($0)"
      } : nil
    return decision(
      .close,
      "cleared: \(under ?? failed.sentence)",
      checks: checks,
      alert: rule.end(of: episode, telling: rule.resolution)
    )
  }

  /// The decision as `baseline` takes it: an episode that would open with an alert is taken as
  /// alerted already, at the level that has come.
  /// - Returns: `nil` where no episode would open.
  public static func adopted(_ decision: Decision, _ rule: Rule, now: Now) -> Decision? {
    guard decision.step == .open else { return nil }
    let alert = decision.alert.map { alert in
      AlertPlan(
        number: alert.number,
        level: rule.highestLevel(decision.facts, now.instant, now) ?? alert.level,
        reason: .baseline,
        notice: Rule.Notice(notify: [], template: ""),
        needsApproval: false,
        previousAlertAt: nil
      )
    }
    return Decision(
      rule: decision.rule,
      facts: decision.facts,
      episode: nil,
      step: .open,
      alert: alert,
      checks: decision.checks,
      why: alert == nil ? decision.why : decision.whyAdopted,
      nextDate: nil,
      promise: nil
    )
  }
}

extension Condition {
  /// The day on which the account will be breached if nothing is paid, where only time is missing.
  fileprivate func nextDate(_ facts: Facts, failing: [Check]) -> Day? {
    guard failing.allSatisfy({ $0.kind == .daysOverdue }), let days = daysOverdue else {
      return nil
    }
    return facts.oldestDueDate?.adding(days: days)
  }
}
