import Support
import Synchronization
import Testing

@testable import Wire

@Suite struct SignInTests {
  private let get = HTTPRequest(.GET, "https://api.example/items")
  private let log = Log()

  private func settings(
    _ grant: SignInTraits.Grant,
    _ authentication: SignInTraits.ClientAuthentication = .basicHeader
  ) -> SignInSettings {
    SignInSettings(
      name: "books",
      grant: grant,
      tokenURL: "https://id.example/token",
      authentication: authentication,
      clientID: "the id",
      clientSecret: "s&cret",
      scopes: ["a.read", "b.read"],
      fields: [("redirect_uri", "https://x.example/?a")]
    )
  }

  /// A platform with a token endpoint; both answer as told, and what they saw goes to the log.
  private func platform(tokens: Answers, items: Answers = Answers(ok("items"))) -> ScriptedTransport
  {
    let log = log
    return ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("not http") }
      if http.url.contains("id.example") {
        log.add("refresh")
        return try tokens.next()
      }
      log.add("use " + (http.header("Authorization") ?? "nothing"))
      return try items.next()
    }
  }

  private func token(_ access: String, refresh: String? = nil, seconds: Int = 1800)
    -> Result<Response, WireError>
  {
    let more = refresh.map { ",\"refresh_token\":\"\($0)\"" } ?? ""
    return ok("{\"access_token\":\"\(access)\",\"expires_in\":\(seconds)\(more)}")
  }

  private func refusal(_ code: String, _ words: String = "") -> Result<Response, WireError> {
    .success(
      Response(
        status: 400,
        text: "{\"error\":\"\(code)\",\"error_description\":\"\(words)\"}"
      )
    )
  }

  @Test func clientCredentialsAreAskedOnceAndKeptUntilAMinuteBeforeTheEnd() async throws {
    let transport = platform(tokens: Answers(token("A1"), token("A2")))
    let clock = TestClock()
    let session = Session(
      name: "books",
      transport: transport,
      signIn: SignIn(settings(.clientCredentials), clock: clock.clock),
      clock: clock.clock
    )
    _ = try await session.read(get)
    clock.advance(.seconds(1739))
    _ = try await session.read(get)
    clock.advance(.seconds(1))
    _ = try await session.read(get)
    #expect(
      log.lines == [
        "refresh", "use Bearer A1", "use Bearer A1", "refresh", "use Bearer A2",
      ]
    )
    guard case .http(let asked) = await transport.requests[0] else { return }
    #expect(asked.header("Authorization") == "Basic dGhlJTIwaWQ6cyUyNmNyZXQ=")
    #expect(
      asked.body.map { String(decoding: $0, as: UTF8.self) }
        == "grant_type=client_credentials&scope=a.read%20b.read"
        + "&redirect_uri=https%3A%2F%2Fx.example%2F%3Fa"
    )
    #expect(session.usage.calls == 3)
  }

  @Test func clientAuthenticationInTheBody() async throws {
    let transport = platform(tokens: Answers(token("A1", refresh: "R2")))
    let store = RecordingStore(log, StoredToken(refreshToken: "R1"))
    let signIn = SignIn(settings(.refreshToken, .body), store: store)
    _ = try await signIn.token(over: transport, timeout: .ample)
    guard case .http(let asked) = await transport.requests[0] else { return }
    #expect(asked.header("Authorization") == nil)
    #expect(
      asked.body.map { String(decoding: $0, as: UTF8.self) }
        == "grant_type=refresh_token&refresh_token=R1"
        + "&redirect_uri=https%3A%2F%2Fx.example%2F%3Fa&client_id=the%20id&client_secret=s%26cret"
    )
  }

  @Test func aRotatedTokenIsStoredBeforeItIsUsed() async throws {
    let transport = platform(tokens: Answers(token("A1", refresh: "R2")))
    let store = RecordingStore(log, StoredToken(refreshToken: "R1"))
    let session = Session(
      name: "books",
      transport: transport,
      signIn: SignIn(settings(.refreshToken), store: store)
    )
    _ = try await session.read(get)
    #expect(log.lines == ["refresh", "save R2 (R1)", "use Bearer A1"])
  }

  @Test func aTokenThatCannotBeStoredIsNotUsedAndNotLost() async throws {
    let transport = platform(tokens: Answers(token("A1", refresh: "R2"), refusal("invalid_grant")))
    let store = RecordingStore(log, StoredToken(refreshToken: "R1"), failures: 1)
    let session = Session(
      name: "books",
      transport: transport,
      policy: SessionPolicy(retries: 0),
      signIn: SignIn(settings(.refreshToken), store: store)
    )
    await #expect(
      throws: WireError.notSent("books: the new refresh token could not be stored: disk full")
    ) { try await session.read(get) }
    #expect(log.lines == ["refresh", "disk full"])
    _ = try await session.read(get)
    #expect(log.lines == ["refresh", "disk full", "save R2 (R1)", "use Bearer A1"])
  }

  @Test func afterACrashBetweenAnswerAndStoreThePreviousTokenIsTried() async throws {
    // R2 was given and lost; the store holds R1 and the one before it.
    let transport = platform(
      tokens: Answers(refusal("invalid_grant"), token("A3", refresh: "R3"))
    )
    let store = RecordingStore(
      log,
      StoredToken(refreshToken: "R1", previousRefreshToken: "R0")
    )
    let signIn = SignIn(settings(.refreshToken), store: store)
    #expect(try await signIn.token(over: transport, timeout: .ample) == "A3")
    #expect(log.lines == ["refresh", "refresh", "save R3 (R0)"])
  }

  @Test(arguments: [
    ("", nil, "is not accepted any more (expired, revoked, or already used from another place)"),
    ("Token revoked by user", nil, "was revoked at the platform"),
    ("refresh token has already been used", nil, "was already used from another place"),
    ("", 1_799_999_999, "has expired"), ("Token expired", nil, "has expired"),
  ])
  func aRefusedRefreshSaysWhyAndWhatToDo(
    _ words: String,
    _ end: Int64?,
    _ expected: String
  ) async throws {
    let transport = platform(tokens: Answers(refusal("invalid_grant", words)))
    let store = RecordingStore(log, StoredToken(refreshToken: "R1", refreshExpiresAt: end))
    let signIn = SignIn(settings(.refreshToken), store: store, clock: TestClock().clock)
    let error = await #expect(throws: WireError.self) {
      try await signIn.token(over: transport, timeout: .ample)
    }
    guard case .signInNeeded(let text) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(text.contains(expected))
    #expect(text.hasSuffix(": sign in with `balancealert auth books`"))
    #expect(!text.contains("R1") && !text.contains("cret"))
    // `auth list` and `check` know it without asking anybody.
    let kept = try #require(try store.load("books"))
    #expect(kept.refreshToken == "R1")
    #expect(kept.refusedAt != nil)
    #expect(kept.refusedWhy?.hasPrefix(expected.prefix(20)) == true)
  }

  @Test func whoNeverSignedInIsToldSo() async throws {
    let signIn = SignIn(settings(.refreshToken), store: RecordingStore(log, nil))
    await #expect(
      throws: WireError.signInNeeded(
        "books is not signed in yet: sign in with `balancealert auth books`"
      )
    ) {
      try await signIn.token(over: platform(tokens: Answers(ok())), timeout: .ample)
    }
    #expect(log.lines.isEmpty)
  }

  @Test func aRefusedClientIsNamed() async throws {
    let signIn = SignIn(settings(.clientCredentials))
    await #expect(
      throws: WireError.signInNeeded(
        "books: client_id or client_secret is not accepted (400 invalid_client); check `auth`"
      )
    ) {
      try await signIn.token(
        over: platform(tokens: Answers(refusal("invalid_client"))),
        timeout: .ample
      )
    }
  }

  @Test(arguments: [
    WireError.sentThenLost("id.example: cut"), .notSent("id.example: cut"),
  ])
  func aLostTokenRequestMeansThatTheRealOneWasNotSent(_ error: WireError) async throws {
    let transport = platform(tokens: Answers(.failure(error)))
    let session = Session(
      name: "books",
      transport: transport,
      signIn: SignIn(settings(.clientCredentials))
    )
    await #expect(throws: WireError.notSent("books: signing in: id.example: cut")) {
      try await session.perform(.http(get))
    }
  }

  @Test func a401IsRefreshedAndRepeatedOnce() async throws {
    let transport = platform(
      tokens: Answers(token("A1"), token("A2")),
      items: Answers(status(401))
    )
    let session = Session(
      name: "books",
      transport: transport,
      signIn: SignIn(settings(.clientCredentials))
    )
    let response = try await session.perform(.http(get))
    #expect(response.status == 401)
    #expect(log.lines == ["refresh", "use Bearer A1", "refresh", "use Bearer A2"])
  }

  @Test func aStoredAccessTokenSparesARefresh() async throws {
    let stored = StoredToken(
      refreshToken: "R1",
      accessToken: "A0",
      expiresAt: 1_800_000_600
    )
    let signIn = SignIn(
      settings(.refreshToken),
      store: RecordingStore(log, stored),
      clock: TestClock().clock
    )
    let transport = platform(tokens: Answers(ok()))
    #expect(try await signIn.token(over: transport, timeout: .ample) == "A0")
    #expect(log.lines.isEmpty)
  }

  @Test func manyRequestsRefreshOnce() async throws {
    let transport = platform(tokens: Answers(token("A1", refresh: "R2")))
    let store = RecordingStore(log, StoredToken(refreshToken: "R1"))
    let session = Session(
      name: "books",
      transport: transport,
      policy: SessionPolicy(maxConcurrency: 50),
      signIn: SignIn(settings(.refreshToken), store: store)
    )
    await withTaskGroup { group in
      for _ in 0..<50 { group.addTask { _ = try? await session.read(get) } }
    }
    #expect(log.lines.filter { $0 == "refresh" }.count == 1)
    #expect(log.lines.filter { $0.hasPrefix("use Bearer A1") }.count == 50)
  }

  @Test func nothingOfATokenIsPrinted() {
    let token = StoredToken(refreshToken: "R1secret", accessToken: "A1secret")
    #expect(!"\(token) \(String(reflecting: token))".contains("1secret"))
    let settings = settings(.refreshToken)
    #expect(!"\(settings) \(String(reflecting: settings))".contains("cret"))
  }
}

final class Log: Sendable {
  private let state = Mutex<[String]>([])
  var lines: [String] { state.withLock { $0 } }
  func add(_ line: String) { state.withLock { $0.append(line) } }
}

private final class RecordingStore: TokenStore {
  struct Full: Error, CustomStringConvertible { let description = "disk full" }
  private let log: Log
  private let state: Mutex<(token: StoredToken?, failures: Int)>

  init(_ log: Log, _ token: StoredToken?, failures: Int = 0) {
    self.log = log
    state = Mutex((token, failures))
  }

  func load(_ name: String) throws -> StoredToken? { state.withLock { $0.token } }

  func save(_ name: String, _ token: StoredToken) throws {
    try state.withLock { state in
      if state.failures > 0 {
        state.failures -= 1
        log.add("disk full")
        throw Full()
      }
      state.token = token
      log.add("save \(token.refreshToken) (\(token.previousRefreshToken ?? "none"))")
    }
  }
}
