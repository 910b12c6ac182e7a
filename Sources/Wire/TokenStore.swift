/// Where tokens outlive the process. Losing a rotated one locks the user out.
public protocol TokenStore: Sendable {
  /// The token of that source or channel; `nil` when it was never signed in.
  func load(_ name: String) throws -> StoredToken?
  /// Durable before it returns: the platform may have forgotten the old one already.
  func save(_ name: String, _ token: StoredToken) throws
  /// Keeps other processes from refreshing that token until what it returns is let go: a refresh
  /// token that two of them spend locks the user out.
  /// - Throws: when it is not free within `seconds`.
  func lock(_ name: String, forAtMost seconds: Int) async throws -> any Sendable
}

extension TokenStore {
  /// For stores that no other process has.
  public func lock(_ name: String, forAtMost seconds: Int) async throws -> any Sendable { 0 }
}

/// All that is kept of a sign-in. Cannot be printed.
public struct StoredToken: Sendable, Equatable, Codable {
  public var refreshToken: String
  /// The one before, for platforms that take it for a while after a lost answer (Xero: 30 min).
  public var previousRefreshToken: String?
  public var accessToken: String?
  /// Where the platform says the API of this sign-in is.
  public var origin: String?
  /// Of the access token; seconds since 1970-01-01T00:00:00Z.
  public var expiresAt: Int64?
  /// Of the refresh token, where the platform tells.
  public var refreshExpiresAt: Int64?
  /// After which no refresh helps and a person must sign in anew, where the platform tells.
  public var hardExpiresAt: Int64?
  /// When the refresh token was got; seconds since 1970-01-01T00:00:00Z.
  public var refreshedAt: Int64?
  /// What the platform granted, where it tells.
  public var scopes: [String]?
  /// When the platform refused the refresh token for good; seconds since 1970-01-01T00:00:00Z.
  public var refusedAt: Int64?
  /// In whole words, for people.
  public var refusedWhy: String?
  /// Of callbacks that the platform and we have agreed on: the callback's id to its secret.
  public var webhookSecrets: [String: String]?

  public init(
    refreshToken: String,
    previousRefreshToken: String? = nil,
    accessToken: String? = nil,
    expiresAt: Int64? = nil,
    refreshExpiresAt: Int64? = nil,
    hardExpiresAt: Int64? = nil,
    refreshedAt: Int64? = nil,
    scopes: [String]? = nil,
    webhookSecrets: [String: String]? = nil
  ) {
    self.refreshToken = refreshToken
    self.previousRefreshToken = previousRefreshToken
    self.accessToken = accessToken
    self.expiresAt = expiresAt
    self.refreshExpiresAt = refreshExpiresAt
    self.hardExpiresAt = hardExpiresAt
    self.refreshedAt = refreshedAt
    self.scopes = scopes
    self.webhookSecrets = webhookSecrets
  }
}

extension StoredToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "[secret]" }
  public var debugDescription: String { "[secret]" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
