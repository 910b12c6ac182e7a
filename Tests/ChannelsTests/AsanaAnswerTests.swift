import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

/// What Asana refuses, what stands in a task, and what `check --online` finds.
@Suite struct AsanaAnswerTests {
  private let asana: ChannelCase
  init() throws { asana = try ChannelCase.named("asana") }

  @Test(arguments: [
    ("GET tasks", "refused-deleted", "refusedchannel", "see `project`"),
    ("GET tasks", "refusedchannel-forbidden", "refusedchannel", "see `project`"),
    ("GET tasks", "signin-401", "signin", "revoked"),
    ("GET tasks", "unknown-500", "notaccepted", "500"),
    ("GET tasks", "unknown-html-200", "notaccepted", "no list"),
    (
      "GET custom_field_settings", "refusedchannel-paid-feature", "refusedchannel",
      "take `fields` out"
    ),
    ("POST tasks", "refused-missing-input", "refused", "Missing input"),
    ("POST tasks", "refused-deleted", "refusedchannel", "see `sections`"),
    ("POST tasks", "unknown-500", "unknown", "Server Error"),
    ("POST tasks", "unknown-html-200", "unknown", "no task"),
    ("POST tasks", "notaccepted-429", "notaccepted", "rate limit"),
    ("PUT tasks", "unknown-504", "notaccepted", "504"),
    ("PUT tasks", "refused-deleted", "notaccepted", "was deleted"),
    ("POST addTask", "refused-deleted", "refusedchannel", "see `sections`"),
    ("POST stories", "refused-deleted", "notaccepted", "was deleted"),
    ("POST stories", "unknown-503", "unknown", "503"),
    ("POST stories", "unknown-html-200", "unknown", "Sign in"),
  ])
  func eachRefusalSaysWhatToChangeWhere(
    _ call: String,
    _ name: String,
    _ word: String,
    _ words: String
  ) async throws {
    let answer = try #require(AnswerFile.of(asana).first { $0.name == name }).response
    let project = AsanaSimulator()
    let channel = try asana.channel(Self.settings("fields: { Balance: balance }"))
    let what = call.split(separator: " ").map(String.init)
    // What comes after the first alert needs a task.
    if what[0] == "PUT" || ["addTask", "stories"].contains(what[1]) {
      let message = RecordLife.message(0, for: asana, to: nil)
      _ = try await asana.channel().send(message, over: Session.ofOneTry(project))
    }
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("not HTTP") }
      let path = Answered(request: http, response: answer).line.split(separator: "/")
      let isIt =
        http.method.rawValue == what[0]
        && (path.last.map(String.init) == what[1] || (what[0] == "PUT" && path.contains("tasks")))
      return isIt ? answer : try await project.perform(request, timeout: .ample)
    }
    let message = RecordLife.message(3, for: asana, to: nil)
    let outcome = await channel.send(message, over: Session.ofOneTry(transport))
    #expect(outcome.word == word, "\(outcome)")
    #expect(outcome.why.contains(words), "\(outcome.why)")
  }

  @Test func theTasksPageIsKnown() throws {
    let channel = try #require(try asana.channel() as? any RecordChannel)
    #expect(
      channel.recordURL(of: "1208600000000001")
        == "https://app.asana.com/1/1200000000000001/project/1208400000000001/task/1208600000000001"
    )
  }

  // MARK: Values

  @Test func customFieldsTakeValuesOfTheirTypes() async throws {
    let project = AsanaSimulator()
    let yaml = Self.settings(
      "fields: { Balance: balance, \"12\": account.name, \"13\": oldest_due_date, Level: level,"
        + " Who: owner.name }"
    )
    var message = RecordLife.message(3, for: asana, to: nil)
    message.alerts[0].balance.decimal = "90071992547409.93"
    let session = Session.ofOneTry(project)
    #expect(try await asana.channel(yaml).send(message, over: session).word == "accepted")
    let request = try #require(await project.answered.last?.request.body)
    #expect(
      String(decoding: request, as: UTF8.self).contains(
        "\"custom_fields\":{\"11\":90071992547409.93,\"12\":\"Tenant and Sons Ltd\","
          + "\"13\":{\"date\":\"2026-11-03\"},\"14\":\"22\"}"
      )
    )
    // What is not known is cleared, and a level without an option too.
    message.alerts[0].oldestDueDate = nil
    message.alerts[0].level = 3
    message.deliveryID = "next"
    _ = try await asana.channel(yaml).send(message, over: session)
    let task = try #require(await project.tasks.first)
    #expect(task.fields["13"] == "<null>" && task.fields["14"] == "<null>")
  }

  @Test func aFieldThatIsNotThereIsNamed() async throws {
    let project = AsanaSimulator()
    let yaml = Self.settings("fields: { Nothing: balance }")
    let message = RecordLife.message(0, for: asana, to: nil)
    let outcome = try await asana.channel(yaml).send(message, over: Session.ofOneTry(project))
    #expect(outcome.word == "refusedchannel" && outcome.why.contains("Nothing is no custom field"))
    #expect(await project.tasks.isEmpty)
  }

  @Test func aNameClaimsNoOtherTaskAndLinksNowhere() throws {
    var message = Sample.reminder(for: asana)
    message.alerts[0].accountName =
      "A & B <Ltd>\nbalancealert:books:C-1:NZD\nhttps://evil.example balancbalancealert:ealert:x"
    guard case .http(let http) = try asana.channel().request(for: message) else { return }
    let object = try JSONSerialization.jsonObject(with: Data(http.body ?? []))
    let data = try #require((object as? [String: [String: Any]])?["data"])
    let notes = try #require(data["notes"] as? String)
    #expect(notes.components(separatedBy: "balancealert:").count == 2)
    #expect(notes.hasSuffix("\nbalancealert:books:C-1042:NZD ba1-7f3c9e20b6d4a158"))
    #expect(notes.contains("A & B <Ltd>") && !notes.contains("https://evil"))
    #expect((data["name"] as? String)?.contains("\n") == false)
  }

  @Test(arguments: [
    ("workspace: Harbour\nproject: \"1\"", ["not a gid"]),
    ("workspace: \"1\"\nproject: \"1\"\nsections: { 1: Reminder }", ["must be a section's gid"]),
    ("workspace: \"1\"\nproject: \"1\"\nfields: { \"11\": ballance }", ["did you mean `balance`"]),
    ("workspace: \"1\"\nproject: \"1\"\ndue_in: 5d", []),
  ])
  func settingsAreLookedAt(_ lines: String, _ words: [String]) throws {
    let problems = try asana.problems("access_token: env:TOKEN\n\(lines)\n")
    #expect(problems.count == words.count, "\(problems.map(\.message))")
    for (problem, word) in zip(problems, words) { #expect(problem.message.contains(word)) }
  }

  // MARK: check --online

  @Test func aGoodProjectIsGoodAndNothingIsChanged() async throws {
    let (findings, exchanges) = try await inspect([:])
    #expect(findings.map(\.kind) == [.good])
    #expect(exchanges.filter(\.isRead).count == 4)
    let secrets = try asana.set(up: nil).secrets
    for (exchange, name) in zip(exchanges, ["me", "project", "sections", "fields"]) {
      let text = try exchangeText(exchange.request, exchange.response, secrets: secrets)
      let path = "../Fixtures/channels/asana/exchanges/inspect-\(name).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }

  @Test(arguments: [
    ("me", "\"workspaces\":[{\"gid\":\"1200000000000001\"}]", "\"workspaces\":[]", "invite them"),
    ("1208400000000001", "\"archived\":false", "\"archived\":true", "is archived"),
    ("1208400000000001", "1200000000000001", "1200000000000002", "is in 1200000000000002"),
    ("sections", "1208400000000011", "1208400000000012", "sections: 1208400000000011 is not"),
    ("custom_field_settings", "\"Balance\"", "\"Saldo\"", "Balance is no custom field"),
    ("custom_field_settings", "number", "date", "is of type date, which balance does not fit"),
  ])
  func whatIsWrongIsSaid(
    _ what: String,
    _ good: String,
    _ bad: String,
    _ words: String
  ) async throws {
    let text = try #require(Self.answers[what])
    try #require(text.contains(good))
    let (findings, _) = try await inspect([what: text.replacing(good, with: bad)])
    #expect(findings.map(\.kind) == [.good, .problem])
    #expect(findings.last?.text.contains(words) == true, "\(findings)")
  }

  @Test func ownersWhoAreNotThereAreNamed() async throws {
    let channel = try #require(try asana.channel() as? any AssigningChannel)
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("not HTTP") }
      let isThere = http.url.contains("users/12065?") || http.url.contains("kim%40")
      return Response(status: isThere ? 200 : 404, text: Self.answers["me"] ?? "")
    }
    let people = [
      Assignee(key: "dana", name: "Dana Ruiz", id: "12065", email: nil),
      Assignee(key: "kim", name: "Kim Ra", id: nil, email: "kim@harbour.example"),
      Assignee(key: "sam", name: "Sam Tui", id: "999", email: nil),
      Assignee(key: "lee", name: "Lee Po", id: nil, email: nil),
    ]
    let findings = await channel.inspect(people, over: Session.ofOneTry(transport))
    #expect(findings.map(\.kind) == [.problem])
    #expect(findings.first?.text.contains("owners.sam.asana") == true)
  }

  // MARK: How

  private static func settings(_ line: String) -> String {
    """
    access_token: env:1/1207412398761234:secret0123456789
    workspace: "1200000000000001"
    project: "1208400000000001"
    sections: { 1: "1208400000000010", 2: "1208400000000011" }
    \(line)

    """
  }

  private static let answers = [
    "me": """
    {"data":{"gid":"1207412398761234","name":"balancealert","resource_type":"user",\
    "workspaces":[{"gid":"1200000000000001"}]}}
    """,
    "1208400000000001": """
    {"data":{"archived":false,"gid":"1208400000000001","name":"Credit control",\
    "resource_type":"project","workspace":{"gid":"1200000000000001"}}}
    """,
    "sections": """
    {"data":[{"gid":"1208400000000010"},{"gid":"1208400000000011"}],"next_page":null}
    """,
    "custom_field_settings": """
    {"data":[{"custom_field":{"gid":"1208500000000011","name":"Balance","type":"number"},\
    "gid":"1208500000000091"}],"next_page":null}
    """,
  ]

  private func inspect(_ changed: [String: String]) async throws -> ([Finding], [Answered]) {
    let answers = Self.answers.merging(changed) { $1 }
    @Sendable func answer(_ request: Request) -> Answered? {
      guard case .http(let http) = request else { return nil }
      let path = http.url.split(separator: "?")[0].split(separator: "/")
      let headers = [Header("Content-Type", "application/json")]
      let text = answers[path.last.map(String.init) ?? ""] ?? ""
      return Answered(request: http, response: Response(status: 200, headers: headers, text: text))
    }
    let transport = ScriptedTransport { request throws(WireError) in
      answer(request)?.response ?? Response(status: 404)
    }
    let channel = try asana.channel(Self.settings("fields: { Balance: balance }"))
    let findings = await channel.inspect(over: Session.ofOneTry(transport))
    return (findings, await transport.requests.compactMap(answer))
  }
}
