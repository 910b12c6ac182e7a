import Foundation

// How tests deal with time, for whoever writes one.
//
// A test says what happens, never how soon: a machine may be a hundred times slower than yours, or
// have other things to do.
//   - Work is bounded in steps, bytes and events. There is no `.timeLimit`, no sleep, and no two
//     instants are compared.
//   - What must not run out of time gets `ample` time, which costs nothing where nothing hangs.
//   - What must run out of time gets little of it, and more and more (`growing`), until the thing
//     under test was reached in time. Its peer says so: a server counts its connections, a program
//     writes a file.
//   - What another process does is waited for by what it says or makes: a request, a line, its
//     end; with `until` where nothing of it can be waited on.
//   - A suite that lets time pass is called `Timed…` and is `.serialized`; Tests/run.sh runs these
//     after all others, one test at a time.
// Tests/TidyTests/TimeTests.swift holds this.

extension Duration {
  /// More than anything takes that ends by itself.
  public static let ample = Duration.seconds(3600)
}

public struct NeverReached: Error, CustomStringConvertible {
  let within: Duration
  public var description: String { "the thing under test was not reached within \(within)" }
}

/// Makes a test with a time that is long enough.
/// - Parameters:
///   - first: which is enough on a quiet machine.
///   - times: how often at the most.
///   - attempt: `nil` when its time was over before the thing under test was reached; it is made
///     again then, all anew and with twice the time.
public func growing(
  from first: Duration,
  times: Int = 12,
  isolation: isolated (any Actor)? = #isolation,
  _ attempt: (Duration) async throws -> Void?
) async throws {
  var time = first
  for _ in 0..<times {
    if try await attempt(time) != nil { return }
    time *= 2
  }
  throw NeverReached(within: time / 2)
}

/// Lets time pass, on a thread that may block: for the few whose subject is a moment of the clock.
public func letPass(_ time: Duration) {
  let (seconds, attoseconds) = time.components
  var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  while withUnsafeMutablePointer(to: &left, { nanosleep($0, $0) }) != 0, errno == EINTR {}
}

/// What is found when one looks again and again.
public func until<Found: Sendable>(_ look: @escaping @Sendable () -> Found?) async -> Found {
  await withCheckedContinuation { continuation in
    // On a thread of its own, and with a breath in between: whoever is waited for needs the others.
    Thread {
      while true {
        if let found = look() { return continuation.resume(returning: found) }
        letPass(.milliseconds(1))
      }
    }.start()
  }
}
