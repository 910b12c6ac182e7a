/// The world, as one function. Every wrapper is a transport around a transport.
public protocol Transport: Sendable {
  /// Performs one request, once.
  /// - Returns: whatever answer came, of any status; redirects are answers and are not followed.
  /// - Throws: `WireError`, which says whether anything may have been accepted although it threw.
  /// Cancelling the task cancels the transfer: `.notSent` or `.sentThenLost`, as it stood.
  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response
}
