import Synchronization

/// At most so many requests at once; the others wait in the order in which they came.
struct ConcurrencyLimit: Transport {
  private let next: any Transport
  private let slots: Slots

  init(_ next: any Transport, limit: Int) {
    self.next = next
    self.slots = Slots(max(1, limit))
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard await slots.take() else { throw .notSent("cancelled while waiting for its turn") }
    defer { slots.giveBack() }
    return try await next.perform(request, timeout: timeout)
  }
}

private final class Slots: Sendable {
  private struct State {
    var free: Int
    var nextID = 0
    var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    /// Cancelled before they had begun to wait.
    var gone: Set<Int> = []
  }
  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: count)) }

  /// - Returns: whether a slot was got; `false` when the task is cancelled.
  func take() async -> Bool {
    let id: Int? = state.withLock { state in
      if state.free > 0 {
        state.free -= 1
        return nil
      }
      state.nextID += 1
      return state.nextID
    }
    guard let id else { return true }
    // A cancelling that came too late to matter is forgotten.
    defer { state.withLock { _ = $0.gone.remove(id) } }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let now: Bool? = state.withLock { state in
          if state.gone.remove(id) != nil { return false }
          // A slot may have come free since it was first asked for.
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiting.append((id, continuation))
          return nil
        }
        if let now { continuation.resume(returning: now) }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        guard let place = state.waiting.firstIndex(where: { $0.id == id }) else {
          state.gone.insert(id)
          return nil as CheckedContinuation<Bool, Never>?
        }
        return state.waiting.remove(at: place).continuation
      }
      waiting?.resume(returning: false)
    }
  }

  func giveBack() {
    let next = state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil as CheckedContinuation<Bool, Never>?
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume(returning: true)
  }
}
