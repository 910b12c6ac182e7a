import Dispatch
import Outbox
import Receivables
import State
import Synchronization

/// Lets many deliveries record at once what costs a disk sync each: whatever is asked for while one
/// transaction is written goes into the next. A thread of its own waits for the disk, so that the
/// few that run everything else go on.
final class OutboxWriter: Sendable {
  private typealias Entry = (writes: [OutboxWrite], done: CheckedContinuation<StateError?, Never>)

  private let file: StateFile
  private let pass: Int64
  private let now: Instant
  private let queue = DispatchQueue(label: "outbox")
  private let state = Mutex<(waiting: [Entry], isFlushing: Bool)>(([], false))

  init(_ file: StateFile, pass: Int64, now: Instant) {
    self.file = file
    self.pass = pass
    self.now = now
  }

  /// Durable when it returns.
  /// - Throws: `StateError`; nothing more may be sent then.
  func write(_ writes: [OutboxWrite]) async throws(StateError) {
    let error = await withCheckedContinuation { done in
      let mustFlush = state.withLock { state in
        state.waiting.append((writes, done))
        defer { state.isFlushing = true }
        return !state.isFlushing
      }
      if mustFlush { queue.async { self.flush() } }
    }
    if let error { throw error }
  }

  private func flush() {
    while let batch = take() {
      var failure: StateError?
      do throws(StateError) {
        try file.checkPlace()
        try file.apply(batch.flatMap(\.writes), pass: pass, at: now)
      } catch {
        failure = error
      }
      for entry in batch { entry.done.resume(returning: failure) }
    }
  }

  /// - Returns: all that waits; `nil` when nothing does.
  private func take() -> [Entry]? {
    state.withLock { state in
      if state.waiting.isEmpty {
        state.isFlushing = false
        return nil
      }
      defer { state.waiting = [] }
      return state.waiting
    }
  }
}
