import Channels
import Foundation
import Messages
import Outbox
import Support
import Testing
import Wire

/// What SendGrid says of the account and of recipients, without sending.
@Suite struct SendGridAccountTests {
  private let sendgrid: ChannelCase
  init() throws { sendgrid = try ChannelCase.named("sendgrid") }

  private let scopes = "{\"scopes\":[\"mail.send\",\"alerts.read\"]}"
  private let sender =
    "{\"results\":[{\"id\":1,\"from_email\":\"Accounts@harbour.example\",\"verified\":true}]}"
  private let domain =
    "[{\"id\":1,\"domain\":\"harbour.example\",\"subdomain\":\"em\",\"valid\":true}]"

  // MARK: check --online

  @Test func whatTheAccountNeedsIsThere() async throws {
    let kinds = try await inspect([
      "/v3/scopes": (200, scopes), "/v3/logs": (200, "{\"messages\":[]}"),
      "/v3/verified_senders": (200, sender), "/v3/templates/d-1": (200, template(1)),
      "/v3/asm/groups/12": (200, "{\"id\":12,\"name\":\"Reminders\"}"),
    ])
    #expect(kinds == [.good, .good, .good, .good, .good])
  }

  @Test func anAuthenticatedDomainIsEnough() async throws {
    for (from, expected) in [
      ("a@harbour.example", Finding.Kind.good), ("a@mail.harbour.example", .good),
      ("a@xharbour.example", .problem),
    ] {
      let kinds = try await inspect(
        [
          "/v3/scopes": (200, scopes), "/v3/verified_senders": (200, "{\"results\":[]}"),
          "/v3/whitelabel/domains": (200, domain),
        ],
        "{api_key: 'env:SG.x', from: \(from)}"
      )
      #expect(kinds == [.good, .note, expected])
    }
  }

