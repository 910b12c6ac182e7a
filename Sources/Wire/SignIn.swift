/// Keeps one source or channel signed in: one refresh at a time, however many requests wait for it.
public actor SignIn {
  private let settings: SignInSettings
  private let store: (any TokenStore)?
  private let clock: WireClock
  private let redactor: Redactor?
  private var current: AccessToken?
  /// Rotated and not yet durable: it is not used before it is.
  private var unsaved: (StoredToken, AccessToken)?
  private typealias Refresh = Task<Result<AccessToken, WireError>, Never>
  private var refreshing: Refresh?
  /// Who waits for the refresh, and who of them was cancelled.
  private var waiting = 0
  private var cancelled = 0

  /// What a refresh that nobody waits for any more may still take, where a rotated token would be
  /// lost with it.
  private static let grace = Duration.seconds(5)

  /// Used until a minute before its end, so that it does not expire on the way.
  private static let marginSeconds: Int64 = 60

  nonisolated var scheme: String { settings.tokenScheme }

  /// - Parameters:
  ///   - store: needed for the grant `refresh_token`.
  ///   - redactor: learns every token before it is used.
  public init(
    _ settings: SignInSettings,
    store: (any TokenStore)? = nil,
    clock: WireClock = .system,
    redactor: Redactor? = nil
  ) {
    self.redactor = redactor
    self.settings = settings
    self.store = store
    self.clock = clock
  }

  /// A token that is good now.
  /// - Parameter rejected: the one that the platform has just refused with a 401, if any.
  /// - Throws: `.signInNeeded` when a person must act; `.notSent` when no token could be got now.
  ///   The request it is for has not been sent.
  func token(
    over transport: any Transport,
    timeout: Duration,
    rejecting rejected: String? = nil
  ) async throws(WireError) -> String {
    if let current, current.value != rejected, isFresh(current) { return current.value }
    if let refreshing { return try await wait(for: refreshing) }
    // A task of its own: whoever asked first may be cancelled, and a rotated token must be stored.
    let task = Task {
      let result = await self.refresh(over: transport, timeout: timeout, rejecting: rejected)
      self.refreshing = nil
      return result
    }
    refreshing = task
    return try await wait(for: task)
  }

  private func wait(for refresh: Refresh) async throws(WireError) -> String {
    waiting += 1
    let result = await withTaskCancellationHandler {
      await refresh.value
    } onCancel: {
      Task { await self.leave(refresh) }
    }
    waiting -= 1
    if waiting == 0 { cancelled = 0 }
    return try result.get().value
  }

  /// A platform that does not answer must not hold up a pass whose time is over.
  private func leave(_ refresh: Refresh) async {
    cancelled += 1
    guard cancelled >= waiting else { return }
    if settings.grant == .refreshToken {
      // Cancelled by nobody.
      try? await Task.sleep(for: Self.grace)
    }
    if refreshing == refresh { refresh.cancel() }
  }

  /// Where the platform says the API of this sign-in is; `nil` where it does not say.
  func origin(
    over transport: any Transport,
    timeout: Duration
  ) async throws(WireError) -> String? {
    _ = try await token(over: transport, timeout: timeout)
    return current?.origin
  }

  private func isFresh(_ token: AccessToken) -> Bool {
    token.expiresAt.map { clock.unixSeconds() + Self.marginSeconds < $0 } ?? true
  }

  private func refresh(
    over transport: any Transport,
    timeout: Duration,
    rejecting rejected: String?
  ) async -> Result<AccessToken, WireError> {
    do throws(WireError) {
      let endpoint = TokenEndpoint(settings, transport: transport, timeout: timeout, clock: clock)
      let token: AccessToken
      switch settings.grant {
      case .clientCredentials, .serviceAccount, .jwtBearer:
        do throws(TokenRefusal) {
          token = try await endpoint.token(refreshToken: nil).access
        } catch {
          throw error.wireError(settings)
        }
        redactor?.learn([token.value])
      case .refreshToken:
        token = try await rotate(endpoint, rejecting: rejected)
      }
      current = token
      return .success(token)
    } catch {
      return .failure(error)
    }
  }

  private func rotate(
    _ endpoint: TokenEndpoint,
    rejecting rejected: String?
  ) async throws(WireError) -> AccessToken {
    if let (stored, access) = unsaved { return try keep(stored, access) }
    let lock = try await lock()
    defer { withExtendedLifetime(lock) {} }
    let stored = try load()
    // Another process, or an earlier pass, may have refreshed it.
    if let value = stored.accessToken, value != rejected, let end = stored.expiresAt,
      isFresh(AccessToken(value: value, expiresAt: end))
    {
      return AccessToken(value: value, origin: stored.origin, expiresAt: end)
    }
    do throws(TokenRefusal) {
      return try await exchange(stored.refreshToken, of: stored, at: endpoint)
    } catch {
      guard case .invalidGrant(let words) = error else { throw error.wireError(settings) }
      let newer = try load()
      if newer.refreshToken != stored.refreshToken {
        return try await exchangeLast(newer.refreshToken, of: newer, at: endpoint, words)
      }
      // A person who signed in anew has put another one into the config.
      let others = [settings.seed, stored.previousRefreshToken].compactMap { $0 }
      guard let other = others.first(where: { $0 != stored.refreshToken }) else {
        throw refused(stored, words)
      }
      return try await exchangeLast(other, of: stored, at: endpoint, words)
    }
  }

  /// The second and last try, with another refresh token than the one that was refused.
  private func exchangeLast(
    _ refreshToken: String,
    of stored: StoredToken,
    at endpoint: TokenEndpoint,
    _ words: String
  ) async throws(WireError) -> AccessToken {
    do throws(TokenRefusal) {
      return try await exchange(refreshToken, of: stored, at: endpoint)
    } catch {
      guard case .invalidGrant = error else { throw error.wireError(settings) }
      throw refused(stored, words)
    }
  }

  private func exchange(
    _ refreshToken: String,
    of stored: StoredToken,
    at endpoint: TokenEndpoint
  ) async throws(TokenRefusal) -> AccessToken {
    let answer = try await endpoint.token(refreshToken: refreshToken)
    // Some platforms give a new refresh token only now and then (QuickBooks: about daily).
    let isRotated = answer.refreshToken.map { $0 != refreshToken } ?? false
    var next = stored
    next.refreshToken = answer.refreshToken ?? refreshToken
    if isRotated { next.previousRefreshToken = refreshToken }
    next.refusedAt = nil
    next.refusedWhy = nil
    next.take(answer, at: clock.unixSeconds())
    redactor?.learn(next.secrets)
    unsaved = (next, answer.access)
    do throws(WireError) {
      return try keep(next, answer.access)
    } catch {
      throw .other(error)
    }
  }

  private func lock() async throws(WireError) -> (any Sendable)? {
    do {
      return try await store?.lock(settings.tokenName, forAtMost: 60)
    } catch {
      throw .notSent("\(settings.name): \(error)")
    }
  }

  private func load() throws(WireError) -> StoredToken {
    let stored: StoredToken?
    do {
      stored = try store?.load(settings.tokenName)
    } catch {
      throw .notSent("\(settings.name): the stored sign-in could not be read: \(error)")
    }
    if let stored {
      redactor?.learn(stored.secrets)
      return stored
    }
    if let seed = settings.seed { return StoredToken(refreshToken: seed) }
    throw .signInNeeded("\(settings.name) is not signed in yet: \(settings.advice)")
  }

  /// Stores first, uses then.
  private func keep(
    _ stored: StoredToken,
    _ access: AccessToken
  ) throws(WireError) -> AccessToken {
    do {
      try store?.save(settings.tokenName, stored)
    } catch {
      throw .notSent("\(settings.name): the new refresh token could not be stored: \(error)")
    }
    unsaved = nil
    return access
  }

  private func refused(_ stored: StoredToken, _ words: String) -> WireError {
    let lower = words.lowercased()
    let why: String
    if lower.contains("revoke") {
      why = "was revoked at the platform"
    } else if let end = settings.end(of: stored), clock.unixSeconds() >= end {
      why = "has expired"
    } else if ["already", "rotated", "reuse", "been used"].contains(where: lower.contains) {
      why = "was already used from another place, which got the new one"
    } else if lower.contains("expire") {
      why = "has expired"
    } else {
      why = "is not accepted any more (expired, revoked, or already used from another place)"
    }
    var known = stored
    known.refusedAt = known.refusedAt ?? clock.unixSeconds()
    known.refusedWhy = why
    // For `auth list` and `check`, which ask nobody. Where it cannot be kept the next pass says it.
    try? store?.save(settings.tokenName, known)
    return .signInNeeded("\(settings.name): the sign-in \(why): \(settings.advice)")
  }
}

