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
  /// For platforms on which a person consents: `balancealert auth NAME`.
  public let consent: Consent?
  /// More headers of a token request.
  public let tokenHeaders: [Header]
  /// Whether a refresh must name the app's redirect address.
  public let needsRedirect: Bool
  /// Whether a refresh names its scopes again. RFC 6749 does without; Microsoft wants them.
  public let namesScopesOnRefresh: Bool

  /// For platforms with a sign-in of its own in each part of the world.
  public let hosts: Hosts?
  /// Before the access token in `Authorization`.
  public let tokenScheme: String

  /// In `tokenURL` and the consent's, where the organisation's tenant goes: `auth.tenant_id`, or
  /// the host that `hosts` gives.
  public static let tenantMark = "{tenant}"

  /// The host of the sign-in, by a key beside `auth`.
  public struct Hosts: Sendable, Equatable {
    /// In the config: `data_centre`.
    public let key: String
    public let names: [String: String]
    /// Where the key is not written.
    public let usual: String

    public init(key: String, names: [String: String], usual: String) {
      self.key = key
      self.names = names
      self.usual = usual
    }
  }

  /// The page on which a person lets the app in (RFC 6749, authorisation code).
  public struct Consent: Sendable, Equatable {
    public let url: String
    /// Beside `scopes`, what makes the platform give a refresh token: `offline_access`.
    public let scopes: [String]
    /// Whether it takes a PKCE challenge (RFC 7636). Where it is not known to, none is sent.
    public let takesPKCE: Bool
    /// More parameters of its URL (`access_type=offline`).
    public let parameters: [String: String]
    /// How long a refresh token lives when it is not used, in days; `nil`: for ever, or as the
    /// platform's answer says.
    public let refreshLifetimeDays: Int?
    /// Whether the app's redirect address may be http on a loopback address.
    public let takesLoopback: Bool

    public init(
      url: String,
      scopes: [String] = [],
      takesPKCE: Bool,
      parameters: [String: String] = [:],
      refreshLifetimeDays: Int? = nil,
      takesLoopback: Bool
    ) {
      self.url = url
      self.scopes = scopes
      self.takesPKCE = takesPKCE
      self.parameters = parameters
      self.refreshLifetimeDays = refreshLifetimeDays
      self.takesLoopback = takesLoopback
    }
  }

  public init(
    tokenURL: String,
    grants: [Grant],
    authentication: ClientAuthentication,
    scopes: [String],
    consent: Consent? = nil,
    tokenHeaders: [Header] = [],
    needsRedirect: Bool = false,
    namesScopesOnRefresh: Bool = false,
    hosts: Hosts? = nil,
    tokenScheme: String = "Bearer"
  ) {
    self.tokenURL = tokenURL
    self.grants = grants
    self.authentication = authentication
    self.scopes = scopes
    self.consent = consent
    self.tokenHeaders = tokenHeaders
    self.needsRedirect = needsRedirect
    self.namesScopesOnRefresh = namesScopesOnRefresh
    self.hosts = hosts
    self.tokenScheme = tokenScheme
  }
}
