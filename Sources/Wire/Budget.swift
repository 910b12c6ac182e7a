import Synchronization

/// What a session has used. `bytes` are bytes of the wire where the transport knows them.
public struct Usage: Sendable, Equatable {
  public var calls: Int
  public var bytes: Int

  public init(calls: Int = 0, bytes: Int = 0) {
    self.calls = calls
    self.bytes = bytes
  }
}

public final class UsageRecorder: Sendable {
  private let state = Mutex(Usage())

  public init() {}

  public var usage: Usage { state.withLock { $0 } }

  /// Counts a call that is about to be made, unless `limit` calls are made already.
  func take(limit: Int?) -> Bool {
    state.withLock { usage in
      if let limit, usage.calls >= limit { return false }
      usage.calls += 1
      return true
    }
  }

  func giveBack() { state.withLock { $0.calls -= 1 } }
  func add(bytes: Int) { state.withLock { $0.bytes += bytes } }
}

/// Counts calls and bytes, and stops before the platform would: some stop for a month.
struct Budget: Transport {
  private let next: any Transport
  private let name: String
  private let perDay: Int?
  private let left: Int?
  private let recorder: UsageRecorder

  init(
    _ next: any Transport,
    _ policy: SessionPolicy,
    name: String,
    recorder: UsageRecorder
  ) {
    self.next = next
    self.name = name
    self.perDay = policy.callsPerDay
    self.left = policy.callsPerDay.map { max(0, $0 - policy.callsUsedToday) }
    self.recorder = recorder
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard request.isOverNetwork else { return try await next.perform(request, timeout: timeout) }
    guard recorder.take(limit: left) else {
      throw .overBudget("\(name): the budget of \(perDay ?? 0) calls a day is used up")
    }
    do throws(WireError) {
      let response = try await next.perform(request, timeout: timeout)
      recorder.add(bytes: response.wireBytes ?? response.body.count)
      return response
    } catch {
      switch error {
      case .notSent, .untrusted, .forbidden, .noRecording: recorder.giveBack()
      default: break
      }
      throw error
    }
  }
}

extension Request {
  /// Whether a platform sees it, and may charge for it.
  var isOverNetwork: Bool {
    switch self {
    case .http, .mail: true
    case .append, .find, .file, .command: false
    }
  }
}
