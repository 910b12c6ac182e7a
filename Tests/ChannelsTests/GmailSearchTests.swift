import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

/// What Gmail is asked after an unknown outcome.
@Suite struct GmailSearchTests {
  private let gmail: ChannelCase
  init() throws { gmail = try ChannelCase.named("gmail") }

  private static let scope = "https://www.googleapis.com/auth/gmail."
  private let started = "2026-11-23T17:40:05Z"
  private let later = "2026-11-23T18:40:05Z"
  private let delivery = "ba1-7f3c9e20b6d4a158"

  // MARK: By headers

  @Test func theHeadersOfSentMailAreReadUntilOneIsOlder() async throws {
    let mails = [
      ("1", "ba1-other", "b@x.example", 1_795_456_000),
      ("2", delivery, "c@x.example", 1_795_455_606),
    ]
    let (result, requests) = try await search(mails, auth: "", now: later)
    #expect(result == .found(id: "2"))
    #expect(requests.first?.hasSuffix("/users/me/messages?labelIds=SENT&maxResults=100") == true)
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

  // MARK: By the word

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
      let adapter = try #require(try gmail.gmail(auth: auth) as? any SearchableChannel)
      let result = await adapter.search(
        for: Sample.reminder(for: gmail),
        startedAt: started,
        now: later,
        over: patient(ScriptedTransport(answering: Response(status: status)))
      )
      guard case .cannotTell = result else { Issue.record("\(result)"); return }
    }
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
    let adapter = try #require(try gmail.gmail(auth: auth) as? any SearchableChannel)
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
}

extension ChannelCase {
  func gmail(auth: String) throws -> any Channel {
    // `auth` is the frame's key: the adapter looks at it, and does not ask for it.
    let yaml = "{from: accounts@harbour.example\(auth.isEmpty ? "" : ", auth: \(auth)")}"
    var reader = SettingsReader(try settingsBlock(yaml: yaml), folder: "/") {
      .success(Secret($0))
    }
    return type.init(settings: &reader)
  }
}

/// Without repetitions, which would be waited for.
func patient(_ transport: ScriptedTransport) -> Session {
  Session(name: "test", transport: transport, policy: SessionPolicy(retries: 0))
}
