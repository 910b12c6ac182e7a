import Wire

extension Task where Failure == Never {
  /// Its value; from then on it is cancelled, and waited for. Whoever waits and is cancelled
  /// cancels it too.
  /// - Parameter patience: `nil` for as long as it takes.
  func value(cancelledAfter patience: Duration?) async -> Success {
    let alarm = Task<Void, Never> {
      // Cancelled itself when the value comes sooner.
      guard let patience, (try? await Task<Never, Never>.sleep(for: patience)) != nil else {
        return
      }
      self.cancel()
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await value
    } onCancel: {
      cancel()
    }
  }
}

/// How long those may take who hear of a pass when it is done: they do not change what it did, and
/// keep the process from its end.
struct Overtime: Sendable {
  /// Each of them has so long even if the pass's own time is over.
  static let least = Duration.seconds(5)

  let deadline: ContinuousClock.Instant?
  let stopper: Stopper

  /// - Parameter usual: where time does not press.
  func left(of usual: Duration) -> Duration {
    let least = min(usual, Self.least)
    if stopper.why != nil { return least }
    guard let deadline else { return usual }
    return min(usual, max(least, deadline - .now))
  }
}

extension PassOptions {
  /// When polling ends, so that what the other sources said is still told: a source that hangs in
  /// every pass must not keep them all from ever sending.
  var pollingDeadline: ContinuousClock.Instant? {
    // A replay waits for nothing.
    guard let deadline, !isReplay else { return nil }
    return deadline - min((deadline - .now) / 4, .seconds(60))
  }
}
