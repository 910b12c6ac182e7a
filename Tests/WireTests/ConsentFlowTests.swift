import Crypto
import Foundation
import Support
import Synchronization
import Testing

@testable import Wire

@Suite struct ConsentFlowTests {
  private let settings = SignInSettings(
    name: "books",
    grant: .refreshToken,
    tokenURL: "https://id.example/token",
    authentication: .basicHeader,
    clientID: "the id",
    clientSecret: "s&cret",
    scopes: ["a.read"]
  )

  private func flow(pkce: Bool = true) -> ConsentFlow {
    ConsentFlow(
      settings,
      SignInTraits.Consent(
        url: "https://id.example/authorize",
        scopes: ["a.read", "offline_access"],
        takesPKCE: pkce,
        parameters: ["prompt": "consent"],
        takesLoopback: true
      ),
      redirect: "http://localhost:8912/callback"
    )
  }

  private func fields(_ flow: ConsentFlow) -> [String: String] {
    Dictionary(
      formFields(flow.url.drop { $0 != "?" }.dropFirst()).map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  private final class Kept: TokenStore {
    let tokens = Mutex<[String: StoredToken]>([:])
    func load(_ name: String) throws -> StoredToken? { tokens.withLock { $0[name] } }
    func save(_ name: String, _ token: StoredToken) throws { tokens.withLock { $0[name] = token } }
  }

  @Test func theAddressAsksForACodeAndForEachScopeOnce() {
    let asked = fields(flow())
    #expect(asked["response_type"] == "code")
    #expect(asked["client_id"] == "the id")
    #expect(asked["redirect_uri"] == "http://localhost:8912/callback")
    #expect(asked["scope"] == "a.read offline_access")
    #expect(asked["prompt"] == "consent")
    #expect(asked["code_challenge_method"] == "S256")
    #expect((asked["state"] ?? "").count == 43)
    // Never the same twice: neither can be guessed from the last sign-in.
    #expect(fields(flow())["state"] != asked["state"])
    #expect(fields(flow())["code_challenge"] != asked["code_challenge"])
    #expect(fields(flow(pkce: false))["code_challenge"] == nil)
  }

  @Test func onlyTheAnswerToThisQuestionIsTaken() throws {
    let flow = flow()
    let state = try #require(fields(flow)["state"])
    let whole = "  http://localhost:8912/callback?code=c%2B1&realmId=42&state=\(state)#frag\n"
    #expect(try flow.answer(in: whole) == ["code": "c+1", "realmId": "42", "state": state])
    #expect(try flow.answer(in: "code=c&state=\(state)")["code"] == "c")
    #expect(throws: ConsentError.anotherAnswer) { try flow.answer(in: "code=c&state=other") }
    #expect(throws: ConsentError.anotherAnswer) { try flow.answer(in: "code=c") }
    #expect(throws: ConsentError.noCode) { try flow.answer(in: "state=\(state)") }
    #expect(throws: ConsentError.refused("access_denied: no")) {
      try flow.answer(in: "error=access_denied&error_description=no&state=\(state)")
    }
  }

  @Test func theCodeIsRedeemedWithTheVerifierOfTheChallenge() async throws {
    let flow = flow()
    let transport = ScriptedTransport(
      answering: Response(
        status: 200,
        text: #"{"access_token":"A","refresh_token":"R","expires_in":1800,"scope":"a.read b"}"#
      )
    )
    let store = Kept()
    try store.save("books", StoredToken(refreshToken: "old", webhookSecrets: ["1": "w"]))
    try await flow.redeem(["code": "c+1"], over: transport, store: store)
    guard case .http(let asked) = await transport.requests.first else {
      Issue.record("nothing was asked")
      return
    }
    let form = Dictionary(
      formFields(String(decoding: asked.body ?? [], as: UTF8.self)).map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
    #expect(form["grant_type"] == "authorization_code")
    #expect(form["code"] == "c+1")
    #expect(form["redirect_uri"] == "http://localhost:8912/callback")
    let verifier = try #require(form["code_verifier"])
    #expect(
      base64URL(Array(SHA256.hash(data: Array(verifier.utf8)))) == fields(flow)["code_challenge"]
    )
    let kept = try #require(try store.load("books"))
    #expect(kept.refreshToken == "R")
    #expect(kept.accessToken == "A")
    #expect(kept.scopes == ["a.read", "b"])
    #expect(kept.previousRefreshToken == nil)
    #expect(kept.webhookSecrets == ["1": "w"])
  }

  @Test func aRefusedCodeOrASignInThatWouldNotLastKeepsNothing() async throws {
    let answers = [
      (400, #"{"error":"invalid_grant","error_description":"Code expired"}"#, "begin again"),
      (400, #"{"error":"invalid_client"}"#, "client_id or client_secret"),
      (200, #"{"access_token":"A","expires_in":1800}"#, "no refresh token"),
    ]
    for (status, text, expected) in answers {
      let store = Kept()
      let error = await #expect(throws: WireError.self) {
        let transport = ScriptedTransport(answering: Response(status: status, text: text))
        try await flow().redeem(["code": "c"], over: transport, store: store)
      }
      guard case .signInNeeded(let why) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(why.contains(expected))
      #expect(!why.contains("cret\""))
      #expect(try store.load("books") == nil)
    }
  }
}
