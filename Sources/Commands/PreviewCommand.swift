import ArgumentParser
import Configuration
import Pass
import Receivables
import State

struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "The same pass with no effect: who would be told what, and why."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var arguments: PassArguments

  @Flag(help: "Print each message as it would be sent.")
  var render = false

  @Option(help: "One account: source:id, or an id or name that only one account has.")
  var account: String?

  @Flag(help: "List the accounts that nobody is told of, too.")
  var all = false

  @Flag(help: "Say why, below each line.")
  var why = false

  @Option(help: "Write what would be sent to this file, for `run --plan`.", completion: .file())
  var out: String?

  @Option(help: "table, json or csv.")
  var format: OutputFormat = .table

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: arguments.fixtures != nil)
      try arguments.check(assembly)
      let path = assembly.setup.statePath
      // A preview before the first pass has nothing to read, and makes no file.
      let exists = path != ":memory:" && StateFile.exists(at: path)
      common.warn(ofLost: path, StateFile.traces(ofLost: path))
      let state = try StateFile(
        path: exists ? path : ":memory:", mode: .readOnly,
        inPlaceOf: exists || path == ":memory:" ? nil : path)
      StateCheck.tell(of: state)
      let now = try common.moment(in: assembly.setup.zone, after: state)
      let progress = ProgressLine(quiet: common.quiet)
      var options = PassOptions(
        now: now,
        only: arguments.only,
        isReplay: arguments.fixtures != nil,
        progress: progress?.show
      )
      // On a state that is forgotten it shows what would be said, and holds nothing.
      options.holdsFirstPass = arguments.holdsFirstPass(assembly) && path != ":memory:"
      let report = try await arguments.withTransport(assembly) { [options] transport in
        try await PassRunner(assembly, state: state, transport: transport, options: options)
          .preview()
      }
      keepUntilExit(report)
      let shown = try account.map { try Selection($0, in: report) } ?? Selection()
      progress?.clear()
      Summary.log(report, format)
      if let out {
        let plan = PlanFile(report, assembly, afterPass: try state.newestPassID())
        try PrivateFile.write(plan.json, to: out)
      }
      switch format {
      case .table:
        Output.print(
          PreviewTable(
            report, shown, showsAll: all || account != nil, showsWhy: why || account != nil
          ).text)
        if render { Output.print(Rendering.text(report, shown, assembly)) }
      case .json: Output.print(PassJSON.text(report, shown, redactor: assembly.redactor))
      case .csv: Output.print(PassCSV.text(report, shown))
      }
      return ExitStatus(rawValue: report.verdict.rawValue) ?? .internalError
    }
  }
}

/// The accounts that a person asked for; all of them if none was named.
struct Selection {
  let account: AccountKey?

  init() { account = nil }

  /// - Throws: `UsageProblem` when no account, or more than one, is meant.
  init(_ text: String, in report: PassReport) throws(UsageProblem) {
    let accounts = report.prepared.ledger.facts.map(\.account)
    let names = Dictionary(accounts.map { ($0.key.description, $0.name) }) { first, _ in first }
    account = try AccountName.key(of: text, names, kind: "account with a balance")
  }

  func includes(_ key: AccountKey) -> Bool { account == nil || account == key }
}
