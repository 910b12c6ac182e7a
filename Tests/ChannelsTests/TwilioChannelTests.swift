import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct TwilioChannelTests {
  private let twilio: ChannelCase
  init() throws { twilio = try ChannelCase.named("twilio") }

  private let started = "2026-11-23T17:40:05Z"
  private let later = "2026-11-23T18:40:05Z"

  @Test func aLongTextIsShortenedToItsSegmentsAndKeepsItsLink() throws {
    var message = Sample.reminder(for: twilio)
    for name in ["Anna", "Anna 😀"] {
      message.forms[.short] =
        String(repeating: "Rent of \(name) is overdue. ", count: 40)
        + "Pay: https://pay.harbour.example/c-1042 Reply STOP to opt out."
      let body = try form(twilio.channel().request(for: message))["Body"] ?? ""
      #expect(SMSSegments.count(body) <= 3)
      #expect(SMSSegments.count(body) == 3)
      #expect(body.hasSuffix("... https://pay.harbour.example/c-1042 Reply STOP to opt out."))
    }
  }

  @Test(arguments: [
    ("+64 21 555-123", "+6421555123"), ("+1 (415) 555.0123", "+14155550123"),
    ("+49\u{A0}30/901820", "+4930901820"),
  ])
  func aNumberIsTakenAsPeopleWriteIt(_ written: String, _ sent: String) throws {
    var message = Sample.reminder(for: twilio)
    message.recipient = written
    #expect(try form(twilio.channel().request(for: message))["To"] == sent)
  }

  @Test(arguments: ["021 555 123", "0064 21 555 123", "+44 (0)20 7946 0018", "+0123456789", "+12"])
  func aNumberIsNeverGuessed(_ written: String) throws {
    var message = Sample.reminder(for: twilio)
    message.recipient = written
    let problem = #expect(throws: Unsendable.self) {
      try twilio.channel().request(for: message)
    }
    #expect(problem?.refusal == .recipient)
    #expect(problem?.why.contains("E.164") == true)
  }

  @Test func anAPIKeyAndAMessagingServiceTakeTheirPlaces() throws {
    let yaml = """
      {account_sid: 'env:ACxxxx', api_key: SKyyyy, api_secret: 'env:zzzz',
       messaging_service_sid: MGcccc, status_callback: 'https://harbour.example/status'}
      """
    let request = try twilio.channel(yaml).request(for: Sample.reminder(for: twilio))
    guard case .http(let http) = request else { return }
    #expect(http.url == "https://api.twilio.com/2010-04-01/Accounts/ACxxxx/Messages.json")
    let user = Data("SKyyyy:zzzz".utf8).base64EncodedString()
    #expect(http.header("Authorization") == "Basic \(user)")
    let fields = form(request)
    #expect(fields["MessagingServiceSid"] == "MGcccc" && fields["From"] == nil)
    #expect(fields["StatusCallback"] == "https://harbour.example/status")
  }

  @Test(arguments: [
    "{account_sid: AC1, from: '+6421000000'}",
    "{account_sid: AC1, auth_token: 'env:t', api_key: SK1, api_secret: 'env:s', from: '+64'}",
    "{account_sid: AC1, api_key: SK1, from: '+6421000000'}",
    "{account_sid: AC1, auth_token: 'env:t'}",
    "{account_sid: AC1, auth_token: 'env:t', from: '+6421000000', messaging_service_sid: MG1}",
    "{account_sid: AC1, auth_token: 'env:t', from: '+6421000000', max_segments: 11}",
  ])
  func settingsThatDoNotFitAreProblems(_ yaml: String) throws {
    #expect(try twilio.problems(yaml).contains { $0.severity == .error })
  }

  @Test func theQueueBeingFullWaitsAnHour() throws {
    let answer = try #require(
      AnswerFile.of(twilio).first { $0.name == "notaccepted-21611-queue-full" }
    )
    guard case .notAccepted(let after, _) = try twilio.outcome(of: answer.response) else { return }
    #expect(after == .seconds(3600))
  }

  @Test func aCustomersNameBringsNoLink() throws {
    let body = try form(twilio.channel().request(for: Sample.hostile(for: twilio)))["Body"] ?? ""
    #expect(!body.contains("evil.example|"))
    #expect(body.hasSuffix("https://pay.harbour.example/c-1042"))
  }

  // MARK: Search

  @Test func theSameTextToTheSameNumberSinceThenIsFound() async throws {
    let body = try form(twilio.channel().request(for: Sample.reminder(for: twilio)))["Body"] ?? ""
    let date = "Mon, 23 Nov 2026 17:40:06 +0000"
    let pages = [
      page([item(sid(1), body, "inbound", date), item(sid(2), "other", "outbound-api", date)], 1),
      page([item(sid(3), body, "outbound-api", date)], nil),
    ]
    let (result, requests) = try await search(pages, now: later)
    #expect(result == .found(id: sid(3)))
    #expect(requests.count == 2)
    let first = requests.first?.url ?? ""
    #expect(first.hasSuffix("/Messages.json?To=%2B6421555123&From=%2B6421000000&PageSize=200"))
    #expect(
      requests.last?.url == "https://api.twilio.com/2010-04-01/Accounts/AC/Messages.json?Page=1"
    )
    let secrets = try twilio.set(up: nil).secrets
    let text = try exchangeText(
      requests[0],
      Response(status: 200, text: pages[0]),
      secrets: secrets
    )
    #expect(
      Golden.difference(of: text, from: "../Fixtures/channels/twilio/exchanges/search.json") == nil
    )
  }

  @Test func anOlderOneIsNotIt() async throws {
    let body = try form(twilio.channel().request(for: Sample.reminder(for: twilio)))["Body"] ?? ""
    let old = page([item(sid(1), body, "outbound-api", "Mon, 23 Nov 2026 17:39:00 +0000")], nil)
    #expect(try await search([old], now: later).0 == .absent)
    let young = page([item(sid(1), body, "outbound-api", "Mon, 23 Nov 2026 17:39:05 +0000")], nil)
    #expect(try await search([young], now: later).0 == .found(id: sid(1)))
  }

  @Test func anAbsenceSoonAfterTheTryProvesNothing() async throws {
    let (result, _) = try await search([page([], nil)], now: "2026-11-23T17:40:14Z")
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
    #expect(try await search([page([], nil)], now: "2026-11-23T17:40:15Z").0 == .absent)
  }

  @Test(arguments: ["not JSON", "{\"messages\":[],\"next_page_uri\":\"https://evil.example/\"}"])
  func aStrangeListCannotTell(_ body: String) async throws {
    let (result, requests) = try await search([body], now: later)
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
    #expect(requests.count == 1)
  }

  private func search(
    _ pages: [String],
    now: String
  ) async throws -> (SearchResult, [HTTPRequest]) {
    let adapter = try #require(try twilio.channel() as? any SearchableChannel)
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let index = http.url.contains("&") ? 0 : 1
      return Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: pages[index]
      )
    }
    let result = await adapter.search(
      for: Sample.reminder(for: twilio),
      startedAt: started,
      now: now,
      over: Session(transport: transport)
    )
    let requests = await transport.requests.compactMap { request -> HTTPRequest? in
      if case .http(let http) = request { return http }
      return nil
    }
    return (result, requests)
  }

  private func sid(_ number: Int) -> String { "SM" + String(repeating: "\(number)", count: 32) }

  private func item(_ sid: String, _ body: String, _ direction: String, _ date: String) -> String {
    let text = body.replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    return "{\"sid\":\"\(sid)\",\"body\":\"\(text)\","
      + "\"direction\":\"\(direction)\",\"date_created\":\"\(date)\"}"
  }

  private func page(_ items: [String], _ next: Int?) -> String {
    let uri = next.map { "\"/2010-04-01/Accounts/AC/Messages.json?Page=\($0)\"" } ?? "null"
    return "{\"messages\":[\(items.joined(separator: ","))],\"next_page_uri\":\(uri)}"
  }

  private func form(_ request: Request) -> [String: String] {
    guard case .http(let http) = request else { return [:] }
    let pairs = String(decoding: http.body ?? [], as: UTF8.self).split(separator: "&").map {
      let parts = $0.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      return (parts[0], parts[1].removingPercentEncoding ?? "")
    }
    return Dictionary(pairs, uniquingKeysWith: { a, _ in a })
  }
}
