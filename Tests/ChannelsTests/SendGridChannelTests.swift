import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct SendGridChannelTests {
  private let sendgrid: ChannelCase
  init() throws { sendgrid = try ChannelCase.named("sendgrid") }

  private let started = "2026-11-23T17:40:05Z"
  private let later = "2026-11-23T18:40:05Z"

  @Test func theIDOfTheMessageIsKept() throws {
    let answer = try #require(AnswerFile.of(sendgrid).first { $0.name == "accepted-202" })
    #expect(
      try sendgrid.outcome(of: answer.response) == .accepted(id: "14c5d75ce93.dfd.64b469")
    )
  }

  @Test func aRateLimitEndsWhenSendGridSays() throws {
    let answer = try #require(AnswerFile.of(sendgrid).first { $0.name == "notaccepted-429" })
    guard case .notAccepted(let after, _) = try sendgrid.outcome(of: answer.response) else {
      return
    }
    #expect(after == .seconds(60))
  }

  @Test func copiesRepeatNoAddress() throws {
    var message = Sample.reminder(for: sendgrid)
    message.cc = ["Accounts@Tenant.example", "b@x.example", "B@x.example", "not an address"]
    let first = try #require(try personalization(message))
    #expect((first["cc"] as? [[String: String]])?.map { $0["email"] } == ["b@x.example"])
    #expect((first["to"] as? [Any])?.count == 1)
  }

  @Test func aSandboxTakesA200() throws {
    let adapter = try sendgrid.channel("{api_key: 'env:SG.x', from: a@b.example, sandbox: true}")
    #expect(adapter.outcome(of: Response(status: 200)) == .accepted(id: nil))
    let body = try json(adapter.request(for: Sample.reminder(for: sendgrid)))
    let settings = body["mail_settings"] as? [String: [String: Bool]]
    #expect(settings?["sandbox_mode"]?["enable"] == true)
  }

  @Test func aTemplateGetsItsData() throws {
    let yaml = "{api_key: 'env:SG.x', from: a@b.example, template_id: d-123}"
    let adapter = try sendgrid.channel(yaml)
    let request = try adapter.request(for: Sample.hostile(for: sendgrid))
    let body = try json(request)
    #expect(body["content"] == nil && body["subject"] == nil)
    let list = body["personalizations"] as? [[String: Any]]
    let data = list?.first?["dynamic_template_data"] as? [String: Any]
    #expect(data?["overdue_balance"] as? String == "NZ$1,240.50")
    #expect((data?["invoices"] as? [[String: Any]])?.first?["number"] as? String == "INV-77")
    guard case .http(let http) = request else { return }
    let answer = Response(status: 202, headers: [Header("X-Message-Id", "1")])
    let text = try exchangeText(http, answer, secrets: ["SG.x"])
    #expect(
      Golden.difference(of: text, from: "../Fixtures/channels/sendgrid/exchanges/template.json")
        == nil
    )
    let legacy = "{api_key: 'env:SG.x', from: a@b.example, template_id: 4f4e}"
    #expect(try sendgrid.problems(legacy).contains { $0.path.hasSuffix("template_id") })
  }

  @Test func aTemplateThatRendersNothingIsNotSent() throws {
    for form in [Form.subject, .text] {
      var message = Sample.reminder(for: sendgrid)
      message.forms[form] = " \n"
      #expect(throws: Unsendable.self) { try sendgrid.channel().request(for: message) }
    }
  }

  // MARK: Search

  @Test func theLogIsComparedByTheCustomArgument() async throws {
    let (result, exchanges) = try await search(argument: "ba1-7f3c9e20b6d4a158", now: later)
    #expect(result == .found(id: "14c5d75ce93.dfd.64b469.recvd-5f8-1"))
    let secrets = try sendgrid.set(up: nil).secrets
    for (index, exchange) in exchanges.enumerated() {
      let text = try exchangeText(exchange.0, exchange.1, secrets: secrets)
      let path = "../Fixtures/channels/sendgrid/exchanges/search-\(index + 1).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }

  @Test func anotherDeliveryIsNotIt() async throws {
    #expect(try await search(argument: "ba1-other", now: later).0 == .absent)
  }

  @Test func theLogLagsSoAnEarlyAbsenceProvesNothing() async throws {
    let (result, _) = try await search(argument: "ba1-other", now: "2026-11-23T17:50:05Z")
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
  }

  @Test(arguments: [400, 401, 403, 429, 500])
  func aLogThatRefusesCannotTell(_ status: Int) async throws {
    let adapter = try #require(try sendgrid.channel() as? any SearchableChannel)
    let result = await adapter.search(
      for: Sample.reminder(for: sendgrid),
      startedAt: started,
      now: later,
      over: .ofOneTry(ScriptedTransport(answering: Response(status: status)))
    )
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
  }

  private func search(
    argument: String,
    now: String
  ) async throws -> (SearchResult, [(HTTPRequest, Response)]) {
    let adapter = try #require(try sendgrid.channel() as? any SearchableChannel)
    let id = "14c5d75ce93.dfd.64b469.recvd-5f8-1"
    let common =
      "\"from_email\":\"accounts@harbour.example\",\"sg_message_id\":\"\(id)\","
      + "\"subject\":\"Reminder\",\"to_email\":\"accounts@tenant.example\",\"status\":\"delivered\""
    let list = Response(
      status: 200,
      headers: [Header("Content-Type", "application/json")],
      text: "{\"messages\":[{\(common),\"sg_message_id_created_at\":\"2026-11-23T17:40:06Z\"}]}"
    )
    let detail = Response(
      status: 200,
      headers: [Header("Content-Type", "application/json")],
      text: "{\(common),\"api_key_id\":\"a\",\"client_ip\":\"192.0.2.1\",\"events\":[],"
        + "\"custom_args\":{\"balancealert_delivery\":\"\(argument)\"}}"
    )
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      return http.method == .POST ? list : detail
    }
    let result = await adapter.search(
      for: Sample.reminder(for: sendgrid),
      startedAt: started,
      now: now,
      over: Session(transport: transport)
    )
    let exchanges = await transport.requests.compactMap { request -> (HTTPRequest, Response)? in
      guard case .http(let http) = request else { return nil }
      return (http, http.method == .POST ? list : detail)
    }
    return (result, exchanges)
  }

  private func personalization(_ message: Message) throws -> [String: Any]? {
    let body = try json(sendgrid.channel().request(for: message))
    return (body["personalizations"] as? [[String: Any]])?.first
  }

  private func json(_ request: Request) throws -> [String: Any] {
    guard case .http(let http) = request else { return [:] }
    let value = try JSONSerialization.jsonObject(with: Data(http.body ?? []))
    return try #require(value as? [String: Any])
  }
}
