import ArgumentParser
import Configuration
import Pass
import Receivables
import State

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Why an account is, or is not, alerted; and what happens next, and when.",
    discussion: """
      Out of what the newest pass has found: nothing is polled. `preview --account` polls first.
      """
  )

  @OptionGroup var common: CommonOptions
  @Argument(help: "source:id, or an id or name that only one account has.") var account: String
  @Option(help: "table or json.") var format: OutputFormat = .table

  func validate() throws {
    if format == .csv { throw ValidationError("explain has no csv; take table or json") }
  }

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: true)
      let now = common.moment(in: assembly.setup.zone)
      guard StateFile.exists(at: assembly.setup.statePath) else {
        throw UsageProblem(
          "there is no state file \(assembly.setup.statePath): no pass has run yet; see `preview`")
      }
      let state = try StateFile(path: assembly.setup.statePath, mode: .readOnly)
      let key = try AccountName.key(of: account, await assembly.accountNames(state))
      let explanation = try await Explanation.of(key, assembly, state, now)
      switch format {
      case .json: Output.print(ExplainJSON.text(explanation))
      case .table, .csv: Output.print(ExplainText.text(explanation))
      }
      return .done
    }
  }
}
