import Accounting
import Receivables
import Support
import Testing
import Wire

func xero(tenant: String = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58") -> XeroSource {
  var problems: [String] = []
  let made = source(XeroSource.self, [("tenant_id", [tenant])], problems: &problems)
  #expect(problems == [])
  return made
}

struct XeroSourceTests {
  private struct Polled {
    let result: PollResult
    let emitted: Emitted
    let transport: ScriptedTransport
    let unused: [String]
  }

  private func poll(
    _ folder: String,
    cursor: String? = nil,
    known: Set<String> = []
  ) async throws -> Polled {
    let replay = try Replay("Tests/Fixtures/sources/xero/\(folder)")
    let transport = replay.transport()
    let emitted = Emitted()
    let result = try await xero().poll(
      request(cursor: cursor, known: known),
      over: session(transport)
    ) { await emitted.add($0) }
    return Polled(
      result: result,
      emitted: emitted,
      transport: transport,
      unused: await replay.unused
    )
  }

  private func failure(_ folder: String) async throws -> SourceError? {
    await #expect(throws: SourceError.self) { _ = try await poll(folder) }
  }

  /// `INV-0001 NZD 1240.50 2026-10-20`, sorted.
  private func lines(_ items: [String: OpenItem]) -> [String] {
    items.values.map { item in
      "\(item.number) \(item.amountDue)" + (item.dueDate.map { " \($0)" } ?? "")
    }.sorted()
  }

  private let since = #"{"since":"2026-11-22T19:59:25"}"#

