import CCurl
import Foundation
import Synchronization

/// How the network is used; what is not here is not to be chosen (TLS is verified, redirects are
/// not followed).
public struct CurlOptions: Sendable {
  /// Of resolving, connecting and the TLS handshake together; never more than the request's own.
  public var connectTimeout: Duration
  /// Bytes of an answer, decompressed, with its headers.
  public var maxAnswerBytes: Int
  public var maxConnectionsPerHost: Int
  /// Whole seconds. A connection that idled longer may be dead without our knowing, and then an
  /// answer is lost: it is not used again.
  public var longestIdle: Duration
  /// Sent where the request names none.
  public var userAgent: String
  /// For tests, whose servers have certificates of their own.
  var authorityFile: String?

  public init(
    connectTimeout: Duration = .seconds(10),
    maxAnswerBytes: Int = 64 << 20,
    maxConnectionsPerHost: Int = 32,
    longestIdle: Duration = .seconds(20),
    userAgent: String = "balancealert"
  ) {
    self.connectTimeout = connectTimeout
    self.maxAnswerBytes = maxAnswerBytes
    self.maxConnectionsPerHost = maxConnectionsPerHost
    self.longestIdle = longestIdle
    self.userAgent = userAgent
  }

  init(authorityFile: String) {
    self.init()
    self.authorityFile = authorityFile
  }
}

/// The network, as long as `body` runs. What is still on its way when `body` ends is cancelled.
public func withCurlTransport<Result: Sendable>(
  _ options: CurlOptions = CurlOptions(),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (CurlTransport) async throws -> Result
) async throws -> Result {
  ba_keep_heap_small()
  let transport = CurlTransport(options)
  do {
    let result = try await body(transport)
    await transport.close()
    return result
  } catch {
    await transport.close()
    throw error
  }
}

/// libcurl's multi interface on one thread, with async functions in front; mail beside it.
/// Connections are kept and shared by all requests.
public final class CurlTransport: Transport {
  private let queue = CurlQueue()
  private let local = LocalTransport()
  private let mail: CurlMail
  private let thread: CurlThread

  fileprivate init(_ options: CurlOptions) {
    mail = CurlMail(options)
    thread = CurlThread(queue, options)
    thread.start()
  }

  public func perform(
    _ request: Request,
    timeout: Duration
  ) async throws(WireError) -> Response {
    guard request.isOverNetwork else {
      return try await local.perform(request, timeout: timeout)
    }
    if Task.isCancelled { throw .notSent("cancelled") }
    let job = CurlJob(request, try Endpoint(request), timeout: timeout)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        job.begin(continuation)
        if case .mail = request { mail.start(job) } else { queue.push(.start(job)) }
      }
    } onCancel: {
      queue.push(.cancel(job))
    }
    return try result.get()
  }

  fileprivate func close() async {
    queue.push(.stop)
    await thread.ended()
    await mail.close()
  }
}

/// One request on its way through the thread.
final class CurlJob: Sendable {
  typealias Answer = CheckedContinuation<Result<Response, WireError>, Never>

  let request: Request
  let endpoint: Endpoint
  let timeout: Duration
  private let state = Mutex<(answer: Answer?, isCancelled: Bool)>((nil, false))

  init(_ request: Request, _ endpoint: Endpoint, timeout: Duration) {
    self.request = request
    self.endpoint = endpoint
    self.timeout = timeout
  }

  func begin(_ answer: Answer) { state.withLock { $0.answer = answer } }

  func finish(_ result: Result<Response, WireError>) {
    let answer = state.withLock { state in
      defer { state.answer = nil }
      return state.answer
    }
    answer?.resume(returning: result)
  }

  /// Cancelling may overtake the start, so it is remembered.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }
  func cancel() { state.withLock { $0.isCancelled = true } }
}

/// What other threads want of the one that runs libcurl.
final class CurlQueue: Sendable {
  enum Command: Sendable {
    case start(CurlJob)
    case cancel(CurlJob)
    case stop
  }
  private struct State {
    var commands: [Command] = []
    var isOver = false
    /// Set while the thread lives; `curl_multi_wakeup` may be called from any thread.
    nonisolated(unsafe) var multi: UnsafeMutableRawPointer?
  }
  private let state = Mutex(State())

  func push(_ command: Command) {
    if case .cancel(let job) = command { job.cancel() }
    let refused = state.withLock { state in
      if state.isOver { return true }
      state.commands.append(command)
      // More than one waiting means that the thread has been woken already.
      if state.commands.count == 1, let multi = state.multi { curl_multi_wakeup(multi) }
      return false
    }
    if refused, case .start(let job) = command { job.finish(.failure(.notSent("closed"))) }
  }

  func open(_ multi: UnsafeMutableRawPointer) {
    nonisolated(unsafe) let multi = multi
    state.withLock { $0.multi = multi }
  }

  func take() -> [Command] {
    state.withLock { state in
      defer { state.commands.removeAll(keepingCapacity: true) }
      return state.commands
    }
  }

  /// Nothing is taken any more, and libcurl's handle is not touched again.
  func close() -> [Command] {
    state.withLock { state in
      state.isOver = true
      state.multi = nil
      defer { state.commands = [] }
      return state.commands
    }
  }
}
