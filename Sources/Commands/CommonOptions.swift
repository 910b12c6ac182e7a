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
    let read = try EnvironmentFile.read(path: envFile)
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
    try Names.check(
      only, option: "--only", ofA: "source", among: assembly.sources.map(\.name))
  }

  /// Whether customers' messages wait where no earlier pass has read their source.
  func holdsFirstPass(_ assembly: Assembly) -> Bool {
    fixtures == nil && !assembly.staysOnThisMachine
  }
}
