import CCurl
import Dispatch
import Foundation
import Synchronization

/// Mail, on threads of its own: libcurl's SMTP keeps the thread while it waits for the reply to a
/// message, and on the one loop every other request would wait with it.
final class CurlMail: Sendable {
  private let options: CurlOptions
  private let queue = DispatchQueue(label: "balancealert.mail", attributes: .concurrent)
  private struct State {
    /// Each keeps its connection for the next mail.
    var idle: [CurlHandle] = []
    var active: [ObjectIdentifier: CurlJob] = [:]
    var isClosed = false
  }
  private let state = Mutex(State())

  init(_ options: CurlOptions) { self.options = options }

  func start(_ job: CurlJob) {
    let isClosed = state.withLock { state in
      if !state.isClosed { state.active[ObjectIdentifier(job)] = job }
      return state.isClosed
    }
    if isClosed { return job.finish(.failure(.notSent("closed"))) }
    queue.async { [self] in
      let result = run(job)
      state.withLock { _ = $0.active.removeValue(forKey: ObjectIdentifier(job)) }
      job.finish(result)
    }
  }

  /// Cancels what is on its way, says goodbye on the connections that are open, and waits for that
  /// at most a second.
  func close() async {
    let handles = state.withLock { state in
      state.isClosed = true
      for job in state.active.values { job.cancel() }
      defer { state.idle = [] }
      return state.idle
    }
    if handles.isEmpty { return }
    let group = DispatchGroup()
    for handle in handles { queue.async(group: group) { handle.free() } }
    await withCheckedContinuation { continuation in
      queue.async {
        _ = group.wait(timeout: .now() + .seconds(1))
        continuation.resume()
      }
    }
  }

  private func run(_ job: CurlJob) -> Result<Response, WireError> {
    if job.isCancelled { return .failure(.notSent("cancelled")) }
    guard isCurlReady, let handle = state.withLock({ $0.idle.popLast() }) ?? CurlHandle() else {
      return .failure(.notSent("libcurl cannot be started"))
    }
    if let problem = handle.prepare(job, options) {
      handle.free()
      return .failure(problem)
    }
    let code = withoutBrokenPipes { curl_easy_perform(handle.easy) }
    let result = handle.result(code)
    if code == CURLE_OK {
      handle.clear()
      let isKept = state.withLock { state in
        if !state.isClosed { state.idle.append(handle) }
        return !state.isClosed
      }
      if !isKept { handle.free() }
    } else {
      // Freeing it says QUIT and waits for two minutes, unless the connection is dead.
      handle.hangUp()
      handle.free()
    }
    return result
  }
}

/// With NOSIGNAL libcurl leaves SIGPIPE alone, and OpenSSL writes to closed sockets.
func withoutBrokenPipes<Result>(_ body: () -> Result) -> Result {
  var signals = sigset_t()
  var old = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGPIPE)
  pthread_sigmask(SIG_BLOCK, &signals, &old)
  defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
  return body()
}
