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
    tokenURL: String,
    grants: [Grant],
    authentication: ClientAuthentication,
    scopes: [String]
  ) {
    self.tokenURL = tokenURL
    self.grants = grants
    self.authentication = authentication
    self.scopes = scopes
  }
}
