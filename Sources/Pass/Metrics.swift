import Accounting
import Outbox
import Receivables
import Rules
import State
import Wire

/// What `metrics_file` holds, in its order; docs/monitoring.md lists it.
public enum Metrics {
  public static let all = [
    lastPass, lastSuccess, lastExit, duration, passes, up, failures, lastPoll, accounts, openItems,
    changed, calls, bytes, openBalance, alerts, alertsTotal, deliveries, deliveriesNow, held,
    uncertain,
  ]

  static let lastPass = Metric(
    "last_pass_timestamp_seconds", help: "When the last pass ran.")
  static let lastSuccess = Metric(
    "last_success_timestamp_seconds", help: "When a pass last ended with exit code 0.")
  static let lastExit = Metric("last_exit_code", help: "How the last pass ended; 0: all done.")
  static let duration = Metric(
    "last_pass_duration_seconds", help: "How long the last pass took.")
  static let passes = Metric(
    "passes_total", .counter, ["exit_code"],
    help: "Passes by exit code; none: cut short.")
  static let up = Metric(
    "source_up", .gauge, ["source", "type"], help: "Whether the source's last poll was good.")
  static let failures = Metric(
    "source_consecutive_failures", .gauge, ["source"], help: "Failed polls in a row.")
  static let lastPoll = Metric(
    "source_last_poll_timestamp_seconds", .gauge, ["source"], help: "When it was last polled well.")
  static let accounts = Metric(
    "source_accounts", .gauge, ["source"], help: "Accounts in the newest good snapshot.")
  static let openItems = Metric(
    "source_open_items", .gauge, ["source"],
    help: "Open invoices and credits in the newest good snapshot.")
  static let changed = Metric(
    "source_changed_items", .gauge, ["source"],
    help: "Documents that the last pass found new, changed or gone.")
  static let calls = Metric(
    "source_calls", .gauge, ["source"], help: "Requests of the last pass.")
  static let bytes = Metric(
    "source_read_bytes", .gauge, ["source"], help: "Bytes that the last pass read.")
  static let openBalance = Metric(
    "open_balance", .gauge, ["source", "currency", "bucket"],
    help: "What invoices leave to pay after credits, in the currency's major unit; of sources that"
      + " the last pass polled.")
  static let alerts = Metric(
    "last_pass_alerts", .gauge, ["reason"], help: "Alerts that the last pass decided.")
  static let alertsTotal = Metric(
    "alerts_total", .counter, ["reason"], help: "Alerts that were ever decided.")
  static let deliveries = Metric(
    "last_pass_deliveries", .gauge, ["channel", "status"],
    help: "Deliveries that the last pass had to do with, as it left them.")
  static let deliveriesNow = Metric(
    "deliveries", .gauge, ["channel", "status"],
    help: "All deliveries that the state remembers, as they stand.")
  static let held = Metric(
    "held_deliveries", .gauge, ["hold"], help: "Deliveries that are held now, by what holds them.")
  static let uncertain = Metric(
    "uncertain_deliveries", help: "Deliveries of unknown outcome that nobody has settled.")

  /// - Parameters:
  ///   - records: of the sources, as the pass left them.
  ///   - counts: of what the state remembers, without this pass.
  static func text(
    of report: PassReport,
    _ assembly: Assembly,
    records: [String: SourceRecord],
    counts: StateCounts
  ) -> String {
    var text = MetricText()
    let isDone = report.verdict == .done
    frame(
      &text, at: report.now.instant, exit: report.verdict.rawValue,
      milliseconds: report.milliseconds, counts, success: isDone ? report.now.instant : nil)
    addSources(&text, report.sources, records)
    text.add(openBalance, balances(of: report))
    let alerts = Dictionary(
      grouping: report.prepared.plan.entries.filter { $0.suppressed == nil },
      by: { $0.decision.alert?.reason }
    )
    text.add(
      Self.alerts,
      Reason.allCases.map { ([$0.rawValue], "\(alerts[$0]?.count ?? 0)") }
    )
    addAlerts(&text, counts)
    let channels = Set(assembly.channels.keys).union(report.deliveries.map(\.channel))
    let now = Dictionary(grouping: report.deliveries) { [$0.channel, $0.status.rawValue] }
    text.add(
      deliveries,
      channels.sorted().flatMap { channel in
        Delivery.Status.allCases.map { status in
          ([channel, status.rawValue], "\(now[[channel, status.rawValue]]?.count ?? 0)")
        }
      }
    )
    addDeliveries(&text, counts)
    text.add(
      held,
      Delivery.Hold.allCases.map { hold in
        ([hold.rawValue], "\(report.deliveries.count { $0.hold == hold })")
      }
    )
    text.add(uncertain, counts.deliveries.values.reduce(0) { $0 + ($1["uncertain"] ?? 0) })
    return text.text
  }

