import Dispatch
import Synchronization

/// One piece of work on a file, off the threads that run async code. Nothing ends a call to a
/// system whose disk is away, or a pipe that nobody reads: it is left to itself when its time is
/// over, or its task cancelled.
final class LocalWork: Sendable {
  typealias Outcome = Result<Response, WireError>

  private struct State {
    var waiting: CheckedContinuation<Outcome, Never>?
    var hasBegun = false
    var isOver = false
  }
  private let state = Mutex(State())
  private let name: String
  private let changes: Bool
  private let work: @Sendable () throws(WireError) -> Response

  /// - Parameter changes: whether the file may be another after it.
  init(
    _ name: String,
    changes: Bool = false,
    _ work: @escaping @Sendable () throws(WireError) -> Response
  ) {
    self.name = name
    self.changes = changes
    self.work = work
  }

  func result(on queue: DispatchQueue, within timeout: Duration) async -> Outcome {
    let alarm = DispatchWorkItem { self.leave("it takes longer than \(timeout.wholeSeconds) s") }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          state.waiting = continuation
          return state.isOver
        }
        if isOver { return finish(.failure(.notSent("\(name): cancelled"))) }
        queue.async { self.run() }
        DispatchQueue.beside.asyncAfter(
          deadline: .now() + .milliseconds(timeout.wholeMilliseconds), execute: alarm)
      }
    } onCancel: {
      leave("cancelled")
    }
  }

  private func run() {
    let begins = state.withLock { state in
      if !state.isOver { state.hasBegun = true }
      return !state.isOver
    }
    if begins { finish(Result(catching: work)) }
  }

  private func leave(_ why: String) {
    let why = "\(name): \(why)"
    finish { hasBegun in
      .failure(hasBegun && self.changes ? .sentThenLost(why) : .notSent(why))
    }
  }

  private func finish(_ outcome: Outcome) { finish { _ in outcome } }

  /// - Parameter outcome: of whether the work had begun, which it does not any more from here on.
  private func finish(_ outcome: (_ hasBegun: Bool) -> Outcome) {
    let (waiting, result) = state.withLock { state in
      state.isOver = true
      defer { state.waiting = nil }
      return (state.waiting, outcome(state.hasBegun))
    }
    waiting?.resume(returning: result)
  }
}

extension DispatchQueue {
  private static let ofFiles = Mutex<[String: DispatchQueue]>([:])

  /// One at a time: whoever takes a half-written line back must not take another's.
  static func ofFile(_ path: String) -> DispatchQueue {
    ofFiles.withLock { queues in
      if let known = queues[path] { return known }
      let queue = DispatchQueue(label: "balancealert.file")
      queues[path] = queue
      return queue
    }
  }

  /// What need not wait for anything else.
  static let beside = DispatchQueue(label: "balancealert.beside", attributes: .concurrent)
}
