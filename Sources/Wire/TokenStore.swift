/// Where tokens outlive the process. Losing a rotated one locks the user out.
public protocol TokenStore: Sendable {
  /// The token of that source or channel; `nil` when it was never signed in.
  func load(_ name: String) throws -> StoredToken?
  /// Durable before it returns: the platform may have forgotten the old one already.
  func save(_ name: String, _ token: StoredToken) throws
}

/// All that is kept of a sign-in. Cannot be printed.
public struct StoredToken: Sendable, Equatable, Codable {
  public var refreshToken: String
  /// The one before, for platforms that take it for a while after a lost answer (Xero: 30 min).
  public var previousRefreshToken: String?
  public var accessToken: String?
  /// Of the access token; seconds since 1970-01-01T00:00:00Z.
  public var expiresAt: Int64?
  /// Of the refresh token, where the platform tells.
  public var refreshExpiresAt: Int64?

  public init(
    refreshToken: String,
    previousRefreshToken: String? = nil,
    accessToken: String? = nil,
    expiresAt: Int64? = nil,
    refreshExpiresAt: Int64? = nil
  ) {
    self.refreshToken = refreshToken
    self.previousRefreshToken = previousRefreshToken
    self.accessToken = accessToken
    self.expiresAt = expiresAt
    self.refreshExpiresAt = refreshExpiresAt
  }
}

extension StoredToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "[secret]" }
  public var debugDescription: String { "[secret]" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
