import Synchronization

/// Repeats reads: after lost connections, 408, 425, 429 and 5xx, with growing pauses. A wait that
/// the platform asks for is kept by all reads of the session.
struct Retry: Transport {
  /// A longer `Retry-After` is not slept through: the pass goes on, and the next one asks again.
  static let longestWait = Duration.seconds(60)

  private let next: any Transport
  private let retries: Int
  private let name: String
  private let deadline: ContinuousClock.Instant?
  private let clock: WireClock
  private let hold = Hold()

  init(_ next: any Transport, _ policy: SessionPolicy, name: String, clock: WireClock) {
    self.next = next
    self.retries = max(0, policy.retries)
    self.name = name
    self.deadline = policy.deadline
    self.clock = clock
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    var tries = 0
    while true {
      try await keepHold()
      let result = await attempt(request, timeout: timeout)
      tries += 1
      guard let pause = pause(after: result, tries: tries), tries <= retries, !Task.isCancelled,
        pause <= Self.longestWait, deadline.map({ clock.now() + pause <= $0 }) ?? true
      else { return try result.get() }
      do {
        try await clock.sleep(pause)
      } catch {
        return try result.get()
      }
    }
  }

  private func attempt(
    _ request: Request,
    timeout: Duration
  ) async -> Result<Response, WireError> {
    do throws(WireError) {
      return .success(try await next.perform(request, timeout: timeout))
    } catch {
      return .failure(error)
    }
  }

  /// How long to wait before the next try; `nil` when there is nothing to be gained by one.
  private func pause(after result: Result<Response, WireError>, tries: Int) -> Duration? {
    switch result {
    case .failure(.notSent), .failure(.sentThenLost):
      return backoff(tries, first: .milliseconds(500))
    case .failure: return nil
    case .success(let response):
      switch response.status {
      case 408, 425, 429, 500, 502...504, 506...599:
        guard let asked = response.retryAfter(now: clock.unixSeconds()) else {
          // 429 without a wait comes from windows of a minute (QuickBooks): longer pauses.
          return backoff(tries, first: response.status == 429 ? .seconds(4) : .milliseconds(500))
        }
        hold.extend(to: clock.now() + asked)
        return asked
      default: return nil
      }
    }
  }

  /// Doubled with each try, at most 30 s, of which the later half is left to chance.
  private func backoff(_ tries: Int, first: Duration) -> Duration {
    let full = min(first * (1 << min(tries - 1, 10)), .seconds(30))
    return full / 2 + full * clock.jitter() / 2000
  }

  private func keepHold() async throws(WireError) {
    guard let wait = hold.left(at: clock.now()) else { return }
    let why = "\(name): the platform asked for a wait of \(wait.wholeSeconds) s"
    if wait > Self.longestWait { throw .notSent(why) }
    try await clock.wait(wait, until: deadline, because: why)
  }
}

/// Until when the platform wants to be left alone; shared by a session's reads.
private final class Hold: Sendable {
  private let until = Mutex<ContinuousClock.Instant?>(nil)

  func extend(to instant: ContinuousClock.Instant) {
    until.withLock { $0 = max($0 ?? instant, instant) }
  }

  func left(at now: ContinuousClock.Instant) -> Duration? {
    until.withLock { until in
      guard let end = until, end > now else { return nil }
      return end - now
    }
  }
}
