public import Receivables

extension Evaluator {
  /// A rule that is `on` events, for one account and currency. Each new event is a crossing of its
  /// own, and an alert of its own; the episode is open while one of them waits to be sent.
  /// - Parameters:
  ///   - events: those that no pass has decided on yet, oldest first, of types that the rule names.
  ///   - episode: the open one, if any.
  /// - Returns: one decision for each alert; one in all when nothing is to be said.
  /// - Throws: `.overflow` when a sum of this account cannot be represented.
  public static func decide(
    _ rule: Rule,
    _ facts: Facts,
    events: [SourceEvent],
    episode: Episode?,
    now: Now
  ) throws(MoneyError) -> [Decision] {
    let matter = EventCase(rule: rule, facts: facts, episode: episode)
    if let exclusion = rule.match.exclusion(of: facts) { return [matter.outside(exclusion)] }
    var checks: [Check] = []
    if rule.events?.needsCondition == true {
      guard let found = try rule.when.checks(facts, now: now) else {
        return [matter.outside("the rule has no threshold for \(facts.currency)")]
      }
      checks = found
    }
    if let failed = checks.first(where: { !$0.holds }) {
      let happened = events.last.map { "\($0.type), but " } ?? ""
      return [matter.quiet(happened + failed.sentence, checks: checks)]
    }
    let settled = events.compactMap { event in
      facts.settlement(of: event.documentID).map { "\(event.type), but \($0)" }
    }
    let open = events.filter { facts.settlement(of: $0.documentID) == nil }
    if !open.isEmpty { return matter.crossings(open, checks) }
    if let waiting = episode?.alerts.last(where: \.isWaiting) {
      let why = settled.last ?? "alert \(waiting.number) is waiting to be sent"
      return [matter.decision(.stay, why, checks: checks)]
    }
    return [matter.quiet(settled.last ?? "no new event", checks: checks)]
  }
}

/// One rule, account and currency.
private struct EventCase {
  let rule: Rule
  let facts: Facts
  let episode: Episode?

  func outside(_ why: String) -> Decision { decision(episode == nil ? .outside : .close, why) }

  /// Nothing is said; what waits is no longer true, or nothing waits.
  func quiet(_ why: String, checks: [Check]) -> Decision {
    decision(episode == nil ? .none : .close, why, checks: checks)
  }

  /// One alert for each event; the first opens the episode where there is none.
  func crossings(_ events: [SourceEvent], _ checks: [Check]) -> [Decision] {
    let last = episode?.alerts.map(\.number).max() ?? 0
    return events.enumerated().map { index, event in
      decision(
        episode == nil && index == 0 ? .open : .stay,
        (["crossed: \(event.type)"] + checks.map(\.sentence)).joined(separator: ", "),
        checks: checks,
        alert: AlertPlan(
          number: last + index + 1,
          level: 1,
          reason: .crossed,
          notice: rule.levels[0].notice,
          needsApproval: rule.levels[0].needsApproval,
          previousAlertAt: episode?.alerts.last { $0.standing == .sent }?.at,
          event: event
        )
      )
    }
  }

  func decision(
    _ step: Decision.Step,
    _ why: String,
    checks: [Check] = [],
    alert: AlertPlan? = nil
  ) -> Decision {
    Decision(
      rule: rule.name,
      facts: facts,
      episode: episode,
      step: step,
      alert: alert,
      checks: checks,
      why: why,
      nextDate: nil,
      promise: nil
    )
  }
}

extension Facts {
  /// Why nothing is left to say about a document; `nil` when something is left to pay on it, or
  /// when there is none.
  fileprivate func settlement(of documentID: String?) -> String? {
    guard let documentID, !invoices.contains(where: { $0.item.id == documentID }) else {
      return nil
    }
    return "nothing is left to pay on \(documentID)"
  }
}

extension Decision {
  /// Why an earlier alert of an event is no longer true; `nil` while it is, and for alerts that no
  /// event brought.
  public func settlement(ofAlert number: Int) -> String? {
    facts.settlement(of: episode?.alerts.first { $0.number == number }?.documentID)
  }
}
