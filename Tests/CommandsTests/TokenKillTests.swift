import Foundation
import Support
import Synchronization
import Testing

/// The real program, killed around the rotation of a refresh token. The platform is of the
/// strictest kind: a refresh token works once, and the old one is dead once the answer is written.
@Suite(.serialized) struct TokenKillTests {
  /// Sign-in and API of a platform in one.
  private final class Platform: Sendable {
    struct State {
      var refreshToken = "R0"
      var accessToken = ""
      var count = 0
      /// The refresh token in the file when the API saw its access token.
      var storedAtUse: [String?] = []
      var refusals = 0
    }

    let state = Mutex(State())
    let tokensPath: String
    /// Called where a kill may come: "asked" for tokens, "used" one. `false`: the request is lost.
    let moment = Mutex<(@Sendable (String) -> Bool)?>(nil)
    private let server = Mutex<LoopbackServer?>(nil)

    init(tokensPath: String) throws {
      self.tokensPath = tokensPath
      let server = try LoopbackServer { [self] in answer($0) }
      self.server.withLock { $0 = server }
    }

    var url: String { server.withLock { $0?.url ?? "" } }
    func stop() { server.withLock { $0?.stop() } }
    func on(_ action: (@Sendable (String) -> Bool)?) { moment.withLock { $0 = action } }

    private func answer(_ asked: LoopbackServer.Asked) -> LoopbackServer.Reply {
      guard asked.target.hasPrefix("/token") else { return api(asked) }
      if moment.withLock({ $0 })?("asked") == false { return .close }
      return state.withLock { state in
        guard asked.text.contains("refresh_token=\(state.refreshToken)") else {
          state.refusals += 1
          return .text(#"{"error":"invalid_grant"}"#, status: 400)
        }
        state.count += 1
        state.refreshToken = "R\(state.count)"
        state.accessToken = "A\(state.count)"
        return .text(
          #"{"access_token":"\#(state.accessToken)","refresh_token":"\#(state.refreshToken)","#
            + #""expires_in":1800}"#
        )
      }
    }

    private func api(_ asked: LoopbackServer.Asked) -> LoopbackServer.Reply {
      let stored = FileManager.default.contents(atPath: tokensPath).flatMap { data in
        (try? JSONSerialization.jsonObject(with: data)) as? [String: [String: Any]]
      }
      let isCurrent = state.withLock { state in
        state.storedAtUse.append((stored?["books"] ?? stored?["xero"])?["refreshToken"] as? String)
        return asked.header("Authorization") == "Bearer \(state.accessToken)"
      }
      _ = moment.withLock { $0 }?("used")
      guard isCurrent else { return .text(#"{"Title":"Unauthorized"}"#, status: 401) }
      let collection = asked.target.split(separator: "/").last?.prefix { $0 != "?" } ?? ""
      let isOne = collection == "Organisation"
      let name = isOne ? "Organisations" : String(collection)
      let rows = isOne ? #"[{"Name":"Harbour"}]"# : "[]"
      return .text(
        #"{"DateTimeUTC":"/Date(1795464000000)/","\#(name)":\#(rows),"#
          + #""pagination":{"page":1,"pageSize":1000,"pageCount":0,"itemCount":0}}"#
      )
    }
  }

  private static func config(_ url: String) -> String {
    """
    version: 1
    organisation: Harbour Lettings
    sources:
      books:
        type: xero
        tenant_id: t-1
        base_url: "\(url)"
        token_url: "\(url)/token"
        retries: 0
        auth: { grant: refresh_token, client_id: c, client_secret: env:SECRET, refresh_token: env:FIRST }
    channels: { out: { type: file, path: out.jsonl } }
    rules: [{ name: rent, levels: [{ notify: [out] }] }]

    """
  }

  private static let environment = ["SECRET": "s3cret", "FIRST": "R0"]

  private static func run(_ day: Int) -> [String] {
    ["run", "--now", "2026-11-\(day)T12:00:00Z"]
  }

  @Test("Killed while the platform is asked: the old token stands, and the next pass goes on")
  func askedAndKilled() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let platform = try Platform(tokensPath: folder.file("state.sqlite.tokens.json"))
    defer { platform.stop() }
    try folder.write(Self.config(platform.url), to: "balancealert.yaml")
    let (moments, came) = AsyncStream.makeStream(of: Void.self)
    let isKilled = DispatchSemaphore(value: 0)
    platform.on { moment in
      guard moment == "asked" else { return true }
      came.yield()
      isKilled.wait()
      return false
    }
    let running = try binary.start(Self.run(10), in: folder, environment: Self.environment)
    for await _ in moments { break }
    running.kill()
    _ = await running.end()
    platform.on(nil)
    isKilled.signal()
    let next = try await binary.run(Self.run(11), in: folder, environment: Self.environment)
    #expect(next.status == 0, "\(next.output)\(next.errors)")
    #expect(platform.state.withLock { $0.refusals } == 0)
  }

  @Test("Killed at the first use of the new token: it is stored, and the next pass uses it")
  func usedAndKilled() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let platform = try Platform(tokensPath: folder.file("state.sqlite.tokens.json"))
    defer { platform.stop() }
    try folder.write(Self.config(platform.url), to: "balancealert.yaml")
    for round in 10..<16 {
      let victim = Mutex<Running?>(nil)
      let isKnown = DispatchSemaphore(value: 0)
      platform.on { moment in
        guard moment == "used" else { return true }
        isKnown.wait()
        victim.withLock { $0 }?.kill()
        return true
      }
      // The access token of the round before has expired by the platform's own word.
      platform.state.withLock { $0.accessToken = "revoked" }
      let running = try binary.start(Self.run(round), in: folder, environment: Self.environment)
      victim.withLock { $0 = running }
      isKnown.signal()
      #expect(await running.end().status == SIGKILL)
    }
    platform.on(nil)
    let next = try await binary.run(Self.run(20), in: folder, environment: Self.environment)
    #expect(next.status == 0, "\(next.output)\(next.errors)")
    let state = platform.state.withLock { $0 }
    #expect(state.refusals == 0)
    #expect(state.storedAtUse.count > 6)
    // Written and synced first: no token was ever used that the file did not have.
    #expect(state.storedAtUse.allSatisfy { $0 != nil })
  }

