import Channels
import Crypto
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

/// The channels that talk to no vendor: file, standard output, webhook; smtp is beside them.
@Suite struct OwnChannelTests {
  @Test func aLineHasExactlyTheFieldsOfTheSpecificationInTheirOrder() throws {
    let file = try ChannelCase.named("file")
    let keys = [
      "delivery_id", "time", "channel", "audience", "recipient", "rule", "source", "account_id",
      "account_name", "currency", "balance", "overdue_balance", "days_overdue", "level",
      "alert_number", "reason", "template", "subject", "text",
    ]
    var notice = Sample.reminder(for: file)
    notice.alerts = []
    for message in [
      Sample.reminder(for: file), Sample.hostile(for: file), Sample.digest(for: file), notice,
    ] {
      guard case .append(let append) = try file.channel().request(for: message) else { return }
      let line = String(decoding: append.bytes, as: UTF8.self)
      let places = keys.compactMap { line.firstRange(of: "\"\($0)\":")?.lowerBound }
      #expect(places.count == keys.count && places == places.sorted())
      let value = try JSONSerialization.jsonObject(with: Data(append.bytes))
      #expect((value as? [String: Any])?.count == keys.count)
      #expect(line.hasSuffix("}\n") && line.count { $0.isNewline } == 1)
      #expect(append.destination == .file("/home/books/out.jsonl"))
    }
  }

  @Test func aLineIsFoundByItsID() async throws {
    let file = try ChannelCase.named("file")
    let adapter = try #require(try file.channel() as? any SearchableChannel)
    let message = Sample.reminder(for: file)
    guard case .append(let line) = try adapter.request(for: message) else { return }
    for (status, expected) in [(200, SearchResult.found(id: nil)), (404, .absent)] {
      let transport = ScriptedTransport(answering: Response(status: status))
      let result = await adapter.search(
        for: message,
        startedAt: message.time,
        now: message.time,
        over: Session(transport: transport)
      )
      #expect(result == expected)
      guard case .find(let text, let path)? = await transport.requests.first else {
        Issue.record("nothing was looked for")
        return
      }
      #expect(path == "/home/books/out.jsonl")
      #expect(String(decoding: line.bytes, as: UTF8.self).contains(text))
    }
  }

  @Test func theWebhookIsSignedAsDocumented() throws {
    let webhook = try ChannelCase.named("webhook")
    guard
      case .http(let request) = try webhook.channel().request(for: Sample.reminder(for: webhook))
    else { return }
    let body = request.body ?? []
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("1795455605.".utf8) + body,
      using: SymmetricKey(data: Array("whsec-0123456789abcdef".utf8))
    )
    let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(request.header("X-Balancealert-Signature") == "t=1795455605,v1=\(hex)")
    #expect(request.header("X-Token") == "token-0123456789")
  }

  @Test(arguments: [
    ("Content-Type: text/plain", "set by balancealert"), ("'X Y': z", "not a header"),
    ("X-Y: \"a\\r\\nb: c\"", "not a header"),
  ])
  func aHeaderThatWouldBreakTheRequestIsAProblem(_ header: String, _ words: String) throws {
    let webhook = try ChannelCase.named("webhook")
    let problems = try webhook.problems("{url: 'https://x.example', headers: {\(header)}}")
    #expect(problems.contains { $0.message.contains(words) })
  }

  @Test func aWebhookURLMayBeASecretAndIsNoWarningWhenItIsNot() throws {
    let webhook = try ChannelCase.named("webhook")
    #expect(try webhook.problems("url: http://127.0.0.1:9/hook").isEmpty)
    let adapter = try webhook.channel("url: https://x.example/hook/")
    guard case .http(let request) = try adapter.request(for: Sample.reminder(for: webhook)) else {
      return
    }
    #expect(request.url == "https://x.example/hook/")
    #expect(try webhook.set(up: "url: env:https://x.example/hook").secrets.count == 1)
    #expect(try !webhook.problems("url: http://x.example/hook").isEmpty)
  }

  @Test func aBodyOfExactlyTheLimitIsSentAndOneBytePastItIsNot() throws {
    let webhook = try ChannelCase.named("webhook")
    let adapter = try webhook.channel()
    var message = Sample.reminder(for: webhook)
    message.forms[.text] = ""
    guard case .http(let empty) = try adapter.request(for: message) else { return }
    let room = webhook.type.traits.maxBodyBytes - (empty.body?.count ?? 0)
    message.forms[.text] = String(repeating: "x", count: room)
    guard case .http(let full) = try adapter.request(for: message) else { return }
    #expect(full.body?.count == webhook.type.traits.maxBodyBytes)
    message.forms[.text] = String(repeating: "x", count: room + 1)
    #expect(throws: Unsendable.self) { try adapter.request(for: message) }
  }
}
