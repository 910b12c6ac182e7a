import Accounting
import Receivables
import Support
import Testing
import Wire

/// Pages, refusals, and what `check --online` and `auth` ask.
struct QuickBooksAPITests {
  private static let trace = "(intuit_tid 1-66c5d2b1-0f1e2d3c4b5a69788796a5b4)"
  private static let sampleTrace = "(intuit_tid 1-6670a1b2-0f1e2d3c4b5a69788796a5b4)"
  private static let throttled =
    "QuickBooks: the limit of calls is reached: message=ThrottleExceeded; errorCode=003001; "
    + "statusCode=429: The request limit was reached.  Try again later (code 3001) TRACE. If it is "
    + "still so after some minutes, the app's reads of this month are used up, and QuickBooks "
    + "answers none before the next month: see the app's usage at developer.intuit.com"

  private static let refusals: [(String, SourceError)] = [
    (
      "error-401-token-expired",
      .signInNeeded(
        "QuickBooks refuses to show Preferences: message=AuthenticationFailed; errorCode=003200; "
          + "statusCode=401: Token expired (code 3200) \(sampleTrace)"
      )
    ),
    (
      "error-403-wrong-realm",
      .misconfigured(
        "QuickBooks: this sign-in does not reach company `9130347596842624`: check realm_id and "
          + "environment, or sign in again and choose that company: "
          + "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403 (code 3100) "
          + trace
      )
    ),
    (
      "error-429-throttle",
      .unreachable(throttled.replacing("TRACE", with: sampleTrace))
    ),
    // So it was told before.
    ("error-403-throttle", .unreachable(throttled.replacing("TRACE", with: trace))),
    ("error-200-fault", .unreachable(throttled.replacing("TRACE", with: trace))),
    (
      "error-400-query",
      .unreachable(
        "QuickBooks answers Invoice with 400: Error parsing query: QueryParserError: Encountered "
          + "\" <INTEGER> \"1 \"\" at line 1, column 60. (code 4000) \(sampleTrace)"
      )
    ),
    (
      "error-500",
      .unreachable(
        "QuickBooks answers Invoice with 500: An application error has occurred while processing "
          + "your request: System Failure Error (code 10000) \(trace)"
      )
    ),
  ]

  @Test(arguments: refusals)
  func aPollThatIsRefusedSaysWhy(_ folder: String, _ expected: SourceError) async throws {
    let error = await #expect(throws: SourceError.self) { _ = try await QuickBooksPolled(folder) }
    #expect(error == expected)
  }