  @Test func whatIsMissingIsAProblemAndWhatCannotBeSeenIsANote() async throws {
    let missing = try await inspect([
      "/v3/scopes": (200, "{\"scopes\":[\"stats.read\"]}"), "/v3/logs": (403, "{}"),
      "/v3/verified_senders": (200, "{\"results\":[]}"), "/v3/whitelabel/domains": (200, "[]"),
      "/v3/templates/d-1": (404, "{}"), "/v3/asm/groups/12": (404, "{}"),
    ])
    #expect(missing == [.problem, .note, .problem, .problem, .problem])
    #expect(
      try await inspect(["/v3/scopes": (200, scopes)]) == [.good, .note, .note, .note, .note])
    let inactive = try await inspect([
      "/v3/scopes": (200, scopes), "/v3/templates/d-1": (200, template(0)),
    ])
    #expect(inactive.contains(.problem))
    #expect(try await inspect(["/v3/scopes": (401, "{}")]) == [.signInNeeded])
  }

  // MARK: Suppressions

  @Test(arguments: [
    ("/asm/suppressions/global/", "{\"recipient_email\":\"accounts@tenant.example\"}", "optedout"),
    ("/asm/suppressions/accounts", "{\"suppressions\":[\(group(12345, true))]}", "optedout"),
    ("/suppression/spam_reports/", "[{\"created\":1,\"email\":\"a\",\"ip\":\"b\"}]", "optedout"),
    (
      "/suppression/bounces/",
      "[{\"created\":1,\"email\":\"a\",\"reason\":\"550\",\"status\":\"5.1.1\"}]",
      "refusedrecipient"
    ),
    ("/suppression/invalid_emails/", "[{\"created\":1}]", "refusedrecipient"),
    ("/asm/suppressions/accounts", "{\"suppressions\":[\(group(12345, false))]}", "accepted"),
    ("/asm/suppressions/accounts", "{\"suppressions\":[\(group(7, true))]}", "accepted"),
  ])
  func aMailThatWouldBeDroppedIsNotSent(_ path: String, _ body: String, _ word: String)
    async throws
  {
    let (outcome, requests) = try await send { url in
      url.contains(path) ? Response(status: 200, text: body) : nil
    }
    #expect(outcome.word == word)
    #expect(requests.contains { $0.method == .POST } == (word == "accepted"))
  }

  @Test func theQuestionsAreTheGoldenOnes() async throws {
    let (_, requests) = try await send { _ in nil }
    for request in requests where request.method == .GET {
      // Of a clean address the contract says both: an empty object, and a required field.
      if request.url.contains("/global/") { continue }
      let list = request.url.split(separator: "/").dropLast().last ?? ""
      let text = try exchangeText(request, Self.clean(request.url), secrets: ["SG.x"])
      let path = "../Fixtures/channels/sendgrid/exchanges/suppression-\(list).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
    #expect(requests.count == 6)
  }

  @Test(arguments: [
    (401, "signin"), (403, "refusedchannel"), (404, "notaccepted"), (429, "notaccepted"),
    (500, "notaccepted"),
  ])
  func whenItCannotBeAskedNothingIsSent(_ status: Int, _ word: String) async throws {
    let (outcome, requests) = try await send { _ in Response(status: status, text: "{}") }
    #expect(outcome.word == word)
    #expect(requests.allSatisfy { $0.method == .GET })
  }

  @Test func aLostQuestionIsNoUnknownOutcome() async throws {
    let transport = ScriptedTransport { _ throws(WireError) in throw .sentThenLost("cut") }
    let adapter = try sendgrid.channel(Self.asking)
    let session = patient(transport)
    let outcome = await adapter.send(Sample.reminder(for: sendgrid), over: session)
    #expect(outcome.word == "notaccepted")
  }

  // MARK: How

  private static let asking =
    "{api_key: 'env:SG.x', from: a@b.example, unsubscribe_group: 12345, check_suppressions: true}"
  private static let accepted = Response(status: 202, headers: [Header("X-Message-Id", "1")])
  private static let json = [Header("Content-Type", "application/json")]

  private static func clean(_ url: String) -> Response {
    if url.contains("/global/") { return Response(status: 200, headers: json, text: "{}") }
    let isGroups = url.contains("/asm/")
    return Response(
      status: 200, headers: json, text: isGroups ? "{\"suppressions\":[]}" : "[]")
  }

  private static func group(_ id: Int, _ suppressed: Bool) -> String {
    "{\"id\":\(id),\"name\":\"R\",\"description\":\"\",\"is_default\":false,"
      + "\"suppressed\":\(suppressed)}"
  }

  private func send(
    _ script: @escaping @Sendable (String) -> Response?
  ) async throws -> (Outcome, [HTTPRequest]) {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      return http.method == .POST ? Self.accepted : script(http.url) ?? Self.clean(http.url)
    }
    let adapter = try sendgrid.channel(Self.asking)
    let session = patient(transport)
    let outcome = await adapter.send(Sample.reminder(for: sendgrid), over: session)
    return (outcome, await http(transport.requests))
  }

  private func template(_ active: Int) -> String {
    "{\"id\":\"d-1\",\"name\":\"R\",\"generation\":\"dynamic\","
      + "\"versions\":[{\"active\":\(active)}]}"
  }

  /// What is not in `answers` is forbidden to the key.
  private func inspect(
    _ answers: [String: (Int, String)],
    _ yaml: String =
      "{api_key: 'env:SG.x', from: accounts@harbour.example, template_id: d-1, "
      + "unsubscribe_group: 12}"
  ) async throws -> [Finding.Kind] {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let path = String(http.url.dropFirst("https://api.sendgrid.com".count).prefix { $0 != "?" })
      let (status, body) =
        answers[path] ?? (403, "{\"errors\":[{\"message\":\"access forbidden\"}]}")
      return Response(status: status, text: body)
    }
    let session = patient(transport)
    let kinds = await (try sendgrid.channel(yaml)).inspect(over: session).map(\.kind)
    let requests = await http(transport.requests)
    #expect(!requests.contains { $0.url.contains("/mail/send") })
    return kinds
  }

  private func http(_ requests: [Request]) -> [HTTPRequest] {
    requests.compactMap { if case .http(let http) = $0 { http } else { nil } }
  }
}
