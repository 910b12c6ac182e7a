import ArgumentParser
import Configuration
import Foundation
import Host
import Pass
import Receivables
import Settings
import State
import Wire

/// What all commands take.
struct CommonOptions: ParsableArguments {
  @Option(help: "The config file.", completion: .file())
  var config: String?

  @Option(help: "The state file, instead of the config's; `:memory:` forgets.")
  var state: String?

  @Option(help: "Behave as if it were then (RFC 3339).")
  var now: String?

  @Option(
    help: "Lines of NAME=value for `env:NAME`, taken literally, before the environment's.",
    completion: .file())
  var envFile: String?

  @Flag(help: "No notices; `run` prints its summary only when something is left to do.")
  var quiet = false

  @Flag(help: "Say what became of each delivery.")
  var verbose = false

  @Option(help: "text or json.")
  var logFormat: LogFormat = .text

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  func validate() throws {
    if let now, Instant(now) == nil {
      throw ValidationError(
        "--now \(now) is not an RFC 3339 timestamp, as in 2026-11-23T09:00:00+13:00"
      )
    }
  }

  /// `--config`, `$BALANCEALERT_CONFIG`, `./balancealert.yaml`,
  /// `/etc/balancealert/balancealert.yaml`.
  var configPath: String {
    if let config { return config }
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["BALANCEALERT_CONFIG"], !path.isEmpty { return path }
    let here = "balancealert.yaml"
    return FileManager.default.fileExists(atPath: here)
      ? here : "/etc/balancealert/balancealert.yaml"
  }

  /// What `env:NAME` is read from.
  /// - Throws: `ConfigurationError` with the line that is none.
  private func environment() throws(ConfigurationError) -> [String: String] {
    let own = ProcessInfo.processInfo.environment
    guard let envFile else { return own }
    func problem(_ line: Int, _ message: String) -> ConfigurationError {
      ConfigurationError([
        Problem(
          file: envFile,
          SettingsProblem(at: Position(line: line, column: 1), path: "", message))
      ])
    }
    guard let data = FileManager.default.contents(atPath: envFile) else {
      throw problem(1, "--env-file: there is no such file, or it cannot be read")
    }
    let text: String
    do throws(TextFile.Problem) { text = try TextFile.text(of: data) } catch {
      throw problem(error.line ?? 1, "--env-file \(error.why)")
    }
    var read: [String: String] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(\.isWhitespace) && line.first != "#" {
      let pair = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = pair[0]
      guard pair.count == 2, name.first?.isNumber == false,
        name.utf8.allSatisfy({
          $0 | 0x20 >= 97 && $0 | 0x20 <= 122 || $0 == 95 || $0 >= 48 && $0 <= 57
        })
      else { throw problem(index + 1, "a line is NAME=value, without `export` or blanks") }
      read[String(name)] = String(pair[1])
    }
    return own.merging(read) { $1 }
  }

  func prepareLog() {
    Log.shared.configure(quiet: quiet, verbose: verbose, asJSON: logFormat == .json)
  }

  /// - Parameter isReplay: secrets that are not there are stood in for: nothing leaves the machine.
  /// - Parameter signingIn: a source that may lack the id of its organisation.
  /// - Parameter path: of another config than the one that is asked for.
  /// - Parameter deadline: no secret is waited for longer.
  func assembly(
    isReplay: Bool,
    signingIn: String? = nil,
    path: String? = nil,
    deadline: ContinuousClock.Instant? = nil
  ) throws(ConfigurationError) -> Assembly {
    let (setup, resolver) = try setup(isReplay: isReplay, path: path, deadline: deadline)
    let assembly = try Assembly(setup, resolver: resolver, signingIn: signingIn)
    Log.shared.hide(with: assembly.redactor)
    return assembly
  }

  /// The config as it was decoded, whatever is wrong with it.
  /// - Throws: `ConfigurationError` where there is none, or it is no YAML.
  func setup(
    isReplay: Bool,
    path: String? = nil,
    deadline: ContinuousClock.Instant? = nil
  ) throws(ConfigurationError) -> (Setup, SecretResolver) {
    let file = try ConfigurationFile(path: path ?? configPath)
    let resolver = SecretResolver(
      environment: try environment(),
      folder: file.folder,
      missing: isReplay ? .standsIn : .isAnError,
      literalsAreErrors: file.isReadableByOthers && !isReplay,
      deadline: deadline
    )
    var setup = Setup(file, resolver: resolver)
    if let state {
      setup.statePath = state
      if state != ":memory:" { setup.tokensBeside = state }
    }
    return (setup, resolver)
  }

  /// The state for a command that changes it, while no pass does.
  /// - Parameter makes: whether it is made where it is not there yet.
  /// - Throws: `StateError`; `UsageProblem` when no pass has run yet.
  func exclusiveState(_ assembly: Assembly, makes: Bool) throws -> (StateFile, PassLock?) {
    let path = assembly.setup.statePath
    guard makes || StateFile.exists(at: path) else {
      throw UsageProblem("there is no state file \(path): no pass has run yet")
    }
    let lock = path == ":memory:" ? nil : try PassLock(state: path, holder: RunCommand.holder())
    let state = try StateFile(path: path, mode: .readWrite)
    try StateCheck.vouch(for: state, at: moment(in: assembly.setup.zone).instant)
    return (state, lock)
  }

  func moment(in zone: Zone) -> Now {
    Now(now.flatMap { Instant($0) } ?? Now.ofThisMachine(), in: zone)
  }
}

/// The options of `run` and `preview` alike.
struct PassArguments: ParsableArguments {
  @Option(help: "Answer every request from recorded exchanges; open no connection.")
  var fixtures: String?

  @Option(help: "Poll this source alone.")
  var only: String?

  /// Runs `body` with the network, or with recordings of it.
  func withTransport<Result: Sendable>(
    _ assembly: Assembly,
    _ body: @Sendable (any Transport) async throws -> Result
  ) async throws -> Result {
    if let fixtures {
      return try await body(ReplayTransport(folder: fixtures, redactor: assembly.redactor))
    }
    return try await withCurlTransport { try await body($0) }
  }

  func check(_ assembly: Assembly) throws(UsageProblem) {
    try Self.check(only.map { [$0] } ?? [], option: "--only", assembly)
  }

  /// - Throws: `UsageProblem` where one of these sources is not in the config.
  static func check(_ sources: [String], option: String, _ assembly: Assembly) throws(UsageProblem)
  {
    let names = assembly.sources.map(\.name)
    for source in sources where !names.contains(source) {
      throw UsageProblem(
        "\(option) \(source): there is no such source; there are"
          + " \(names.joined(separator: ", "))")
    }
  }

  /// Whether customers' messages wait where no earlier pass has read their source.
  func holdsFirstPass(_ assembly: Assembly) -> Bool {
    fixtures == nil && !assembly.staysOnThisMachine
  }
}
