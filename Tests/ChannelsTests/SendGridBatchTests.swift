import Channels
import Foundation
import Messages
import Outbox
import Support
import Testing
import Wire

/// Several mails in one request, where a dynamic template makes them.
@Suite struct SendGridBatchTests {
  private static let template = """
    api_key: env:SG.key-0123456789
    from: accounts@harbour.example
    template_id: d-0123456789abcdef0123456789abcdef
    """

  private func channel(_ yaml: String = template) throws -> any BatchChannel {
    try #require(try ChannelCase.named("sendgrid").channel(yaml) as? any BatchChannel)
  }

  private func messages(_ addresses: [String?]) throws -> [Message] {
    let sendGrid = try ChannelCase.named("sendgrid")
    return addresses.enumerated().map { index, address in
      var message = Sample.reminder(for: sendGrid)
      message.recipient = address
      message.cc = []
      message.deliveryID = "id-\(index)"
      message.alerts[0].accountName = "Name \(index)"
      return message
    }
  }

  private func personalizations(_ request: Request) throws -> [[String: Any]] {
    guard case .http(let http) = request else { return [] }
    let body = try JSONSerialization.jsonObject(with: Data(http.body ?? [])) as? [String: Any]
    #expect(body?["headers"] == nil || (body?["personalizations"] as? [Any])?.count == 1)
    return body?["personalizations"] as? [[String: Any]] ?? []
  }

  @Test func eachMailIsAPersonalizationOfItsOwn() async throws {
    let transport = ScriptedTransport(
      answering: Response(status: 202, headers: [Header("X-Message-Id", "m-1")]))
    let outcomes = try await channel().send(
      messages(["a@x.example", "b@x.example", "c@x.example"]), over: Session(transport: transport))
    #expect(outcomes == Array(repeating: .accepted(id: "m-1"), count: 3))
    let requests = await transport.requests
    #expect(requests.count == 1)
    let parts = try personalizations(requests[0])
    #expect(parts.count == 3)
    for (index, part) in parts.enumerated() {
      #expect((part["to"] as? [[String: Any]])?.count == 1)
      #expect((part["custom_args"] as? [String: String])?.values.contains("id-\(index)") == true)
      let headers = part["headers"] as? [String: String]
      #expect(headers?["X-Balancealert-Delivery"] == "id-\(index)")
      let account = (part["dynamic_template_data"] as? [String: Any])?["account"] as? [String: Any]
      #expect(account?["name"] as? String == "Name \(index)")
    }
  }

  @Test func oneBadAddressStopsNobodyElse() async throws {
    let refusal = Response(
      status: 400,
      text: #"{"errors":[{"message":"Does not contain a valid address.","#
        + #""field":"personalizations.1.to.0.email","help":null}]}"#
    )
    let single = Response(
      status: 400,
      text: #"{"errors":[{"message":"Does not contain a valid address.","#
        + #""field":"personalizations.0.to.0.email","help":null}]}"#
    )
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("") }
      let text = String(decoding: http.body ?? [], as: UTF8.self)
      let isBatch = text.contains("a@x.example") && text.contains("bad@x.example")
      if isBatch { return refusal }
      return text.contains("bad@x.example") ? single : Response(status: 202)
    }
    let outcomes = try await channel().send(
      messages(["a@x.example", "bad@x.example", nil]), over: Session(transport: transport))
    #expect(outcomes.map(\.word) == ["accepted", "refusedrecipient", "refusedrecipient"])
    #expect(await transport.requests.count == 3)
  }

  @Test(arguments: [
    (429, "notaccepted"), (401, "signin"), (403, "refusedchannel"), (500, "unknown"),
  ])
  func whatIsAboutTheRequestIsSharedAndNotRepeated(_ status: Int, _ word: String) async throws {
    let transport = ScriptedTransport(answering: Response(status: status, text: "{}"))
    let outcomes = try await channel().send(
      messages(["a@x.example", "b@x.example"]), over: Session(transport: transport))
    #expect(outcomes.map(\.word) == [word, word])
    #expect(await transport.requests.count == 1)
  }

  @Test func ourOwnTextsGoOneByOne() throws {
    #expect(try channel().batchSize == 100)
    #expect(try channel("api_key: env:SG.key-0123456789\nfrom: a@x.example").batchSize == 1)
    #expect(try channel(Self.template + "\ncheck_suppressions: true").batchSize == 1)
  }
}
