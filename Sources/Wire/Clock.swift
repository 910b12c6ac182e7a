#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Waits; throws when the task is cancelled.
public typealias Sleeper = @Sendable (Duration) async throws -> Void

/// Time as the wrappers see it, handed in so that tests never wait.
public struct WireClock: Sendable {
  /// For pauses and rates: never set back.
  public var now: @Sendable () -> ContinuousClock.Instant
  /// For dates that platforms send: seconds since 1970-01-01T00:00:00Z.
  public var unixSeconds: @Sendable () -> Int64
  public var sleep: Sleeper
  /// 0 to 999, evenly spread: what keeps many machines from coming back at the same moment.
  public var jitter: @Sendable () -> Int

  public init(
    now: @escaping @Sendable () -> ContinuousClock.Instant,
    unixSeconds: @escaping @Sendable () -> Int64,
    sleep: @escaping Sleeper,
    jitter: @escaping @Sendable () -> Int
  ) {
    self.now = now
    self.unixSeconds = unixSeconds
    self.sleep = sleep
    self.jitter = jitter
  }

  /// The clocks of this machine.
  public static let system = WireClock(
    now: { ContinuousClock.now },
    unixSeconds: { Int64(time(nil)) },
    sleep: { try await Task.sleep(for: $0, clock: .continuous) },
    jitter: { Int.random(in: 0..<1000) }
  )
}

extension WireClock {
  /// - Throws: `.notSent` when the task is cancelled, or when the wait would pass the deadline.
  func wait(
    _ duration: Duration,
    until deadline: ContinuousClock.Instant?,
    because why: String
  ) async throws(WireError) {
    if let deadline, now() + duration > deadline {
      throw .notSent("\(why): a wait of \(duration.wholeSeconds) s would pass the deadline")
    }
    do {
      try await sleep(duration)
    } catch {
      throw .notSent("\(why): cancelled while waiting")
    }
  }
}

extension Duration {
  /// Rounded up: for people, and for timers that must not come early.
  var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }

  /// Rounded up, at least 1: libcurl takes 0 for "for ever".
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int(clamping: max(1, seconds * 1000 + part))
  }
}
