import Accounting
import Receivables
import Support
import Testing
import Wire

private let realm = "9130347596842624"
private let moment = "2026-08-21T10:10:00Z"

func quickBooks(_ more: [(String, [String])] = []) -> QuickBooksSource {
  var problems: [String] = []
  let made = source(
    QuickBooksSource.self,
    [("realm_id", [realm])] + more,
    problems: &problems
  )
  #expect(problems == [])
  return made
}

/// What a poll of QuickBooks brought.
struct QuickBooksPolled {
  let result: PollResult
  let emitted: Emitted
  let transport: ScriptedTransport
  let unused: [String]

  /// `1037 USD 239.00 2026-08-09`, sorted; a credit's amount in brackets.
  var lines: [String] {
    get async { quickBooksLines(await emitted.open) }
  }

  init(
    _ folder: String,
    cursor: String? = nil,
    known: Set<String> = [],
    hints: Set<Hint> = [],
    at now: String = moment
  ) async throws {
    let replay = try Replay("Tests/Fixtures/sources/quickbooks/\(folder)")
    let transport = replay.transport()
    let emitted = Emitted()
    let plain = try request(cursor: cursor, known: known, at: now)
    let request = PollRequest(
      source: plain.source,
      cursor: plain.cursor,
      knownAccounts: plain.knownAccounts,
      hints: hints,
      now: plain.now
    )
    result = try await quickBooks().poll(request, over: session(transport)) {
      await emitted.add($0)
    }
    self.emitted = emitted
    self.transport = transport
    unused = await replay.unused
  }
}

func quickBooksLines(_ items: [String: OpenItem]) -> [String] {
  items.values.map { item in
    let amount = item.kind == .invoice ? "\(item.amountDue)" : "(\(item.amountDue))"
    return "\(item.number) \(amount)" + (item.dueDate.map { " \($0)" } ?? "")
  }.sorted()
}

