import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

/// What Trello refuses, what stands in a card, and what `check --online` finds.
@Suite struct TrelloAnswerTests {
  private let trello: ChannelCase
  init() throws { trello = try ChannelCase.named("trello") }

  @Test(arguments: [
    ("GET boards", "refused-deleted", "refusedchannel", "see `board`"),
    ("GET boards", "refused-no-access", "refusedchannel", "invite the token's user"),
    ("GET boards", "refused-id", "refusedchannel", "see `board`"),
    ("GET boards", "signin-expired", "signin", "expiration=never"),
    ("GET boards", "unknown-html-502", "notaccepted", "502"),
    ("GET boards", "unknown-html-200", "notaccepted", "no list"),
    ("POST cards", "refusedchannel-list", "refusedchannel", "see `list`"),
    ("POST cards", "refused-deleted", "refusedchannel", "see `list`"),
    ("POST cards", "unknown-504", "unknown", "504"),
    ("POST cards", "unknown-html-200", "unknown", "no card"),
    ("POST comments", "refused-403", "refused", "forbids"),
    ("POST comments", "refused-deleted", "notaccepted", "was deleted"),
    ("POST comments", "unknown-500", "unknown", "500"),
    ("POST comments", "notaccepted-429-token", "notaccepted", "LIMIT"),
  ])
  func eachRefusalSaysWhatToChangeWhere(
    _ call: String,
    _ name: String,
    _ word: String,
    _ words: String
  ) async throws {
    let answer = try #require(AnswerFile.of(trello).first { $0.name == name }).response
    let board = TrelloSimulator()
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("not HTTP") }
      let line = Answered(request: http, response: answer).line.split(separator: " ")
      let what = call.split(separator: " ")
      let path = line[1].split(separator: "/")
      return line[0] == what[0] && path.contains(what[1]) && path.last != "members"
        && (what[1] != "cards" || path.count == 1)
        ? answer : try await board.perform(request, timeout: .ample)
    }
    let message = RecordLife.message(0, for: trello, to: nil)
    let outcome = try await trello.channel().send(message, over: Session.ofOneTry(transport))
    #expect(outcome.word == word, "\(outcome)")
    #expect(outcome.why.contains(words), "\(outcome.why)")
  }

  @Test func aRateLimitEndsWithItsWindow() throws {
    let answer = try #require(AnswerFile.of(trello).first { $0.name == "notaccepted-429-token" })
    guard case .notAccepted(let after, _) = try trello.outcome(of: answer.response) else {
      Issue.record("a 429 is not \"not accepted\"")
      return
    }
    #expect(after == .seconds(10))
  }

  @Test func theCardsPageIsKnown() throws {
    let channel = try #require(try trello.channel() as? any RecordChannel)
    #expect(channel.recordURL(of: "H0TZyzbK") == "https://trello.com/c/H0TZyzbK")
  }

  // MARK: Values

  @Test func aNameClaimsNoOtherCardMentionsNobodyAndFormatsNothing() throws {
    var message = Sample.reminder(for: trello)
    message.alerts[0].accountName =
      "@board `balancbalancealert:ealert:books:C-1:NZD`\n`balancealert:books:C-1:NZD`\n"
      + "![x](https://evil.example/p.png) **B**"
    let body = try body(message)
    let desc = try #require(body["desc"] as? String)
    #expect(desc.components(separatedBy: "balancealert:").count == 2)
    #expect(desc.hasSuffix("\n`balancealert:books:C-1042:NZD`"))
    #expect(!desc.contains("@board") && desc.contains("\\*\\*B\\*\\*"))
    #expect(!desc.contains("![") && !desc.contains("evil.example/p.png)"))
    #expect((body["name"] as? String)?.contains("balancealert:") == false)
  }

  @Test func anyAccountIDStaysInOneLine() throws {
    var message = Sample.reminder(for: trello)
    message.alerts[0].accountID = "a`b\nc ü/1"
    let desc = try #require(try body(message)["desc"] as? String)
    #expect(desc.hasSuffix("\n`balancealert:books:a%60b%0Ac%20%C3%BC%2F1:NZD`"))
  }

  @Test(arguments: [
    ("list: 5abbe4b7ddc1b351ef961415", []), ("lists: { 1: 5abbe4b7ddc1b351ef961415 }", []),
    ("", ["missing: the list"]), ("list: Overdue", ["not a list's id"]),
    (
      "list: 5abbe4b7ddc1b351ef961415\nlists: { 1: 5abbe4b7ddc1b351ef961415 }",
      ["keep one of them"]
    ),
    ("lists: { first: 5abbe4b7ddc1b351ef961415 }", ["must be the number of a level"]),
    ("lists: { 1: Overdue }", ["must be a list's id"]),
    ("list: 5abbe4b7ddc1b351ef961415\nlabels: [red]", ["not a label's id"]),
    ("list: 5abbe4b7ddc1b351ef961415\nboard: My receivables", ["nor the short link"]),
  ])
  func settingsAreLookedAt(_ lines: String, _ words: [String]) throws {
    let board = lines.contains("board:") ? "" : "board: dQHqCohZ\n"
    let problems = try trello.problems("api_key: env:KEY\ntoken: env:TOKEN\n\(board)\(lines)\n")
    #expect(problems.count == words.count, "\(problems.map(\.message))")
    for (problem, word) in zip(problems, words) { #expect(problem.message.contains(word)) }
  }

  // MARK: check --online

  @Test func aGoodBoardIsGoodAndNothingIsChanged() async throws {
    let (findings, exchanges) = try await inspect(board: Self.board())
    #expect(findings.map(\.kind) == [.good])
    #expect(exchanges.filter(\.isRead).count == 2)
    let secrets = try trello.set(up: nil).secrets
    for (exchange, name) in zip(exchanges, ["inspect-token", "inspect-board"]) {
      let text = try exchangeText(exchange.request, exchange.response, secrets: secrets)
      let path = "../Fixtures/channels/trello/exchanges/\(name).json"
      #expect(Golden.difference(of: text, from: path) == nil)
      for secret in secrets { #expect(!text.contains(secret)) }
    }
  }

  @Test(arguments: [
    ("\"closed\":false,\"id\":\"b", "\"closed\":true,\"id\":\"b", "is closed: reopen it"),
    ("members", "disabled", "let members comment"),
    ("\"ok\"", "\"warning\"", "nearly as many cards"),
    ("ef961416", "ef961417", "list: 5abbe4b7ddc1b351ef961416 is not on the board"),
    (
      "\"closed\":false,\"id\":\"5abbe4b7ddc1b351ef961416",
      "\"closed\":true,\"id\":\"5abbe4b7ddc1b351ef961416", "is archived: send it back"
    ),
    ("ef961500", "ef961501", "labels: 5abbe4b7ddc1b351ef961500 is not a label"),
  ])
  func whatIsWrongWithTheBoardIsSaid(_ good: String, _ bad: String, _ words: String) async throws {
    let text = Self.board().replacing("\"id\":\"5abbe4b7ddc1b351ef961414", with: "\"id\":\"b")
    try #require(text.contains(good))
    let (findings, _) = try await inspect(board: text.replacing(good, with: bad))
    #expect(findings.map(\.kind) == [.good, .problem])
    #expect(findings.last?.text.contains(words) == true, "\(findings)")
  }

  @Test func theTokensEndAndRightsAreSaid() async throws {
    let weak = Self.token.replacing("\"write\":true", with: "\"write\":false")
      .replacing("null", with: "\"2026-12-24T00:00:00.000Z\"")
    let (findings, _) = try await inspect(token: weak, board: Self.board())
    #expect(findings.map(\.kind) == [.good, .problem, .note])
    #expect(findings[1].text.contains("scope=read,write"))
    #expect(findings[2].text.contains("2026-12-24"))
    let (refused, _) = try await inspect(token: "", board: Self.board())
    #expect(refused.map(\.kind) == [.signInNeeded])
  }

  @Test func ownersWhoAreNotThereAreNamed() async throws {
    let channel = try #require(try trello.channel() as? any AssigningChannel)
    let people = [
      Assignee(key: "dana", name: "Dana Ruiz", id: "danaruiz", email: nil),
      Assignee(key: "sam", name: "Sam Tui", id: "samtui", email: nil),
      Assignee(key: "kim", name: "Kim Ra", id: nil, email: "kim@harbour.example"),
    ]
    let board = TrelloSimulator()
    let findings = await channel.inspect(people, over: Session.ofOneTry(board))
    #expect(findings.map(\.kind) == [.problem])
    #expect(findings.first?.text.contains("owners.sam.trello") == true)
  }

  // MARK: How

  private func body(_ message: Message) throws -> [String: Any] {
    guard case .http(let http) = try trello.channel().request(for: message) else { return [:] }
    let object = try JSONSerialization.jsonObject(with: Data(http.body ?? []))
    return try #require(object as? [String: Any])
  }

  private static let token = """
    {"dateExpires":null,"id":"5da728c55235b443c5b97181","identifier":"balancealert",\
    "permissions":[{"idModel":"*","modelType":"Board","read":true,"write":true}]}
    """

  private static func board() -> String {
    let lists = TrelloSimulator.lists.map {
      "{\"closed\":false,\"id\":\"\($0)\",\"name\":\"Overdue\"}"
    }
    return """
      {"closed":false,"id":"\(TrelloSimulator.board)","name":"Receivables",\
      "labels":[{"id":"5abbe4b7ddc1b351ef961500"}],"lists":[\(lists.joined(separator: ","))],\
      "limits":{"cards":{"openPerBoard":{"status":"ok"}}},"prefs":{"comments":"members"}}
      """
  }

  private func inspect(
    token: String = token,
    board: String
  ) async throws -> ([Finding], [Answered]) {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("not HTTP") }
      let text = http.url.contains("/tokens/") ? token : board
      if text.isEmpty { return Response(status: 401, text: "invalid token") }
      return Response(
        status: 200,
        headers: [Header("Content-Type", "application/json")],
        text: text
      )
    }
    let findings = try await trello.channel().inspect(over: Session.ofOneTry(transport))
    let answered = await transport.requests.compactMap { request -> Answered? in
      guard case .http(let http) = request else { return nil }
      let text = http.url.contains("/tokens/") ? token : board
      let headers = [Header("Content-Type", "application/json")]
      return Answered(request: http, response: Response(status: 200, headers: headers, text: text))
    }
    return (findings, answered)
  }
}
