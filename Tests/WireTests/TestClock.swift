import Support
import Synchronization

@testable import Wire

/// A clock that moves only when somebody sleeps, and remembers for how long.
final class TestClock: Sendable {
  private struct State {
    var now: ContinuousClock.Instant
    var unixSeconds: Int64
    var sleeps: [Duration] = []
  }
  private let state: Mutex<State>
  let start: ContinuousClock.Instant
  let jitter: Int

  init(unixSeconds: Int64 = 1_800_000_000, jitter: Int = 0) {
    start = ContinuousClock.now
    state = Mutex(State(now: start, unixSeconds: unixSeconds))
    self.jitter = jitter
  }

  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  func advance(_ duration: Duration) {
    state.withLock { state in
      state.now += duration
      state.unixSeconds += duration.components.seconds
    }
  }

  var clock: WireClock {
    WireClock(
      now: { self.state.withLock { $0.now } },
      unixSeconds: { self.state.withLock { $0.unixSeconds } },
      sleep: { duration in
        try Task.checkCancellation()
        self.state.withLock { $0.sleeps.append(duration) }
        self.advance(duration)
      },
      jitter: { self.jitter }
    )
  }
}

extension CurlOptions {
  static func patient(trusting file: String) -> CurlOptions {
    var options = CurlOptions.patient
    options.authorityFile = file
    return options
  }
}

/// Answers in turn; the last answer again and again.
final class Answers: Sendable {
  private let left: Mutex<[Result<Response, WireError>]>

  init(_ answers: Result<Response, WireError>...) { left = Mutex(answers) }

  func next() throws(WireError) -> Response {
    let result = left.withLock { left in
      left.count > 1 ? left.removeFirst() : left.first ?? .failure(.notSent("no answer is left"))
    }
    return try result.get()
  }
}

func ok(_ text: String = "") -> Result<Response, WireError> {
  .success(Response(status: 200, text: text))
}

func status(_ status: Int, _ headers: [Header] = []) -> Result<Response, WireError> {
  .success(Response(status: status, headers: headers))
}
