import Outbox
import Pass
import Receivables
import Rules

extension ExplainText {
  /// One rule: what it asks, what was told, what is due, what comes next.
  static func rule(_ verdict: Explanation.Verdict, _ explanation: Explanation) -> [String] {
    let decision = verdict.decision
    let part = decision.part.isEmpty ? "" : ", \(decision.part)"
    var lines = ["Rule \(verdict.rule.name)\(part): \(headline(verdict, explanation))"]
    for check in decision.checks {
      // A threshold's sentence says what it is compared with.
      let asked = check.kind == .threshold ? "" : " (asked: \(check.required))"
      lines += wrapped(check.sentence + asked, behind: check.holds ? "  yes  " : "  no   ")
    }
    lines += told(verdict, explanation)
    lines += now(verdict, explanation)
    lines += next(verdict, explanation)
    return lines
  }

  private static func headline(
    _ verdict: Explanation.Verdict,
    _ explanation: Explanation
  ) -> String {
    let decision = verdict.decision
    let zone = explanation.now.zone
    switch decision.step {
    case .outside: return "not about this account: \(decision.why)"
    case .none: return "nothing to tell"
    case .open: return "all its conditions hold, and an episode opens with the next pass"
    case .close: return "the episode ends with the next pass"
    case .stay:
      guard let episode = decision.episode else { return "an episode is open" }
      let days = explanation.now.today.days(since: zone.day(of: episode.openedAt))
      return "an episode is open since \(zone.day(of: episode.openedAt))"
        + (days > 0 ? " (\(counted(days, "day")))" : "")
    }
  }

  /// What went out in this episode.
  private static func told(
    _ verdict: Explanation.Verdict,
    _ explanation: Explanation
  ) -> [String] {
    guard let episode = verdict.decision.episode, !episode.alerts.isEmpty else { return [] }
    var lines = ["  Told so far"]
    for alert in episode.alerts {
      let at = PreviewTable.local(Now(alert.at, in: explanation.now.zone))
      if alert.reason == .baseline {
        lines.append(
          "    \(at)  taken as told at level \(alert.level) (baseline), without a message")
        continue
      }
      let ways = verdict.deliveries.filter { $0.alertNumber == alert.number }.map(way)
      lines += wrapped(
        "level \(alert.level), \(alert.reason.rawValue):"
          + " \(ways.isEmpty ? alert.standing.rawValue : ways.joined(separator: "; "))",
        behind: "    \(at)  ")
    }
    return lines
  }

  private static func way(_ delivery: Delivery) -> String {
    let to = delivery.recipient.map { " to \($0)" } ?? ""
    let why = delivery.why.isEmpty || delivery.status == .sent ? "" : " (\(delivery.why))"
    return "\(delivery.channel)\(to) \(delivery.status.rawValue)\(why)"
  }

  /// What the next pass would do, as things stand.
  private static func now(
    _ verdict: Explanation.Verdict,
    _ explanation: Explanation
  ) -> [String] {
    let decision = verdict.decision
    guard decision.step != .outside else { return [] }
    if explanation.leftOut != nil { return ["  Nothing is decided of it: it is left out."] }
    guard let alert = decision.alert else {
      let silence = verdict.silence.map { " Besides, it is \($0.sentence)." } ?? ""
      switch decision.step {
      case .none:
        return wrapped("So nobody is told: \(decision.why).\(silence)", behind: "  ")
      case .close:
        return wrapped(
          "So it closes: \(decision.why.replacing("cleared: ", with: "")).", behind: "  ")
      default:
        return wrapped("Nothing is due now: \(decision.why).\(silence)", behind: "  ")
      }
    }
    if let suppressed = verdict.entry.suppressed {
      return wrapped(
        "An alert is due (level \(alert.level), \(alert.reason.rawValue)), and nobody is told:"
          + " \(suppressed). The window is not used up.", behind: "  ")
    }
    var lines = wrapped(
      "Due with the next pass: level \(alert.level), \(alert.reason.rawValue), template"
        + " \(alert.notice.template).", behind: "  ")
    for delivery in verdict.entry.deliveries {
      let to = delivery.recipient.map { " to \($0)" } ?? ""
      let fate: String
      switch delivery.status {
      case .pending: fate = "would be sent"
      case .held: fate = "would be held: \(delivery.why)\(release(delivery, explanation))"
      default: fate = "would not be sent: \(delivery.why)"
      }
      lines += wrapped("\(delivery.channel)\(to) \(fate)", behind: "    ")
    }
    return lines
  }

  private static func release(_ delivery: Delivery, _ explanation: Explanation) -> String {
    guard let until = delivery.notBefore else { return "" }
    return ", until \(PreviewTable.local(Now(until, in: explanation.now.zone)))"
  }

  /// When that changes by the calendar alone.
  private static func next(
    _ verdict: Explanation.Verdict,
    _ explanation: Explanation
  ) -> [String] {
    let decision = verdict.decision
    guard explanation.leftOut == nil, decision.step != .outside,
      decision.alert == nil || verdict.entry.suppressed != nil
    else {
      return []
    }
    var lines: [String] = []
    if let day = decision.nextDate {
      lines.append("  Next: on \(day), if nothing is paid and nothing else changes.")
    }
    if let silence = verdict.silence {
      lines.append("  The silence ends after \(silence.until).")
    }
    return lines
  }

  private static func wrapped(_ text: String, behind prefix: String) -> [String] {
    Table.hanging(prefix, text, width: width)
  }
}
