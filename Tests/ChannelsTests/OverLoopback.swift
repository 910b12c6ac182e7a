import Dispatch
import Support
import Synchronization
import Wire

/// A simulator behind a real socket: what it is asked has gone through libcurl and HTTP/1.1, and
/// so has its answer.
struct OverLoopback: Transport {
  private let url: String
  private let network: CurlTransport

  /// As long as `body` runs.
  static func run<Result: Sendable>(
    _ simulator: any Transport,
    _ body: (OverLoopback) async throws -> Result
  ) async throws -> Result {
    let server = try LoopbackServer { asked in reply(to: asked, by: simulator) }
    defer { server.stop() }
    return try await withCurlTransport(.patient) { network in
      try await body(OverLoopback(url: server.url, network: network))
    }
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .http(var http) = request else { throw .forbidden("not HTTP") }
    let path = http.url.split(separator: "/", maxSplits: 2).dropFirst(2).first ?? ""
    http.url = "\(url)/\(path)"
    // The simulator is of this process, where it may have to wait for its turn.
    return try await network.perform(.http(http), timeout: .ample)
  }

  /// On the connection's own thread, which waits for the simulator's turn.
  private static func reply(
    to asked: LoopbackServer.Asked,
    by simulator: any Transport
  ) -> LoopbackServer.Reply {
    guard let method = HTTPRequest.Method(rawValue: asked.method) else { return .close }
    let request = HTTPRequest(
      method,
      "https://simulator\(asked.target)",
      headers: asked.headers.map { Header($0.name, $0.value) },
      body: asked.body.isEmpty ? nil : asked.body
    )
    let box = Box()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      let response = try? await simulator.perform(.http(request), timeout: .ample)
      box.put(response)
      done.signal()
    }
    done.wait()
    guard let response = box.take() else { return .close }
    return .answer(
      response.status,
      headers: response.headers.map { "\($0.name): \($0.value)" },
      body: response.body
    )
  }

  private final class Box: Sendable {
    private let answer = Mutex<Response?>(nil)
    func put(_ response: Response?) { answer.withLock { $0 = response } }
    func take() -> Response? { answer.withLock { $0 } }
  }
}
