import Channels
import Foundation
import Messages
import Outbox
import Receivables
import Settings
import Support
import Testing
import Wire

@Suite struct GmailChannelTests {
  private let gmail: ChannelCase
  init() throws { gmail = try ChannelCase.named("gmail") }

  private static let scope = "https://www.googleapis.com/auth/gmail."
  private let started = "2026-11-23T17:40:05Z"
  private let later = "2026-11-23T18:40:05Z"
  private let delivery = "ba1-7f3c9e20b6d4a158"

  // MARK: The request

  @Test func theMessageIsInBase64URLWithPadding() throws {
    // 0 to 2 more bytes: every length of padding; ü and ÿ make the digits - and _ likely.
    for tail in ["", "ü", "üÿ", "üÿ?~"] {
      var message = Sample.reminder(for: gmail)
      message.forms[.html] = String(repeating: "<p>ÿÿ?>~~ü</p>", count: 40) + tail
      let request = try http(gmail.channel().request(for: message))
      let object = try JSONSerialization.jsonObject(with: Data(request.body ?? []))
      let raw = try #require((object as? [String: String])?["raw"])
      #expect(raw.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_=".contains($0)) })
      #expect(raw.count % 4 == 0)
      let mail = String(decoding: try #require(decodedMail(in: request)), as: UTF8.self)
      #expect(mail.hasPrefix("Date: ") && mail.contains("\r\n\r\n"))
    }
  }

  @Test func theIDIsAHeaderAndOneWordInTextAndHTML() throws {
    var message = Sample.reminder(for: gmail)
    message.forms[.html] = "<html><body><p>Hello</p></body></html>"
    let request = try http(gmail.channel().request(for: message))
    let mail = String(decoding: try #require(decodedMail(in: request)), as: UTF8.self)
    #expect(mail.contains("\r\nX-Balancealert-Delivery: \(delivery)\r\n"))
    // Of quoted-printable only the soft line ends matter here.
    let unfolded = mail.replacing("=\r\n", with: "")
    #expect(unfolded.ranges(of: "BAba17f3c9e20b6d4a158").count == 2)
    #expect(unfolded.contains("a158</p>\r\n</body></html>"))
  }

  @Test func leavingIsOfferedToCustomersAlone() throws {
    for (audience, expected) in [(Sample.reminder(for: gmail).audience, true), (.team, false)] {
      var message = Sample.reminder(for: gmail)
      message.audience = audience
      let request = try http(gmail.channel().request(for: message))
      let mail = String(decoding: try #require(decodedMail(in: request)), as: UTF8.self)
      let link = "List-Unsubscribe: <https://harbour.example/leave?who=accounts%40tenant.example>"
      #expect(mail.contains("\(link)\r\n") == expected)
      #expect(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") == expected)
    }
  }

  @Test func theMailboxMayBeNamed() throws {
    let adapter = try gmail.channel("{from: a@b.example, user: 'a b@c.example'}")
    let request = try http(adapter.request(for: Sample.reminder(for: gmail)))
    #expect(
      request.url == "https://gmail.googleapis.com/gmail/v1/users/a%20b%40c.example/messages/send"
    )
  }

  // MARK: Answers

  @Test func aWaitThatTheTextNamesIsKept() throws {
    let answer = try #require(
      AnswerFile.of(gmail).first { $0.name == "notaccepted-mail-sending-429" }
    )
    var response = try answer.response
    guard case .notAccepted(let after, _) = try gmail.outcome(of: response) else { return }
    #expect(after == .seconds(360))
    response.headers = []
    guard case .notAccepted(let unclear, _) = try gmail.outcome(of: response) else { return }
    #expect(unclear == .seconds(3600))
  }

  // MARK: Guarantee

  @Test(arguments: [
    ("", Guarantee.searchable), ("{grant: refresh_token}", .searchable),
    ("{scopes: ['\(scope)send']}", .neither), ("{scopes: '\(scope)send'}", .neither),
    ("{scopes: ['\(scope)send', '\(scope)readonly']}", .searchable),
    ("{scopes: ['\(scope)send', '\(scope)metadata']}", .searchable),
    ("{scopes: ['\(scope)modify']}", .searchable),
    ("{scopes: ['https://mail.google.com/']}", .searchable),
    ("{scopes: ['\(scope)compose']}", .neither),
  ])
  func theGuaranteeFollowsFromTheScopes(_ auth: String, _ guarantee: Guarantee) throws {
    #expect(try adapter(auth: auth).guarantee == guarantee)
  }

  // MARK: Search by headers

  @Test func theHeadersOfSentMailAreReadUntilOneIsOlder() async throws {
    let mails = [
      ("1", "ba1-other", "b@x.example", 1_795_456_000),
      ("2", delivery, "c@x.example", 1_795_455_606),
    ]
    let (result, requests) = try await search(mails, auth: "", now: later)
    #expect(result == .found(id: "2"))
    #expect(requests.first?.hasSuffix("/users/me/messages?labelIds=SENT&maxResults=200") == true)
    #expect(
      requests.last?.hasSuffix(
        "/messages/2?format=metadata&metadataHeaders=X-Balancealert-Delivery&metadataHeaders=To"
      ) == true
    )
  }

