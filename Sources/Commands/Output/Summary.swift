import Accounting
import Outbox
import Pass
import Receivables
import Rules
import Wire

/// What a pass did, in a few lines.
enum Summary {
  static func text(_ report: PassReport) -> String {
    var lines = ["Pass \(report.pass.map { "\($0)" } ?? "-") at \(PreviewTable.local(report.now))"]
    lines += report.sources.map(line)
    let suppressed = report.prepared.plan.entries.count { $0.suppressed != nil }
    let reasons = Reason.allCases.compactMap { reason -> String? in
      let count = report.prepared.plan.entries.count {
        $0.decision.alert?.reason == reason && $0.suppressed == nil
      }
      return count > 0 ? "\(count) \(reason.rawValue)" : nil
    }
    lines.append(
      "alerts      \(reasons.isEmpty ? "none" : reasons.joined(separator: ", "))"
        + (suppressed > 0 ? "; \(suppressed) suppressed" : ""))
    let counts = Delivery.Status.allCases.filter { $0 != .suppressed }
      .map { ($0, report.count($0)) }.filter { $0.1 > 0 }
      .map { "\($0.1) \($0.0.rawValue)" }
    lines.append("deliveries  \(counts.isEmpty ? "none" : counts.joined(separator: ", "))")
    lines += plan(report)
    lines += troubles(report)
    if !report.told.isEmpty {
      lines.append("ops         told \(report.told.joined(separator: ", "))")
    }
    if report.alerts == 0, report.count(.sent) == 0, report.sources.contains(where: \.isGood) {
      lines += whyNothing(report)
    }
    if let stopped = report.stopped { lines.append("ended early: \(stopped)") }
    lines.append("took        \(seconds(report.milliseconds)) s")
    return lines.joined(separator: "\n") + "\n"
  }

  /// What a person should know of it, and where the summary is not shown, which sources failed.
  static func log(_ report: PassReport, _ format: OutputFormat) {
    for notice in report.notices {
      Log.shared.warning(notice, LogSubject(ofNotice: notice, in: report))
    }
    // What the state lost was said when it was opened, before anything could go wrong.
    for waiting in report.waiting where waiting.kind != Waiting.state {
      Log.shared.urgent(waiting.sentence)
    }
    for outcome in report.sources where format != .table {
      if case .failed(let error) = outcome.status {
        Log.shared.error("\(outcome.name): \(error)", LogSubject(source: outcome.name))
      }
    }
  }

  static func line(for outcome: PollOutcome) -> String {
    let name = outcome.name.padding(to: 12)
    let usage = "\(counted(outcome.usage.calls, "call")), \(counted(outcome.usage.bytes, "byte"))"
    let out = outcome.accountsLeftOut
    let size =
      "\(counted(outcome.snapshot.accounts.count, "account"))\(out > 0 ? ", \(out) left out" : ""),"
      + " \(counted(outcome.snapshot.items.count, "open item"))"
    switch outcome.status {
    case .polled: return "\(name)polled, \(size), \(outcome.changed) changed, \(usage)"
    case .unchanged: return "\(name)unchanged, \(size), \(usage)"
    case .skipped: return "\(name)not polled (--only)"
    case .failed(let error):
      let again = outcome.failures > 1 ? " (\(outcome.failures) passes in a row)" : ""
      let why = Table.cut(Output.line(error.description), to: 300)
      return Output.line("\(name)FAILED\(again): \(why); its accounts stay as they were")
    }
  }

  /// What came of the plan that the pass was held to.
  private static func plan(_ report: PassReport) -> [String] {
    guard let outcome = report.prepared.planOutcome else { return [] }
    var lines = [
      "plan        \(outcome.kept) as planned, \(outcome.changed.count) changed since,"
        + " \(outcome.new.count) new since and left for the next run"
    ]
    lines += outcome.changed.map { "  not sent: \($0.item): \($0.why)" }
    lines += outcome.new.map { "  left: \($0.item): \($0.why)" }
    return lines.map(Output.line)
  }

  /// Deliveries that a person may want to look at.
  private static func troubles(_ report: PassReport) -> [String] {
    let troubled = report.deliveries.filter {
      [.failed, .uncertain, .sending].contains($0.status)
        || $0.status == .pending && !$0.why.isEmpty
    }
    let shown = troubled.prefix(20).map {
      Table.cut(
        Output.line(
          "  \($0.status.rawValue) \($0.accountName), \(target(of: $0)): \($0.why)"
        ),
        to: 200
      )
    }
    return shown + (troubled.count > 20 ? ["  … and \(troubled.count - 20) more (history)"] : [])
  }

  /// One line of `--verbose`.
  static func line(for delivery: Delivery) -> String {
    let why = delivery.why.isEmpty ? "" : ": \(delivery.why)"
    return Output.line(
      "\(delivery.id) \(delivery.accountName), \(delivery.rule), level \(delivery.level),"
        + " \(target(of: delivery)): \(delivery.status.rawValue)\(why)")
  }

  private static func target(of delivery: Delivery) -> String {
    [delivery.channel, delivery.recipient].compactMap { $0 }.joined(separator: " ")
  }

  /// Why nothing was sent: the commonest reasons first.
  private static func whyNothing(_ report: PassReport) -> [String] {
    if !report.sources.contains(where: \.isGood) {
      return ["nothing is decided: no source was polled"]
    }
    let waiting = report.deliveries.count { $0.status.isOpen }
    if waiting > 0 {
      let verb = waiting == 1 ? "waits" : "wait"
      return ["nothing sent: \(counted(waiting, "delivery", "deliveries")) \(verb)"]
    }
    let open = report.rows.filter { $0.decision == "open" }
    if open.isEmpty { return ["nothing to send: no balance crossed a threshold"] }
    let next = open.compactMap(\.nextDate).min()
    let text = next.map { ", the next on \($0)" } ?? ""
    return [
      "nothing to send: nothing is due in \(counted(open.count, "open episode"))\(text)"
    ]
  }

  private static func seconds(_ milliseconds: Int64) -> String {
    let rest = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}

extension String {
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
