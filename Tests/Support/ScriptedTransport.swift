public import Wire

/// A world that answers as a test says, and remembers what it was asked.
public actor ScriptedTransport: Transport {
  public typealias Script = @Sendable (Request) async throws(WireError) -> Response

  private let script: Script
  public private(set) var requests: [Request] = []

  public init(_ script: @escaping Script) { self.script = script }

  /// Always the same answer.
  public init(answering response: Response) { self.init { _ in response } }

  public func perform(
    _ request: Request,
    timeout: Duration
  ) async throws(WireError) -> Response {
    requests.append(request)
    return try await script(request)
  }
}
