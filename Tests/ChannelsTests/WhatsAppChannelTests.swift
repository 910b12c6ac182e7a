import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct WhatsAppChannelTests {
  private let whatsapp: ChannelCase
  init() throws { whatsapp = try ChannelCase.named("whatsapp") }

  // MARK: Requests

  @Test func aParameterStaysOnItsLineAndFormatsNothing() throws {
    let name = "A\nB\tC     D *x* _y_ https://evil.example"
    let message = Sample.message(for: whatsapp, name: name)
    let texts = try parameters(message).map { $0["text"] as? String }
    #expect(
      texts == [
        "A B C D *\u{200B}x*\u{200B} _\u{200B}y_\u{200B} evil.example", "NZ$1,240.50",
        "3 November 2026",
      ]
    )
  }

  @Test func aMissingValueIsRefusedBeforeItIsSent() throws {
    var message = Sample.reminder(for: whatsapp)
    message.alerts[0].oldestDueDate = nil
    let problem = #expect(throws: Unsendable.self) {
      try whatsapp.channel().request(for: message)
    }
    #expect(problem?.refusal == .message)
    #expect(problem?.why.contains("oldest_due_date") == true)
  }

  @Test func aLongNameIsShortenedAndALinkIsNot() throws {
    let yaml = settings("parameters: [account.name, account.pay_url]")
    var message = Sample.message(for: whatsapp, name: String(repeating: "é", count: 600))
    message.alerts[0].payURL = "https://pay.example/" + String(repeating: "x", count: 500)
    let texts = try parameters(message, yaml).compactMap { $0["text"] as? String }
    #expect(texts.map(\.count) == [250, 520])
    #expect(texts[0].hasSuffix("…") && texts[1] == message.alerts[0].payURL)
    message.alerts[0].payURL = "https://pay.example/" + String(repeating: "x", count: 800)
    let problem = #expect(throws: Unsendable.self) {
      try whatsapp.channel(yaml).request(for: message)
    }
    #expect(problem?.refusal == .message)
  }

  @Test(arguments: [
    ("account.pay_url", "c-1042"), ("account.url", "c-1042?a=1&b=2"), ("account.id", "C-1042"),
    ("account.name", "Tenant%20and%20Sons%20Ltd"),
  ])
  func aButtonEndsTheURLOfTheTemplate(_ field: String, _ suffix: String) throws {
    let message = Sample.reminder(for: whatsapp)
    let button = try #require(try components(message, settings("button: \(field)")).last)
    #expect(button["sub_type"] as? String == "url" && button["index"] as? String == "0")
    #expect((button["parameters"] as? [[String: String]])?.first?["text"] == suffix)
  }

  @Test func aButtonWithoutAnEndIsRefused() throws {
    var message = Sample.reminder(for: whatsapp)
    for url in [nil, "https://pay.example", "https://pay.example/"] {
      message.alerts[0].payURL = url
      #expect(throws: Unsendable.self) { try whatsapp.channel().request(for: message) }
    }
  }

  @Test func aTemplateMayHaveNamedVariablesOrNone() throws {
    let yaml = settings("parameters: {customer: account.name, amount: balance}")
    let named = try parameters(Sample.reminder(for: whatsapp), yaml)
    #expect(named.map { $0["parameter_name"] as? String } == ["customer", "amount"])
    let bare = settings("api_version: v23.0")
    #expect(try components(Sample.reminder(for: whatsapp), bare).isEmpty)
  }

  @Test func eachOfOurTemplatesMayHaveOneOfTheirs() throws {
    let yaml = settings(
      "parameters: [account.name], templates: {firm: {template: second, parameters: [balance]}}")
    func sent(_ template: String) throws -> (name: String?, texts: Int) {
      var message = Sample.reminder(for: whatsapp)
      message.alerts[0].template = template
      let request = try whatsapp.channel(yaml).request(for: message)
      guard case .http(let http) = request else { return (nil, 0) }
      let value = try JSONSerialization.jsonObject(with: Data(http.body ?? [])) as? [String: Any]
      let name = (value?["template"] as? [String: Any])?["name"] as? String
      return (name, try parameters(message, yaml).count)
    }
    #expect(try sent("reminder") == ("t", 1))
    #expect(try sent("firm") == ("second", 1))
    #expect(try whatsapp.channel(yaml).ownWords == ["firm"])
  }

  @Test(arguments: [
    "parameters: [balanse]", "templates: {firm: {}}", "templates: {firm: {tempalte: x}}",
    "button: pay_link", "api_version: '23'",
    "business_account_id: Harbour", "parameters: {x: balanse}",
  ])
  func settingsThatDoNotFitAreProblems(_ line: String) throws {
    #expect(try whatsapp.problems(settings(line)).contains { $0.severity == .error })
  }

  @Test func aPhoneNumberIsNoPhoneNumberID() throws {
    let yaml = settings("button: account.id").replacing("10654", with: "+10654")
    #expect(try whatsapp.problems(yaml).contains { $0.path.hasSuffix("phone_number_id") })
  }

  @Test func aVersionOfTheAPIIsTheConfigs() throws {
    let yaml = settings("api_version: v25.0, base_url: 'http://127.0.0.1:9/wa'")
    guard
      case .http(let http) = try whatsapp.channel(yaml).request(for: Sample.reminder(for: whatsapp))
    else { return }
    #expect(http.url == "http://127.0.0.1:9/wa/v25.0/106540352242922/messages")
  }

  // MARK: Answers

  @Test func theSamePairWaitsSixSeconds() throws {
    let answer = try #require(
      AnswerFile.of(whatsapp).first { $0.name == "notaccepted-131056-pair" }
    )
    guard case .notAccepted(let after, _) = try whatsapp.outcome(of: answer.response) else {
      return
    }
    #expect(after == .seconds(6))
  }

  @Test func theDetailsOfAnErrorAreTold() throws {
    let answer = try #require(
      AnswerFile.of(whatsapp).first { $0.name == "refused-132000-parameters" }
    )
    #expect(try whatsapp.outcome(of: answer.response).why.contains("expected number of params (3)"))
  }

  // MARK: Inspection

  @Test(arguments: [
    ("APPROVED", "UTILITY", "en", "{{1}} owes {{2}} since {{3}}", "https://p.example/{{1}}", 0),
    ("PAUSED", "UTILITY", "en", "{{1}} owes {{2}} since {{3}}", "https://p.example/{{1}}", 1),
    ("APPROVED", "UTILITY", "en_US", "{{1}} {{2}} {{3}}", "https://p.example/{{1}}", 1),
    ("APPROVED", "MARKETING", "en", "{{1}} {{2}} {{3}}", "https://p.example/{{1}}", 1),
    ("APPROVED", "UTILITY", "en", "{{1}} owes {{2}}", "https://p.example/{{1}}", 1),
    ("APPROVED", "UTILITY", "en", "{{name}} {{2}} {{3}}", "https://p.example/", 2),
  ])
  func inspectionSeesWhetherTheTemplateFits(
    _ status: String,
    _ category: String,
    _ language: String,
    _ body: String,
    _ url: String,
    _ problems: Int
  ) async throws {
    let list = """
      {"data":[{"category":"\(category)","components":[{"text":"\(body)","type":"BODY"},\
      {"buttons":[{"text":"Pay","type":"URL","url":"\(url)"}],"type":"BUTTONS"}],\
      "id":"1192339204654487","language":"\(language)","name":"overdue_reminder",\
      "status":"\(status)"}],"paging":{"cursors":{"after":"MjQZD","before":"MAZDZD"}}}
      """
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let isList = http.url.contains("/message_templates?name=")
      return Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: isList ? list : Self.number
      )
    }
    let findings = await (try whatsapp.channel()).inspect(over: .ofOneTry(transport))
    #expect(findings.filter { $0.kind == .problem }.count == problems, "\(findings)")
    #expect(findings.first?.text.contains("+1 631-555-5555") == true)
    guard problems == 0, case .http(let http)? = await transport.requests.last else { return }
    let text = try exchangeText(
      http,
      Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: list
      ),
      secrets: try whatsapp.set(up: nil).secrets
    )
    let path = "../Fixtures/channels/whatsapp/exchanges/template.json"
    #expect(Golden.difference(of: text, from: path) == nil)
  }

  @Test func inspectionTellsAPoorNumberAndAMissingAccountID() async throws {
    let red = Self.number.replacing("GREEN", with: "RED")
    let transport = ScriptedTransport(answering: Response(status: 200, text: red))
    let adapter = try whatsapp.channel(settings("button: account.id"))
    let findings = await adapter.inspect(over: .ofOneTry(transport))
    #expect(findings.map(\.kind) == [.good, .problem, .note])
    #expect(await transport.requests.count == 1)
  }

  @Test func aBadTokenIsASignIn() async throws {
    let answer = try #require(AnswerFile.of(whatsapp).first { $0.name == "signin-190" }).response
    let transport = ScriptedTransport(answering: answer)
    let findings = await (try whatsapp.channel()).inspect(over: .ofOneTry(transport))
    #expect(findings.map(\.kind) == [.signInNeeded])
  }

  // MARK: How

  private static let number = """
    {"id":"106540352242922","display_phone_number":"+1 631-555-5555",\
    "verified_name":"Harbour Lettings","quality_rating":"GREEN","name_status":"APPROVED",\
    "code_verification_status":"VERIFIED"}
    """

  private func settings(_ more: String) -> String {
    "{phone_number_id: '106540352242922', access_token: 'env:EAAG-0123456789', template: t, "
      + "language: en, \(more)}"
  }

  private func components(
    _ message: Message,
    _ yaml: String? = nil
  ) throws -> [[String: Any]] {
    guard case .http(let http) = try whatsapp.channel(yaml).request(for: message) else { return [] }
    let value = try JSONSerialization.jsonObject(with: Data(http.body ?? [])) as? [String: Any]
    let template = try #require(value?["template"] as? [String: Any])
    return template["components"] as? [[String: Any]] ?? []
  }

  private func parameters(
    _ message: Message,
    _ yaml: String? = nil
  ) throws -> [[String: Any]] {
    let body = try components(message, yaml).first { $0["type"] as? String == "body" }
    return body?["parameters"] as? [[String: Any]] ?? []
  }
}
