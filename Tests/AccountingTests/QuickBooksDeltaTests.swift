import Accounting
import Receivables
import Support
import Testing
import Wire

struct QuickBooksDeltaTests {
  private let cursor = #"{"since":"2026-08-21T10:09:59Z","home":"USD","entries":false}"#
  private let besideEntries = #"{"since":"2026-08-21T10:09:59Z","home":"USD","entries":true}"#
  private let next = #"{"since":"2026-08-22T10:10:01Z","home":"USD","entries":false}"#
  private let known: Set<String> = ["1", "8", "9", "10", "12", "30"]
  private let tomorrow = "2026-08-22T10:10:00Z"

  private func poll(
    _ folder: String,
    cursor: String? = nil,
    hints: Set<Hint> = []
  ) async throws -> QuickBooksPolled {
    try await QuickBooksPolled(
      folder,
      cursor: cursor ?? self.cursor,
      known: known,
      hints: hints,
      at: tomorrow
    )
  }

  @Test func aDeltaTakesAwayWhatIsPaidVoidedDeletedOrUsedUp() async throws {
    var snapshot = Snapshot(source: "books")
    for change in try await QuickBooksPolled("first-sync").emitted.changes {
      snapshot.apply(change)
    }
    let polled = try await poll("delta")
    #expect(polled.unused == [])
    #expect(!polled.result.isComplete && !polled.result.isUnchanged)
    #expect(polled.result.cursor == next)
    for change in await polled.emitted.changes { snapshot.apply(change) }
    #expect(
      quickBooksLines(snapshot.items) == [
        "1038 EUR 1190.00 2026-08-19", "1050 USD 60.00 2026-09-10", "1051 USD 300.00 2026-09-20",
        "1052 USD 20.00 2026-09-20", "JE-4 USD 37.50 2026-07-31", "payment (EUR 10.00)",
      ]
    )
    #expect(
      await polled.emitted.closed == [
        "Invoice:130", "Invoice:140", "Invoice:141", "CreditMemo:145", "Payment:172",
        "Payment:173",
      ]
    )
  }

  @Test func aDeltaTellsCustomersThatChangedAndThoseThatAreNew() async throws {
    let polled = try await poll("delta")
    let accounts = await polled.emitted.accounts
    #expect(accounts.keys.sorted() == ["1", "41", "42"])
    #expect(accounts["1"]?.email == "amy@example.com" && accounts["1"]?.terms == "Net 30")
    #expect(accounts["41"]?.parent == "8" && accounts["41"]?.terms == "Due on receipt")
    // Deleted between the two calls.
    #expect(accounts["42"]?.name == "Harold Ives")
    #expect(polled.result.notices == ["QuickBooks gives no details of customer Harold Ives (42)"])
  }

  @Test func anUnchangedCompanyCostsOneCall() async throws {
    let polled = try await poll("delta-unchanged")
    #expect(polled.result.isUnchanged && !polled.result.isComplete)
    #expect(polled.result.cursor == next)
    #expect(await polled.emitted.batches == 0)
    #expect(await polled.transport.requests.count == 1)
  }

  @Test func whatWebhooksNamedIsReadWhereTheDeltaPassesItOver() async throws {
    let hints: Set<Hint> = [
      Hint(.invoice, id: "130"), Hint(.invoice, id: "200"), Hint(.invoice, id: "201"),
      Hint(.credit, id: "146"), Hint(.payment, id: "190"), Hint(.customer, id: "1"),
      Hint(.customer, id: "77"),
    ]
    let polled = try await poll("delta-hinted", hints: hints)
    #expect(polled.unused == [])
    #expect(
      await polled.lines == [
        "1037 USD 200.00 2026-08-09", "1060 USD 50.00 2026-09-20", "CM-8 (USD 4.00)",
      ]
    )
    // What QuickBooks no longer has was deleted.
    #expect(await polled.emitted.closed == ["Invoice:201", "Payment:190"])
    #expect(await polled.emitted.accounts["1"]?.email == "amy@example.com")
  }

  @Test(arguments: ["delta-merged", "delta-customer-deleted"])
  func whenACustomerIsGoneEverythingIsReadAgain(_ folder: String) async throws {
    let polled = try await poll(folder)
    #expect(polled.unused == [])
    #expect(polled.result.isComplete)
    #expect(await polled.emitted.open["Invoice:140"]?.accountID == "10")
    #expect(await polled.emitted.accounts.keys.sorted() == ["10", "8"])
  }

  @Test func aHintedCustomerThatIsNoLongerThereMeansAFullSync() async throws {
    let polled = try await fullSync(hints: [Hint(.customer, id: "9")]) { http in
      if http.url.contains("/cdc?") { return nothingChanged }
      return http.url.contains("FROM%20Customer") ? noRows : nil
    }
    #expect(polled.isComplete)
  }

  @Test func besideJournalEntriesAPaymentMeansAFullSync() async throws {
    let polled = try await poll("delta-beside-entries", cursor: besideEntries)
    #expect(polled.unused == [])
    #expect(polled.result.isComplete)
    #expect(polled.result.cursor?.contains(#""entries":false"#) == true)
  }

  @Test func aHintOfAJournalEntryMeansAFullSync() async throws {
    let polled = try await poll("delta-journal-hint", hints: [Hint(.other, id: "")])
    #expect(polled.result.isComplete && polled.unused == [])
  }

  @Test func aDeltaThatIsCutShortMeansAFullSync() async throws {
    let polled = try await poll("delta-cut-short")
    #expect(polled.result.isComplete && polled.unused == [])
    #expect(await polled.lines == ["1037 USD 239.00 2026-08-09"])
  }

  @Test(arguments: [(999, false), (1000, true)])
  func aThousandChangesMeanAFullSync(_ count: Int, _ isFull: Bool) async throws {
    let rows = (1...count).map { #"{"Id":"\#($0)","status":"Deleted"}"# }.joined(separator: ",")
    let changes = """
      {"CDCResponse":[{"QueryResponse":[{},{"Invoice":[\(rows)]},{},{}]}],\
      "time":"2026-08-22T03:10:06-07:00"}
      """
    let result = try await fullSync { http in
      http.url.contains("/cdc?") ? Response(status: 200, text: changes) : nil
    }
    #expect(result.isComplete == isFull)
  }

  @Test(arguments: [
    "", "x", "{}", #"{"since":"yesterday","entries":false}"#, #"{"since":"2026-08-21T10:10:00Z"}"#,
    // 30 days ago.
    #"{"since":"2026-07-22T10:10:00Z","home":"USD","entries":false}"#,
  ])
  func aCursorThatIsLostOrTooOldMeansAFullSync(_ cursor: String) async throws {
    // No change data capture is recorded there.
    let polled = try await QuickBooksPolled("empty-company", cursor: cursor)
    #expect(polled.result.isComplete)
  }

  private let nothingChanged = Response(
    status: 200,
    text: #"{"CDCResponse":[{"QueryResponse":[{},{},{},{}]}],"time":"2026-08-22T03:10:06-07:00"}"#
  )
  private let noRows = Response(
    status: 200,
    text: #"{"QueryResponse":{},"time":"2026-08-22T03:10:07-07:00"}"#
  )

  /// Polls an empty company, with answers of the test's own.
  private func fullSync(
    hints: Set<Hint> = [],
    _ own: @escaping @Sendable (HTTPRequest) -> Response?
  ) async throws -> PollResult {
    let noRows = noRows
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      if let response = own(http) { return response }
      if http.url.contains("/query?") { return noRows }
      return Response(status: 200, text: #"{"Header":{},"Columns":{},"Rows":{}}"#)
    }
    let plain = try request(cursor: cursor, known: known, at: tomorrow)
    let request = PollRequest(
      source: plain.source,
      cursor: plain.cursor,
      knownAccounts: plain.knownAccounts,
      hints: hints,
      now: plain.now
    )
    return try await quickBooks().poll(request, over: session(transport)) { _ in }
  }
}
