import Accounting
import ArgumentParser
import Configuration
import Foundation
import Pass
import Receivables
import Wire

struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Poll for real and write fixtures for replay, without secrets or personal data.",
    discussion: """
      Sends nothing to channels, and keeps nothing in the state. Each source gets a folder of its own. \
      The same person is the same stand-in everywhere; amounts, dates and ids stay.
      """
  )

  @OptionGroup var common: CommonOptions

  @Option(help: "The folder for the fixtures; it must be empty or not there.")
  var out: String

  @Option(help: "Record this source alone.")
  var only: String?

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: false)
      var sources = assembly.sources
      if let only { sources = [try assembly.source(named: only)] }
      let files = FileManager.default
      if let there = try? files.contentsOfDirectory(atPath: out), !there.isEmpty {
        throw UsageProblem("--out \(out): the folder is not empty; a recording is never mixed")
      }
      let raw = files.temporaryDirectory.appending(path: "balancealert-\(UUID().uuidString)").path
      defer { try? files.removeItem(atPath: raw) }
      let options = PassOptions(now: common.moment(in: assembly.setup.zone))
      let recorded = try await withCurlTransport { transport in
        var recorded = 0
        for source in sources where try await record(source, assembly, transport, options, raw) {
          recorded += 1
        }
        return recorded
      }
      guard recorded > 0 else { throw UsageProblem("no source of the config is read over HTTP") }
      return .done
    }
  }

  /// - Returns: whether there is anything to record.
  private func record(
    _ source: Assembly.Source,
    _ assembly: Assembly,
    _ transport: any Transport,
    _ options: PassOptions,
    _ raw: String
  ) async throws -> Bool {
    let folder = "\(raw)/\(source.name)"
    let recorder = try RecordingTransport(transport, folder: folder, redactor: assembly.redactor)
    let connection = SourceConnection(source, of: assembly, over: recorder, options: options)
    try await connection.pollAfresh(options)
    let usage = connection.session.usage
    guard usage.calls > 0 else {
      Log.shared.warning("\(source.name): a file or a program is a fixture itself; left out")
      return false
    }
    var pseudonymiser = Pseudonymiser(fields: source.traits.personal)
    try pseudonymiser.copy(folder, to: "\(out)/\(source.name)")
    do {
      var options = options
      options.isReplay = true
      let replay = try ReplayTransport(
        folder: "\(out)/\(source.name)", redactor: assembly.redactor)
      try await SourceConnection(source, of: assembly, over: replay, options: options)
        .pollAfresh(options)
    } catch {
      try? FileManager.default.removeItem(atPath: "\(out)/\(source.name)")
      throw SourceError.badData(
        document: source.name, field: "",
        message: "the recording cannot be replayed, and is not kept: \(error)")
    }
    Output.print(
      "\(source.name): \(counted(usage.calls, "call")), \(counted(usage.bytes, "byte")), in"
        + " \(out)/\(source.name)\n")
    return true
  }
}
