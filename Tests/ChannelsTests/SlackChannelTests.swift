import Channels
import Foundation
import Messages
import Outbox
import Support
import Testing
import Wire

@Suite struct SlackChannelTests {
  private let slack: ChannelCase
  init() throws { slack = try ChannelCase.named("slack") }

  @Test func everyPartOfADigestFitsWhateverTheNames() throws {
    let adapter = try slack.channel()
    for count in [0, 1, 2, 44, 45, 46, 47, 90, 91, 250] {
      for name in ["T", Sample.plainName, String(repeating: "&<>*", count: 200)] {
        var digest = Sample.digest(for: slack, alerts: count)
        for index in digest.alerts.indices { digest.alerts[index].accountName = name }
        let parts = adapter.split(digest)
        #expect(parts.flatMap(\.alerts) == digest.alerts)
        for part in parts {
          let body = try json(adapter.request(for: part))
          let blocks = try #require(body["blocks"] as? [[String: Any]])
          #expect(blocks.count == part.alerts.count + 2)
          #expect(blocks.count <= 50)
          let text = try JSONSerialization.data(
            withJSONObject: blocks,
            options: .withoutEscapingSlashes
          )
          #expect(String(decoding: text, as: UTF8.self).unicodeScalars.count <= 12_000)
        }
      }
    }
  }

  @Test func aDigestThatWasNotSplitIsNotSent() throws {
    let digest = Sample.digest(for: slack, alerts: 49)
    let problem = #expect(throws: Unsendable.self) {
      try slack.channel().request(for: digest)
    }
    #expect(problem?.refusal == .message)
  }

  @Test func laterPartsHaveTheirOwnIDs() throws {
    let parts = try slack.channel().split(Sample.digest(for: slack, alerts: 120))
    let id = "ba1-7f3c9e20b6d4a158"
    #expect(parts.map(\.deliveryID).prefix(3) == [id, "\(id).2", "\(id).3"])
  }

  @Test(arguments: [149, 150, 151, 10_000])
  func aHeaderKeepsItsLimit(_ length: Int) throws {
    var message = Sample.reminder(for: slack)
    message.forms[.title] = String(repeating: "é", count: length)
    let body = try json(slack.channel().request(for: message))
    let blocks = try #require(body["blocks"] as? [[String: Any]])
    let header = try #require(blocks.first?["text"] as? [String: Any])
    let text = try #require(header["text"] as? String)
    #expect(text.count == min(length, 150))
    #expect(text.hasSuffix("…") == (length > 150))
  }

  @Test func noNameMentionsOrLinks() throws {
    guard case .http(let request) = try slack.channel().request(for: Sample.hostile(for: slack))
    else { return }
    let text = String(decoding: request.body ?? [], as: UTF8.self)
    #expect(!text.contains("<!channel>\"") && !text.contains("*<!"))
    let mrkdwn = texts(in: try json(.http(request)), type: "mrkdwn").joined()
    #expect(!mrkdwn.contains("<!"))
    #expect(!mrkdwn.contains("<https://evil"))
    #expect(!mrkdwn.contains("*Bob*"))
  }

  @Test func aLinkThatCouldEndItselfIsLeftOut() throws {
    var message = Sample.reminder(for: slack)
    message.alerts[0].url = "https://books.example/|x> <!channel>"
    message.alerts[0].payURL = "javascript:alert(1)"
    let mrkdwn = texts(in: try json(slack.channel().request(for: message)), type: "mrkdwn").joined()
    #expect(!mrkdwn.contains("<!channel>") && !mrkdwn.contains("javascript:"))
  }

  @Test func aNoticeWithoutAnAlertSaysItsText() throws {
    var message = Sample.reminder(for: slack)
    message.alerts = []
    message.forms[.title] = "Xero has failed three times"
    message.forms[.text] = "Source books: HTTP 500 <br>"
    let mrkdwn = texts(in: try json(slack.channel().request(for: message)), type: "mrkdwn")
    #expect(mrkdwn == ["Source books: HTTP 500 &lt;br&gt;"])
  }

  @Test func eachLinkOfTheAlertIsAButton() throws {
    var message = Sample.reminder(for: slack)
    message.alerts[0].payURL = "javascript:alert(1)"
    let blocks = try json(slack.channel().request(for: message))["blocks"] as? [[String: Any]]
    let actions = blocks?.first { $0["type"] as? String == "actions" }
    let buttons = try #require(actions?["elements"] as? [[String: Any]])
    #expect(
      buttons.map { $0["url"] as? String } == [
        "https://books.example/i/77", "https://books.example/c-1042?a=1&b=2",
      ]
    )
    #expect(Set(buttons.compactMap { $0["action_id"] as? String }).count == 2)
  }

  @Test func aRefusalOfTheWebhookSaysWhatToDo() throws {
    for answer in AnswerFile.of(slack) where answer.expectation == "refusedchannel" {
      let outcome = try slack.outcome(of: answer.response)
      let isKnown = !answer.name.contains("another-word")
      #expect(outcome.why.hasSuffix("look at the webhook") != isKnown, "\(outcome.why)")
    }
  }

  /// An empty object would be refused without a message, by habit and not by Slack's word.
  @Test func inspectionPostsNothing() async throws {
    let transport = ScriptedTransport(answering: Response(status: 200, text: "ok"))
    let findings = await (try slack.channel()).inspect(over: .ofOneTry(transport))
    #expect(findings.map(\.kind) == [.note])
    #expect(await transport.requests.isEmpty)
  }

  @Test func baseURLReplacesTheHost() throws {
    let yaml =
      "{webhook_url: 'env:https://hooks.slack.com/services/T/B/X', base_url: 'http://[::1]:9/s'}"
    guard
      case .http(let request) = try slack.channel(yaml).request(for: Sample.reminder(for: slack))
    else { return }
    #expect(request.url == "http://[::1]:9/s/services/T/B/X")
  }

  private func json(_ request: Request) throws -> [String: Any] {
    guard case .http(let http) = request else { return [:] }
    let value = try JSONSerialization.jsonObject(with: Data(http.body ?? []))
    return try #require(value as? [String: Any])
  }

  private func texts(in value: Any, type: String) -> [String] {
    if let list = value as? [Any] { return list.flatMap { texts(in: $0, type: type) } }
    guard let object = value as? [String: Any] else { return [] }
    if object["type"] as? String == type, let text = object["text"] as? String { return [text] }
    return object.values.flatMap { texts(in: $0, type: type) }
  }

  @Test("The owner is mentioned by Slack's own id of a person, and by nothing else")
  func ownersAreMentioned() throws {
    let slack = try ChannelCase.named("slack")
    func text(_ id: String?) throws -> String {
      var message = Sample.reminder(for: slack)
      message.alerts[0].ownerName = "Dana Ruiz"
      message.alerts[0].ownerID = id
      return readable(try slack.channel().request(for: message), secrets: [])
    }
    #expect(try text("U024BE7LH").contains("Dana Ruiz <@U024BE7LH>"))
    for id in [nil, "", "dana", "channel", "!channel", "U1> <!here", "u024be7lh"] {
      #expect(try !text(id).contains("<@"))
      #expect(try !text(id).contains("<!"))
    }
  }
}