  @Test func whatIsOlderThanTheTryEndsTheWalk() async throws {
    let mails = [
      ("1", "ba1-other", "b@x.example", 1_795_456_000), ("2", "", "b@x.example", 1_795_455_544),
      ("3", delivery, "accounts@tenant.example", 1_795_455_544),
    ]
    let (result, requests) = try await search(mails, auth: "", now: later)
    #expect(result == .absent)
    #expect(requests.count == 3)
    let soon = "2026-11-23T17:41:04Z"
    guard case .cannotTell = try await search(mails, auth: "", now: soon).0 else {
      Issue.record("an absence soon after the try proves nothing")
      return
    }
  }

  @Test func aMailToTheSameAddressWithoutOurHeaderLeavesItOpen() async throws {
    let mails = [("1", "", "Tenant <Accounts@Tenant.example>", 1_795_455_700)]
    guard case .cannotTell = try await search(mails, auth: "", now: later).0 else {
      Issue.record("it may be ours")
      return
    }
  }

  @Test func moreMailsThanAreReadLeaveItOpen() async throws {
    let mails = [("1", "ba1-other", "b@x.example", 1_795_456_000)]
    guard case .cannotTell(let why) = try await search(mails, auth: "", now: later, more: true).0
    else {
      Issue.record("the rest was not read")
      return
    }
    #expect(why.contains("gmail.readonly"))
  }

  // MARK: Search by the word

  private let readonly = "{scopes: ['\(scope)send', '\(scope)readonly']}"

