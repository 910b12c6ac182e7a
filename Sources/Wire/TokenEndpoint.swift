struct AccessToken: Sendable {
  let value: String
  /// Where the platform says the API of this sign-in is: Salesforce's `instance_url`, Zoho's
  /// `api_domain`.
  var origin: String?
  /// Seconds since 1970-01-01T00:00:00Z; `nil` where the platform does not tell.
  let expiresAt: Int64?
}

struct TokenAnswer: Sendable {
  let access: AccessToken
  let refreshToken: String?
  let refreshExpiresAt: Int64?
  let hardExpiresAt: Int64?
  let scopes: [String]?
}

/// Why a token endpoint gave none.
enum TokenRefusal: Error {
  /// The refresh token is no good; the platform's words for it.
  case invalidGrant(String)
  case other(WireError)

  func wireError(_ settings: SignInSettings) -> WireError {
    switch self {
    case .invalidGrant:
      .signInNeeded("\(settings.name): the sign-in is refused (invalid_grant): \(settings.advice)")
    case .other(let error): error
    }
  }
}

/// One question to a token endpoint (RFC 6749).
struct TokenEndpoint {
  private let settings: SignInSettings
  private let transport: any Transport
  private let timeout: Duration
  private let clock: WireClock

  init(
    _ settings: SignInSettings,
    transport: any Transport,
    timeout: Duration,
    clock: WireClock
  ) {
    self.settings = settings
    self.transport = transport
    self.timeout = timeout
    self.clock = clock
  }

  func token(refreshToken: String?) async throws(TokenRefusal) -> TokenAnswer {
    let fields: [(name: String, value: String)]
    do throws(WireError) { fields = try form(refreshToken) } catch { throw .other(error) }
    return try await answer(to: fields)
  }

  /// - Parameter fields: of the grant `authorization_code`: code, redirect address, verifier.
  func token(
    code fields: [(name: String, value: String)]
  ) async throws(TokenRefusal) -> TokenAnswer {
    try await answer(to: [("grant_type", "authorization_code")] + fields)
  }

  private func answer(
    to form: [(name: String, value: String)]
  ) async throws(TokenRefusal) -> TokenAnswer {
    let response: Response
    do throws(WireError) {
      response = try await transport.perform(.http(request(form)), timeout: timeout)
    } catch {
      throw .other(unsent(error))
    }
    let json = try? JSON(parsing: response.body)
    // Zoho refuses with a 200.
    guard response.isSuccess, json?["error"] == nil else { throw refusal(response, json) }
    guard let json, let value = json["access_token"]?.string, !value.isEmpty else {
      throw .other(.notSent("\(settings.name): the token endpoint's answer has no access_token"))
    }
    let now = clock.unixSeconds()
    func end(_ names: String...) -> Int64? {
      // Numbers, though some platforms write them as strings.
      names.lazy.compactMap { json[$0] }.compactMap { $0.integer ?? $0.string.flatMap(Int.init) }
        .first.map { now + Int64(clamping: min($0, 1 << 40)) }
    }
    return TokenAnswer(
      access: AccessToken(
        value: value,
        origin: (json["instance_url"] ?? json["api_domain"])?.string,
        // Zoho's `expires_in` is in milliseconds where the other is beside it.
        expiresAt: end("expires_in_sec", "expires_in")
      ),
      refreshToken: json["refresh_token"]?.string.flatMap { $0.isEmpty ? nil : $0 },
      refreshExpiresAt: end("x_refresh_token_expires_in", "refresh_token_expires_in"),
      hardExpiresAt: end("x_refresh_token_hard_expires_in"),
      scopes: json["scope"]?.string.map { $0.split { " ,".contains($0) }.map(String.init) }
    )
  }

  private func form(
    _ refreshToken: String?
  ) throws(WireError) -> [(name: String, value: String)] {
    var form: [(name: String, value: String)] = []
    switch settings.grant {
    case .clientCredentials: form.append(("grant_type", "client_credentials"))
    case .refreshToken:
      form.append(("grant_type", "refresh_token"))
      form.append(("refresh_token", refreshToken ?? ""))
    case .serviceAccount, .jwtBearer:
      form.append(("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"))
      form.append(("assertion", try assertion()))
    }
    // A refresh keeps the scopes of the consent (RFC 6749, 6); naming more is an error.
    let scopes =
      switch settings.grant {
      case .clientCredentials: settings.scopes
      case .refreshToken: settings.refreshScopes
      case .serviceAccount, .jwtBearer: [String]()
      }
    if !scopes.isEmpty { form.append(("scope", scopes.joined(separator: " "))) }
    return form + settings.fields
  }

  private func request(_ fields: [(name: String, value: String)]) -> HTTPRequest {
    var form = fields
    var headers =
      [
        Header("Content-Type", "application/x-www-form-urlencoded"),
        Header("Accept", "application/json"),
      ] + settings.tokenHeaders
    if let secret = settings.clientSecret, settings.authentication == .basicHeader {
      // Both are percent-encoded before they are joined (RFC 6749, 2.3.1).
      let pair = "\(percentEncoded(settings.clientID)):\(percentEncoded(secret))"
      headers.append(Header("Authorization", "Basic \(base64(Array(pair.utf8)))"))
    } else if settings.grant == .clientCredentials || settings.grant == .refreshToken {
      form.append(("client_id", settings.clientID))
      if let secret = settings.clientSecret { form.append(("client_secret", secret)) }
    }
    return HTTPRequest(
      .POST,
      settings.tokenURL,
      headers: headers,
      body: Array(formEncoded(form).utf8)
    )
  }

  private func assertion() throws(WireError) -> String {
    guard let make = settings.assertion else {
      throw .signInNeeded("\(settings.name): no key to sign in with")
    }
    do {
      return try make(clock.unixSeconds())
    } catch {
      throw .signInNeeded("\(settings.name): the key could not sign: \(error)")
    }
  }

  /// Whatever became of the token request, the request that it is for was not sent.
  private func unsent(_ error: WireError) -> WireError {
    switch error {
    case .sentThenLost(let why), .tooLarge(let why), .notSent(let why):
      .notSent("\(settings.name): signing in: \(why)")
    default: error
    }
  }

  private func refusal(_ response: Response, _ json: JSON?) -> TokenRefusal {
    let code = json?["error"]?.string ?? ""
    let words = json?["error_description"]?.string ?? code
    // Zoho's word for a refresh token that it does not know, or that is another data centre's.
    if code == "invalid_grant" || code == "invalid_code" { return .invalidGrant(words) }
    let isTooMany = response.status == 429 || words.lowercased().contains("too many requests")
    let isRefusal = (400..<500).contains(response.status) || !code.isEmpty
    if isTooMany || response.status >= 500 || !isRefusal {
      return .other(
        .notSent("\(settings.name): the token endpoint answered \(response.status)")
      )
    }
    let known = code.utf8.allSatisfy { $0 >= 97 && $0 <= 122 || $0 == 95 } && code.count < 40
    let said = known && !code.isEmpty ? "\(response.status) \(code)" : "\(response.status)"
    let cause =
      switch code {
      case "invalid_client": "client_id or client_secret is not accepted"
      case "invalid_scope", "unauthorized_client": "the app may not ask for this grant or scope"
      default: "the platform refuses the sign-in"
      }
    return .other(.signInNeeded("\(settings.name): \(cause) (\(said)); check `auth`"))
  }
}
