import ArgumentParser
import Configuration
import Foundation
import Pass
import Receivables
import State

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Write a whole copy of the state, while passes may go on.",
    discussion: """
      The copy is checked before it is put in place. Tokens are not in it: a copy of them is useless \
      as soon as one of the two is refreshed.
      """
  )

  @OptionGroup var common: CommonOptions
  @Argument(help: "Where to; mode 0600.", completion: .file()) var file: String
  @Flag(help: "Replace a file that is there.") var force = false

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let path = try common.state ?? common.assembly(isReplay: true).setup.statePath
      if !force, FileManager.default.fileExists(atPath: file) {
        throw UsageProblem("\(file) is there already; name another file, or say --force")
      }
      let state = try StateFile(path: path, mode: .readOnly)
      try state.backUp(to: file)
      let copy = try StateFile(path: file, mode: .readOnly)
      if let flaw = try copy.auditFlaw() {
        Log.shared.error("the copy is written; but the audit log is not whole: \(flaw)")
        return .historyFlawed
      }
      let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int ?? 0
      var last = "-"
      try copy.readAudit { record in
        last = record.hash
        return true
      }
      Output.print(
        "\(file): \(counted(Int(try copy.newestPassID()), "pass", "passes")),"
          + " \(counted(size, "byte")); the last hash is \(last)\n")
      return .done
    }
  }
}
