import ArgumentParser
import Configuration
import Pass
import Receivables
import State

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Evaluate a stored pass again, from what it saw, and compare its decisions.",
    discussion:
      "Nothing is polled and nothing is sent. Exit 76 when a decision comes out otherwise."
  )

  @OptionGroup var common: CommonOptions
  @Argument(help: "The number of the pass, as `run` and `history` show it.") var pass: Int64

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let path =
        try common.state ?? common.assembly(isReplay: true).setup.statePath
      let state = try StateFile(path: path, mode: .readOnly)
      let replay = try PassReplay.of(pass, in: state, configPath: common.configPath)
      let moment = PreviewTable.local(Now(replay.pass.now, in: replay.zone))
      Output.print(
        "pass \(pass) at \(moment): \(counted(replay.decisions, "decision")) about accounts with an"
          + " episode, \(counted(replay.alerts, "alert"))\n")
      for difference in replay.differences { Output.print(Output.line(difference) + "\n") }
      Output.print(
        replay.differences.isEmpty
          ? "the same as stored\n" : "\(counted(replay.differences.count, "difference"))\n")
      return replay.differences.isEmpty ? .done : .historyFlawed
    }
  }
}
