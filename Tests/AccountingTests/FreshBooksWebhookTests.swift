import Accounting
import Foundation
import Receivables
import Support
import Testing
import Wire

struct FreshBooksWebhookTests {
  private let verifier = "3bPTNcPgbN76QLgKLSR9XdgQJWvhhN4xrT"
  private let now = Instant(seconds: 1_787_191_200)

  private func receive(
    _ body: String,
    signature: String? = nil,
    secrets: [String]? = nil,
    account: String = "6BApk"
  ) -> WebhookVerdict {
    var headers = [Header("Content-Type", "application/x-www-form-urlencoded")]
    if let signature { headers.append(Header("x-freshbooks-hmac-sha256", signature)) }
    let request = WebhookRequest(headers: headers, body: Array(body.utf8))
    return freshBooks(account).receive(request, secrets: secrets ?? [verifier], now: now)
  }

  private let update =
    "name=invoice.update&object_id=1234567&account_id=6BApk&business_id=6543&identity_id=1234"
    + "&user_id=1"
  /// A true one, of the contract's sample.
  private let signature = "kdu++EN/0lBi+D1vvu05OkRnc1NUMQviHhFppmOhJ2I="

  private func events(_ verdict: WebhookVerdict) -> [WebhookEvent]? {
    if case .events(let events) = verdict { events } else { nil }
  }

  @Test func aSignedEventHintsAtItsDocument() throws {
    let told = try #require(events(receive(update, signature: signature)))
    #expect(told.map(\.type) == ["invoice.update"])
    #expect(told.map(\.hint) == [Hint(.invoice, id: "1234567")])
  }

  /// By Python 3: `hmac.new(verifier, json.dumps(fields), sha256)`.
  @Test func whatIsSignedIsWrittenAsPythonWritesIt() throws {
    let body =
      "name=client.update&object_id=7&account_id=6BApk&note=R%C3%A9+%22q%22+%5C+%F0%9F%98%80%09%7F"
    let verdict = receive(body, signature: "os9848cbIBSk8py96elY42QuaWwmJ0k/XKhnnY5SBoM=")
    #expect(try #require(events(verdict)).map(\.hint) == [Hint(.customer, id: "7")])
  }

  @Test func anyOfTheVerifiersMayHaveSigned() {
    #expect(events(receive(update, signature: signature, secrets: ["old", verifier])) != nil)
  }

  @Test func theSameEventAgainHasTheSameID() throws {
    let first = try #require(events(receive(update, signature: signature)))
    let again = try #require(events(receive(update, signature: signature)))
    #expect(first == again && first[0].id.count > 30)
    // Once a poll has answered it, it may be a later update.
    #expect(!first[0].isUnique)
  }

  @Test(arguments: [
    "", "kdu++EN/0lBi+D1vvu05OkRnc1NUMQviHhFppmOhJ2M=", "kdu++EN/0lBi", "not base64",
  ])
  func aWrongSignatureIsRefused(_ wrong: String) {
    guard case .refused = receive(update, signature: wrong) else {
      Issue.record("taken")
      return
    }
  }

  @Test(arguments: [
    ("name=invoice.update&object_id=1234568&account_id=6BApk&business_id=6543&identity_id=1234"
      + "&user_id=1"), "", "{}", "name=invoice.update", "object_id=1",
  ])
  func anotherBodyIsRefused(_ body: String) {
    guard case .refused = receive(body, signature: signature) else {
      Issue.record("taken")
      return
    }
  }

  @Test func unsignedOrWithoutAKnownVerifierIsRefused() {
    #expect(events(receive(update)) == nil)
    #expect(events(receive(update, signature: signature, secrets: [])) == nil)
  }

  @Test func anotherAccountsEventIsNone() {
    #expect(receive(update, signature: signature, account: "ACM123") == .events([]))
  }

