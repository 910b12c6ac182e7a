import Outbox
import Wire

/// What one pass knows of a platform's records. It is taken by one message at a time, so that two
/// of one debt do not make two records.
actor Desk<Known: Sendable> {
  private let nothing: Known
  private var known: Known
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// - Parameter nothing: what is known before the platform was asked.
  init(_ nothing: Known) {
    self.nothing = nothing
    known = nothing
  }

  /// Lends what is known to one message's steps, once nobody else has it. Where they stop,
  /// whatever it was, the platform is looked at anew for the next message.
  /// - Parameter anew: true to begin with nothing.
  nonisolated func lend<Result: Sendable>(
    anew: Bool = false,
    _ steps: (inout Known) async throws(Stopped) -> Result,
    stopped: (Stopped) -> Result
  ) async -> Result {
    var known = await take()
    if anew { known = nothing }
    let result: Result
    do throws(Stopped) {
      result = try await steps(&known)
    } catch {
      known = nothing
      result = stopped(error)
    }
    await putBack(known)
    return result
  }

  private func take() async -> Known {
    if isTaken { await withCheckedContinuation { waiting.append($0) } }
    isTaken = true
    return known
  }

  private func putBack(_ known: Known) {
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

extension Session {
  /// Once, as nothing here repeats by itself.
  /// - Parameter isHarmless: the call may be repeated: without an answer it is as good as not made.
  func once(_ request: HTTPRequest, isHarmless: Bool) async throws(Stopped) -> Response {
    do throws(WireError) {
      return try await perform(.http(request))
    } catch {
      let outcome = StandardOutcome.of(error)
      throw Stopped(outcome: isHarmless ? outcome.ofHarmlessCall : outcome)
    }
  }
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
