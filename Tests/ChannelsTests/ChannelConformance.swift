import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

/// The laws that every channel keeps; the cases are found in Tests/Fixtures/channels.
@Suite struct ChannelConformance {
  // MARK: Completeness: a law without a case proves nothing

  @Test func thereAreChannelsAndAnswers() {
    #expect(allChannels.count >= 7)
    #expect(AnswerFile.all.count >= ChannelCase.all.count)
  }

  @Test(arguments: ChannelCase.all)
  func everyChannelHasAFolderWithCases(_ channel: ChannelCase) throws {
    let words = Set(AnswerFile.of(channel).map(\.expectation))
    #expect(words.contains("accepted"), "\(channel.name) has no accepted answer")
    if case .append = try channel.channel().request(for: Sample.reminder(for: channel)) { return }
    #expect(words.isSuperset(of: ["notaccepted", "unknown"]), "\(channel.name) has \(words)")
    #expect(words.contains { $0.hasPrefix("refused") }, "\(channel.name) has no refusal")
    if try channel.isHTTP {
      let empty = try AnswerFile.of(channel).contains {
        try $0.response.status == 200 && $0.response.body.isEmpty
      }
      #expect(empty, "\(channel.name) does not say what an empty 200 means")
    }
  }

  // MARK: Requests

  @Test(arguments: ChannelCase.all)
  func theRequestIsTheGoldenOne(_ channel: ChannelCase) throws {
    let (adapter, secrets) = try channel.set(up: nil)
    for (name, message) in messages(for: channel) {
      let text = readable(try adapter.request(for: message), secrets: secrets)
      let path = "../Fixtures/channels/\(channel.name)/requests/\(name).txt"
      #expect(Golden.difference(of: text, from: path) == nil)
      for secret in secrets { #expect(!text.contains(secret)) }
    }
  }

  @Test(arguments: ChannelCase.all)
  func theSameMessageGivesTheSameBytes(_ channel: ChannelCase) throws {
    for (_, message) in messages(for: channel) {
      #expect(
        try channel.channel().request(for: message) == channel.channel().request(for: message)
      )
    }
  }

