import Accounting
import Receivables
import Support
import Testing
import Wire

func freshBooks(_ accountID: String = "ACM123") -> FreshBooksSource {
  var problems: [String] = []
  let made = source(FreshBooksSource.self, [("account_id", [accountID])], problems: &problems)
  #expect(problems == [])
  return made
}

/// One poll of recorded exchanges.
struct FreshBooksPoll {
  let result: PollResult
  let emitted: Emitted
  let calls: [String]
  let unused: [String]

  init(
    _ folder: String,
    cursor: String? = nil,
    known: Set<String> = [],
    hints: Set<Hint> = [],
    at now: String = "2026-11-22T20:00:00Z"
  ) async throws {
    let replay = try Replay("Tests/Fixtures/sources/freshbooks/\(folder)")
    let transport = replay.transport()
    let emitted = Emitted()
    let plain = try request(cursor: cursor, known: known, at: now)
    let asked = PollRequest(
      source: plain.source,
      cursor: cursor,
      knownAccounts: known,
      hints: hints,
      now: plain.now
    )
    result = try await freshBooks().poll(asked, over: session(transport)) { await emitted.add($0) }
    self.emitted = emitted
    calls = await transport.requests.compactMap { request in
      guard case .http(let http) = request else { return nil }
      return http.url
    }
    unused = await replay.unused
  }

  /// `0000041 CAD 1222.00 2026-07-20`, sorted.
  static func lines(_ items: some Sequence<OpenItem>) -> [String] {
    items.map { item in
      "\(item.number) \(item.amountDue)" + (item.dueDate.map { " \($0)" } ?? "")
    }.sorted()
  }
}

struct FreshBooksSourceTests {
  private func firstSync() async throws -> (snapshot: Snapshot, cursor: String) {
    let polled = try await FreshBooksPoll("first-sync")
    var snapshot = Snapshot(source: "books")
    for change in await polled.emitted.changes { snapshot.apply(change) }
    return (snapshot, try #require(polled.result.cursor))
  }

  private func lines(_ polled: FreshBooksPoll) async -> [String] {
    FreshBooksPoll.lines(await polled.emitted.open.values)
  }

  @Test func aFirstSyncReadsAllInvoicesAndKeepsWhatIsOwed() async throws {
    let polled = try await FreshBooksPoll("first-sync")
    #expect(polled.unused == [] && polled.calls.count == 3)
    #expect(polled.result.isComplete && !polled.result.isUnchanged)
    // Paid invoices and drafts are left out; credits that are used up, archived or drafts too.
    #expect(
      await lines(polled) == [
        "0000041 CAD 1222.00 2026-07-20", "0000042 USD 100.00 2026-07-19",
        "0000043 CAD 88.50 2026-09-17", "0000044 CAD 49.00 2026-08-01", "00001122 USD 200.00",
      ]
    )
    #expect(await polled.emitted.closed == [])
    let items = await polled.emitted.open
    #expect(items["987702"]?.total.description == "USD 300.00")
    #expect(items["987702"]?.issueDate == Day("2026-07-05"))
    #expect(items["987704"]?.collection == .automaticFailed)
    // Invoices and credits are numbered apart: one id must not stand for both.
    #expect(items["credit-31313"]?.kind == .credit && items["credit-31313"]?.accountID == "12345")
    #expect(items.values.allSatisfy { ["12345", "12346"].contains($0.accountID) })
  }

