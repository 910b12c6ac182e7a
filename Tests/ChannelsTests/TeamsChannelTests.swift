import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct TeamsChannelTests {
  private let teams: ChannelCase
  init() throws { teams = try ChannelCase.named("teams") }

  private static let workflow =
    "https://x.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/a1"
    + "/triggers/manual/paths/invoke?api-version=1&sp=s&sv=1.0&sig=SECRET"
  private static let oldWorkflow =
    "https://prod-01.westeurope.logic.azure.com:443/workflows/a1/triggers/manual/paths/invoke"
    + "?api-version=2016-06-01&sp=s&sv=1.0&sig=SECRET"
  private static let connector =
    "https://contoso.webhook.office.com/webhookb2/g@t/IncomingWebhook/w/o/s"

  // MARK: Which webhook

  @Test(arguments: [
    (connector, "adaptive", "May 2026"), (connector, "messagecard", "May 2026"),
    ("https://outlook.office.com/webhook/g@t/IncomingWebhook/w/o", "adaptive", "May 2026"),
    (workflow, "messagecard", "without its buttons"),
    (oldWorkflow, "messagecard", "without its buttons"),
    (workflow.replacing("&sig=SECRET", with: ""), "adaptive", "Anyone"),
  ])
  func checkSaysWhatIsWrongWithTheWebhook(
    _ url: String,
    _ format: String,
    _ words: String
  ) throws {
    let problems = try teams.problems("{webhook_url: 'env:\(url)', format: \(format)}")
    #expect(problems.map(\.severity) == [.warning])
    #expect(problems.contains { $0.message.contains(words) })
    #expect(!problems.contains { $0.message.contains("SECRET") })
  }

  @Test(arguments: [workflow, oldWorkflow, "https://flows.example/hook/x"])
  func aWorkflowsWebhookWithAdaptiveCardsIsAsItShouldBe(_ url: String) throws {
    #expect(try teams.problems("webhook_url: 'env:\(url)'").isEmpty)
  }

  @Test func aURLThatWentThroughHTMLIsRejected() throws {
    let url = Self.workflow.replacing("&", with: "&amp;")
    #expect(try teams.problems("webhook_url: 'env:\(url)'").contains { $0.severity == .error })
  }

  @Test(arguments: [
    (connector, "adaptive", Finding.Kind.problem), (workflow, "messagecard", .problem),
    (workflow, "adaptive", .note), ("https://flows.example/hook", "adaptive", .note),
  ])
  func inspectionPostsNothing(_ url: String, _ format: String, _ kind: Finding.Kind) async throws {
    let adapter = try teams.channel("{webhook_url: 'env:\(url)', format: \(format)}")
    let transport = ScriptedTransport(answering: Response(status: 202))
    let findings = await adapter.inspect(over: Session(transport: transport))
    #expect(findings.first?.kind == kind)
    #expect(await transport.requests.isEmpty)
  }

  @Test func behindAProxyThePathTellsWhatItIs() throws {
    let yaml = "{webhook_url: 'env:\(Self.connector)', base_url: 'http://127.0.0.1:9'}"
    #expect(try teams.problems(yaml).contains { $0.message.contains("May 2026") })
    guard
      case .http(let request) = try teams.channel(yaml).request(for: Sample.reminder(for: teams))
    else { return }
    #expect(request.url == "http://127.0.0.1:9/webhookb2/g@t/IncomingWebhook/w/o/s")
    #expect(request.header("Authorization") == nil)
  }

  // MARK: Cards

  @Test func theOldestInvoiceIsOneClickAway() throws {
    var message = Sample.reminder(for: teams)
    var older = message.alerts[0].invoices[0]
    older.number = "INV-9"
    older.daysOverdue = 90
    older.url = "https://books.example/i/9"
    message.alerts[0].invoices.append(older)
    let actions = try actions(of: message)
    #expect(
      actions.map { $0["url"] as? String } == [
        "https://books.example/i/9", "https://books.example/c-1042?a=1&b=2",
        "https://pay.harbour.example/c-1042",
      ]
    )
    #expect(actions.first?["title"] as? String == "Open invoice")
    message.alerts[0].invoices = []
    message.alerts[0].url = "javascript:alert(1)"
    message.alerts[0].payURL = nil
    #expect(try self.actions(of: message).isEmpty)
  }

  @Test(arguments: ["adaptive", "messagecard"])
  func everyPartOfADigestStaysUnderTheLimitWhateverTheNames(_ format: String) throws {
    let adapter = try teams.channel("{webhook_url: 'env:\(Self.workflow)', format: \(format)}")
    for count in [0, 1, 99, 100, 101, 250] {
      for name in ["T", Sample.hostileName, String(repeating: "*[_", count: 300)] {
        var digest = Sample.digest(for: teams, alerts: count)
        for index in digest.alerts.indices { digest.alerts[index].accountName = name }
        let parts = adapter.split(digest)
        #expect(parts.flatMap(\.alerts) == digest.alerts)
        for part in parts {
          guard case .http(let request) = try adapter.request(for: part) else { continue }
          #expect((request.body?.count ?? 0) <= 20_000)
        }
        #expect(parts.dropLast().allSatisfy { !$0.alerts.isEmpty })
      }
    }
  }

  @Test(arguments: ["adaptive", "messagecard"])
  func aMessageOfAnyLengthFits(_ format: String) throws {
    let adapter = try teams.channel("{webhook_url: 'env:\(Self.workflow)', format: \(format)}")
    let long = String(repeating: "*Ünd [x](https://evil.example) ", count: 5_000)
    var message = Sample.message(for: teams, name: long)
    message.forms[.title] = long
    message.alerts[0].reason = long
    message.alerts[0].ownerName = long
    message.alerts[0].invoices = Array(repeating: message.alerts[0].invoices[0], count: 50)
    for index in message.alerts[0].invoices.indices {
      message.alerts[0].invoices[index].number = long
    }
    guard case .http(let alert) = try adapter.request(for: message) else { return }
    #expect((alert.body?.count ?? 0) <= 20_000)
    message.alerts = []
    message.forms[.text] = String(repeating: "\(long)\n", count: 50)
    guard case .http(let notice) = try adapter.request(for: message) else { return }
    #expect((notice.body?.count ?? 0) <= 20_000)
  }

  @Test(arguments: [
    ("[Pay](https://evil.example)", "\\[Pay\\]\\(evil.example\\)"),
    ("*Bob* _x_ ~y~ `z` # > \\", "\\*Bob\\* \\_x\\_ \\~y\\~ \\`z\\` \\# \\> \\\\"),
    ("<at>Dana</at>", "at\\>Dana/at\\>"), ("{{DATE(2026)}}", "{\u{200B}{DATE\\(2026\\)}}"),
    ("- Sons", "\\- Sons"), ("1. Haus GmbH", "1\\. Haus GmbH"), ("A-1. Ltd", "A-1. Ltd"),
    ("-NZ$5.00", "\\-NZ$5.00"), ("NZ$1,240.50", "NZ$1,240.50"),
  ])
  func markdownOfAValueStaysText(_ value: String, _ escaped: String) {
    #expect(Escaping.cardMarkdown(value) == escaped)
  }

  @Test func aMessageCardHasItsButtonsAndNoLinkOfACustomer() throws {
    let adapter = try teams.channel(
      "{webhook_url: 'env:\(Self.connector)', format: messagecard}"
    )
    for (name, message) in [
      ("reminder", Sample.reminder(for: teams)), ("hostile", Sample.hostile(for: teams)),
      ("digest", Sample.digest(for: teams)),
    ] {
      guard case .http(let request) = try adapter.request(for: message) else { return }
      let body = String(decoding: request.body ?? [], as: UTF8.self)
      #expect(!body.contains("](https://evil") && !body.contains("<script"))
      let text = try exchangeText(
        request,
        Response(status: 200, headers: [Header("Content-Type", "text/plain")], text: "1"),
        secrets: []
      )
      let path = "../Fixtures/channels/teams/exchanges/messagecard-\(name).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }

  @Test func aNoticeWithoutAnAlertSaysItsText() throws {
    var message = Sample.reminder(for: teams)
    message.alerts = []
    message.forms[.text] = "Source books: HTTP 500\n\nSee *history*"
    let texts = try body(of: message).compactMap { $0["text"] as? String }
    #expect(texts.dropFirst().dropLast() == ["Source books: HTTP 500", "See \\*history\\*"])
  }

  // MARK: Answers

  @Test func theRunOfTheFlowIsKept() throws {
    let answer = try #require(AnswerFile.of(teams).first { $0.name == "accepted-202" })
    #expect(
      try teams.outcome(of: answer.response) == .accepted(id: "08584000000000000000000000000CU00")
    )
  }

  private func body(of message: Message) throws -> [[String: Any]] {
    guard case .http(let http) = try teams.channel().request(for: message) else { return [] }
    let value = try JSONSerialization.jsonObject(with: Data(http.body ?? []))
    let attachments = (value as? [String: Any])?["attachments"] as? [[String: Any]]
    let card = try #require(attachments?.first?["content"] as? [String: Any])
    return try #require(card["body"] as? [[String: Any]])
  }

  private func actions(of message: Message) throws -> [[String: Any]] {
    try body(of: message).compactMap { $0["actions"] as? [[String: Any]] }.flatMap(\.self)
  }
}