  @Test func theWordIsSearchedForWhereTheScopeAllowsIt() async throws {
    // A reply of a person quotes it: it proves as much.
    for header in [delivery, ""] {
      let mails = [("9", header, "accounts@tenant.example", 1_795_455_606)]
      let (result, requests) = try await search(mails, auth: readonly, now: later)
      #expect(result == .found(id: "9"))
      #expect(
        requests.first?.hasSuffix(
          "/messages?q=in%3Asent%20to%3Aaccounts%40tenant.example%20%22BAba17f3c9e20b6d4a158%22"
            + "&maxResults=10"
        ) == true
      )
    }
  }

  @Test func anotherDeliveryIsNotIt() async throws {
    let mails = [("9", "ba1-other", "accounts@tenant.example", 1_795_455_606)]
    #expect(try await search(mails, auth: readonly, now: later).0 == .absent)
  }

  @Test func theIndexLagsSoAnEarlyAbsenceProvesNothing() async throws {
    guard case .cannotTell = try await search([], auth: readonly, now: "2026-11-23T17:45:04Z").0
    else {
      Issue.record("the index may lag")
      return
    }
    #expect(try await search([], auth: readonly, now: "2026-11-23T17:45:05Z").0 == .absent)
  }

  @Test(arguments: [400, 401, 403, 429, 500, 503])
  func aMailboxThatRefusesCannotTell(_ status: Int) async throws {
    for auth in ["", readonly, "{scopes: ['\(Self.scope)send']}"] {
      let adapter = try #require(try adapter(auth: auth) as? any SearchableChannel)
      let result = await adapter.search(
        for: Sample.reminder(for: gmail),
        startedAt: started,
        now: later,
        over: patient(ScriptedTransport(answering: Response(status: status)))
      )
      guard case .cannotTell = result else { Issue.record("\(result)"); return }
    }
  }

  // MARK: check --online

  @Test func theMailboxAndItsAliasesAreLookedAt() async throws {
    let me = "{\"emailAddress\":\"Accounts@harbour.example\",\"messagesTotal\":1}"
    #expect(try await inspect([(200, me)]) == [.good])
    let other = "{\"emailAddress\":\"dana@harbour.example\"}"
    func alias(_ status: String) -> String {
      "{\"sendAs\":[{\"sendAsEmail\":\"accounts@harbour.example\",\"verificationStatus\":\"\(status)\"}]}"
    }
    #expect(try await inspect([(200, other), (200, alias("accepted"))]) == [.good, .good])
    #expect(try await inspect([(200, other), (200, alias("pending"))]) == [.good, .problem])
    #expect(try await inspect([(200, other), (200, "{\"sendAs\":[]}")]) == [.good, .problem])
    #expect(try await inspect([(200, other), (403, "{}")]) == [.good, .note])
    #expect(try await inspect([(401, "{}")]) == [.signInNeeded])
    #expect(try await inspect([(500, "{}")]) == [.unreachable])
  }

  @Test func thatNothingCanBeLookedUpIsSaid() async throws {
    let answer = try #require(AnswerFile.of(gmail).first { $0.name == "refusedchannel-scopes" })
    let text = try answer.response.text
    let sending = "{scopes: ['\(Self.scope)send']}"
    #expect(try await inspect([(403, text)], auth: sending) == [.good, .note])
    #expect(try await inspect([(403, text)]) == [.problem])
  }

  @Test func theQuestionsAreTheGoldenOnes() async throws {
    let list = "{\"messages\":[{\"id\":\"1\",\"threadId\":\"1\"}],\"resultSizeEstimate\":1}"
    let aliases =
      "{\"sendAs\":[{\"sendAsEmail\":\"accounts@harbour.example\",\"isPrimary\":true}]}"
    let mailbox = "https://gmail.googleapis.com/gmail/v1/users/me"
    let (_, byHeaders) = try await search(
      [("1", delivery, "accounts@tenant.example", 1_795_455_606)], auth: "", now: later)
    let (_, byWord) = try await search([], auth: readonly, now: later)
    let exchanges = [
      ("search-headers", byHeaders[0], list), ("search-word", byWord[0], list),
      ("search-entry", byHeaders[1], entry(delivery, "accounts@tenant.example", 1_795_455_606)),
      ("aliases", "\(mailbox)/settings/sendAs", aliases),
    ]
    for (name, url, body) in exchanges {
      let text = try exchangeText(
        HTTPRequest(.GET, url),
        Response(status: 200, headers: [Header("Content-Type", "application/json")], text: body),
        secrets: []
      )
      let path = "../Fixtures/channels/gmail/exchanges/\(name).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }

  // MARK: How

  private func adapter(auth: String) throws -> any Channel {
    // `auth` is the frame's key: the adapter looks at it, and does not ask for it.
    let yaml = "{from: accounts@harbour.example\(auth.isEmpty ? "" : ", auth: \(auth)")}"
    var reader = SettingsReader(try settingsBlock(yaml: yaml), folder: "/") {
      .success(Secret($0))
    }
    return gmail.type.init(settings: &reader)
  }

  private func entry(_ header: String, _ to: String, _ seconds: Int) -> String {
    let id = "{\"name\":\"x-balancealert-delivery\",\"value\":\"\(header)\"},"
    return "{\"id\":\"1\",\"threadId\":\"1\",\"internalDate\":\"\(seconds)000\",\"payload\":"
      + "{\"headers\":[\(header.isEmpty ? "" : id){\"name\":\"To\",\"value\":\"\(to)\"}]}}"
  }

  private func search(
    _ mails: [(id: String, header: String, to: String, seconds: Int)],
    auth: String,
    now: String,
    more: Bool = false
  ) async throws -> (SearchResult, [String]) {
    let adapter = try #require(try adapter(auth: auth) as? any SearchableChannel)
    let hits = mails.map { "{\"id\":\"\($0.id)\",\"threadId\":\"\($0.id)\"}" }
      .joined(separator: ",")
    let list = mails.isEmpty ? "" : "\"messages\":[\(hits)],"
    let next = more ? "\"nextPageToken\":\"2\"," : ""
    let entries = Dictionary(
      mails.map { ($0.id, entry($0.header, $0.to, $0.seconds)) },
      uniquingKeysWith: { a, _ in a }
    )
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let path = http.url.prefix { $0 != "?" }
      if path.hasSuffix("/messages") {
        return Response(status: 200, text: "{\(list)\(next)\"resultSizeEstimate\":0}")
      }
      let id = String(path.split(separator: "/").last ?? "")
      return Response(status: entries[id] == nil ? 404 : 200, text: entries[id] ?? "{}")
    }
    let result = await adapter.search(
      for: Sample.reminder(for: gmail),
      startedAt: started,
      now: now,
      over: Session(transport: transport)
    )
    let urls = await transport.requests.compactMap { request -> String? in
      if case .http(let http) = request { http.url } else { nil }
    }
    return (result, urls)
  }

  private func inspect(
    _ answers: [(status: Int, body: String)],
    auth: String = ""
  ) async throws -> [Finding.Kind] {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request, http.method == .GET else { throw .notSent("a send") }
      let index = http.url.hasSuffix("/profile") ? 0 : 1
      return Response(status: answers[index].status, text: answers[index].body)
    }
    return await (try adapter(auth: auth)).inspect(over: patient(transport)).map(\.kind)
  }

  /// Without repetitions, which would be waited for.
  private func patient(_ transport: ScriptedTransport) -> Session {
    Session(name: "test", transport: transport, policy: SessionPolicy(retries: 0))
  }

  private func http(_ request: Request) throws -> HTTPRequest {
    guard case .http(let http) = request else {
      Issue.record("not HTTP")
      return HTTPRequest(.GET, "")
    }
    return http
  }
}
