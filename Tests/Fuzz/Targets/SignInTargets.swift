import Wire

/// What a platform's token endpoint answers.
let signInTargets: [FuzzTarget] = [FuzzTarget(name: "tokens", check: checkTokens)]

private func checkTokens(_ bytes: [UInt8]) async throws(Flaw) {
  for grant in [SignInTraits.Grant.clientCredentials, .refreshToken] {
    let settings = SignInSettings(
      name: "books", grant: grant, tokenURL: "https://id.example/token",
      authentication: .basicHeader, clientID: "the-id", clientSecret: "the-client-secret",
      seed: "the-first-refresh-token", refreshLifetimeDays: 60)
    let session = Session(
      name: "books", transport: FuzzedPlatform(parts(of: bytes, atMost: 8)),
      policy: SessionPolicy(retries: 0), signIn: SignIn(settings, clock: .unmoving),
      clock: .unmoving)
    let request = HTTPRequest(.GET, "https://api.example/items")
    for _ in 0..<2 {
      do throws(WireError) {
        _ = try await session.read(request)
        _ = try await session.origin()
      } catch {
        let words = error.description
        try hold(!words.isEmpty, "an error without words")
        for secret in [settings.clientSecret, settings.seed].compactMap({ $0 })
        where !bytes.containsText(secret) {
          try hold(!words.contains(secret), "a secret in an error: \(words)")
        }
      }
    }
  }
}

extension [UInt8] {
  fileprivate func containsText(_ wanted: String) -> Bool { text(self).contains(wanted) }
}
