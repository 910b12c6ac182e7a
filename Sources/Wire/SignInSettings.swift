/// How one source or channel signs in. Holds secrets in the clear; cannot be printed.
public struct SignInSettings: Sendable, CustomStringConvertible, CustomReflectable {
  /// The name in the config.
  public let name: String
  /// Under which the tokens are kept: its own, or one that several share because one consent of a
  /// person covers them all.
  public let tokenName: String
  public let grant: SignInTraits.Grant
  public let tokenURL: String
  public let authentication: SignInTraits.ClientAuthentication
  public let clientID: String
  public let clientSecret: String?
  public let scopes: [String]
  /// What a refresh asks for; empty where it keeps what was consented to.
  public let refreshScopes: [String]
  public let tenant: String?
  /// More form fields for the token endpoint (`redirect_uri`).
  public let fields: [(name: String, value: String)]
  /// The first refresh token, when the store has none.
  public let seed: String?
  public let tokenHeaders: [Header]
  /// How long a refresh token lives when it is not used, where the platform's answers do not say.
  public let refreshLifetimeDays: Int?
  /// Makes a signed JWT, for `service_account` and `jwt_bearer`.
  /// - Parameter now: seconds since 1970-01-01T00:00:00Z.
  public let assertion: (@Sendable (_ now: Int64) throws -> String)?

  public init(
    name: String,
    tokenName: String? = nil,
    grant: SignInTraits.Grant,
    tokenURL: String,
    authentication: SignInTraits.ClientAuthentication,
    clientID: String,
    clientSecret: String?,
    scopes: [String] = [],
    refreshScopes: [String] = [],
    tenant: String? = nil,
    fields: [(name: String, value: String)] = [],
    seed: String? = nil,
    tokenHeaders: [Header] = [],
    refreshLifetimeDays: Int? = nil,
    assertion: (@Sendable (_ now: Int64) throws -> String)? = nil
  ) {
    self.name = name
    self.tokenName = tokenName ?? name
    self.grant = grant
    self.tokenURL = tokenURL
    self.authentication = authentication
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.scopes = scopes
    self.refreshScopes = refreshScopes
    self.tenant = tenant
    self.fields = fields
    self.seed = seed
    self.tokenHeaders = tokenHeaders
    self.refreshLifetimeDays = refreshLifetimeDays
    self.assertion = assertion
  }

  /// The same for a replay, which has no key to sign with.
  public func replaying() -> SignInSettings {
    let stand: @Sendable (Int64) throws -> String = { _ in "replayed" }
    return SignInSettings(
      name: name,
      tokenName: tokenName,
      grant: grant,
      tokenURL: tokenURL,
      authentication: authentication,
      clientID: clientID,
      clientSecret: clientSecret,
      scopes: scopes,
      refreshScopes: refreshScopes,
      tenant: tenant,
      fields: fields,
      seed: seed,
      tokenHeaders: tokenHeaders,
      refreshLifetimeDays: refreshLifetimeDays,
      assertion: assertion == nil ? nil : stand
    )
  }

  public var description: String { "\(name) (\(grant.rawValue))" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// When the refresh token dies unless it is used; seconds since 1970-01-01T00:00:00Z.
  public func end(of token: StoredToken) -> Int64? {
    if let end = token.refreshExpiresAt { return end }
    guard let start = token.refreshedAt, let refreshLifetimeDays else { return nil }
    return start + Int64(refreshLifetimeDays) * 86_400
  }

  var advice: String {
    grant == .refreshToken
      ? "sign in with `balancealert auth \(name)`"
      : "check client_id and client_secret under `auth`, and the app at the platform"
  }
}