  @Test(arguments: ChannelCase.all)
  func aHostileNameChangesNoStructure(_ channel: ChannelCase) throws {
    let adapter = try channel.channel()
    #expect(
      try shape(adapter.request(for: Sample.hostile(for: channel)))
        == shape(adapter.request(for: Sample.reminder(for: channel)))
    )
  }

  @Test(arguments: ChannelCase.all)
  func theDeliveryIDIsWhereTheTraitsSay(_ channel: ChannelCase) throws {
    let message = Sample.reminder(for: channel)
    let request = try channel.channel().request(for: message)
    switch (channel.type.traits.idPlace, request) {
    case (.idempotencyHeader(let name), .http(let http)):
      #expect(http.header(name) == message.deliveryID)
    case (.idempotencyField(let name), .http(let http)):
      let body = String(decoding: http.body ?? [], as: UTF8.self)
      #expect(body.contains("\"\(name)\":\"\(message.deliveryID)\""))
    case (.visible, _), (.record, _):
      #expect(readable(request, secrets: []).contains(message.deliveryID))
    case (.nowhere, _): break
    default: Issue.record("\(channel.name) has no place for the id in such a request")
    }
  }

  @Test(arguments: ChannelCase.all)
  func aMessageIsWithinTheLimitsOrNotMade(_ channel: ChannelCase) throws {
    let adapter = try channel.channel()
    let long = String(repeating: "Tenant ünd <b>&amp; Sons ", count: 20_000)
    var message = Sample.message(for: channel, name: long)
    for form in Form.allCases { message.forms[form] = long }
    var parts = adapter.split(message)
    if channel.type.traits.takesDigest {
      parts += adapter.split(Sample.digest(for: channel, alerts: 300))
    }
    for part in parts {
      do throws(Unsendable) {
        let size = size(try adapter.request(for: part))
        #expect(size <= channel.type.traits.maxBodyBytes)
      } catch {
        #expect(error.refusal == .message)
      }
    }
  }

  @Test(arguments: ChannelCase.all)
  func withoutAnAddressNoRequestIsMade(_ channel: ChannelCase) throws {
    guard [.email, .phone].contains(channel.type.traits.address) else { return }
    let adapter = try channel.channel()
    for address in [
      nil, "", "tenant", "a@b@c.example", "x@y.example\r\nBcc: z@y.example", "021 55",
    ] {
      var message = Sample.reminder(for: channel)
      message.recipient = address
      let problem = #expect(throws: Unsendable.self) { try adapter.request(for: message) }
      #expect(problem?.refusal == .recipient)
    }
  }

  @Test(arguments: ChannelCase.all)
  func partsOfADigestHaveIDsOfTheirOwn(_ channel: ChannelCase) throws {
    guard channel.type.traits.takesDigest else { return }
    let digest = Sample.digest(for: channel, alerts: 300)
    let parts = try channel.channel().split(digest)
    #expect(parts.flatMap(\.alerts) == digest.alerts)
    #expect(Set(parts.map(\.deliveryID)).count == parts.count)
    #expect(parts.first?.deliveryID == digest.deliveryID)
  }

  // MARK: Answers

  @Test(arguments: AnswerFile.all)
  func anAnswerGivesTheOutcomeOfItsName(_ answer: AnswerFile) throws {
    let outcome = try answer.channel.outcome(of: answer.response)
    #expect(outcome.word == answer.expectation, "\(outcome)")
    for secret in try answer.channel.set(up: nil).secrets { #expect(!outcome.why.contains(secret)) }
  }

  @Test(arguments: ChannelCase.all)
  func aFaultIsNeverAccepted(_ channel: ChannelCase) async throws {
    let message = Sample.reminder(for: channel)
    let (adapter, secrets) = try channel.set(up: nil)
    let faults: [(WireError, String)] = [
      (.notSent("refused"), "notaccepted"), (.untrusted("certificate"), "notaccepted"),
      (.sentThenLost("cut"), "unknown"), (.tooLarge("50 MB"), "unknown"),
      (.signInNeeded("token"), "signin"), (.forbidden("http"), "refusedchannel"),
    ]
    for (fault, word) in faults {
      let transport = ScriptedTransport { _ throws(WireError) in throw fault }
      let outcome = await adapter.send(message, over: Session(transport: transport))
      let asked = await transport.requests
      #expect(asked.count == 1, "an adapter does not try again")
      // Of a platform of several calls the first is not the message: it was surely not sent.
      let isMessage = try asked.first == adapter.request(for: message)
      #expect(outcome.word == (word == "unknown" && !isMessage ? "notaccepted" : word))
      for secret in secrets { #expect(!outcome.why.contains(secret)) }
    }
  }

  /// Codes come and go; what the status says stays true.
  @Test(arguments: ChannelCase.all)
  func aCodeThatNobodyKnowsMakesNoRefusalOfABusyPlatform(_ channel: ChannelCase) throws {
    // Mail has reply codes of its own, and files have none.
    if [.local, .mail].contains(try Self.kind(of: channel)) { return }
    let bodies = [
      #"[{"errorCode":"UNHEARD_OF","message":"m"}]"#,
      #"{"code":"UNHEARD_OF","details":{},"message":"m","status":"error"}"#,
      #"{"status":"error","code":-1,"name":"Unheard_Of","message":"m"}"#,
      #"{"error":{"code":987654,"message":"m","status":"UNHEARD_OF"}}"#,
      #"{"error":{"code":"UnheardOf","message":"m"}}"#,
      #"{"errors":[{"code":"unheard_of","message":"m","field":"x"}]}"#,
      #"{"code":98765,"message":"m","status":503}"#, "unheard_of", "",
    ]
    for status in [429, 500, 502, 503, 504] {
      for body in bodies {
        let outcome = try channel.outcome(of: Response(status: status, text: body))
        #expect(["notaccepted", "unknown"].contains(outcome.word), "\(status) \(body): \(outcome)")
      }
    }
  }

  private enum Kind { case local, mail, web }

  private static func kind(of channel: ChannelCase) throws -> Kind {
    switch try channel.channel().request(for: Sample.reminder(for: channel)) {
    case .http: .web
    case .mail: .mail
    case .append, .find, .file, .command: .local
    }
  }

  @Test(arguments: ChannelCase.all)
  func a200ThatIsNotThePlatformsIsNotAccepted(_ channel: ChannelCase) throws {
    // Where an empty 200 is a success, the body means nothing (webhook, smtp, files).
    let meansNothing = try AnswerFile.of(channel).contains {
      try $0.expectation == "accepted" && $0.response.body.isEmpty
        && [200, 250].contains($0.response.status)
    }
    if meansNothing { return }
    let bodies: [[UInt8]] = [
      [], Array("<html><body>Sign in to the hotel's network</body></html>".utf8),
      Array("{\"status\":\"suc".utf8), [0xFF, 0xFE, 0x6F, 0x6B, 0xE9], Array("[]".utf8),
      Array(repeating: UInt8(ascii: "x"), count: 500_000),
    ]
    for body in bodies {
      let outcome = try channel.outcome(of: Response(status: 200, body: body))
      #expect(outcome.word == "unknown")
      #expect(outcome.why.utf8.count < 1500)
    }
  }

  @Test(arguments: ChannelCase.all)
  func a429IsTriedAgainAfterTheTimeItNames(_ channel: ChannelCase) throws {
    guard try channel.isHTTP else { return }
    for headers in [
      [], [Header("Retry-After", "30")], [Header("Retry-After", "Mon, 23 Nov 2026 18:00:00 GMT")],
    ] {
      let response = Response(status: 429, headers: headers, text: "slow down")
      guard case .notAccepted(let after, _) = try channel.outcome(of: response) else {
        Issue.record("\(channel.name): a 429 is not \"not accepted\"")
        continue
      }
      #expect(after == response.retryAfter())
    }
  }

  @Test(arguments: ChannelCase.all)
  func a401AsksForASignIn(_ channel: ChannelCase) throws {
    guard try channel.isHTTP else { return }
    #expect(try channel.outcome(of: Response(status: 401)).word == "signin")
  }

  @Test(arguments: ChannelCase.all)
  func aRedirectIsNotFollowed(_ channel: ChannelCase) throws {
    guard try channel.isHTTP else { return }
    let response = Response(status: 302, headers: [Header("Location", "https://evil.example/")])
    #expect(try channel.outcome(of: response).word == "refusedchannel")
  }

  // MARK: How

  private func messages(for channel: ChannelCase) -> [(String, Message)] {
    let digest =
      channel.type.traits.takesDigest ? [("digest", Sample.digest(for: channel))] : []
    return [
      ("reminder", Sample.reminder(for: channel)), ("hostile", Sample.hostile(for: channel)),
    ] + digest
  }

  private func size(_ request: Request) -> Int {
    switch request {
    case .http(let http): http.body?.count ?? 0
    case .mail(let mail): mail.message.count
    case .append(let append): append.bytes.count
    default: 0
    }
  }
}
