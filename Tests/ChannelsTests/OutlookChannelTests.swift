import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct OutlookChannelTests {
  private let outlook: ChannelCase
  init() throws { outlook = try ChannelCase.named("outlook") }

  private let started = "2026-11-23T17:40:05Z"
  private let later = "2026-11-23T18:40:05Z"

  @Test func aMailIsSavedAndCarriesItsIDAsAProperty() throws {
    let body = try json(Sample.reminder(for: outlook))
    #expect(body["saveToSentItems"] as? Bool == true)
    let mail = body["message"] as? [String: Any]
    let properties = mail?["singleValueExtendedProperties"] as? [[String: String]]
    #expect(
      properties == [
        [
          "id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name BalancealertDelivery",
          "value": "ba1-7f3c9e20b6d4a158",
        ]
      ]
    )
    // Graph takes no header of another name.
    let headers = mail?["internetMessageHeaders"] as? [[String: String]]
    #expect(headers?.allSatisfy { $0["name"]?.hasPrefix("x-") == true } == true)
  }

  @Test func withoutHTMLItIsPlainText() throws {
    var message = Sample.reminder(for: outlook)
    message.forms[.html] = ""
    let mail = try json(message)["message"] as? [String: Any]
    let body = mail?["body"] as? [String: String]
    #expect(body?["contentType"] == "text")
    #expect(body?["content"] == message[.text])
  }

  @Test func copiesAreLeftOutWhereThereAreNone() throws {
    var message = Sample.reminder(for: outlook)
    #expect((try json(message)["message"] as? [String: Any])?["ccRecipients"] == nil)
    message.cc = ["b@x.example", "Accounts@tenant.example"]
    let mail = try json(message)["message"] as? [String: Any]
    #expect((mail?["ccRecipients"] as? [Any])?.count == 1)
  }

  @Test func aThrottleIsWaitedFor() throws {
    for (name, seconds) in [
      ("notaccepted-throttled-429", 10), ("notaccepted-503-retry-after", 120),
    ] {
      let answer = try #require(AnswerFile.of(outlook).first { $0.name == name })
      guard case .notAccepted(let after, _) = try outlook.outcome(of: answer.response) else {
        continue
      }
      #expect(after == .seconds(seconds))
    }
  }

  // MARK: Search

  @Test func aMailIsFoundInTheSentItems() async throws {
    let (result, requests) = try await search(in: "sentitems", now: later)
    #expect(result == .found(id: "<AM0@prod.exchangelabs.com>"))
    #expect(requests.count == 1)
    let text = try exchangeText(
      requests[0],
      Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: Self.page
      ),
      secrets: []
    )
    #expect(
      Golden.difference(of: text, from: "../Fixtures/channels/outlook/exchanges/search.json") == nil
    )
    let query = try #require(URLComponents(string: requests[0].url)?.queryItems)
    #expect(
      query.last?.value
        == "singleValueExtendedProperties/Any(ep: ep/id eq"
        + " 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name BalancealertDelivery'"
        + " and ep/value eq 'ba1-7f3c9e20b6d4a158')"
    )
  }

  @Test(arguments: ["outbox", "drafts"])
  func aMailOnItsWayIsNotSentAgain(_ folder: String) async throws {
    let (result, _) = try await search(in: folder, now: later)
    guard case .cannotTell(let why) = result else { Issue.record("\(result)"); return }
    #expect(why.contains(folder))
  }

  @Test func anAbsenceSoonAfterTheTryProvesNothing() async throws {
    guard case .cannotTell = try await search(in: "", now: "2026-11-23T17:42:04Z").0 else {
      Issue.record("it may still come")
      return
    }
    let (result, requests) = try await search(in: "", now: "2026-11-23T17:42:05Z")
    #expect(result == .absent)
    #expect(requests.count == 3)
  }

  @Test(arguments: [400, 401, 403, 404, 429, 500, 503])
  func aMailboxThatRefusesCannotTell(_ status: Int) async throws {
    let adapter = try #require(try outlook.channel() as? any SearchableChannel)
    let result = await adapter.search(
      for: Sample.reminder(for: outlook),
      startedAt: started,
      now: later,
      over: patient(ScriptedTransport(answering: Response(status: status)))
    )
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
  }

  // MARK: check --online

  @Test(arguments: [
    (200, "{\"value\":[]}", Finding.Kind.good), (403, "{}", .note), (404, "{}", .problem),
    (401, "{}", .signInNeeded), (502, "", .unreachable),
  ])
  func theMailboxIsLookedAt(_ status: Int, _ body: String, _ kind: Finding.Kind) async throws {
    let transport = ScriptedTransport(answering: Response(status: status, text: body))
    let session = patient(transport)
    #expect(await (try outlook.channel()).inspect(over: session).map(\.kind) == [kind])
    guard case .http(let request)? = await transport.requests.first else { return }
    #expect(request.method == .GET)
  }

  // MARK: How

  private static let page =
    "{\"value\":[{\"id\":\"AAMkAGI0\",\"internetMessageId\":\"<AM0@prod.exchangelabs.com>\","
    + "\"sentDateTime\":\"2026-11-23T17:40:07Z\"}]}"

  private func search(
    in folder: String,
    now: String
  ) async throws -> (SearchResult, [HTTPRequest]) {
    let adapter = try #require(try outlook.channel() as? any SearchableChannel)
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let isThere = http.url.contains("/mailFolders/\(folder)/")
      return Response(status: 200, text: isThere ? Self.page : "{\"value\":[]}")
    }
    let result = await adapter.search(
      for: Sample.reminder(for: outlook),
      startedAt: started,
      now: now,
      over: Session(transport: transport)
    )
    let requests = await transport.requests.compactMap { request -> HTTPRequest? in
      if case .http(let http) = request { http } else { nil }
    }
    return (result, requests)
  }

  private func json(_ message: Message) throws -> [String: Any] {
    guard case .http(let http) = try outlook.channel().request(for: message) else { return [:] }
    let value = try JSONSerialization.jsonObject(with: Data(http.body ?? []))
    return try #require(value as? [String: Any])
  }
}
