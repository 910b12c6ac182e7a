import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct MailchimpChannelTests {
  private let mailchimp: ChannelCase
  init() throws { mailchimp = try ChannelCase.named("mailchimp") }

  private let started = "2026-11-23T17:40:05Z"
  private let later = "2026-11-23T18:40:05Z"

  // MARK: Requests

  @Test func withoutAMapEveryFieldIsGivenUnderItsName() throws {
    let variables = try variables("{api_key: 'env:md-1', template: t}", Sample.reminder)
    #expect(variables["account_pay_url"] == "https://pay.harbour.example/c-1042")
    #expect(variables["overdue_balance"] == "NZ$1,240.50")
    #expect(variables["owner_name"] == "Dana Ruiz")
  }

  @Test func eachOfOurTemplatesMayHaveOneOfTheirs() throws {
    let yaml = "{api_key: 'env:md-1', template: t, templates: {firm: {template: second}}}"
    func slug(_ template: String) throws -> String? {
      var message = Sample.reminder(for: mailchimp)
      message.alerts[0].template = template
      let request = try mailchimp.channel(yaml).request(for: message)
      guard case .http(let http) = request else { return nil }
      let value = try JSONSerialization.jsonObject(with: Data(http.body ?? [])) as? [String: Any]
      return value?["template_name"] as? String
    }
    #expect(try slug("reminder") == "t")
    #expect(try slug("firm") == "second")
    #expect(try mailchimp.channel(yaml).ownWords == ["firm"])
  }

  @Test func aValueThatIsNotThereIsGivenAsEmpty() throws {
    let variables = try variables(
      "{api_key: 'env:md-1', template: t, merge: {pay: account.pay_url}}"
    ) {
      var message = Sample.reminder(for: $0)
      message.alerts[0].payURL = nil
      return message
    }
    #expect(variables == ["pay": ""])
  }

  @Test(arguments: [("handlebars", "Smith & Sons"), ("mailchimp", "Smith &amp; Sons")])
  func onlyTheLanguageThatDoesNotEscapeIsEscapedFor(_ language: String, _ name: String) throws {
    let yaml =
      "{api_key: 'env:md-1', template: t, merge_language: \(language), merge: {N: account.name}}"
    #expect(
      try variables(yaml) { Sample.message(for: $0, name: "Smith & Sons") } == ["N": name]
    )
  }

  @Test func copiesAreSeenAndNobodyElse() throws {
    var message = Sample.reminder(for: mailchimp)
    #expect(try mail(message)["preserve_recipients"] as? Bool == false)
    message.cc = ["Accounts@Tenant.example", "b@x.example", "no address"]
    let mail = try mail(message)
    let boxes = mail["to"] as? [[String: String]]
    #expect(boxes?.map { $0["type"] } == ["to", "cc"])
    #expect(boxes?.last?["email"] == "b@x.example")
    #expect(mail["preserve_recipients"] as? Bool == true)
  }

  @Test func aSubjectThatRendersNothingLeavesTheTemplates() throws {
    var message = Sample.reminder(for: mailchimp)
    message.forms[.subject] = " \n"
    #expect(try mail(message)["subject"] == nil)
    message.forms[.subject] = String(repeating: "x", count: 2_000)
    #expect((try mail(message)["subject"] as? String)?.count == 900)
  }

  @Test func aNameBringsNoMergeTag() throws {
    var message = Sample.message(for: mailchimp, name: "{{{{7*7}}}} *|BALANCE|* {{balance}}")
    message.forms[.subject] = message.alert.accountName
    guard case .http(let http) = try mailchimp.channel().request(for: message) else { return }
    let body = String(decoding: http.body ?? [], as: UTF8.self)
    #expect(!body.contains("{{") && !body.contains("*|"))
  }

  @Test(arguments: ["merge: {_x: balance}", "merge: {x: balanse}", "merge_language: liquid"])
  func settingsThatDoNotFitAreProblems(_ line: String) throws {
    let problems = try mailchimp.problems("{api_key: 'env:md-1', template: t, \(line)}")
    #expect(problems.contains { $0.severity == .error })
  }

  // MARK: Search

  @Test func theMetadataIsCompared() async throws {
    let (result, request) = try await search([hit("1", "ba1-other"), hit("2", id)], now: later)
    #expect(result == .found(id: "2"))
    let text = try exchangeText(
      request,
      Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: "[\(hit("1", "ba1-other")),\(hit("2", id))]"
      ),
      secrets: try mailchimp.set(up: nil).secrets
    )
    let path = "../Fixtures/channels/mailchimp/exchanges/search.json"
    #expect(Golden.difference(of: text, from: path) == nil)
  }

  @Test func whatWasRejectedWasNotSent() async throws {
    let hit = hit("2", id).replacing("\"state\":\"sent\"", with: "\"state\":\"rejected\"")
    #expect(try await search([hit], now: later).0 == .absent)
  }

  @Test func anAbsenceCountsAfterHalfAnHour() async throws {
    #expect(try await search([hit("1", "ba1-other")], now: later).0 == .absent)
    #expect(try await search([], now: "2026-11-23T18:10:05Z").0 == .absent)
    let (early, _) = try await search([], now: "2026-11-23T18:10:04Z")
    guard case .cannotTell = early else { Issue.record("\(early)"); return }
  }

  @Test func aMessageWithoutMetadataCannotTell() async throws {
    let bare = hit("1", id).replacing("{\"delivery_id\":\"\(id)\"}", with: "[]")
    let (result, _) = try await search([bare], now: later)
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
    let old = bare.replacing("1795455606", with: "1795455000")
    #expect(try await search([old], now: later).0 == .absent)
  }

  @Test(arguments: [401, 429, 500])
  func aSearchThatIsRefusedCannotTell(_ status: Int) async throws {
    let adapter = try #require(try mailchimp.channel() as? any SearchableChannel)
    let result = await adapter.search(
      for: Sample.reminder(for: mailchimp),
      startedAt: started,
      now: later,
      over: .ofOneTry(ScriptedTransport(answering: Response(status: status)))
    )
    guard case .cannotTell = result else { Issue.record("\(result)"); return }
  }

  // MARK: Inspection

  @Test(arguments: [
    (
      "{{account_name}} {{balance}} {{overdue_balance}} {{due_on}} {{days}} {{{invoices}}} "
        + "{{#if pay_url}}<a href=\\\"{{pay_url}}\\\">Pay</a>{{else}}-{{/if}}", [Finding.Kind.good]
    ),
    ("{{account_name}} {{balance}}", [.good, .problem, .problem, .problem, .problem, .problem]),
    (
      "{{account_name}} {{balance}} {{overdue_balance}} {{due_on}} {{days}} {{invoices}} "
        + "{{pay_url}} {{amount}}", [.good, .problem]
    ),
    ("Pay now *|BALANCE|*", [.problem]), ("", [.problem]),
  ])
  func inspectionSeesWhetherTheTemplateHasTheNames(
    _ code: String,
    _ kinds: [Finding.Kind]
  ) async throws {
    let adapter = try mailchimp.channel()
    let template = try template(code)
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let isPing = http.url.hasSuffix("/users/ping2")
      return Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: isPing ? "{\"PING\":\"PONG!\"}" : template
      )
    }
    let findings = await adapter.inspect(over: .ofOneTry(transport))
    #expect(findings.map(\.kind) == [.good] + kinds, "\(findings.map(\.text))")
    guard case .http(let asked)? = await transport.requests.last else { return }
    if kinds == [.good] {
      let text = try exchangeText(
        asked,
        Response(
          status: 200,
          headers: [Header("Content-Type", "application/json")],
          text: template
        ),
        secrets: try mailchimp.set(up: nil).secrets
      )
      let path = "../Fixtures/channels/mailchimp/exchanges/template.json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }

  @Test func theOlderLanguageIsReadToo() async throws {
    let yaml = """
      {api_key: 'env:md-123456', template: t, merge_language: mailchimp,
       merge: {NAME: account.name, DUE: oldest_due_date}}
      """
    let adapter = try mailchimp.channel(yaml)
    let code = "*|NAME|* *|IF:DUE|*due *|DUE|**|ELSE:|*-*|END:IF|* *|UNSUB|* *|DATE:Y|*"
    let template = try template(code)
    let transport = ScriptedTransport(
      answering: Response(status: 200, text: template)
    )
    let findings = await adapter.inspect(over: .ofOneTry(transport))
    #expect(findings.map(\.kind) == [.good, .good], "\(findings.map(\.text))")
  }

  @Test func aMissingTemplateOrABadKeyIsTold() async throws {
    for (name, kind, count) in [
      ("refusedchannel-unknown-template", Finding.Kind.problem, 2),
      ("signin-invalid-key", .signInNeeded, 1),
    ] {
      let answer = try #require(AnswerFile.of(mailchimp).first { $0.name == name }).response
      let transport = ScriptedTransport { request throws(WireError) in
        guard case .http(let http) = request else { throw .notSent("not HTTP") }
        return count == 2 && http.url.hasSuffix("ping2") ? Response(status: 200) : answer
      }
      let findings = await (try mailchimp.channel()).inspect(over: .ofOneTry(transport))
      #expect(findings.last?.kind == kind)
      #expect(findings.count == count)
    }
  }

  // MARK: How

  private let id = "ba1-7f3c9e20b6d4a158"

  private func template(_ code: String) throws -> String {
    """
    {"slug":"balancealert-reminder","name":"Reminder","labels":[],"code":null,"subject":"",
    "from_email":null,"from_name":null,"text":null,"publish_name":"Reminder",
    "publish_code":"\(code)","publish_subject":"","publish_from_email":null,
    "publish_from_name":null,"publish_text":null,"published_at":"2026-10-01 09:00:00",
    "created_at":"2026-10-01 09:00:00","updated_at":"2026-10-01 09:00:00",
    "draft_updated_at":"2026-10-01 09:00:00","is_broken_template":false}
    """
  }

  private func hit(_ number: String, _ delivery: String) -> String {
    """
    {"ts":1795455606,"_id":"\(number)","tags":["balancealert"],"sender":"accounts@harbour.example",\
    "subject":"Reminder","email":"accounts@tenant.example","template":"balancealert-reminder",\
    "opens":0,"clicks":0,"opens_detail":[],"clicks_detail":[],"state":"sent","smtp_events":[],\
    "diag":null,"subaccount":null,"resends":[],"reject":null,\
    "metadata":{"delivery_id":"\(delivery)"}}
    """
  }

  private func search(
    _ hits: [String],
    now: String
  ) async throws -> (SearchResult, HTTPRequest) {
    let adapter = try #require(try mailchimp.channel() as? any SearchableChannel)
    let transport = ScriptedTransport(
      answering: Response(status: 200, text: "[\(hits.joined(separator: ","))]")
    )
    let result = await adapter.search(
      for: Sample.reminder(for: mailchimp),
      startedAt: started,
      now: now,
      over: .ofOneTry(transport)
    )
    guard case .http(let request)? = await transport.requests.first else { throw NotABlock() }
    return (result, request)
  }

  private func mail(_ message: Message, _ yaml: String? = nil) throws -> [String: Any] {
    guard case .http(let http) = try mailchimp.channel(yaml).request(for: message) else {
      return [:]
    }
    let value = try JSONSerialization.jsonObject(with: Data(http.body ?? [])) as? [String: Any]
    return try #require(value?["message"] as? [String: Any])
  }

  private func variables(
    _ yaml: String,
    _ message: (ChannelCase) -> Message
  ) throws -> [String: String] {
    let list = try mail(message(mailchimp), yaml)["global_merge_vars"] as? [[String: String]]
    let pairs = (list ?? []).map { ($0["name"] ?? "", $0["content"] ?? "") }
    return Dictionary(pairs, uniquingKeysWith: { a, _ in a })
  }
}