  @Test func aHandshakeIsToBeAnsweredOverTheAPI() {
    let body =
      "name=callback.verify&object_id=2001&account_id=6BApk&business_id=6543&identity_id=1234"
      + "&user_id=1&verifier=\(verifier)"
    #expect(
      receive(body, secrets: []) == .verification(callback: "2001", verifier: verifier)
    )
    guard case .refused = receive(body, account: "ACM123") else {
      Issue.record("another account's handshake was taken")
      return
    }
  }

  // MARK: Registrations

  private func replay(_ folder: String) throws -> Replay {
    try Replay("Tests/Fixtures/sources/freshbooks/\(folder)")
  }

  private func written(_ transport: ScriptedTransport) async -> [String] {
    await transport.requests.compactMap { request in
      guard case .http(let http) = request, http.method != .GET else { return nil }
      return "\(http.method.rawValue) \(http.url.split(separator: "/").last ?? "") "
        + String(decoding: http.body ?? [], as: UTF8.self)
    }
  }

  @Test func callbacksAreListedRegisteredVerifiedAndRemoved() async throws {
    let replay = try replay("callbacks")
    let transport = replay.transport()
    let session = session(transport)
    let source = freshBooks()
    let all = try await source.callbacks(over: session)
    #expect(all.map(\.id) == ["123", "124", "125"])
    #expect(all.map(\.isVerified) == [true, true, false])
    let made = try await source.register(
      event: "invoice.update",
      uri: "https://example.com/webhooks/ready",
      over: session
    )
    #expect(made.id == "2001" && made.event == "invoice.update" && !made.isVerified)
    try await source.verify(callback: "2001", verifier: verifier, over: session)
    try await source.resendVerifier(of: "2002", over: session)
    try await source.remove(callback: "2001", over: session)
    #expect(await replay.unused == [])
    #expect(
      await written(transport) == [
        "POST callbacks {\"callback\": {\"event\": \"invoice.update\", "
          + "\"uri\": \"https://example.com/webhooks/ready\"}}",
        "PUT 2001 {\"callback\": {\"callback_id\": 2001, \"verifier\": \"\(verifier)\"}}",
        "PUT 2002 {\"callback\": {\"callback_id\": 2002, \"resend\": true}}", "DELETE 2001 ",
      ]
    )
  }

  @Test func aRefusalOfACallbackSaysWhy() async throws {
    let replay = try replay("callbacks-refused")
    let session = session(replay.transport())
    let source = freshBooks()
    let unknown = await #expect(throws: SourceError.self) {
      _ = try await source.register(event: "invoice.overdue", uri: "ready", over: session)
    }
    #expect(unknown?.description.contains("event: Value error, Unrecognized event.") == true)
    let wrong = await #expect(throws: SourceError.self) {
      try await source.verify(callback: "2001", verifier: "wrong", over: session)
    }
    #expect(wrong == .misconfigured("FreshBooks does not take this verifier for callback 2001"))
    let gone = await #expect(throws: SourceError.self) {
      try await source.remove(callback: "2009", over: session)
    }
    #expect(gone?.description.contains("Requested resource could not be found.") == true)
    let expired = await #expect(throws: SourceError.self) {
      _ = try await source.callbacks(over: session)
    }
    guard case .signInNeeded(let why) = expired else {
      Issue.record("not signInNeeded")
      return
    }
    #expect(why.contains("invalid_token"))
    let notANumber = await #expect(throws: SourceError.self) {
      try await source.remove(callback: "1/../2", over: session)
    }
    #expect(notANumber?.description.contains("is not the id of a callback") == true)
    #expect(await replay.unused == [])
  }

  // MARK: Looking around

  private func inspect(_ folder: String) async throws -> Inspection {
    let replay = try replay(folder)
    let now = Now(now, in: try #require(Zone("Pacific/Auckland")))
    let found = try await freshBooks().inspect(over: session(replay.transport()), now: now)
    #expect(await replay.unused == [])
    return found
  }

  @Test func checkFindsTheBusinessAndItsOpenInvoices() async throws {
    #expect(
      try await inspect("inspect")
        == Inspection(
          organisation: "Commonwealth of Independent Systems",
          timeZone: "America/Toronto",
          openInvoices: 4
        )
    )
  }

  @Test func anUnfilteredListIsNoCount() async throws {
    #expect(try await inspect("inspect-unfiltered").openInvoices == nil)
  }

  @Test func checkNamesTheAccountsThatTheSignInReaches() async throws {
    let error = await #expect(throws: SourceError.self) {
      _ = try await inspect("inspect-wrong-account")
    }
    #expect(
      error
        == .misconfigured(
          "the sign-in does not reach account_id `ACM123`; it reaches "
            + "ABC123 (Commonwealth of Independent Systems), ABC124 (Bayern Corporation)"
        )
    )
  }

  @Test func businessesWithoutBooksAreNoOrganisations() async throws {
    let replay = try replay("inspect")
    var problems: [String] = []
    let unnamed = source(FreshBooksSource.self, [], problems: &problems)
    let all = try await unnamed.organisations(over: session(replay.transport()), redirect: [:])
    #expect(
      all == [
        Organisation(id: "ACM123", name: "Commonwealth of Independent Systems"),
        Organisation(id: "ABC124", name: "Bayern Corporation"),
      ]
    )
    #expect(problems.count == 1 && FreshBooksSource.organisationKey == "account_id")
  }
}
