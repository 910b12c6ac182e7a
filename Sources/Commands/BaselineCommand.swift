import ArgumentParser
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State

struct BaselineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Take today's balances as already alerted: episodes are opened, nothing is sent.",
    discussion: """
      For the first day, when customers know already what they owe. From then on each is told as if \
      the last alert had gone out today: again when the window has passed, more firmly when the next \
      level comes. What crosses its threshold later is told as usual.
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var arguments: PassArguments

  @Option(help: "Only where the oldest invoice was due before this day, as in 2026-09-01.")
  var dueBefore: String?

  @Option(help: "table, json or csv.")
  var format: OutputFormat = .table

  func validate() throws {
    if let dueBefore, Day(dueBefore) == nil {
      throw ValidationError("--due-before \(dueBefore) is not a date such as 2026-09-01")
    }
  }

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: arguments.fixtures != nil)
      try arguments.check(assembly)
      try common.refuseAccidents(
        assembly, isReplay: arguments.fixtures != nil, command: "baseline")
      let traces = StateFile.traces(ofLost: assembly.setup.statePath)
      let (state, lock) = try common.exclusiveState(assembly, makes: true)
      defer { withExtendedLifetime(lock) { state.finish() } }
      common.warn(ofLost: assembly.setup.statePath, traces)
      let now = try common.moment(in: assembly.setup.zone, after: state)
      let options = PassOptions(
        now: now,
        only: arguments.only,
        baseline: PassOptions.Baseline(
          dueBefore: dueBefore.flatMap { Day($0) }, author: Person.name),
        isReplay: arguments.fixtures != nil
      )
      let report = try await arguments.withTransport(assembly) { transport in
        try await PassRunner(assembly, state: state, transport: transport, options: options).run()
      }
      Summary.log(report, format)
      switch format {
      case .table: Output.print(Self.text(report))
      case .json: Output.print(PassJSON.text(report, redactor: assembly.redactor))
      case .csv: Output.print(PassCSV.text(report))
      }
      return ExitStatus(rawValue: report.verdict.rawValue) ?? .internalError
    }
  }

  private static func text(_ report: PassReport) -> String {
    let entries = report.prepared.plan.entries
    var table = Table([
      .init("Account", 26), .init("Balance", 15, right: true), .init("Overdue", 13, right: true),
      .init("Days", 4, right: true), .init("Lv", 2, right: true), .init("Rule", 30),
    ])
    for entry in entries {
      let facts = entry.decision.facts
      table.add([
        facts.account.name, facts.balance.withCode, facts.overdueBalance.grouped,
        String(facts.daysOverdue), entry.decision.alert.map { String($0.level) } ?? "-",
        entry.decision.rule,
      ])
    }
    var lines = report.sources.map { Summary.line(for: $0) }
    if !entries.isEmpty { lines += ["", table.header] + table.lines }
    let accounts = Set(entries.map(\.decision.account)).count
    // What the first pass held is taken, too.
    let held = report.deliveries.filter { $0.status == .cancelled }
    if !held.isEmpty {
      let messages = "\(counted(held.count, "message")) that waited"
      lines += [
        "", "\(messages): taken as told",
      ]
    }
    lines += [
      "",
      entries.isEmpty && !held.isEmpty
        ? "Nothing was sent."
        : entries.isEmpty
          ? "nothing to take: no balance that would be told now is without an episode"
          : "\(counted(accounts, "account")) taken as alerted, in"
            + " \(counted(entries.count, "episode")). Nothing was sent.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