  @Test func aFirstSyncReadsWhatIsOpenAndTheContactsOfIt() async throws {
    let polled = try await poll("first-sync")
    #expect(polled.unused == [])
    #expect(polled.result.isComplete)
    #expect(polled.result.cursor == since)
    let items = await polled.emitted.open
    #expect(
      lines(items) == [
        "CN-0005 NZD 32.50", "INV-0001 NZD 1240.50 2026-10-20", "INV-0002 NZD 375.00 2026-10-20",
        "INV-0003 AUD 300.10 2026-12-01", "INV-0011 NZD 3450.00", "overpayment AUD 20.00",
      ]
    )
    let invoice = try #require(items.values.first { $0.number == "INV-0002" })
    #expect(invoice.kind == .invoice && invoice.issueDate == Day("2026-10-01"))
    #expect(invoice.total.description == "NZD 575.00")
    #expect(items.values.filter { $0.kind == .credit }.count == 3)
    let accounts = await polled.emitted.accounts.values.sorted { $0.name < $1.name }
    #expect(accounts.map(\.name) == ["Amara Osei", "Bo Lindqvist", "Chloe Tan"])
    #expect(accounts.map(\.email) == ["amara@example.com", "kim@example.com", nil])
    #expect(accounts.map(\.phone) == ["+64210000101", "(03) 000 0102", nil])
    #expect(
      accounts.map(\.terms) == [
        "20 days after the end of the invoice month", "7 days after the invoice date", nil,
      ]
    )
    #expect(accounts.map(\.doNotContact) == [.none, .none, .all])
    #expect(invoice.accountID == accounts[1].key.id && accounts[1].key.source == "books")
    #expect(polled.result.notices.count == 1)
    #expect(polled.result.notices.first?.contains("`chloe at example`") == true)
  }

  @Test func requestsAskForJSONAndNameTheOrganisation() async throws {
    let polled = try await poll("first-sync")
    for case .http(let request) in await polled.transport.requests {
      #expect(request.header("Accept") == "application/json")
      #expect(request.header("xero-tenant-id") == "fe79f7dd-b6d4-4a92-ba7b-538af6289c58")
      #expect(request.header("If-Modified-Since") == nil)
      if request.url.hasSuffix("/Organisation") { continue }
      #expect(request.url.contains("pageSize=1000") && request.url.utf8.count < 2_000)
    }
  }

  @Test func aCustomConnectionNamesNoOrganisation() async throws {
    let transport = ScriptedTransport(answering: Response(status: 503))
    let request = try request()
    await #expect(throws: SourceError.self) {
      try await xero(tenant: "").poll(request, over: session(transport)) { _ in }
    }
    guard case .http(let request) = await transport.requests.first else { return }
    #expect(request.header("xero-tenant-id") == nil)
  }

  @Test func aDeltaTakesAwayWhatIsOver() async throws {
    let first = try await poll("first-sync")
    var snapshot = Snapshot(source: "books")
    for change in await first.emitted.changes { snapshot.apply(change) }
    let known = Set(snapshot.accounts.keys)
    let polled = try await poll("delta", cursor: since, known: known)
    #expect(polled.unused == [])
    #expect(!polled.result.isComplete && !polled.result.isUnchanged)
    #expect(polled.result.cursor == #"{"since":"2026-11-23T19:59:55"}"#)
    for change in await polled.emitted.changes { snapshot.apply(change) }
    #expect(
      lines(snapshot.items) == [
        "INV-0002 NZD 275.00 2026-10-20", "INV-0005 NZD 80.00 2026-12-20", "INV-0011 NZD 50.25",
        "overpayment AUD 20.00",
      ]
    )
    // The new debtor was fetched, a known one told anew, a supplier left out.
    #expect(
      snapshot.accounts.values.map { "\($0.name) \($0.email ?? "-")" }.sorted() == [
        "Amara Osei amara@example.com", "Bo Lindqvist bo@example.com", "Chloe Tan -",
        "Dot & Sons Ltd dot@example.com",
      ]
    )
    for case .http(let request) in await polled.transport.requests
    where !request.url.contains("IDs=") {
      #expect(request.header("If-Modified-Since") == "2026-11-22T19:59:25")
      #expect(!request.url.contains("Status"))
    }
  }

  @Test func anUnchangedOrganisationCostsOneCallACollection() async throws {
    let polled = try await poll("delta-unchanged", cursor: since)
    #expect(polled.result.isUnchanged && !polled.result.isComplete)
    #expect(await polled.emitted.batches == 0)
    #expect(await polled.transport.requests.count == 5)
  }

  @Test func whenAKnownContactWasMergedEverythingIsReadAgain() async throws {
    let first = try await poll("first-sync").emitted.accounts
    let polled = try await poll("merged-contact", cursor: since, known: Set(first.keys))
    #expect(polled.unused == [])
    #expect(polled.result.isComplete)
    let accounts = await polled.emitted.accounts
    #expect(accounts.values.map(\.name) == ["Bo Lindqvist"])
    let items = await polled.emitted.open
    #expect(items.count == 2)
    #expect(Set(items.values.map(\.accountID)) == Set(accounts.keys))
  }

  @Test func documentsOfAMergedContactCountForTheOneThatIsLeft() async throws {
    let polled = try await poll("merged-document")
    let accounts = await polled.emitted.accounts
    #expect(accounts.values.map(\.name) == ["Bo Lindqvist"])
    #expect(Set(await polled.emitted.open.values.map(\.accountID)) == Set(accounts.keys))
  }

  @Test func bothFormsOfADateGiveTheDayThatWasMeant() async throws {
    let items = try await poll("dates").emitted.open.values
    let days = Dictionary(uniqueKeysWithValues: items.map { ($0.number, $0.dueDate?.description) })
    #expect(
      days == [
        "INV-string": "2026-10-20", "INV-milliseconds": "2026-10-20", "INV-no-offset": "2026-10-20",
        "INV-auckland": "2026-10-20", "INV-negative": "1969-12-31", "INV-before-1970": "1969-12-31",
        "INV-iso-in-date": "2026-10-20",
      ]
    )
    #expect(items.first { $0.number == "INV-string" }?.issueDate == Day("2026-10-01"))
  }

  @Test(arguments: [
    ("bad-no-currency", "CurrencyCode: is missing"),
    ("bad-unknown-currency", "CurrencyCode: `XYZ` is not an ISO 4217 currency code"),
    ("bad-too-many-decimals", "AmountDue: `375.005` has more decimals than the currency's 2"),
    ("bad-yen-with-decimals", "AmountDue: `375.5` has more decimals than the currency's 0"),
    ("bad-amount-as-text", "AmountDue: is not a number"),
    ("bad-due-date", "DueDateString: `20/10/2026` is not a date"),
    ("bad-no-due-date", "DueDate: is missing"),
    ("bad-status", "Status: `PENDING` is not one that Xero lists"),
    ("bad-no-contact", "Contact.ContactID: is missing"),
  ])
  func anInvoiceThatCannotBeReadIsNamed(_ folder: String, _ message: String) async throws {
    let error = try await failure(folder)
    #expect(error?.description.hasPrefix("invoice INV-0002 (") == true)
    #expect(error?.description.hasSuffix("): \(message)") == true, "\(String(describing: error))")
  }

  @Test func aCreditThatCannotBeReadIsNamed() async throws {
    let error = try await failure("bad-credit")
    #expect(error?.description.hasPrefix("credit note CN-0005 (") == true)
    #expect(error?.description.hasSuffix("): RemainingCredit: is missing") == true)
  }

  @Test(arguments: [
    ("page-missing", "Xero has no Invoices at this address: gone"),
    ("page-empty", "Invoices, page 2: Invoices: page missing: it is empty, though there are 3"),
    ("page-doubled", "Invoices, page 2: pagination.page: page missing: page 1 came in its place"),
    ("not-json", "Invoices, page 1: not JSON: expected a value (line 1, byte 0)"),
    ("html", "Invoices, page 1: a web page (or XML) came in place of JSON"),
    ("no-invoices", "Invoices, page 1: Invoices: is not there"),
    (
      "error-400-query",
      "Xero answers Invoices with 400: No property or field 'DueDat' exists in type 'Invoice'"
    ),
    ("error-503-offline", "Xero: the organisation is offline, or maintenance (503)"),
    (
      "error-429-minute",
      "Xero: the limit of calls (minute) is used up; it opens again in 28 s, "
        + "at 2026-11-22T20:00:28Z"
    ),
    (
      "error-429-day",
      "Xero: the daily limit of calls is used up; it opens again in 18 h 36 min, "
        + "at 2026-11-23T14:36:15Z"
    ),
    (
      "error-401-token-expired",
      "Xero refuses to show Invoices: TokenExpired: token expired at 04/09/2023 05:16:59"
    ),
    (
      "error-403-tenant",
      "Xero: the organisation is not, or no longer, connected (AuthenticationUnsuccessful); "
        + "sign in again and check tenant_id"
    ),
  ])
  func aPollThatFailsSaysWhy(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder)?.description == message)
  }

  @Test func aTruncatedPageIsNotJSON() async throws {
    let error = try await failure("page-truncated")
    #expect(error?.description.hasPrefix("Invoices, page 1: not JSON: the text ends") == true)
  }

  @Test(arguments: ["error-401-token-expired", "error-403-tenant"])
  func aRefusalAsksForASignIn(_ folder: String) async throws {
    guard case .signInNeeded = try await failure(folder) else {
      Issue.record("not signInNeeded")
      return
    }
  }

  @Test func rowsThatMoveWhileReadAreNotLost() async throws {
    let polled = try await poll("rows-move")
    #expect(polled.unused == [])
    #expect(
      lines(await polled.emitted.open) == [
        "INV-0001 NZD 1000.00 2026-10-20", "INV-0002 NZD 375.00 2026-10-20",
      ]
    )
  }

  @Test func fewCallsLeftAreNoticed() async throws {
    #expect(try await poll("few-calls-left").result.notices == ["Xero allows 42 more calls today"])
  }

  @Test func manyContactsComeInBatches() async throws {
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      let name =
        ["Invoices", "CreditNotes", "Prepayments", "Overpayments", "Contacts"].first {
          http.url.contains("/\($0)?")
        } ?? "Organisations"
      let rows =
        name != "Invoices"
        ? ""
        : (0..<95).map {
          """
          {"Type":"ACCREC","InvoiceID":"i\($0)","Status":"AUTHORISED","CurrencyCode":"NZD",\
          "AmountDue":1,"Total":1,"DueDateString":"2026-01-01T00:00:00",\
          "Contact":{"ContactID":"c\(100 + $0)","Name":"Name \($0)"}}
          """
        }.joined(separator: ",")
      return Response(
        status: 200,
        text: "{\"\(name)\":[\(rows)],\"pagination\":{\"page\":1,\"pageCount\":1}}"
      )
    }
    let emitted = Emitted()
    let result = try await xero().poll(request(), over: session(transport)) {
      await emitted.add($0)
    }
    let batches = await transport.requests.compactMap { request -> Int? in
      guard case .http(let http) = request, let ids = http.url.split(separator: "IDs=").last,
        http.url.contains("IDs=")
      else { return nil }
      return ids.split(separator: "&")[0].split(separator: ",").count
    }
    #expect(batches == [40, 40, 15])
    // What Xero does not describe goes by the name in its documents.
    #expect(await emitted.accounts["c100"]?.name == "Name 0")
    #expect(
      result.notices == ["Xero gives no details of 95 contacts, among them Name 0 (c100)"]
    )
    // Without the server's clock there is nothing to start a delta from.
    #expect(result.cursor == nil)
  }
}
