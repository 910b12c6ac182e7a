import ArgumentParser
import Configuration
import Dispatch
import Foundation
import Pass
import Receivables
import State

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "One pass: poll, evaluate, send, remember."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var arguments: PassArguments

  @Option(help: "End within so long, as in 10m; what is not done waits for the next pass.")
  var deadline: String?

  @Option(help: "Let up to so many customer messages go in this pass.")
  var allow: Int?

  @Flag(help: "Send what the first pass holds: these customers may be told now.")
  var first = false

  @Option(
    help: ArgumentHelp(
      "Take it as right that most open items of this source are gone.", valueName: "source"))
  var acceptShrink: [String] = []

  @Option(help: "Send only what `preview --out` wrote into this file, as far as it is still true.")
  var plan: String?

  @Option(help: "table, json or csv.")
  var format: OutputFormat = .table

  func validate() throws {
    if let deadline, Period(deadline) == nil {
      throw ValidationError("--deadline \(deadline) must be a duration such as 90s or 10m")
    }
    if let allow, allow < 0 { throw ValidationError("--allow must not be negative") }
  }

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      // From here: reading the config may take its time too, where a secret is asked for.
      let deadline = deadlineInstant
      let assembly = try common.assembly(
        isReplay: arguments.fixtures != nil, deadline: deadline)
      try arguments.check(assembly)
      for source in acceptShrink {
        try Names.check(
          source, option: "--accept-shrink", ofA: "source", among: assembly.sources.map(\.name))
      }
      try common.refuseAccidents(
        assembly, isReplay: arguments.fixtures != nil, command: "run")
      let stopper = Stopper()
      let monitor = Monitor(
        assembly,
        now: common.moment(in: assembly.setup.zone),
        isReplay: arguments.fixtures != nil,
        deadline: deadline,
        stopper: stopper
      )
      let traces = StateFile.traces(ofLost: assembly.setup.statePath)
      let (state, lock) = try await arguments.beginning(assembly, monitor) {
        try common.exclusiveState(assembly, makes: true)
      }
      defer { withExtendedLifetime(lock) { state.finish() } }
      common.warn(ofLost: assembly.setup.statePath, traces)
      let now = try common.moment(in: assembly.setup.zone, after: state)
      let held = try plan.map { try Self.planFile($0, assembly, state) }
      if format != .table { Output.keepForResults() }
      let signals = Self.stopOnSignals(stopper)
      defer { signals.forEach { $0.cancel() } }
      let progress = ProgressLine(quiet: common.quiet)
      var options = PassOptions(
        now: now,
        only: arguments.only,
        allow: allow,
        deadline: deadline,
        plan: held,
        isReplay: arguments.fixtures != nil,
        progress: progress?.show
      )
      options.holdsFirstPass = arguments.holdsFirstPass(assembly) && !first
      options.releasesFirstPass = first
      options.acceptsShrink = Set(acceptShrink)
      options.began = { Log.shared.isOfPass($0) }
      let report = try await arguments.watched(assembly, monitor, state) { [options] transport in
        try await PassRunner(
          assembly,
          state: state,
          transport: transport,
          options: options,
          stopper: stopper
        ).run()
      }
      keepUntilExit(report)
      progress?.clear()
      show(report, assembly)
      return ExitStatus(rawValue: report.verdict.rawValue) ?? .internalError
    }
  }

  private func show(_ report: PassReport, _ assembly: Assembly) {
    for delivery in report.deliveries {
      Log.shared.debug(Summary.line(for: delivery), LogSubject(delivery))
    }
    Summary.log(report, format)
    switch format {
    case .table:
      if !common.quiet || report.verdict != .done { Output.print(Summary.text(report)) }
    case .json: Output.print(PassJSON.text(report, redactor: assembly.redactor))
    case .csv: Output.print(PassCSV.text(report))
    }
  }

  private static func planFile(
    _ path: String, _ assembly: Assembly, _ state: StateFile
  ) throws -> PlanFile {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw PlanProblem("\(path): the plan cannot be read")
    }
    let file = try PlanFile(data, file: path)
    try file.check(assembly, state, file: path)
    return file
  }

  private var deadlineInstant: ContinuousClock.Instant? {
    switch deadline.flatMap({ Period($0) }) {
    case .days(let days): ContinuousClock.now + .seconds(days * 86_400)
    case .seconds(let seconds): ContinuousClock.now + .seconds(seconds)
    case nil: nil
    }
  }

  static func holder() -> String {
    let process = ProcessInfo.processInfo
    return "process \(process.processIdentifier) on \(process.hostName), since"
      + " \(Now.ofThisMachine())"
  }

  /// SIGTERM and SIGINT end the pass in good order: nothing new begins, what is in flight gets five
  /// seconds.
  private static func stopOnSignals(_ stopper: Stopper) -> [any DispatchSourceSignal] {
    [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        stopper.stop(because: number == SIGTERM ? "SIGTERM came" : "SIGINT came")
        DispatchQueue.global().asyncAfter(deadline: .now() + 5) { stopper.hurry() }
      }
      source.resume()
      return source
    }
  }
}
