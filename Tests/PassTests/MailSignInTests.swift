import Channels
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Settings
import Support
import Synchronization
import Testing
import Wire

/// How the e-mail platforms sign in, from the config to the bytes.
@Suite struct MailSignInTests {
  @Test func outlookSignsInInItsTenantAndNamesItsScopesAtEachRefresh() async throws {
    let channel = try OneChannel.channel(
      """
      type: outlook
      user: accounts@harbour.example
      auth: { grant: refresh_token, tenant_id: harbour.example, client_id: env:ID }
      """
    )
    let settings = try #require(channel.signIn)
    let transport = platform()
    let session = Session(
      name: "email",
      transport: transport,
      signIn: SignIn(settings, store: Kept("0.REFRESH"))
    )
    let probe = try #require(channel.adapter.probe)
    _ = try await session.read(probe)
    let requests = await http(transport)
    #expect(
      requests.first?.url == "https://login.microsoftonline.com/harbour.example/oauth2/v2.0/token"
    )
    #expect(
      requests.first.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        == "grant_type=refresh_token&refresh_token=0.REFRESH"
        + "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access&client_id=the-id"
    )
    #expect(requests.last?.header("Authorization") == "Bearer A1")
    let consent = try #require(channel.traits.signIn?.consent)
    let page = ConsentFlow(settings, consent, redirect: "http://localhost:8912/callback").url
    let start = "https://login.microsoftonline.com/harbour.example/oauth2/v2.0/authorize?"
    #expect(page.hasPrefix(start))
    #expect(page.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access"))
  }

  @Test func outlookAsAnAppAsksForWhatTheAppWasGranted() async throws {
    let channel = try OneChannel.channel(
      """
      type: outlook
      user: accounts@harbour.example
      auth: { tenant_id: harbour.example, client_id: env:ID, client_secret: env:SECRET }
      """
    )
    let transport = platform()
    let session = Session(
      name: "email",
      transport: transport,
      signIn: SignIn(try #require(channel.signIn))
    )
    _ = try await session.read(try #require(channel.adapter.probe))
    #expect(
      await http(transport).first.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        == "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        + "&client_id=the-id&client_secret=the-secret"
    )
  }

  @Test func gmailKeepsTheScopesOfItsConsent() async throws {
    let channel = try OneChannel.channel(
      """
      type: gmail
      from: accounts@harbour.example
      auth: { grant: refresh_token, client_id: env:ID, client_secret: env:SECRET }
      """
    )
    let settings = try #require(channel.signIn)
    let transport = platform()
    let session = Session(
      name: "email",
      transport: transport,
      signIn: SignIn(settings, store: Kept("1//REFRESH"))
    )
    _ = try await session.read(try #require(channel.adapter.probe))
    #expect(
      await http(transport).first.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        == "grant_type=refresh_token&refresh_token=1%2F%2FREFRESH&client_id=the-id"
        + "&client_secret=the-secret"
    )
    let consent = try #require(channel.traits.signIn?.consent)
    let page = ConsentFlow(settings, consent, redirect: "http://localhost:8912/callback").url
    #expect(page.hasPrefix("https://accounts.google.com/o/oauth2/v2/auth?"))
    #expect(page.contains("access_type=offline") && page.contains("prompt=consent"))
    #expect(page.contains("gmail.send%20https") && page.contains("gmail.metadata"))
    #expect(channel.profile.policy.guarantee == .searchable)
  }

  @Test func withoutAScopeThatReadsGmailPromisesLess() throws {
    let channel = try OneChannel.channel(
      """
      type: gmail
      from: accounts@harbour.example
      auth:
        grant: service_account
        key_file: key.json
        subject: accounts@harbour.example
        scopes: ["https://www.googleapis.com/auth/gmail.send"]
      """
    )
    #expect(channel.profile.policy.guarantee == .neither)
    #expect(channel.signIn?.scopes == ["https://www.googleapis.com/auth/gmail.send"])
  }

  // MARK: How

  private func platform() -> ScriptedTransport {
    ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let isToken = http.url.hasSuffix("/token")
      return Response(
        status: 200,
        text: isToken ? "{\"access_token\":\"A1\",\"expires_in\":3599}" : "{}"
      )
    }
  }

  private func http(_ transport: ScriptedTransport) async -> [HTTPRequest] {
    await transport.requests.compactMap { if case .http(let http) = $0 { http } else { nil } }
  }
}

private final class Kept: TokenStore {
  private let token: Mutex<StoredToken?>
  init(_ refreshToken: String) { token = Mutex(StoredToken(refreshToken: refreshToken)) }
  func load(_ name: String) throws -> StoredToken? { token.withLock { $0 } }
  func save(_ name: String, _ token: StoredToken) throws { self.token.withLock { $0 = token } }
}
