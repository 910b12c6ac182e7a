import Synchronization

/// Never more starts than the platform's pace allows, in any window of its length.
///
/// A list of past starts and not a bucket of tokens: a full bucket lets twice the pace through in
/// its first window, and a platform that counts exactly answers 429.
struct RateLimit: Transport {
  private let next: any Transport
  private let rate: Rate?
  private let name: String
  private let deadline: ContinuousClock.Instant?
  private let clock: WireClock
  private let starts = Starts()

  init(
    _ next: any Transport,
    _ rate: Rate?,
    name: String,
    deadline: ContinuousClock.Instant?,
    clock: WireClock
  ) {
    self.next = next
    self.rate = rate.flatMap { $0.count > 0 ? $0 : nil }
    self.name = name
    self.deadline = deadline
    self.clock = clock
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    if let rate {
      let now = clock.now()
      let start = starts.reserve(rate, now: now)
      if start > now {
        try await clock.wait(
          start - now,
          until: deadline,
          because: "\(name): held to \(rate.count) requests in \(rate.per.wholeSeconds) s"
        )
      }
    }
    return try await next.perform(request, timeout: timeout)
  }
}

/// The newest `rate.count` starts, the oldest of them next to be replaced. A class, because a
/// session's two ways (once, repeated) share it.
private final class Starts: Sendable {
  private let state = Mutex<(ring: [ContinuousClock.Instant], oldest: Int)>(([], 0))

  /// Takes the next free place, in the order of asking.
  func reserve(_ rate: Rate, now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    state.withLock { state in
      guard state.ring.count == rate.count else {
        state.ring.append(now)
        return now
      }
      let start = max(now, state.ring[state.oldest] + rate.per)
      state.ring[state.oldest] = start
      state.oldest = (state.oldest + 1) % rate.count
      return start
    }
  }
}