  @Test func accountsAreTheClientsThatOwe() async throws {
    let polled = try await FreshBooksPoll("first-sync")
    let accounts = await polled.emitted.accounts
    #expect(
      accounts == [
        "12345": Account(
          key: AccountKey(source: "books", id: "12345"),
          name: "American Cyanamid",
          email: "gordon.shumway@AmericanCyanamid.com",
          terms: "14 days"
        ),
        "12346": Account(
          key: AccountKey(source: "books", id: "12346"),
          name: "Chloé Tanner",
          phone: "+14165550102",
          terms: "30 days",
          locale: "fr"
        ),
      ]
    )
    #expect(
      polled.result.notices == [
        "client (12346): `will at example` is not an e-mail address: it has no @; left out",
        "FreshBooks itself may send late reminders to 1 of the clients that owe "
          + "(allow_late_notifications): they may hear twice",
      ]
    )
  }

  @Test func anEmptyOrganisationOwesNothing() async throws {
    let polled = try await FreshBooksPoll("no-invoices")
    #expect(polled.result == PollResult(cursor: nil, isComplete: true))
    #expect(await polled.emitted.changes == [])
  }

  @Test func everyPageIsRead() async throws {
    let polled = try await FreshBooksPoll("first-sync-paged")
    #expect(polled.unused == [])
    #expect(await polled.emitted.open.count == 5)
    #expect(polled.calls.filter { $0.contains("/invoices?") }.count == 3)
    #expect(polled.calls.allSatisfy { $0.contains("per_page=100") })
  }

  @Test func rowsThatMoveWhileReadAreNotLost() async throws {
    let polled = try await FreshBooksPoll("rows-move")
    #expect(polled.unused == [])
    #expect(await polled.emitted.open["987703"] != nil)
    // It was open when its page was read first, and paid when it was read again.
    #expect(await polled.emitted.closed == ["987702"])
  }

  @Test func aDeltaTakesAwayWhatIsPaidDeletedOrApplied() async throws {
    var (snapshot, cursor) = try await firstSync()
    let polled = try await FreshBooksPoll(
      "delta", cursor: cursor, known: Set(snapshot.accounts.keys))
    #expect(polled.unused == [])
    #expect(!polled.result.isComplete && !polled.result.isUnchanged)
    for change in await polled.emitted.changes { snapshot.apply(change) }
    // 0000041 was paid, 0000042 in part, 0000043 deleted, the credit applied; two are new.
    #expect(
      FreshBooksPoll.lines(snapshot.items.values) == [
        "0000042 USD 40.00 2026-07-19", "0000044 CAD 49.00 2026-08-01",
        "0000050 CAD 75.25 2026-09-20", "00001126 CAD 50.00",
      ]
    )
    // The new debtor was fetched, a known one told anew, a stranger left out.
    #expect(
      snapshot.accounts.values.map { "\($0.name) \($0.email ?? "-")" }.sorted() == [
        "American Cyanamid accounts@cyanamid.example", "Chloé Tanner -",
        "US Air Force - Alien Task Force gmilfoil@usaf.com",
      ]
    )
    let next = try #require(polled.result.cursor)
    #expect(next.hasPrefix(#"{"since":"2026-08-20","#) && next.utf8.count < 200)
  }

  @Test func aDeltaAsksFromTheDayBeforeAndForDeletedInvoicesToo() async throws {
    let (snapshot, cursor) = try await firstSync()
    #expect(cursor.hasPrefix(#"{"since":"2026-08-19","#))
    let polled = try await FreshBooksPoll(
      "delta", cursor: cursor, known: Set(snapshot.accounts.keys))
    let queries = polled.calls.filter { $0.contains("updated_min") }
    #expect(queries.count == 3)
    #expect(queries.allSatisfy { $0.contains("search%5Bupdated_min%5D=2026-08-19") })
    #expect(queries.filter { $0.contains("search%5Bvis_state%5D=1") }.count == 1)
    #expect(polled.calls.allSatisfy { !$0.contains("v3_status") && !$0.contains("outstanding") })
  }

  @Test func anUnchangedOrganisationCostsFourCalls() async throws {
    let (snapshot, cursor) = try await firstSync()
    let known = Set(snapshot.accounts.keys)
    let polled = try await FreshBooksPoll("delta-unchanged", cursor: cursor, known: known)
    #expect(polled.result == PollResult(cursor: cursor, isComplete: false, isUnchanged: true))
    #expect(await polled.emitted.batches == 0)
    #expect(polled.calls.count == 4)
  }

  @Test func aMergedClientsInvoicesMoveToTheOneThatIsLeft() async throws {
    var (snapshot, cursor) = try await firstSync()
    let known = Set(snapshot.accounts.keys)
    let polled = try await FreshBooksPoll("client-merged", cursor: cursor, known: known)
    #expect(polled.unused == [] && polled.calls.count == 4)
    for change in await polled.emitted.changes { snapshot.apply(change) }
    #expect(snapshot.items["987703"]?.accountID == "12457")
    #expect(snapshot.items.values.allSatisfy { $0.accountID != "12346" })
    #expect(snapshot.accounts["12457"]?.name == "US Air Force - Alien Task Force")
  }

  @Test func aDeletedClientStillOwes() async throws {
    let polled = try await FreshBooksPoll("client-deleted")
    #expect(polled.unused == [])
    #expect(await polled.emitted.open.count == 4)
    let accounts = await polled.emitted.accounts
    #expect(accounts["12345"]?.email == "gordon.shumway@AmericanCyanamid.com")
    // Of one of whom nothing is told, the invoices know the name.
    #expect(accounts["12346"]?.name == "Hooli" && accounts["12346"]?.email == nil)
    #expect(polled.result.notices.first == "FreshBooks gives no details of client Hooli (12346)")
  }

  @Test func aFilterThatIsIgnoredStillFindsTheClients() async throws {
    let polled = try await FreshBooksPoll("filter-ignored")
    #expect(await polled.emitted.accounts.keys.sorted() == ["12345", "12346"])
  }

  @Test func aCreditThatHasGoneMakesTheSyncAFullOne() async throws {
    let (snapshot, cursor) = try await firstSync()
    let known = Set(snapshot.accounts.keys)
    let polled = try await FreshBooksPoll("credit-gone", cursor: cursor, known: known)
    #expect(polled.unused == [])
    #expect(polled.result.isComplete)
    #expect(await polled.emitted.open.values.allSatisfy { $0.kind == .invoice })
    #expect(await polled.emitted.open.count == 4)
  }

  @Test func theHourThatComesTwiceInAutumnLosesNothing() async throws {
    let first = try await FreshBooksPoll("autumn-first")
    // The newest is of 01:40; the payment at 01:10, an hour later than it looks.
    #expect(first.result.cursor?.hasPrefix(#"{"since":"2026-10-31","#) == true)
    let polled = try await FreshBooksPoll(
      "autumn-hour",
      cursor: first.result.cursor,
      known: ["12345"]
    )
    #expect(!polled.result.isUnchanged)
    #expect(await polled.emitted.closed == ["987701"])
  }

  @Test func hintedDocumentsAreReadByTheirIDs() async throws {
    let (snapshot, cursor) = try await firstSync()
    let hints: Set<Hint> = [
      Hint(.invoice, id: "987600"), Hint(.invoice, id: "987601"), Hint(.invoice, id: "987602"),
      Hint(.invoice, id: "987701"), Hint(.payment, id: "5"), Hint(.customer, id: "12346"),
      Hint(.customer, id: "77"), Hint(.other, id: ""),
    ]
    let polled = try await FreshBooksPoll(
      "hinted",
      cursor: cursor,
      known: Set(snapshot.accounts.keys),
      hints: hints
    )
    #expect(polled.unused == [] && polled.calls.count == 9)
    #expect(!polled.result.isUnchanged)
    #expect(await polled.emitted.open["987600"]?.amountDue.description == "CAD 5.00")
    #expect(await polled.emitted.closed.isSuperset(of: ["987601", "987602"]))
    #expect(await polled.emitted.accounts.keys.sorted() == ["12346"])
  }

  @Test func aFullSyncNeedsNoHints() async throws {
    let polled = try await FreshBooksPoll("first-sync", hints: [Hint(.invoice, id: "1")])
    #expect(polled.calls.count == 3)
  }
}
