import Pass
import State
import Wire

extension PassArguments {
  /// What must go well before a pass can begin; the monitors hear of it when it does not.
  /// - Throws: what `body` throws.
  func beginning<Result>(
    _ assembly: Assembly,
    _ monitor: Monitor,
    _ body: () throws -> Result
  ) async throws -> Result {
    do {
      return try body()
    } catch {
      let (status, _) = ExitStatus.explain(error)
      // Another pass is under way: it tells of itself.
      if status == .partly { throw error }
      let problems = try? await withTransport(assembly) { transport in
        await monitor.fail(exitCode: status.rawValue, over: transport)
      }
      for problem in problems ?? [] { Log.shared.warning(problem) }
      throw error
    }
  }

  /// A pass, and the monitors around it.
  func watched(
    _ assembly: Assembly,
    _ monitor: Monitor,
    _ state: StateFile,
    _ pass: @Sendable (any Transport) async throws -> PassReport
  ) async throws -> PassReport {
    try await withTransport(assembly) { transport in
      try await monitor.watch(
        over: transport,
        state,
        exitCode: { ExitStatus.explain($0).0.rawValue },
        warn: { Log.shared.warning($0) },
        pass: { try await pass(transport) }
      )
    }
  }
}