extension StoredToken {
  fileprivate var secrets: [String] {
    [refreshToken] + [previousRefreshToken, accessToken].compactMap { $0 }
      + (webhookSecrets.map { Array($0.values) } ?? [])
  }

  /// All of an answer but the refresh token.
  mutating func take(_ answer: TokenAnswer, at now: Int64) {
    accessToken = answer.access.value
    origin = answer.access.origin ?? origin
    expiresAt = answer.access.expiresAt
    refreshExpiresAt = answer.refreshExpiresAt ?? refreshExpiresAt
    hardExpiresAt = answer.hardExpiresAt ?? hardExpiresAt
    scopes = answer.scopes ?? scopes
    refreshedAt = now
  }
}

/// Adds the token to each request; a 401 gets a new one and repeats, once.
struct SignedIn: Transport {
  private let next: any Transport
  private let signIn: SignIn
  private let tokens: any Transport

  /// - Parameter tokens: the way to the token endpoint.
  init(_ next: any Transport, _ signIn: SignIn, over tokens: any Transport) {
    self.next = next
    self.signIn = signIn
    self.tokens = tokens
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .http(let plain) = request, plain.header("Authorization") == nil else {
      return try await next.perform(request, timeout: timeout)
    }
    let token = try await signIn.token(over: tokens, timeout: timeout)
    let response = try await next.perform(signed(plain, token), timeout: timeout)
    guard response.status == 401 else { return response }
    let newer = try await signIn.token(over: tokens, timeout: timeout, rejecting: token)
    return try await next.perform(signed(plain, newer), timeout: timeout)
  }

  private func signed(_ request: HTTPRequest, _ token: String) -> Request {
    var request = request
    request.headers.append(Header("Authorization", "\(signIn.scheme) \(token)"))
    return .http(request)
  }
}
