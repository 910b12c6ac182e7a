import Accounting
import Receivables
import Support
import Testing
import Wire

/// What changes between two polls.
struct StripeDeltaTests {
  private static let known: Set<String> = [
    "cus_Amara01", "cus_Bo02", "cus_Dot04", "cus_Emil05", "acct_0008", "cus_Chloe03",
  ]

  private func delta(
    _ folder: String,
    _ source: StripeSource = stripe(),
    cursor: String = stripeCursor,
    hints: Set<Hint> = []
  ) async throws -> StripePolled {
    try await pollStripe(
      folder,
      source,
      cursor: cursor,
      known: Self.known,
      hints: hints,
      at: "2026-11-23T20:00:00Z"
    )
  }

  @Test func aDeltaTakesAwayWhatIsOver() async throws {
    var snapshot = try await pollStripe("first-sync").snapshot
    let polled = try await delta("delta")
    #expect(polled.unused == [])
    #expect(!polled.result.isComplete && !polled.result.isUnchanged)
    for change in await polled.emitted.changes { snapshot.apply(change) }
    #expect(
      stripeLines(snapshot.items) == [
        // Paid in part since, and tried a third time: as it is now, not as its event shows it.
        "BO-0001 NZD 40.00 2026-11-11 automaticFailed",
        "BO-0002 NZD 60.00 2026-11-23 automatic",
        "BO-0003 NZD 70.00 2026-11-20 automatic",
        "CHLO-0003 USD 99.00 2026-11-01 manual",
        "DOT-0002 USD 45.00 2026-10-15 automaticFailed",
        "GIL-0001 CAD 80.00 2026-12-20 manual",
        "ORG-0001 NZD 80.00 2026-12-01 manual",
        "customer balance NZD 5.00 credit",
      ]
    )
    #expect(snapshot.accounts["cus_Bo02"]?.email == "bo@example.com")
    #expect(snapshot.accounts["cus_Gil07"]?.locale == "fr-CA")
    // Somebody who has just paid, as always, is no account.
    #expect(snapshot.accounts["cus_Fay06"] == nil)
    #expect(
      polled.result.notices == ["1 marked uncollectible: left out, though it can still be paid"]
    )
  }

  @Test func aDeletedCustomerKeepsItsNameAndIsNotWrittenTo() async throws {
    let dot = try #require(try await delta("delta").emitted.accounts["cus_Dot04"])
    #expect(dot.name == "Dot & Sons Ltd" && dot.doNotContact == .all && dot.email == nil)
    #expect(try await delta("delta").emitted.closed.contains("balance:cus_Dot04"))
  }

  @Test func severalEventsOfOneInvoiceCostOneRead() async throws {
    let urls = try await delta("delta").transport.requests.compactMap { request in
      if case .http(let http) = request { return http.url }
      return nil
    }
    #expect(urls.count == 9 && Set(urls).count == urls.count)
  }

  @Test func eventsAreToldOfDebtorsOnce() async throws {
    let polled = try await delta("delta")
    let events = await polled.events
    // evt_0104 and evt_0105 are of somebody who owes nothing.
    #expect(
      events.map(\.id) == [
        "evt_0101", "evt_0102", "evt_0103", "evt_0106", "evt_0107", "evt_0108", "evt_0109",
        "evt_0110", "evt_0111", "evt_0112", "evt_0113",
      ]
    )
    #expect(
      events.first
        == SourceEvent(
          id: "evt_0101",
          type: "invoice.payment_failed",
          accountID: "cus_Bo02",
          documentID: "in_0003",
          currency: try Currency("NZD"),
          occurredAt: try #require(Instant("2026-11-23T01:00:00Z"))
        )
    )
    // A payment names its invoice alone.
    #expect(events.last?.accountID == "cus_Amara01")
    let accounts = await polled.emitted.accounts
    for event in events {
      #expect(accounts[event.accountID] != nil || Self.known.contains(event.accountID))
    }
  }

  @Test func anUnchangedAccountCostsOneCall() async throws {
    let polled = try await delta("delta-unchanged")
    #expect(polled.result.isUnchanged && !polled.result.isComplete)
    #expect(polled.result.cursor == stripeCursor)
    #expect(await polled.emitted.batches == 0)
    #expect(await polled.transport.requests.count == 1)
  }

  @Test func eventsComeInPagesTowardsTheNewest() async throws {
    let polled = try await delta("events-paged")
    #expect(polled.unused == [])
    #expect(
      await polled.events.map(\.id) == [
        "evt_0101", "evt_0102", "evt_0103", "evt_0106", "evt_0107", "evt_0109",
      ]
    )
    #expect(polled.result.cursor == #"{"after":"evt_0109","created":1795406400,"recent":[]}"#)
  }

  /// For five minutes an older event may show up among newer ones.
  @Test func aLateEventIsNotLostAndASeenOneNotToldAgain() async throws {
    let cursor = #"{"after":"evt_0100","created":1795375800,"recent":["evt_0202"]}"#
    let polled = try await pollStripe("events-late", cursor: cursor, known: Self.known)
    #expect(polled.unused == [])
    #expect(await polled.events.map(\.id) == ["evt_0201"])
    #expect(
      polled.result.cursor
        == #"{"after":"evt_0100","created":1795375800,"recent":["evt_0201","evt_0202"]}"#
    )
  }

  @Test func afterFiveMinutesNoneIsLate() async throws {
    let cursor = #"{"after":"evt_0100","created":1795375800,"recent":["evt_0202"]}"#
    let polled = try await pollStripe(
      "events-overlap",
      cursor: cursor,
      known: Self.known,
      at: "2026-11-22T20:03:00Z"
    )
    #expect(polled.result.isUnchanged)
    #expect(polled.result.cursor == #"{"after":"evt_0202","created":1795377480,"recent":[]}"#)
  }

  @Test(arguments: ["404", "31 days"])
  func aCursorThatStripeHasForgottenMeansAFullSyncWithoutOldEvents(_ how: String) async throws {
    let isForgotten = how == "404"
    let created = isForgotten ? "1795375800" : "1792782000"
    let polled = try await pollStripe(
      "cursor-too-old",
      cursor: #"{"after":"evt_old","created":\#(created),"recent":[]}"#,
      at: "2026-11-23T20:00:00Z"
    )
    #expect(polled.unused == (isForgotten ? [] : ["01-events.json"]))
    #expect(polled.result.isComplete)
    #expect(await polled.events == [])
    #expect(await polled.emitted.open["in_0001"] != nil)
    #expect(polled.result.cursor == #"{"after":"evt_0101","created":1795395600,"recent":[]}"#)
  }

  @Test(arguments: ["", "x", "{}", #"{"since":"2026-11-22T19:59:25"}"#])
  func aCursorThatCannotBeReadMeansAFullSync(_ cursor: String) async throws {
    let polled = try await pollStripe("first-sync", cursor: cursor)
    #expect(polled.result.isComplete && polled.result.cursor == stripeCursor)
  }

  /// The weekly full sync does not lose the events of that day.
  @Test func aFullSyncTellsTheEventsSinceTheLastPoll() async throws {
    let polled = try await pollStripe(
      "full-sync-with-events",
      lastCursor: stripeCursor,
      known: Self.known,
      at: "2026-11-23T20:00:00Z"
    )
    #expect(polled.unused == [])
    #expect(polled.result.isComplete)
    #expect(await polled.events.map(\.id) == ["evt_0101"])
    #expect(stripeLines(await polled.emitted.open).count == 1)
  }

  @Test func aCreditThatWasAppliedIsGone() async throws {
    let polled = try await delta("credit-applied")
    #expect(polled.unused == [])
    #expect(await polled.emitted.closed == ["balance:cus_Amara01"])
  }

  @Test func furtherEventsAreToldOfEverybodyWhomTheyName() async throws {
    let source = stripe([("events", ["charge.dispute.created"])])
    let polled = try await delta("subscription-deleted", source)
    #expect(polled.unused == [])
    #expect(await polled.emitted.accounts.keys.sorted() == ["cus_Fay06"])
    #expect(await polled.events.map(\.type) == ["customer.subscription.deleted"])
    #expect(
      polled.result.notices == ["1 event without a customer (charge.dispute.created): left out"]
    )
  }

  @Test func whatAWebhookNamedIsReadThoughNoEventShowsYet() async throws {
    let hints: Set<Hint> = [
      Hint(.invoice, id: "in_0001"), Hint(.customer, id: "cus_Bo02"),
      Hint(.customer, id: "cus_Unknown"), Hint(.other, id: ""),
    ]
    let polled = try await delta("hints", hints: hints)
    #expect(polled.unused == [])
    #expect(!polled.result.isUnchanged)
    #expect(await polled.emitted.closed == ["in_0001", "balance:cus_Bo02"])
  }

  @Test func aCursorStaysSmallAndAnUnchangedBusyAccountCostsOneCall() async throws {
    let rows = (0..<250).reversed().map {
      """
      {"id":"evt_1Pgc78B7WZ01zgkWbusy\(1000 + $0)","type":"customer.updated","created":1795464000,\
      "data":{"object":{"object":"customer","id":"cus_\($0)"}}}
      """
    }
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      // Pages of 100 towards the newest.
      let last = http.url.split(separator: "busy").last.flatMap { Int($0) }
      let start = http.url.contains("busy") ? (last ?? 0) - 999 : 0
      let end = min(start + 100, 250)
      let page = rows[(250 - end)..<(250 - start)].joined(separator: ",")
      return Response(status: 200, text: #"{"data":[\#(page)],"has_more":\#(end < 250)}"#)
    }
    let poll = { (cursor: String) in
      try await stripe().poll(
        request(cursor: cursor, at: "2026-11-23T20:00:00Z"),
        over: session(transport)
      ) { _ in }
    }
    let first = try await poll(stripeCursor)
    #expect(await transport.requests.count == 3)
    let cursor = try #require(first.cursor)
    #expect(cursor.utf8.count < 4_000 && cursor.contains("busy1149"))
    let second = try await poll(cursor)
    #expect(second.isUnchanged && second.cursor == cursor)
    #expect(await transport.requests.count == 4)
  }
}
