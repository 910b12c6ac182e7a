import Accounting
import Receivables
import Support
import Testing
import Wire

/// What FreshBooks' documents come to, and how it fails when they cannot be read.
struct FreshBooksDocumentTests {
  private func failure(_ folder: String) async throws -> SourceError? {
    await #expect(throws: SourceError.self) { _ = try await FreshBooksPoll(folder) }
  }

  @Test func statesSayWhatIsChasedAndHow() async throws {
    let polled = try await FreshBooksPoll("states")
    let items = await polled.emitted.open.values.sorted { $0.number < $1.number }
    let said = items.map { item in
      "\(item.number) \(item.collection.rawValue)\(item.disputed ? " disputed" : "")"
    }
    // S09 is deleted, S10 not sent yet, S12 overpaid.
    #expect(
      said == [
        "S01 automatic", "S02 automaticFailed", "S03 automaticFailed", "S04 automaticFailed",
        "S05 automatic", "S06 manual disputed", "S07 manual disputed", "S08 manual", "S11 manual",
        "S13 manual", "S15 manual",
      ]
    )
    #expect(items.first { $0.number == "S11" }?.dueDate == Day("2026-08-15"))
    #expect(items.first { $0.number == "S13" }?.amountDue.description == "JPY 400")
  }

  @Test func theTermsAreThoseOfTheNewestInvoice() async throws {
    let polled = try await FreshBooksPoll("states")
    // S11 was issued last, on 1 July.
    #expect(await polled.emitted.accounts["12345"]?.terms == "45 days")
  }

  @Test(arguments: [
    ("bad-unknown-currency", "outstanding.code: `XYZ` is not an ISO 4217 currency code"),
    (
      "bad-too-many-decimals",
      "outstanding.amount: `12.005` has more decimals than the currency's 2"
    ),
    ("bad-yen-with-decimals", "outstanding.amount: `12.5` has more decimals than the currency's 0"),
    ("bad-amount", "outstanding.amount: `1,222.00` is not an amount (write it as 1234.50)"),
    ("bad-no-outstanding", "outstanding: is missing"),
    ("bad-two-currencies", "amount.code: is USD, and the document is in CAD"),
    ("bad-due-date", "due_date: `20/07/2026` is not a date"),
    ("bad-no-status", "v3_status: is missing"),
    ("bad-no-client", "customerid: is missing"),
    ("bad-offset", "due_offset_days: is not a number of days"),
  ])
  func anInvoiceThatCannotBeReadIsNamed(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder)?.description == "invoice 0000041 (987701): \(message)")
  }

  @Test func aCreditThatCannotBeReadIsNamed() async throws {
    let message = "credit note 00001122 (31313): paid.code: is CAD, and the document is in USD"
    #expect(try await failure("bad-credit")?.description == message)
  }

  @Test(arguments: [
    (
      "page-missing",
      "invoices, page 2: invoices: page missing: it is empty, though there are 3"
    ),
    (
      "page-not-there",
      "FreshBooks: page missing: invoices, page 2 is not there, though others were"
    ),
    ("page-doubled", "invoices, page 2: page: page missing: page 1 came in its place"),
    ("page-short", "invoices: total: page missing: 4 came of 5"),
    ("html", "invoices, page 1: a web page (or XML) came in place of JSON"),
    ("no-list", "invoices, page 1: invoices: is not there"),
    ("no-pages", "invoices, page 1: pages: is not there"),
    ("error-200", "FreshBooks refuses invoices, page 1: Page must be a number."),
    (
      "error-400",
      "FreshBooks refuses invoices, page 1: Date must be in YYYY-MM-DD format."
    ),
    ("error-429", "FreshBooks: too many requests; again in 60 s"),
    ("error-500", "FreshBooks answers invoices, page 1 with 500: Something went wrong."),
  ])
  func aPollThatFailsSaysWhy(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder)?.description == message)
  }

  @Test func aPageThatIsCutShortIsNotJSON() async throws {
    let error = try await failure("not-json")
    #expect(error?.description.hasPrefix("invoices, page 1: not JSON: ") == true)
  }

  @Test(arguments: [
    ("error-401-token-expired", "The server could not verify that you are authorized"),
    ("error-200-unauthorised", "The server could not verify that you are authorized"),
    ("error-403", "The token lacks the scope user:invoices:read.; check the app's scopes"),
  ])
  func aRefusalAsksForASignIn(_ folder: String, _ words: String) async throws {
    guard case .signInNeeded(let why) = try await failure(folder) else {
      Issue.record("not signInNeeded")
      return
    }
    #expect(why.contains(words), "\(why)")
  }

  @Test(arguments: ["error-404-account", "error-404-old"])
  func aWrongAccountIsAMistakeOfTheConfig(_ folder: String) async throws {
    let message =
      "FreshBooks has no invoices, page 1 at account_id `ACM123`: Account not found.; `auth` lists "
      + "the ids that the sign-in reaches"
    #expect(try await failure(folder) == .misconfigured(message))
  }

  /// An answer to every list, with these invoices and no client.
  private func poll(_ invoice: String, cursor: String?) async throws -> (PollResult, Emitted) {
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      let noun =
        http.url.contains("/users/") ? "clients" : http.url.contains("credit") ? "credit_notes" : ""
      let isEmpty = noun != "" || http.url.contains("vis_state")
      return Response(
        status: 200,
        text: """
          {"response":{"result":{"\(noun == "" ? "invoices" : noun)":[\(isEmpty ? "" : invoice)],\
          "page":1,"pages":\(isEmpty ? 0 : 1),"total":\(isEmpty ? 0 : 1)}}}
          """
      )
    }
    let emitted = Emitted()
    let result = try await freshBooks().poll(
      request(cursor: cursor, known: ["1"]),
      over: session(transport)
    ) { await emitted.add($0) }
    return (result, emitted)
  }

  private func invoice(status: String = "sent", updated: String) -> String {
    """
    {"id":7,"customerid":1,"v3_status":"\(status)","outstanding":{"amount":"5","code":"EUR"},\
    "amount":{"amount":"5","code":"EUR"},"due_date":"2026-01-01","updated":"\(updated)"}
    """
  }

  @Test func aStatusThatIsNewIsJudgedByWhatIsLeftToPay() async throws {
    let row = invoice(status: "a-new-one", updated: "2026-01-02 00:00:00")
    #expect(try await poll(row, cursor: nil).1.open["7"] != nil)
  }

  @Test func aRowFromTheFutureDoesNotHideWhatComesUntilThen() async throws {
    let result = try await poll(invoice(updated: "2031-01-02 00:00:00"), cursor: nil).0
    #expect(result.cursor?.hasPrefix(#"{"since":"2026-11-21","#) == true)
  }

  @Test func whatChangesWithoutANewTimeIsSeen() async throws {
    let sent = invoice(updated: "2026-01-02 00:00:00")
    let first = try await poll(sent, cursor: nil).0
    let second = try await poll(sent, cursor: first.cursor).0
    #expect(second.isUnchanged)
    let disputed = invoice(status: "disputed", updated: "2026-01-02 00:00:00")
    let (third, emitted) = try await poll(disputed, cursor: second.cursor)
    #expect(!third.isUnchanged)
    #expect(await emitted.open["7"]?.disputed == true)
  }

  @Test(arguments: [
    "", "x", "{}", #"{"since":"yesterday","seen":"","last_credit":0,"credits":""}"#,
  ])
  func aLostCursorMeansAFullSync(_ cursor: String) async throws {
    #expect(try await FreshBooksPoll("first-sync", cursor: cursor).result.isComplete)
  }
}
