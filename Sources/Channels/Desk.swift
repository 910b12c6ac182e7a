import Outbox
import Wire

/// What one pass knows of a platform's records. It is taken by one message at a time, so that two
/// of one debt do not make two records.
actor Desk<Known: Sendable> {
  private var known: Known
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ known: Known) { self.known = known }

  /// Waits until nobody has it.
  func take() async -> Known {
    if isTaken { await withCheckedContinuation { waiting.append($0) } }
    isTaken = true
    return known
  }

  func putBack(_ known: Known) {
    self.known = known
    isTaken = !waiting.isEmpty
    if isTaken { waiting.removeFirst().resume() }
  }
}

/// A call of several whose answer ends them.
struct Stopped: Error {
  let outcome: Outcome
  /// As the platform answered; 0 where it did not.
  var status = 0
}

/// What each level has of its own, `{ 1: id, 2: id }`; a level without takes that of the one below.
struct LevelMap: Sendable {
  let entries: [(level: Int, id: String)]

  init(_ entries: [(level: Int, id: String)]) {
    self.entries = entries.sorted { $0.level < $1.level }
  }

  func id(of level: Int) -> String? {
    (entries.last { $0.level <= level } ?? entries.first)?.id
  }

  func holds(_ id: String?) -> Bool { entries.contains { $0.id == id } }
}
