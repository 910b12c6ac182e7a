import Outbox
import Receivables
import State

/// Lets many deliveries record at once what costs a disk sync each: whatever is asked for while one
/// transaction is written goes into the next.
actor OutboxWriter {
  private let state: StateFile
  private let pass: Int64
  private let now: Instant
  private var waiting: [(writes: [OutboxWrite], done: CheckedContinuation<StateError?, Never>)] = []
  private var isFlushing = false

  init(_ state: StateFile, pass: Int64, now: Instant) {
    self.state = state
    self.pass = pass
    self.now = now
  }

  /// Durable when it returns.
  /// - Throws: `StateError`; nothing more may be sent then.
  func write(_ writes: [OutboxWrite]) async throws(StateError) {
    let error = await withCheckedContinuation { done in
      waiting.append((writes, done))
      if !isFlushing {
        isFlushing = true
        Task { await flush() }
      }
    }
    if let error { throw error }
  }

  private func flush() async {
    while !waiting.isEmpty {
      let batch = waiting
      waiting = []
      var failure: StateError?
      do throws(StateError) {
        try state.apply(batch.flatMap(\.writes), pass: pass, at: now)
      } catch {
        failure = error
      }
      for entry in batch { entry.done.resume(returning: failure) }
      // Lets those who wait at the door in, so that they share the next transaction.
      await Task.yield()
    }
    isFlushing = false
  }
}
