public import Receivables

/// Decides. Pure: the same facts, episode, rule and moment give the same decision.
public enum Evaluator {
  /// The table of SPEC.md "Evaluating" for one rule, account and currency.
  /// - Parameter episode: the open one, if any.
  /// - Throws: `.overflow` when a sum of this account cannot be represented.
  public static func decide(
    _ rule: Rule,
    _ facts: Facts,
    episode: Episode?,
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
        nextDate: next
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
      let due = rule.dueAlert(facts, episode: episode, now: now)
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
}

/// What is due in a breached episode: an alert, or the reason why none is.
private struct Due {
  var alert: AlertPlan?
  var reason: String
  var next: Day?

  func why(_ checks: [Check]) -> String {
    let working = checks.map(\.sentence).joined(separator: ", ")
    return alert == nil ? reason : "\(reason): \(working)"
  }
}

extension Rule {
  fileprivate func dueAlert(_ facts: Facts, episode: Episode?, now: Now) -> Due {
    let openedAt = episode?.openedAt ?? now.instant
    let counting = (episode?.alerts ?? []).filter {
      $0.standing != .failed && $0.reason != .resolved
    }
    let number = (episode?.alerts.map(\.number).max() ?? 0) + 1
    func plan(_ level: Int, _ reason: Reason) -> AlertPlan {
      AlertPlan(
        number: number,
        level: level,
        reason: reason,
        notice: levels[level - 1].notice,
        needsApproval: levels[level - 1].needsApproval,
        previousAlertAt: counting.last?.at
      )
    }
    if let maxAlerts, counting.count >= maxAlerts {
      return Due(reason: "all \(maxAlerts) alerts of this episode were sent")
    }
    if let failed = episode?.alerts.last, failed.standing == .failed,
      now.zone.day(of: failed.at) == now.today
    {
      // The window is not used up; but what was refused for good is not offered again all day long.
      return Due(
        reason: "alert \(failed.number) could not be delivered today; tried again tomorrow",
        next: now.today.adding(days: 1))
    }
    guard let last = counting.last else {
      let level = jump ? highestLevel(facts, openedAt, now) : 1
      guard let level, hasCome(level, facts, openedAt, now) else {
        return Due(
          reason: "over the threshold; the first alert is due later (\(levels[0].trigger))",
          next: date(of: 1, facts, openedAt, now)
        )
      }
      return Due(alert: plan(level, .crossed), reason: "crossed", next: nil)
    }
    if last.standing == .waiting {
      return Due(reason: "alert \(last.number) (level \(last.level)) is waiting to be sent")
    }
    let level = counting.map(\.level).max() ?? 1
    let reachedAt = counting.first { $0.level == level }?.at ?? last.at
    let target = jump ? highestLevel(facts, openedAt, now) ?? level : level + 1
    if target > level, target <= levels.count, hasCome(target, facts, openedAt, now),
      jump || spacing(before: target).hasPassed(since: reachedAt, at: now)
    {
      return Due(alert: plan(target, .escalated), reason: "escalated to level \(target)")
    }
    if let repeatAfter, repeatAfter.hasPassed(since: last.at, at: now) {
      return Due(
        alert: plan(level, .persisting),
        reason: "persists since \(now.zone.day(of: openedAt)), last alert"
          + " \(now.zone.day(of: last.at))"
      )
    }
    let repeatDate = repeatAfter?.end(from: last.at, in: now.zone)
    var levelDate: Day?
    if level < levels.count {
      let spaced = spacing(before: level + 1).end(from: reachedAt, in: now.zone)
      levelDate = date(of: level + 1, facts, openedAt, now).map { max($0, jump ? $0 : spaced) }
    }
    return Due(
      reason: "last alert \(now.zone.day(of: last.at)) (level \(last.level)), "
        + (repeatAfter.map { "the window of \($0) has not passed" } ?? "it is not repeated"),
      next: [repeatDate, levelDate].compactMap { $0 }.min()
    )
  }

  /// Whether the level's time has come, spacing apart.
  private func hasCome(_ level: Int, _ facts: Facts, _ openedAt: Instant, _ now: Now) -> Bool {
    switch levels[level - 1].trigger {
    case .after(let period): period.hasPassed(since: openedAt, at: now)
    case .daysOverdue(let days): facts.daysOverdue >= days
    }
  }

  private func highestLevel(_ facts: Facts, _ openedAt: Instant, _ now: Now) -> Int? {
    (1...levels.count).last { hasCome($0, facts, openedAt, now) }
  }

  /// The day on which the level comes, if the calendar alone decides.
  private func date(of level: Int, _ facts: Facts, _ openedAt: Instant, _ now: Now) -> Day? {
    switch levels[level - 1].trigger {
    case .after(let period): return period.end(from: openedAt, in: now.zone)
    case .daysOverdue(let days):
      return facts.daysOverdue > 0
        ? now.today.adding(days: max(0, days - facts.daysOverdue)) : nil
    }
  }

  /// How far a level lies from the one before: so much must pass after that one was reached, so
  /// that a machine that slept sends no two levels in a row.
  private func spacing(before level: Int) -> Period {
    switch (levels[level - 2].trigger, levels[level - 1].trigger) {
    case (.after(.days(let a)), .after(.days(let b))): .days(max(0, b - a))
    case (.daysOverdue(let a), .daysOverdue(let b)): .days(max(0, b - a))
    case (.after(let a), .after(let b)): .seconds(max(0, b.exactSeconds - a.exactSeconds))
    // Of two different measures neither tells how far they lie apart: at least a day.
    default: .days(1)
    }
  }

  /// Whom `on_resolved` names, and the records that were opened.
  fileprivate var resolution: Notice? {
    guard let onResolved, let closing else { return onResolved ?? closing }
    let named = Set(onResolved.notify.joined())
    let rest = closing.notify.filter { !named.isSuperset(of: $0) }
    return Notice(notify: onResolved.notify + rest, template: onResolved.template)
  }

  fileprivate func end(of episode: Episode, telling notice: Notice?) -> AlertPlan? {
    let sent = episode.alerts.filter { $0.standing == .sent }
    guard let notice, let last = sent.last else { return nil }
    return AlertPlan(
      number: (episode.alerts.map(\.number).max() ?? 0) + 1,
      level: last.level,
      reason: .resolved,
      notice: notice,
      needsApproval: false,
      previousAlertAt: last.at
    )
  }
}

extension Rule.Level.Trigger: CustomStringConvertible {
  public var description: String {
    switch self {
    case .after(let period): "after \(period)"
    case .daysOverdue(let days): "\(days) days overdue"
    }
  }
}

extension Period {
  fileprivate var exactSeconds: Int64 {
    switch self {
    case .days(let days): Int64(days) * 86_400
    case .seconds(let seconds): seconds
    }
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
