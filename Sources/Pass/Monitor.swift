import Configuration
public import Receivables
public import State
public import Wire

/// What watches over passes from outside, and is to know when one fails: `heartbeat_url` and
/// `metrics_file`. Nothing here delays what a pass does, or makes it fail. A replay tells nobody.
public struct Monitor: Sendable {
  private let assembly: Assembly
  private let now: Now
  private let isReplay: Bool
  private let timeout: Duration
  private let patience: Duration
  private let overtime: Overtime

  /// - Parameters:
  ///   - deadline: of the pass.
  ///   - stopper: of the pass: monitors have less time when it was ended early.
  ///   - timeout: how long a monitor may take to answer, and keep a pass that has ended.
  ///   - patience: how much of that the start may take, if it is still under way.
  public init(
    _ assembly: Assembly,
    now: Now,
    isReplay: Bool,
    deadline: ContinuousClock.Instant? = nil,
    stopper: Stopper = Stopper(),
    timeout: Duration = .seconds(10),
    patience: Duration = .seconds(2)
  ) {
    self.assembly = assembly
    self.now = now
    self.isReplay = isReplay
    self.timeout = timeout
    self.patience = patience
    overtime = Overtime(deadline: deadline, stopper: stopper)
  }

  /// Runs the pass between a start and an end.
  /// - Parameters:
  ///   - exitCode: of an error that the pass ends with.
  ///   - warn: told what went wrong with the monitors of a pass that failed.
  /// - Returns: the pass's report, with a notice of what went wrong with the monitors.
  /// - Throws: what `pass` throws.
  public func watch(
    over transport: any Transport,
    _ state: StateFile,
    exitCode: (any Error) -> Int32,
    warn: (String) -> Void,
    pass: () async throws -> PassReport
  ) async throws -> PassReport {
    let heartbeat = heartbeat(over: transport)
    let started = heartbeat?.start()
    do {
      var report = try await pass()
      report.notices +=
        await heartbeat?.end(
          exit: report.verdict.rawValue, body: report.summary, after: started) ?? []
      return report
    } catch {
      let problems = await fail(exitCode(error), heartbeat, after: started, state)
      problems.forEach(warn)
      throw error
    }
  }

  /// A pass that could not begin.
  /// - Returns: what went wrong with the monitors.
  public func fail(exitCode: Int32, over transport: any Transport) async -> [String] {
    let heartbeat = heartbeat(over: transport)
    return await fail(exitCode, heartbeat, after: nil, nil)
  }

  private func heartbeat(over transport: any Transport) -> Heartbeat? {
    guard !isReplay, let url = assembly.setup.monitoring.heartbeatURL else { return nil }
    return Heartbeat(
      url: url,
      transport: transport,
      redactor: assembly.redactor,
      timeout: timeout,
      patience: patience,
      overtime: overtime
    )
  }

  private func fail(
    _ exit: Int32,
    _ heartbeat: Heartbeat?,
    after started: Task<String?, Never>?,
    _ state: StateFile?
  ) async -> [String] {
    let file = MetricsFile(assembly, isReplay: isReplay)
    let problem = file.record(failedAt: now.instant, exit: exit, state)
    let others = await heartbeat?.end(exit: exit, body: "exit \(exit)\n", after: started)
    return (problem.map { [$0] } ?? []) + (others ?? [])
  }
}
