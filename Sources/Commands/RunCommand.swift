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
      let now = common.moment(in: assembly.setup.zone)
      let stopper = Stopper()
      let monitor = Monitor(
        assembly,
        now: now,
        isReplay: arguments.fixtures != nil,
        deadline: deadline,
        stopper: stopper
      )
      let (state, lock) = try await arguments.beginning(assembly, monitor) {
        try common.exclusiveState(assembly, makes: true)
      }
      defer { withExtendedLifetime(lock) { state.finish() } }
      try state.refuseEarlier(than: now)
      let held = try plan.map { path in
        guard let data = FileManager.default.contents(atPath: path) else {
          throw PlanProblem("\(path): the plan cannot be read")
        }
        let file = try PlanFile(data, file: path)
        try file.check(assembly, state, file: path)
        return file
      }
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
      return ExitStatus(rawValue: report.verdict.rawValue) ?? .internalError
    }
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
