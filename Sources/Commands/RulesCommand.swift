import ArgumentParser
import Configuration
import Foundation
import Pass
import Receivables
import Rules
import State

struct RulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Try rules before they speak: on scenarios, and on what has been.",
    subcommands: [Test.self, Diff.self]
  )

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test",
      abstract: "Play dated scenarios with the config's rules, and compare the alerts.",
      discussion: """
        A day that a scenario does not mention expects nothing. Exit 0 when all is as expected, 1 on a \
        difference, 65 when a scenario cannot be played. Nothing is polled and nothing is sent.
        """
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "Scenario files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]
    @Flag(help: "Tell each scenario as a Markdown table, day by day.") var story = false

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let assembly = try common.assembly(isReplay: true)
        var differences = 0
        var isFlawed = false
        for path in files {
          do {
            let play = try await ScenarioPlay.play(try scenario(path, assembly), assembly)
            differences += play.differences
            Output.print(story ? Story.text(play) : ScenarioOutput.text(play, file: path))
          } catch let error as ConfigurationError {
            Log.shared.failure(error)
            isFlawed = true
          } catch let error as ScenarioProblem {
            Log.shared.error("\(path): \(error)")
            isFlawed = true
          }
        }
        if isFlawed { return .badInput }
        if differences > 0 { throw ExitCode(1) }
        return .done
      }
    }

    private func scenario(_ path: String, _ assembly: Assembly) throws -> RuleScenario {
      try RuleScenario(
        ConfigurationFile(path: path, kind: "scenario"),
        sources: assembly.sources.map(\.name),
        rules: assembly.setup.rules.map(\.name)
      )
    }
  }

  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract: "Replay what has been under two configs: who would have been told, and when.",
      discussion: """
        Both begin at --since with no episode open, and look at what each stored pass saw. Neither \
        hours nor limits nor approvals hold anything back here. Nothing is sent.
        """
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "The config with the old rules.", completion: .file()) var old: String
    @Argument(help: "The config with the new rules.", completion: .file()) var new: String
    @Option(help: "From this day on, as in 2026-09-01.") var since: String
    @Option(help: "table, json or csv.") var format: OutputFormat = .table

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        guard let day = Day(since) else {
          throw UsageProblem("--since \(since) is not a date such as 2026-09-01")
        }
        let before = try common.assembly(isReplay: true, path: old)
        let after = try common.assembly(isReplay: true, path: new)
        let state = try StateFile(path: before.setup.statePath, mode: .readOnly)
        let difference = try await RuleDifference.between(before, after, over: state, since: day)
        Output.print(DifferenceOutput.text(difference, format))
        return .done
      }
    }
  }
}
