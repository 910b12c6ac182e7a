import Foundation
import Host
import Settings
import Wire

/// Reads `auth` and `token_url`; each grant has its own keys.
func readSignIn(
  _ name: String,
  _ traits: SignInTraits?,
  _ reader: inout SettingsReader
) -> SignInSettings? {
  guard let traits else { return nil }
  let tokenURL = reader.url("token_url", help: "the token endpoint", default: traits.tokenURL)
  let isUsual = !reader.has("token_url")
  let host = traits.hosts.map { hosts in
    hosts.names[reader.written(hosts.key) ?? hosts.usual] ?? ""
  }
  return reader.nested("auth", help: "how it signs in", required: true) { inner in
    let keys = SignInKeys(traits, host, &inner)
    let scopes = keys.scopes.isEmpty ? traits.scopes : keys.scopes
    return SignInSettings(
      name: name,
      tokenName: keys.shared,
      grant: keys.grant,
      tokenURL: isUsual ? keys.inTenant(tokenURL) : tokenURL,
      authentication: traits.authentication,
      clientID: keys.clientID,
      clientSecret: keys.clientSecret?.reveal(),
      scopes: scopes,
      refreshScopes: traits.namesScopesOnRefresh ? scopes + (traits.consent?.scopes ?? []) : [],
      tenant: keys.tenant,
      fields: keys.redirect.map { [("redirect_uri", $0)] } ?? [],
      seed: keys.seed?.reveal(),
      tokenHeaders: traits.tokenHeaders,
      refreshLifetimeDays: traits.consent?.refreshLifetimeDays,
      tokenScheme: traits.tokenScheme,
      assertion: keys.assertion(traits, tokenURL: tokenURL)
    )
  }
}

extension SettingsReader {
  /// A key that the adapter asks for, once more.
  fileprivate func written(_ key: String) -> String? {
    if case .scalar(let text, _)? = block[key]?.node.value { text } else { nil }
  }
}

/// The keys below `auth`.
private struct SignInKeys {
  let grant: SignInTraits.Grant
  let clientID: String
  let clientSecret: Secret?
  let scopes: [String]
  let redirect: String?
  let seed: Secret?
  /// The name that several with one consent keep their tokens under.
  let shared: String?
  let tenant: String?
  private let keyFile: String?
  /// Of a service account: the mailbox it acts for.
  private let subject: String?
  private let username: String?
  private let audience: String?

  /// - Parameter host: of the sign-in, where the platform has several.
  init(_ traits: SignInTraits, _ host: String?, _ reader: inout SettingsReader) {
    let names = traits.grants.map(\.rawValue)
    let text = reader.text("grant", help: names.joined(separator: " or "), default: names.first)
    let known = SignInTraits.Grant(rawValue: text).flatMap { traits.grants.contains($0) ? $0 : nil }
    if known == nil {
      reader.reject("grant", "`\(text)` must be \(names.joined(separator: " or "))")
    }
    let grant = known ?? traits.grants.first ?? .clientCredentials
    self.grant = grant
    clientID =
      grant == .serviceAccount && !reader.isDescribing
      ? "" : reader.reference("client_id", help: "of the app at the platform")
    clientSecret = reader.optionalSecret("client_secret", help: "of the app at the platform")
    scopes = reader.texts("scopes", help: "instead of the usual ones")
    redirect = reader.optionalText(
      "redirect_uri",
      help: "the app's redirect address, for `auth` and where a refresh wants it"
    )
    seed = reader.optionalSecret("refresh_token", help: "once, instead of `auth`")
    shared =
      traits.grants.contains(.refreshToken)
      ? reader.optionalText(
        "shared",
        help: "a name for sources or channels that one sign-in serves: the same in each of them"
      ) : nil
    let signs = traits.grants.contains { $0 == .serviceAccount || $0 == .jwtBearer }
    keyFile = signs ? reader.optionalPath("key_file", help: "the private key") : nil
    subject =
      traits.grants.contains(.serviceAccount)
      ? reader.optionalText("subject", help: "the mailbox that a service account acts for") : nil
    let isBearer = traits.grants.contains(.jwtBearer)
    username =
      isBearer ? reader.optionalText("username", help: "whom the key signs in as") : nil
    audience =
      isBearer
      ? reader.optionalText(
        "audience",
        help: "for whom the key signs; the host of"
          + " token_url where it is left out") : nil
    tenant =
      host != nil
      ? host
      : traits.tokenURL.contains(SignInTraits.tenantMark)
        ? reader.text("tenant_id", help: "the organisation's tenant, a GUID or its domain") : nil
    func need(_ key: String, _ value: String?) {
      if value == nil, !reader.isDescribing { reader.reject(key, "missing, for \(grant.rawValue)") }
    }
    if grant == .serviceAccount { need("key_file", keyFile); need("subject", subject) }
    if grant == .jwtBearer { need("key_file", keyFile); need("username", username) }
    if traits.needsRedirect, redirect == nil, !reader.isDescribing {
      reader.reject("redirect_uri", "missing: the app's redirect address, as the platform has it")
    }
  }

  func inTenant(_ url: String) -> String {
    url.replacing(SignInTraits.tenantMark, with: percentEncoded(tenant ?? ""))
  }

  /// Reads the key when it signs: a config can be checked where the key is not.
  func assertion(
    _ traits: SignInTraits,
    tokenURL: String
  ) -> (@Sendable (_ now: Int64) throws -> String)? {
    guard let keyFile else { return nil }
    @Sendable func bytes() throws -> [UInt8] {
      guard let data = FileManager.default.contents(atPath: keyFile) else {
        throw AssertionProblem("the key file \(keyFile) cannot be read")
      }
      return Array(data)
    }
    @Sendable func text() throws -> String {
      let bytes = try bytes()
      do throws(TextFile.Problem) { return try TextFile.text(of: bytes) } catch {
        throw AssertionProblem("the key file \(keyFile) \(error.why)")
      }
    }
    switch grant {
    case .serviceAccount:
      let scope = (scopes.isEmpty ? traits.scopes : scopes).joined(separator: " ")
      let (subject, usual) = (subject ?? "", traits.tokenURL)
      return { now in
        let key = try ServiceAccountKey(json: Array(try text().utf8))
        let claims = [
          ("iss", key.email), ("scope", scope), ("aud", key.audience ?? usual), ("sub", subject),
        ]
        return try key.assertion.token(claims: claims, now: now, seconds: 3600)
      }
    case .jwtBearer:
      let (clientID, username) = (clientID, username ?? "")
      let origin = tokenURL.split(separator: "/", omittingEmptySubsequences: false).prefix(3)
      let audience = audience ?? origin.joined(separator: "/")
      return { now in
        let key = try SignedAssertion(pem: try text())
        let claims = [("iss", clientID), ("sub", username), ("aud", audience)]
        // Salesforce takes three minutes at the most.
        return try key.token(claims: claims, now: now, seconds: 120)
      }
    case .clientCredentials, .refreshToken: return nil
    }
  }
}
