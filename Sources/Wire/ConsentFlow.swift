import Crypto

/// A person lets the app in, once: authorisation code with `state` and, where the platform takes
/// it, PKCE (RFC 6749 4.1, RFC 7636).
public struct ConsentFlow: Sendable {
  /// To be opened in a browser. Holds no secret that outlives the flow.
  public let url: String
  /// Where the platform sends the browser afterwards, exactly as it is registered there.
  public let redirect: String
  private let settings: SignInSettings
  private let state: String
  private let verifier: String?

  public init(_ settings: SignInSettings, _ consent: SignInTraits.Consent, redirect: String) {
    self.settings = settings
    self.redirect = redirect
    state = randomWord()
    verifier = consent.takesPKCE ? randomWord() : nil
    var fields: [(name: String, value: String)] = [
      ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", redirect),
    ]
    if !consent.scopes.isEmpty || !settings.scopes.isEmpty {
      var scopes = settings.scopes
      for scope in consent.scopes where !scopes.contains(scope) { scopes.append(scope) }
      fields.append(("scope", scopes.joined(separator: " ")))
    }
    fields.append(("state", state))
    if let verifier {
      let digest = Array(SHA256.hash(data: Array(verifier.utf8)))
      fields.append(("code_challenge", base64URL(digest)))
      fields.append(("code_challenge_method", "S256"))
    }
    for (name, value) in consent.parameters.sorted(by: { $0.key < $1.key }) {
      fields.append((name, value))
    }
    let page = consent.url.replacing(
      SignInTraits.tenantMark, with: percentEncoded(settings.tenant ?? ""))
    url = "\(page)\(page.contains("?") ? "&" : "?")\(formEncoded(fields))"
  }

  /// What the browser was sent back with.
  /// - Parameter address: the whole address, or what follows its `?`.
  /// - Throws: `ConsentError` when it is not the answer to this question, or is a refusal.
  public func answer(in address: String) throws(ConsentError) -> [String: String] {
    let plain = address.trimmed
    let query = plain.contains("?") ? String(plain.drop { $0 != "?" }.dropFirst()) : plain
    let fields = Dictionary(
      formFields(query.prefix { $0 != "#" }).map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
    // Another's answer, or an old one: whose code it is is not known.
    guard fields["state"] == state else { throw .anotherAnswer }
    if let error = fields["error"] {
      throw .refused(
        [error, fields["error_description"]].compactMap { $0 }.joined(separator: ": "))
    }
    guard fields["code"]?.isEmpty == false else { throw .noCode }
    return fields
  }

  /// Exchanges the code for tokens, and stores them before it returns. Codes live for minutes.
  /// - Throws: `.signInNeeded` when the code is refused; `.notSent` when the platform cannot be
  ///   reached or the tokens cannot be stored.
  public func redeem(
    _ answer: [String: String],
    over transport: any Transport,
    store: any TokenStore,
    timeout: Duration = .seconds(30),
    clock: WireClock = .system
  ) async throws(WireError) {
    let endpoint = TokenEndpoint(settings, transport: transport, timeout: timeout, clock: clock)
    var fields: [(name: String, value: String)] = [
      ("code", answer["code"] ?? ""), ("redirect_uri", redirect),
    ]
    if let verifier { fields.append(("code_verifier", verifier)) }
    let found: TokenAnswer
    do throws(TokenRefusal) {
      found = try await endpoint.token(code: fields)
    } catch {
      guard case .invalidGrant(let words) = error else { throw error.wireError(settings) }
      throw .signInNeeded(
        "\(settings.name): the platform does not take the code (\(words)); it is too old, was used"
          + " before, or the redirect address differs from the app's: begin again"
      )
    }
    guard let refresh = found.refreshToken else {
      throw .signInNeeded(
        "\(settings.name): the platform gave no refresh token, so the sign-in would end within the"
          + " hour; the app lacks the scope or the setting for it (offline access)"
      )
    }
    do {
      let lock = try await store.lock(settings.tokenName, forAtMost: 60)
      defer { withExtendedLifetime(lock) {} }
      let old = try store.load(settings.tokenName)
      var token = StoredToken(refreshToken: refresh, webhookSecrets: old?.webhookSecrets)
      token.take(found, at: clock.unixSeconds())
      try store.save(settings.tokenName, token)
    } catch {
      throw .notSent("\(settings.name): the new sign-in could not be stored: \(error)")
    }
  }
}

/// Why a redirect brought no sign-in.
public enum ConsentError: Error, Sendable, Equatable, CustomStringConvertible {
  case anotherAnswer
  case noCode
  case refused(String)

  public var description: String {
    switch self {
    case .anotherAnswer:
      "this is not the answer to the question that was just asked (its state differs)"
    case .noCode:
      "there is no code in it; paste the whole address that the browser shows at the end"
    case .refused(let why): "the platform refused: \(why)"
    }
  }
}

/// 256 bits that nobody can guess, as 43 characters that need no escaping.
private func randomWord() -> String {
  var random = SystemRandomNumberGenerator()
  return base64URL((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
}

/// RFC 4648, section 5, without padding.
func base64URL(_ bytes: [UInt8]) -> String {
  String(
    base64(bytes).compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 }
  )
}
