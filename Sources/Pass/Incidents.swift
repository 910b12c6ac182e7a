import Synchronization
import Wire

/// What happened on the way that decides the exit code.
final class Incidents: Sendable {
  private struct State {
    var signIns: [String: String] = [:]
    var refusals: [String: String] = [:]
    var missingRecording: String?
  }

  private let state = Mutex(State())

  func signInIsNeeded(of channel: String, _ why: String) {
    state.withLock { if $0.signIns[channel] == nil { $0.signIns[channel] = why } }
  }
  func isRefused(_ channel: String, _ why: String) {
    state.withLock { if $0.refusals[channel] == nil { $0.refusals[channel] = why } }
  }
  fileprivate func recordingIsMissing(_ why: String) {
    state.withLock { if $0.missingRecording == nil { $0.missingRecording = why } }
  }

  /// A channel cannot send until a person mends its sign-in.
  var needsSignIn: Bool { state.withLock { !$0.signIns.isEmpty } }
  /// Those channels, and what they said.
  var signIns: [String: String] { state.withLock { $0.signIns } }
  /// Channels that take nothing until a person mends their settings or account, and what they said.
  var refusals: [String: String] { state.withLock { $0.refusals } }
  /// The first request that no recorded exchange answers, with the nearest ones.
  var missingRecording: String? { state.withLock { $0.missingRecording } }
}

/// Notes requests that the recordings do not know.
struct ReplayWatch: Transport {
  let next: any Transport
  let incidents: Incidents

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    do throws(WireError) {
      return try await next.perform(request, timeout: timeout)
    } catch {
      if case .noRecording(let why) = error, !request.isOptional {
        incidents.recordingIsMissing(why)
      }
      throw error
    }
  }
}

extension Request {
  fileprivate var isOptional: Bool {
    if case .http(let request) = self { request.isOptional } else { false }
  }
}
