import Accounting
import ArgumentParser
import Configuration
import Foundation
import Pass
import Wire

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate the config, the templates and the directory; opens no connection."
  )

  @OptionGroup var common: CommonOptions

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: false)
      for warning in assembly.warnings { Log.shared.warning(warning) }
      for warning in try await assembly.directoryWarnings() { Log.shared.warning(warning) }
      let setup = assembly.setup
      Output.print(
        "\(setup.file): \(counted(setup.sources.count, "source")),"
          + " \(counted(setup.channels.count, "channel")),"
          + " \(counted(setup.rules.count, "rule")): no errors\n"
      )
      return .done
    }
  }
}
