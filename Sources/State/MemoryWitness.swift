import Synchronization

/// The witness of a state that is forgotten: for tests that pull the plug.
package final class MemoryWitness: WitnessStore {
  private let marks: Mutex<(noted: StateMark?, sealed: StateMark?)>

  package init() { marks = Mutex((nil, nil)) }

  private init(_ mark: StateMark?) { marks = Mutex((mark, mark)) }

  /// As it is found after a crash.
  /// - Parameter powerCut: what was not synced is gone too.
  package func copied(powerCut: Bool) -> MemoryWitness {
    MemoryWitness(marks.withLock { powerCut ? $0.sealed : $0.noted })
  }

  var found: Witness.Found { marks.withLock { $0.noted.map { .mark($0) } ?? .nothing } }

  func made(at mark: StateMark) -> MemoryWitness {
    marks.withLock { $0 = (mark, mark) }
    return self
  }

  func note(_ mark: StateMark) { marks.withLock { $0.noted = mark } }

  func seal() { marks.withLock { $0.sealed = $0.noted } }
}
