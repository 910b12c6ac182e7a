import Receivables

/// What is due in a breached episode: an alert, or the reason why none is.
struct Due {
  var alert: AlertPlan?
  var reason: String
  var next: Day?

  func why(_ checks: [Check]) -> String {
    let working = checks.map(\.sentence).joined(separator: ", ")
    return alert == nil ? reason : "\(reason): \(working)"
  }
}

extension Rule {
  /// What the table of SPEC.md "Evaluating" says of a breached rule.
  func dueAlert(
    _ facts: Facts,
    episode: Episode?,
    promise: BrokenPromise?,
    now: Now
  ) -> Due {
    let openedAt = episode?.openedAt ?? now.instant
    let counting = (episode?.alerts ?? []).filter {
      $0.standing != .failed && $0.reason != .resolved
    }
    // Of these nobody was told: they count for the windows, and not as messages.
    let told = counting.filter { $0.reason != .baseline && $0.standing != .rejected }
    let number = (episode?.alerts.map(\.number).max() ?? 0) + 1
    func plan(_ level: Int, _ reason: Reason) -> AlertPlan {
      AlertPlan(
        number: number,
        level: level,
        reason: reason,
        notice: levels[level - 1].notice,
        needsApproval: levels[level - 1].needsApproval,
        previousAlertAt: told.last?.at
      )
    }
    if let obstacle = obstacle(told, episode?.alerts.last, now) { return obstacle }
    if let promise, let level = levelOfBroken(promise, counting, facts, openedAt, now) {
      return Due(
        alert: plan(level, .promiseBroken),
        reason: "\(promise.amount) was promised for \(promise.promisedFor) and has not come"
      )
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
    let level = reached(counting) ?? 1
    let reachedAt = counting.first { $0.level == level }?.at ?? last.at
    if let target = nextLevel(after: level, reachedAt, facts, openedAt, now) {
      return Due(alert: plan(target, .escalated), reason: "escalated to level \(target)")
    }
    if let repeatAfter, repeatAfter.hasPassed(since: last.at, at: now) {
      return Due(
        alert: plan(level, .persisting),
        reason: "persists since \(now.zone.day(of: openedAt)), last alert"
          + " \(now.zone.day(of: last.at))"
      )
    }
    return nothingDue(since: last, level, reachedAt, facts, openedAt, now)
  }

  /// The highest level that was told. The rule may have fewer by now: then its last one.
  private func reached(_ told: [PastAlert]) -> Int? {
    told.map(\.level).max().map { min(max($0, 1), levels.count) }
  }

  /// Why no alert may be decided now, whatever is due.
  private func obstacle(_ told: [PastAlert], _ last: PastAlert?, _ now: Now) -> Due? {
    if let maxAlerts, told.count >= maxAlerts {
      return Due(
        reason: maxAlerts == 1
          ? "the one alert of this episode was sent"
          : "all \(maxAlerts) alerts of this episode were sent")
    }
    if let failed = last, failed.standing == .failed,
      now.zone.day(of: failed.at) == now.today
    {
      // The window is not used up; but what was refused for good is not offered again all day long.
      return Due(
        reason: "alert \(failed.number) could not be delivered today; tried again tomorrow",
        next: now.today.adding(days: 1)
      )
    }
    return nil
  }

  /// Why nothing is due yet, and on which day something may be.
  private func nothingDue(
    since last: PastAlert,
    _ level: Int,
    _ reachedAt: Instant,
    _ facts: Facts,
    _ openedAt: Instant,
    _ now: Now
  ) -> Due {
    let repeatDate = repeatAfter?.end(from: last.at, in: now.zone)
    var levelDate: Day?
    if level < levels.count {
      let spaced = spacing(before: level + 1).end(from: reachedAt, in: now.zone)
      levelDate = date(of: level + 1, facts, openedAt, now).map { max($0, jump ? $0 : spaced) }
    }
    let before =
      last.reason == .baseline
      ? "taken as alerted (baseline)"
      : last.standing == .rejected ? "a person rejected the alert of" : "last alert"
    return Due(
      reason: "\(before) \(now.zone.day(of: last.at)) (level \(last.level)), "
        + (repeatAfter.map { "the window of \($0) has not passed" } ?? "it is not repeated"),
      next: [repeatDate, levelDate].compactMap { $0 }.min()
    )
  }

  /// The level that has come after that one, far enough from it.
  private func nextLevel(
    after level: Int,
    _ reachedAt: Instant,
    _ facts: Facts,
    _ openedAt: Instant,
    _ now: Now
  ) -> Int? {
    let target = jump ? highestLevel(facts, openedAt, now) ?? level : level + 1
    guard target > level, target <= levels.count, hasCome(target, facts, openedAt, now),
      jump || spacing(before: target).hasPassed(since: reachedAt, at: now)
    else { return nil }
    return target
  }

  /// The level that is due, when the broken promise is still to be told.
  private func levelOfBroken(
    _ promise: BrokenPromise,
    _ counting: [PastAlert],
    _ facts: Facts,
    _ openedAt: Instant,
    _ now: Now
  ) -> Int? {
    let isTold = counting.contains {
      $0.reason == .promiseBroken && now.zone.day(of: $0.at) > promise.promisedFor
    }
    if isTold || counting.last?.standing == .waiting { return nil }
    let first = jump ? highestLevel(facts, openedAt, now) : 1
    guard let level = reached(counting) ?? first else { return nil }
    guard let reachedAt = counting.first(where: { $0.level == level })?.at else {
      return hasCome(level, facts, openedAt, now) ? level : nil
    }
    return nextLevel(after: level, reachedAt, facts, openedAt, now) ?? level
  }

  /// Whether the level's time has come, spacing apart.
  private func hasCome(_ level: Int, _ facts: Facts, _ openedAt: Instant, _ now: Now) -> Bool {
    switch levels[level - 1].trigger {
    case .after(let period): period.hasPassed(since: openedAt, at: now)
    case .daysOverdue(let days): facts.daysOverdue >= days
    }
  }

  func highestLevel(_ facts: Facts, _ openedAt: Instant, _ now: Now) -> Int? {
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
  var resolution: Notice? {
    guard let onResolved, let closing else { return onResolved ?? closing }
    let named = Set(onResolved.notify.joined())
    let rest = closing.notify.filter { !named.isSuperset(of: $0) }
    return Notice(notify: onResolved.notify + rest, template: onResolved.template)
  }

  func end(of episode: Episode, telling notice: Notice?) -> AlertPlan? {
    let sent = episode.alerts.filter { $0.standing == .sent && $0.reason != .baseline }
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
  var exactSeconds: Int64 {
    switch self {
    case .days(let days): Int64(days) * 86_400
    case .seconds(let seconds): seconds
    }
  }
}