  @Test func aFaultWithinChangeDataCaptureFailsThePoll() async throws {
    let cursor = #"{"since":"2026-08-21T10:09:59Z","entries":false}"#
    let error = await #expect(throws: SourceError.self) {
      _ = try await QuickBooksPolled("error-cdc-fault", cursor: cursor)
    }
    #expect(
      error
        == .unreachable(
          "QuickBooks answers change data capture with 200: Invalid date: changedSince is too old "
            + "(code 4001) \(Self.trace)"
        )
    )
  }

  // MARK: Pages

  /// A company with so many invoices, one customer each; `answer` may answer for it.
  private func poll(
    invoices count: Int,
    _ answer: @escaping @Sendable (_ start: Int) -> Response? = { _ in nil }
  ) async throws -> (result: PollResult, emitted: Emitted, urls: [String]) {
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      if http.url.contains("/reports/") {
        return Response(status: 200, text: #"{"Header":{},"Rows":{}}"#)
      }
      let start = Self.number(after: "STARTPOSITION%20", in: http.url) ?? 1
      if http.url.contains("FROM%20Invoice") {
        return answer(start) ?? Self.page("Invoice", start..<min(start + 1000, count + 1))
      }
      if http.url.contains("FROM%20Customer") {
        return Self.page("Customer", start..<min(start + 1000, count + 1))
      }
      return Self.page("", 1..<1)
    }
    let emitted = Emitted()
    let result = try await quickBooks().poll(request(), over: session(transport)) {
      await emitted.add($0)
    }
    let urls = await transport.requests.compactMap { request -> String? in
      if case .http(let http) = request { http.url } else { nil }
    }
    return (result, emitted, urls)
  }

  private static func page(_ entity: String, _ ids: Range<Int>) -> Response {
    let rows = ids.map {
      """
      {"Id":"\($0)","DisplayName":"Name \($0)","Balance":1,"TxnDate":"2026-08-01",\
      "CurrencyRef":{"value":"USD"},"CustomerRef":{"value":"\($0)"}}
      """
    }.joined(separator: ",")
    let found =
      ids.isEmpty
      ? ""
      : #""\#(entity)":[\#(rows)],"startPosition":\#(ids.lowerBound),"maxResults":\#(ids.count)"#
    return Response(
      status: 200,
      text: #"{"QueryResponse":{\#(found)},"time":"2026-08-21T03:10:04.120-07:00"}"#
    )
  }

  private static func number(after mark: String, in url: String) -> Int? {
    guard let range = url.firstRange(of: mark) else { return nil }
    return Int(url[range.upperBound...].prefix { $0.isNumber })
  }

  @Test func pagesAreReadUntilOneIsNotFull() async throws {
    let (result, emitted, urls) = try await poll(invoices: 2_001)
    #expect(await emitted.open.count == 2_001)
    #expect(result.isComplete)
    let starts = urls.filter { $0.contains("FROM%20Invoice") }.map {
      Self.number(after: "STARTPOSITION%20", in: $0)
    }
    #expect(starts == [1, 1001, 2001])
    // Id cannot be sorted by.
    let isSorted = urls.filter { $0.contains("STARTPOSITION") }.allSatisfy {
      $0.contains("ORDERBY%20MetaData.LastUpdatedTime")
    }
    #expect(isSorted)
  }

  @Test func afterAPageThatIsJustFullOneMoreIsRead() async throws {
    let (_, emitted, urls) = try await poll(invoices: 1_000)
    #expect(await emitted.open.count == 1_000)
    #expect(urls.filter { $0.contains("FROM%20Invoice") }.count == 2)
  }

  @Test(arguments: [(300, 3, false), (301, 1, true)])
  func manyCustomersAreReadPageByPageAndFewById(
    _ count: Int,
    _ calls: Int,
    _ arePaged: Bool
  ) async throws {
    let (_, emitted, urls) = try await poll(invoices: count)
    let asked = urls.filter { $0.contains("FROM%20Customer") }
    #expect(asked.count == calls)
    for url in asked {
      #expect(url.contains("STARTPOSITION") == arePaged)
      #expect(url.contains("Active%20IN%20%28true%2C%20false%29"))
      #expect(url.utf8.count < 2_500)
    }
    #expect(await emitted.accounts.count == count)
    #expect(await emitted.accounts["7"]?.name == "Name 7")
  }

  private static let wrongPages: [(Response, SourceError)] = [
    (
      Response(status: 404, text: ""),
      .misconfigured("QuickBooks has no Invoice at this address: status 404")
    ),
    (
      page("Invoice", 1..<1001),
      .badData(
        document: "Invoice, from row 1001",
        field: "startPosition",
        message: "page missing: the one from row 1 came in its place"
      )
    ),
    (
      Response(
        status: 200,
        text: page("Invoice", 1..<1001).text.replacing(#""startPosition":1,"#, with: "")
      ),
      .badData(
        document: "Invoice, from row 1001",
        field: "",
        message: "page missing: an earlier one came in its place"
      )
    ),
  ]

  @Test(arguments: wrongPages)
  func aPageMissingInTheMiddleFailsThePoll(
    _ second: Response,
    _ expected: SourceError
  ) async throws {
    let error = await #expect(throws: SourceError.self) {
      _ = try await poll(invoices: 2_500) { $0 == 1001 ? second : nil }
    }
    #expect(error == expected)
  }

  // MARK: Looking around

  private func recorded(_ folder: String) throws -> Replay {
    try Replay("Tests/Fixtures/sources/quickbooks/\(folder)")
  }

  @Test func checkingNamesTheCompanyAndCountsItsInvoices() async throws {
    let replay = try recorded("inspect")
    let found = try await quickBooks().inspect(
      over: session(replay.transport()), now: request().now)
    #expect(await replay.unused == [])
    #expect(found.organisation == "Sandbox Company_US_1")
    #expect(found.currency == "USD" && found.openInvoices == 29)
    #expect(found.notices.count == 1)
  }

  @Test func theRedirectSaysWhichCompanyItIs() async throws {
    let replay = try recorded("inspect")
    var problems: [String] = []
    let unset = source(QuickBooksSource.self, [], problems: &problems)
    #expect(problems.count == 1)
    let redirect = ["code": "x", "realmId": "9130347596842624"]
    let session = session(replay.transport())
    let expected = [Organisation(id: "9130347596842624", name: "Sandbox Company_US_1")]
    #expect(try await unset.organisations(over: session, redirect: redirect) == expected)
    #expect(try await unset.organisations(over: session, redirect: [:]) == [])
    #expect(try await quickBooks().organisations(over: session, redirect: [:]) == expected)
    #expect(QuickBooksSource.organisationKey == "realm_id")
  }

  @Test(arguments: [
    ([("environment", ["sandbox"])], "https://sandbox-quickbooks.api.intuit.com/v3/company/"),
    ([("environment", ["production"])], "https://quickbooks.api.intuit.com/v3/company/"),
    (
      [("environment", ["sandbox"]), ("base_url", ["http://127.0.0.1:9000/qbo"])],
      "http://127.0.0.1:9000/qbo/v3/company/"
    ),
  ])
  func theEnvironmentPicksTheAddress(
    _ settings: [(String, [String])],
    _ beginning: String
  ) async throws {
    let transport = ScriptedTransport(answering: Response(status: 503))
    let request = try request()
    await #expect(throws: SourceError.self) {
      try await quickBooks(settings).poll(request, over: session(transport)) { _ in }
    }
    guard case .http(let first) = await transport.requests.first else {
      Issue.record("nothing was asked")
      return
    }
    #expect(first.url.hasPrefix(beginning + "9130347596842624/query?"))
  }
}
