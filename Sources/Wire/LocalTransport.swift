/// What is done on this machine: files, standard output, programs.
public struct LocalTransport: Transport {
  public init() {}

  public func perform(
    _ request: Request,
    timeout: Duration
  ) async throws(WireError) -> Response {
    throw .forbidden("not a local request")
  }
}
