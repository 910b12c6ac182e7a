import Channels
import Foundation
import Messages
import Outbox
import Receivables
import Settings
import Support
import Testing
import Wire

@Suite struct IntercomChannelTests {
  private let intercom: ChannelCase
  init() throws { intercom = try ChannelCase.named("intercom") }

  /// The calls of one message, in their order.
  enum Step: String, CaseIterable, Sendable { case search, update, message }

  // MARK: Three calls

  @Test func theContactIsFoundUpdatedAndWrittenTo() async throws {
    let (outcome, exchanges) = try await send()
    #expect(outcome == .accepted(id: "19"))
    #expect(exchanges.map { $0.0.method } == [.POST, .PUT, .POST])
    let secrets = try intercom.set(up: nil).secrets
    for (step, exchange) in zip(Step.allCases, exchanges) {
      let text = try exchangeText(exchange.0, exchange.1, secrets: secrets)
      let path = "../Fixtures/channels/intercom/exchanges/send-\(step.rawValue).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }

  @Test func aMessageInTheAppHasNoSubject() async throws {
    let (outcome, exchanges) = try await send(yaml: settings("attributes: {}"))
    #expect(outcome == .accepted(id: "19"))
    #expect(exchanges.map { $0.0.url.split(separator: "/").last } == ["search", "messages"])
    let body = try json(exchanges.last?.0)
    #expect(body["message_type"] as? String == "inapp" && body["subject"] == nil)
    #expect(body["create_conversation_without_contact_reply"] as? Bool == true)
  }

  @Test(arguments: Step.allCases)
  func aFaultBeforeTheMessageIsHarmlessAndOneOfTheMessageIsNot(_ step: Step) async throws {
    let isMessage = step == .message
    for fault in [WireError.sentThenLost("cut"), .tooLarge("50 MB")] {
      let (outcome, exchanges) = try await send(failing: step, fault: fault)
      #expect(outcome.word == (isMessage ? "unknown" : "notaccepted"))
      #expect(exchanges.count == (Step.allCases.firstIndex(of: step) ?? 0) + 1)
    }
    for status in [500, 502, 503, 504] {
      let (outcome, _) = try await send(failing: step, answer: Response(status: status))
      #expect(outcome.word == (isMessage ? "unknown" : "notaccepted"), "\(status)")
    }
    let notSent = try await send(failing: step, fault: .notSent("refused")).0
    #expect(notSent.word == "notaccepted")
    let strange = try await send(failing: step, answer: Response(status: 200, text: "<html>")).0
    #expect(strange.word == (step == .update ? "accepted" : isMessage ? "unknown" : "notaccepted"))
  }

  @Test(arguments: Step.allCases)
  func refusalsStopWhereTheyCome(_ step: Step) async throws {
    for (name, words) in [
      ("signin-401", ["signin", "signin", "signin"]),
      ("refusedchannel-plan", ["refusedchannel", "refusedchannel", "refusedchannel"]),
      ("refused-no-body", ["refusedchannel", "refusedchannel", "refused"]),
      ("notaccepted-404-fresh-contact", ["notaccepted", "notaccepted", "notaccepted"]),
      ("notaccepted-429", ["notaccepted", "notaccepted", "notaccepted"]),
    ] {
      let answer = try #require(AnswerFile.of(intercom).first { $0.name == name }).response
      let (outcome, exchanges) = try await send(failing: step, answer: answer)
      let index = Step.allCases.firstIndex(of: step) ?? 0
      #expect(outcome.word == words[index], "\(name) at \(step)")
      #expect(exchanges.count == index + 1)
    }
  }

  @Test func aRateLimitEndsWithItsWindow() async throws {
    let answer = try #require(AnswerFile.of(intercom).first { $0.name == "notaccepted-429" })
    guard case .notAccepted(let after, _) = try intercom.outcome(of: answer.response) else {
      return
    }
    #expect(after == .seconds(5))
  }

  // MARK: Who

  @Test(arguments: [
    ([], "refusedrecipient"), ([("1", "user", "Accounts@Tenant.example")], "accepted"),
    ([("1", "lead", "accounts@tenant.example")], "accepted"),
    (
      [("1", "user", "accounts@tenant.example"), ("2", "lead", "accounts@tenant.example")],
      "accepted"
    ),
    (
      [("1", "user", "accounts@tenant.example"), ("2", "user", "accounts@tenant.example")],
      "refusedrecipient"
    ),
    (
      [("1", "lead", "accounts@tenant.example"), ("2", "lead", "accounts@tenant.example")],
      "refusedrecipient"
    ),
    ([("1", "user", "somebody@else.example")], "refusedrecipient"),
  ])
  func itIsNeverGuessedWhoIsMeant(
    _ contacts: [(String, String, String)],
    _ word: String
  ) async throws {
    let list = list(contacts.map { contact($0.0, $0.1, $0.2) })
    let (outcome, exchanges) = try await send(contacts: list)
    #expect(outcome.word == word)
    if word == "accepted" {
      let to = try json(exchanges.last?.0)["to"] as? [String: String]
      #expect(to == ["type": contacts[0].1, "id": "1"])
    } else {
      #expect(exchanges.count == 1)
    }
  }

  @Test(arguments: [
    ("unsubscribed_from_emails", "optedout"), ("marked_email_as_spam", "optedout"),
    ("has_hard_bounced", "refusedrecipient"),
  ])
  func whoWantsNoEMailGetsNone(_ flag: String, _ word: String) async throws {
    let contact = contact("1", "user", "accounts@tenant.example")
      .replacing("\"\(flag)\":false", with: "\"\(flag)\":true")
    let (outcome, exchanges) = try await send(contacts: list([contact]))
    #expect(outcome.word == word && exchanges.count == 1)
    let inApp = try await send(yaml: settings("attributes: {}"), contacts: list([contact])).0
    #expect(inApp.word == "accepted")
  }

  @Test func anExternalIDIsTheAccountsOwnAndNobodyElses() async throws {
    let yaml = settings("find_by: external_id")
    let byID = try await send(yaml: yaml).1
    let query = try json(byID.first?.0)["query"] as? [String: String]
    #expect(query == ["field": "external_id", "operator": "=", "value": "C-1042"])
    var message = Sample.reminder(for: intercom)
    message.recipient = "dana@harbour.example"
    message.audience = .owner
    let byEmail = try await send(message, yaml: yaml).1
    let other = try json(byEmail.first?.0)["query"] as? [String: String]
    #expect(other == ["field": "email", "operator": "=", "value": "dana@harbour.example"])
  }

  // MARK: What

  @Test func whatIsNotKnownIsClearedAndDatesFollowTheirName() async throws {
    var message = Sample.reminder(for: intercom)
    message.alerts[0].threshold = nil
    message.alerts[0].payURL = "https://pay.example/" + String(repeating: "x", count: 300)
    let yaml = settings(
      "attributes: {limit: threshold, due_at: oldest_due_date, due: oldest_due_date, "
        + "pay: account.pay_url, days: days_overdue, amount: balance}"
    )
    let exchanges = try await send(message, yaml: yaml).1
    let body = try json(exchanges[1].0)["custom_attributes"] as? [String: Any]
    #expect(body?["limit"] is NSNull && body?["pay"] is NSNull)
    #expect(body?["due_at"] as? Int == 1_793_664_000)
    #expect(body?["due"] as? String == "2026-11-03")
    #expect(body?["days"] as? Int == 20)
    #expect(body?["amount"] as? String == "1840.50")
  }

  @Test func onlyTheAccountsLinksCanBeClicked() throws {
    var message = Sample.reminder(for: intercom)
    message.alerts[0].payURL = "https://pay.example/c"
    message.forms[.text] =
      "Dear <b>Bob</b> https://evil.example\r\n\r\nPay: https://pay.example/c"
    guard case .http(let http) = try intercom.channel().request(for: message) else { return }
    #expect(
      try json(http)["body"] as? String
        == "<p>Dear &lt;b&gt;Bob&lt;/b&gt; https://evil.example</p><p>Pay: "
        + "<a href=\"https://pay.example/c\">https://pay.example/c</a></p>"
    )
  }

  @Test func aMessageThatRendersNothingChangesNothing() async throws {
    for form in [Form.subject, .text] {
      var message = Sample.reminder(for: intercom)
      message.forms[form] = " \n"
      let (outcome, exchanges) = try await send(message)
      #expect(outcome.word == "refused" && exchanges.isEmpty)
    }
  }

  @Test(arguments: [
    ("region: eu", "https://api.eu.intercom.io/messages"),
    ("region: au", "https://api.au.intercom.io/messages"),
    ("region: eu, base_url: 'http://127.0.0.1:9'", "http://127.0.0.1:9/messages"),
  ])
  func aRegionHasItsHost(_ line: String, _ url: String) throws {
    let adapter = try intercom.channel(settings(line))
    guard case .http(let http) = try adapter.request(for: Sample.reminder(for: intercom)) else {
      return
    }
    #expect(http.url == url && http.header("Intercom-Version") == "2.16")
  }

  @Test(arguments: ["region: de", "attributes: {x: balanse}", "message_type: sms"])
  func settingsThatDoNotFitAreProblems(_ line: String) throws {
    #expect(try intercom.problems(settings(line)).contains { $0.severity == .error })
  }

  @Test func anAdminIsANumber() throws {
    let yaml = settings("region: us").replacing("'394051'", with: "dana")
    #expect(try intercom.problems(yaml).contains { $0.path.hasSuffix("from_admin") })
  }

  // MARK: How

  private func settings(_ more: String) -> String {
    "{access_token: 'env:dG9rOmFiYzEyMw==', from_admin: '394051', \(more)}"
  }

  private func contact(_ id: String, _ role: String, _ email: String) -> String {
    """
    {"type":"contact","id":"\(id)","external_id":"C-1042","role":"\(role)","email":"\(email)",\
    "has_hard_bounced":false,"marked_email_as_spam":false,"unsubscribed_from_emails":false}
    """
  }

  private func list(_ contacts: [String]) -> String {
    """
    {"type":"list","data":[\(contacts.joined(separator: ","))],"total_count":\(contacts.count),\
    "pages":{"type":"pages","page":1,"per_page":50,"total_pages":1}}
    """
  }

  /// Sends over a transport on which all goes well but one step.
  private func send(
    _ message: Message? = nil,
    yaml: String? = nil,
    contacts: String? = nil,
    failing: Step? = nil,
    fault: WireError? = nil,
    answer: Response? = nil
  ) async throws -> (Outcome, [(HTTPRequest, Response)]) {
    let json = [Header("Content-Type", "application/json; charset=utf-8")]
    let found = contact("6762f0cd1bb69f9f2193bb7c", "user", "accounts@tenant.example")
    let search = Response(status: 200, headers: json, text: contacts ?? list([found]))
    let update = Response(status: 200, headers: json, text: found)
    let accepted = try #require(AnswerFile.of(intercom).first { $0.name == "accepted-email" })
    let sent = try accepted.response
    @Sendable func step(_ http: HTTPRequest) -> Step {
      http.method == .PUT ? .update : http.url.hasSuffix("/search") ? .search : .message
    }
    @Sendable func good(_ step: Step) -> Response {
      switch step {
      case .search: search
      case .update: update
      case .message: sent
      }
    }
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let step = step(http)
      if step == failing {
        if let fault { throw fault }
        if let answer { return answer }
      }
      return good(step)
    }
    let outcome = await (try intercom.channel(yaml)).send(
      message ?? Sample.reminder(for: intercom),
      over: .ofOneTry(transport)
    )
    let exchanges = await transport.requests.compactMap { request -> (HTTPRequest, Response)? in
      guard case .http(let http) = request else { return nil }
      return (http, good(step(http)))
    }
    return (outcome, exchanges)
  }

  private func json(_ request: HTTPRequest?) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(request?.body ?? []))
    return try #require(value as? [String: Any])
  }
}