  @Test(
    "Killed at any time: the file is whole, and is of the platform's last pair or the one before")
  func killedAnyTime() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite.tokens.json")
    let platform = try Platform(tokensPath: path)
    defer { platform.stop() }
    try folder.write(Self.config(platform.url), to: "balancealert.yaml")
    var wasStored = 0
    // Later each time, until the new pair was stored twice before the kill came.
    var pause = Duration.milliseconds(1)
    for _ in 0..<120 where wasStored < 2 {
      let after = pause
      pause += pause / 8
      let victim = Mutex<Running?>(nil)
      let isKnown = DispatchSemaphore(value: 0)
      platform.on { event in
        guard event == "asked" else { return true }
        Thread {
          isKnown.wait()
          // At any moment is what is tested: a while of its own choice each time.
          letPass(after)
          victim.withLock { $0 }?.kill()
        }.start()
        return true
      }
      platform.state.withLock { $0.accessToken = "revoked" }
      let running = try binary.start(Self.run(10), in: folder, environment: Self.environment)
      victim.withLock { $0 = running }
      isKnown.signal()
      _ = await running.end()
      let given = platform.state.withLock { $0.refreshToken }
      var stored = "R0"
      if let data = FileManager.default.contents(atPath: path) {
        let tokens = try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
        stored = try #require(tokens?["books"]?["refreshToken"] as? String)
      }
      if stored == given { wasStored += 1 }
      // Whoever was killed between the platform's answer and the save has lost the new one: no
      // program can keep what it never had. The platform is put back to the one that is stored.
      platform.state.withLock { $0.refreshToken = stored }
    }
    #expect(wasStored == 2)
    platform.on(nil)
    let next = try await binary.run(Self.run(28), in: folder, environment: Self.environment)
    #expect(next.status == 0, "\(next.output)\(next.errors)")
  }

  @Test("Two processes that refresh at once spend each token once")
  func twoAtOnce() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let platform = try Platform(tokensPath: folder.file("state.sqlite.tokens.json"))
    defer { platform.stop() }
    try folder.write(Self.config(platform.url), to: "balancealert.yaml")
    let previews = try (0..<4).map { _ in
      try binary.start(
        ["preview", "--now", "2026-11-10T12:00:00Z"], in: folder, environment: Self.environment)
    }
    for preview in previews {
      let ended = await preview.end()
      #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    }
    let state = platform.state.withLock { $0 }
    #expect(state.refusals == 0)
    #expect(state.count == 1)
  }

  @Test("Several organisations with one sign-in share its tokens, and spend each once")
  func shared() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let platform = try Platform(tokensPath: folder.file("state.sqlite.tokens.json"))
    defer { platform.stop() }
    let source = """
      type: xero
          base_url: "\(platform.url)"
          token_url: "\(platform.url)/token"
          retries: 0
          auth: { grant: refresh_token, shared: xero, client_id: c, client_secret: env:SECRET,
                  refresh_token: env:FIRST }
      """
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      sources:
        nz:
          tenant_id: t-1
          \(source)
        au:
          tenant_id: t-2
          \(source)
      channels: { out: { type: file, path: out.jsonl } }
      rules: [{ name: rent, levels: [{ notify: [out] }] }]
      """,
      to: "balancealert.yaml"
    )
    for day in 10...11 {
      let ended = try await binary.run(Self.run(day), in: folder, environment: Self.environment)
      #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    }
    let state = platform.state.withLock { $0 }
    #expect(state.refusals == 0)
    #expect(state.count == 1)
    #expect(folder.read("state.sqlite.tokens.json")?.contains("\"xero\"") == true)
    let list = try await binary.run(["auth", "list"], in: folder, environment: Self.environment)
    #expect(list.output.matches(of: /signed in; dies in/).count == 2)
  }
}