struct QuickBooksSourceTests {
  private func failure(_ folder: String, cursor: String? = nil) async throws -> SourceError? {
    await #expect(throws: SourceError.self) {
      _ = try await QuickBooksPolled(folder, cursor: cursor)
    }
  }

  @Test func aFirstSyncReadsWhatIsOpenInEachCurrency() async throws {
    let polled = try await QuickBooksPolled("first-sync")
    #expect(polled.unused == [])
    #expect(polled.result.isComplete && !polled.result.isUnchanged)
    #expect(
      polled.result.cursor == #"{"since":"2026-08-21T10:09:59Z","home":"USD","entries":true}"#
    )
    let items = await polled.emitted.open
    #expect(
      quickBooksLines(items) == [
        "1037 USD 239.00 2026-08-09", "1038 EUR 1190.00 2026-08-19", "1042 USD 477.50 2026-07-15",
        "1043 USD 85.00 2026-07-31", "1050 USD 85.00 2026-09-10", "CM-7 (USD 25.00)",
        "JE-4 USD 37.50 2026-07-31", "payment (USD 26.93)",
      ]
    )
    #expect(
      items.keys.sorted() == [
        "CreditMemo:145", "Entry:150:12", "Invoice:130", "Invoice:131", "Invoice:140",
        "Invoice:141", "Invoice:160", "Payment:172",
      ]
    )
    let invoice = try #require(items["Invoice:130"])
    #expect(invoice.accountID == "1" && invoice.issueDate == Day("2026-07-10"))
    #expect(invoice.total.description == "USD 362.07")
    #expect(
      polled.result.notices == [
        "customer Jane Litigious (12): `none` is not an e-mail address: it has no @; left out"
      ])
  }

  @Test func customersComeWithTheirParentsTermsAndAddresses() async throws {
    let accounts = try await QuickBooksPolled("first-sync").emitted.accounts.values
      .sorted { $0.name < $1.name }
    #expect(
      accounts.map { "\($0.key) \($0.name)" } == [
        "books:9 0969 Ocean View Road", "books:10 55 Twin Lane", "books:1 Amy's Bird Sanctuary",
        "books:8 Freeman Sporting Goods", "books:12 Jane Litigious", "books:30 Weiskopf GmbH",
      ]
    )
    #expect(accounts.map(\.parent) == ["8", "8", nil, nil, nil, nil])
    #expect(
      accounts.map(\.terms) == [nil, "Net 30", "Net 30", nil, nil, "Due on receipt"]
    )
    #expect(
      accounts.map(\.email) == [
        nil, "twin@example.com", "birds@example.com, office@example.com",
        "office@freeman.example", nil,
        "kasse@weiskopf.example",
      ]
    )
    #expect(
      accounts.map(\.phone) == [nil, nil, "+16505550100", nil, "(650) 555-0112", nil]
    )
  }

  @Test func everyCallPinsTheMinorVersionAndAsksForJSON() async throws {
    let polled = try await QuickBooksPolled("first-sync")
    for case .http(let request) in await polled.transport.requests {
      #expect(request.url.hasSuffix("&minorversion=75"))
      #expect(request.url.utf8.count < 2_500)
      #expect(request.header("Accept") == "application/json")
    }
    #expect(await polled.transport.requests.count == 10)
  }

  @Test func anEmptyCompanyOwesNothingAndSaysSo() async throws {
    let polled = try await QuickBooksPolled("empty-company")
    #expect(polled.unused == [])
    #expect(polled.result.isComplete && polled.result.notices == [])
    #expect(await polled.emitted.changes == [])
    #expect(await polled.transport.requests.count == 5)
  }

  @Test func aReportIsReadByTheKeysOfItsColumns() async throws {
    let polled = try await QuickBooksPolled("column-keys")
    #expect(polled.result.notices == [])
    #expect(await polled.lines == ["1037 USD 239.00 2026-08-09"])
  }

  @Test(arguments: [
    (
      "disagreement",
      [
        "Amy's Bird Sanctuary (1): the open documents come to USD 239.00, QuickBooks' "
          + "CustomerBalance says USD 250.00; the documents count",
        "Dukes Basketball Camp (5): the open documents come to USD 0.00, QuickBooks' "
          + "CustomerBalance says USD 40.00; the documents count",
      ]
    ),
    (
      "disagreement-aging",
      [
        "Amy's Bird Sanctuary (1): the open documents come to USD 239.00, QuickBooks' "
          + "AgedReceivableDetail says USD 200.00; the documents count"
      ]
    ),
  ])
  func aReportThatDisagreesIsToldAndChangesNothing(
    _ folder: String,
    _ notices: [String]
  ) async throws {
    let polled = try await QuickBooksPolled(folder)
    #expect(polled.result.notices == notices)
    #expect(await polled.lines == ["1037 USD 239.00 2026-08-09"])
  }

  @Test func aReportWithoutIdsDoesNotHideUnappliedPayments() async throws {
    let polled = try await QuickBooksPolled("report-without-ids")
    #expect(polled.unused == [])
    #expect(polled.result.notices == [])
    #expect(await polled.lines == ["1037 USD 239.00 2026-08-09", "payment (USD 26.93)"])
  }

  @Test func documentsThatSlippedFromPageToPageAreRead() async throws {
    let polled = try await QuickBooksPolled("slipped")
    #expect(polled.unused == [])
    #expect(polled.result.notices == [])
    #expect(polled.result.cursor?.contains(#""entries":false"#) == true)
    #expect(
      await polled.emitted.open.keys.sorted() == ["CreditMemo:146", "Invoice:130", "Invoice:133"]
    )
  }

  @Test func aJournalEntryMayBeACredit() async throws {
    let polled = try await QuickBooksPolled("journal-credit")
    #expect(polled.unused == [])
    #expect(await polled.lines == ["1037 USD 239.00 2026-08-09", "JE-9 (USD 39.00)"])
    #expect(polled.result.notices == [])
  }

  @Test func anAmountThatIsGivenInTheHomeCurrencyOnlyIsLeftOutAndTold() async throws {
    let polled = try await QuickBooksPolled("journal-home-only")
    #expect(await polled.emitted.changes == [])
    #expect(
      polled.result.notices == [
        "Weiskopf GmbH (30): Journal Entry JE-10 is left out: the report gives no amount in its "
          + "own currency",
        "Weiskopf GmbH (30): the open documents come to USD 0.00, QuickBooks' CustomerBalance says "
          + "USD 108.42; the documents count",
      ]
    )
  }

  @Test func aCustomerDeletedBetweenTwoCallsGoesByTheNameOnTheInvoice() async throws {
    let polled = try await QuickBooksPolled("customer-deleted")
    #expect(await polled.emitted.accounts["1"]?.name == "Amy's Bird Sanctuary")
    #expect(
      polled.result.notices == ["QuickBooks gives no details of customer Amy's Bird Sanctuary (1)"]
    )
  }

  @Test func withoutPreferencesTheReportNamesTheHomeCurrency() async throws {
    let polled = try await QuickBooksPolled("preferences-silent")
    #expect(polled.result.notices == [])
    #expect(
      polled.result.cursor == #"{"since":"2026-08-21T10:09:59Z","home":"USD","entries":false}"#
    )
  }

  @Test(arguments: [
    (
      "bad-unknown-currency",
      "invoice 1037 (130): CurrencyRef: `XYZ` is not an ISO 4217 currency code"
    ),
    (
      "bad-amount", "invoice 1037 (130): Balance: `239.005` has more decimals than the currency's 2"
    ),
    ("bad-no-balance", "invoice 1037 (130): Balance: is missing"),
    ("bad-due-date", "invoice 1037 (130): DueDate: `09/08/2026` is not a date"),
    ("bad-no-date", "invoice 1037 (130): DueDate: is missing, and so is TxnDate"),
    ("bad-no-customer", "invoice 1037 (130): CustomerRef: is missing"),
    ("bad-report", "AgedReceivableDetail: is not a report"),
    ("bad-report-columns", "AgedReceivableDetail: Columns: name no customer, or no open balance"),
    (
      "bad-report-amount",
      "AgedReceivableDetail, Amy's Bird Sanctuary: subt_open_bal: `1,239.00` is not an amount "
        + "(write it as 1234.50)"
    ),
    ("html-200", "Invoice: a web page (or XML) came in place of JSON"),
    ("not-json", "Invoice: not JSON: expected a value (line 1, byte 0)"),
    (
      "page-cut",
      "Invoice, from row 1: maxResults: page missing: 3 rows are announced, 1 came"
    ),
  ])
  func whatCannotBeReadIsNamed(_ folder: String, _ message: String) async throws {
    let error = try await failure(folder)
    #expect(error?.description == message)
    // What is no JSON is no answer: nobody here can mend it.
    switch error {
    case .unreachable: #expect(["html-200", "not-json"].contains(folder))
    case .badData: #expect(!["html-200", "not-json"].contains(folder))
    default: Issue.record("\(String(describing: error))")
    }
  }
}