  /// What can be said of a pass that came to no report: it failed, and when.
  /// - Parameter counts: `nil` where the state cannot be read.
  static func text(failedAt now: Instant, exit: Int32, counts: StateCounts?) -> String {
    var text = MetricText()
    frame(&text, at: now, exit: exit, milliseconds: nil, counts, success: nil)
    guard let counts else { return text.text }
    addAlerts(&text, counts)
    addDeliveries(&text, counts)
    return text.text
  }

  private static func frame(
    _ text: inout MetricText,
    at now: Instant,
    exit: Int32,
    milliseconds: Int64?,
    _ counts: StateCounts?,
    success: Instant?
  ) {
    text.add(lastPass, now.seconds)
    if let success = success ?? counts?.lastSuccess { text.add(lastSuccess, success.seconds) }
    text.add(lastExit, exit)
    if let milliseconds { text.add(duration, seconds(milliseconds)) }
    guard let counts else { return }
    var passes = counts.passes
    passes[exit, default: 0] += 1
    text.add(
      Self.passes,
      passes.map { code, count in ([code.map { "\($0)" } ?? "none"], "\(count)") }
        .sorted { ($0.0[0].count, $0.0[0]) < ($1.0[0].count, $1.0[0]) }
    )
  }

  private static func addSources(
    _ text: inout MetricText,
    _ sources: [PollOutcome],
    _ records: [String: SourceRecord]
  ) {
    func failures(_ outcome: PollOutcome) -> Int {
      // What was not asked for stands as it was left.
      outcome.status == .skipped ? records[outcome.name]?.failures ?? 0 : outcome.failures
    }
    func each(_ metric: Metric, _ value: (PollOutcome) -> String?) {
      text.add(
        metric,
        sources.compactMap { source in value(source).map { ([source.name], $0) } }
      )
    }
    text.add(up, sources.map { ([$0.name, $0.type], failures($0) == 0 ? "1" : "0") })
    each(Self.failures) { "\(failures($0))" }
    each(lastPoll) { records[$0.name]?.polledAt.map { "\($0.seconds)" } }
    each(accounts) { "\($0.snapshot.accounts.count)" }
    each(openItems) { "\($0.snapshot.items.count)" }
    each(changed) { "\($0.changed)" }
    each(calls) { "\($0.usage.calls)" }
    each(bytes) { "\($0.usage.bytes)" }
  }

  private static func addAlerts(_ text: inout MetricText, _ counts: StateCounts) {
    let reasons = Reason.allCases.map(\.rawValue)
    let others = counts.alerts.keys.filter { !reasons.contains($0) }.sorted()
    text.add(alertsTotal, (reasons + others).map { ([$0], "\(counts.alerts[$0] ?? 0)") })
  }

  private static func addDeliveries(_ text: inout MetricText, _ counts: StateCounts) {
    text.add(
      deliveriesNow,
      counts.deliveries.sorted { $0.key < $1.key }.flatMap { channel, statuses in
        statuses.sorted { $0.key < $1.key }.map { ([channel, $0.key], "\($0.value)") }
      }
    )
  }

  /// Exact: minor units are summed, and written with a point. A sum that is too large for them is
  /// left out.
  private static func balances(of report: PassReport) -> [(labels: [String], value: String)] {
    var sums: [[String]: Money] = [:]
    var tooLarge: Set<[String]> = []
    for facts in report.prepared.ledger.facts {
      for (bucket, amount) in zip(report.aging.names, facts.aging) {
        let labels = [facts.account.key.source, facts.currency.code, bucket]
        guard let sum = try? (sums[labels] ?? .zero(facts.currency)).adding(amount) else {
          tooLarge.insert(labels)
          continue
        }
        sums[labels] = sum
      }
    }
    let order = Dictionary(uniqueKeysWithValues: report.aging.names.enumerated().map { ($1, $0) })
    return sums.filter { !tooLarge.contains($0.key) }
      .sorted {
        ($0.key[0], $0.key[1], order[$0.key[2]] ?? 0)
          < ($1.key[0], $1.key[1], order[$1.key[2]] ?? 0)
      }
      .map { ($0.key, $0.value.decimalString) }
  }

  private static func seconds(_ milliseconds: Int64) -> String {
    let rest = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}
