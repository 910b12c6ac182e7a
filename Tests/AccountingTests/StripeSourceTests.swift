import Accounting
import Receivables
import Settings
import Support
import Testing
import Wire

struct StripeSourceTests {
  @Test func aFirstSyncReadsWhatIsOpen() async throws {
    let polled = try await pollStripe("first-sync")
    #expect(polled.unused == [])
    #expect(polled.result.isComplete && !polled.result.isUnchanged)
    #expect(polled.result.cursor == stripeCursor)
    #expect(await polled.events == [])
    let items = await polled.emitted.open
    #expect(
      stripeLines(items) == [
        // Due half an hour after midnight in Auckland, the day before in Greenwich.
        "AMAR-0001 NZD 1240.50 2026-10-21 manual",
        "AMAR-0002 NZD 375.00 2026-10-20 manual",
        // Without a due date: from its date of issue.
        "BO-0001 NZD 50.00 2026-11-11 automaticFailed",
        "BO-0002 NZD 60.00 2026-11-23 automatic",
        "BO-0003 NZD 70.00 2026-11-20 automatic",
        "CHLO-0003 USD 99.00 2026-11-01 manual",
        "DOT-0002 USD 45.00 2026-10-15 automaticFailed",
        "EMIL-0001 EUR 300.10 2026-12-05 manual",
        "ORG-0001 NZD 80.00 2026-12-01 manual",
        "customer balance NZD 15.00 credit",
        "customer balance NZD 25.00 automatic",
      ]
    )
    #expect(items["in_0002"]?.total.description == "NZD 600.00")
    #expect(items["in_0002"]?.issueDate == Day("2026-10-01"))
    #expect(items["in_0001"]?.url == "https://invoice.stripe.com/i/acct_1/test_in_0001")
    #expect(items["balance:cus_Amara01"]?.kind == .credit)
  }

  @Test func aFirstSyncTellsWhoOwes() async throws {
    let polled = try await pollStripe("first-sync")
    let accounts = await polled.emitted.accounts
    #expect(
      accounts.values.map { "\($0.key) \($0.name) \($0.email ?? "-") \($0.locale ?? "-")" }.sorted()
        == [
          "books:acct_0008 Newer Accounts Ltd newer@example.com -",
          "books:cus_Amara01 Amara Osei amara@example.com en-NZ",
          "books:cus_Bo02 Bo Lindqvist - sv-SE",
          "books:cus_Chloe03 Chloe Tan - -",
          "books:cus_Dot04 Dot & Sons Ltd dot@example.com -",
          "books:cus_Emil05 Emil Roth emil@example.com de-AT",
        ]
    )
    #expect(accounts["cus_Amara01"]?.phone == "+64210000101")
    #expect(accounts["cus_Amara01"]?.payURL == nil && accounts["cus_Amara01"]?.terms == nil)
    // Whom the organisation has deleted owes as before, and is not written to.
    #expect(accounts.values.filter { $0.doNotContact == .all }.map(\.name) == ["Chloe Tan"])
    #expect(
      polled.result.notices == [
        "customer Bo Lindqvist (cus_Bo02): `bo at example` is not an e-mail address: it has no @; "
          + "left out"
      ]
    )
  }

  @Test func requestsCarryTheKeyAndThePinnedVersion() async throws {
    let polled = try await pollStripe("first-sync")
    let requests = await polled.transport.requests
    // Events first: what happens while we read comes with the next delta.
    guard case .http(let first) = requests.first else { return }
    #expect(first.url.hasPrefix("https://api.stripe.com/v1/events?types%5B%5D=invoice.finalized&"))
    #expect(first.url.hasSuffix("&limit=1"))
    for case .http(let request) in requests {
      #expect(request.method == .GET)
      #expect(request.header("Authorization") == "Bearer rk_test_1234")
      #expect(request.header("Stripe-Version") == "2026-06-24.dahlia")
      #expect(request.header("Stripe-Account") == nil)
    }
  }

  @Test func aConnectedAccountIsNamed() async throws {
    let polled = try await pollStripe("first-sync", stripe([("account", ["acct_2"])]))
    for case .http(let request) in await polled.transport.requests {
      #expect(request.header("Stripe-Account") == "acct_2")
    }
  }

  @Test func pagesFollowOneAnother() async throws {
    let polled = try await pollStripe("first-sync-paged")
    #expect(polled.unused == [])
    #expect(await polled.emitted.open.keys.filter { $0.hasPrefix("in_") }.count == 3)
  }

  @Test func anEmptyAccountHasNoNewestEventToStartFrom() async throws {
    let first = try await pollStripe("first-sync-empty")
    #expect(first.result.isComplete)
    #expect(await first.emitted.changes == [])
    let cursor = try #require(first.result.cursor)
    let polled = try await pollStripe("first-events", cursor: cursor, at: "2026-11-23T20:00:00Z")
    #expect(polled.unused == [])
    #expect(await polled.emitted.open.keys.sorted() == ["in_0003", "in_0021"])
    #expect(await polled.events.map(\.id) == ["evt_0101", "evt_0102", "evt_0103"])
    #expect(polled.result.cursor?.contains(#""after":"evt_0103""#) == true)
  }

  @Test(arguments: [
    ("jpy", "JPY 2000"), ("kwd", "KWD 12.340"), ("usd", "USD 99.00"), ("clp", "CLP 7000"),
    // In hundredths at Stripe, whole ones in ISO 4217.
    ("isk", "ISK 1500"), ("ugx", "UGX 25000"),
    // The other way round.
    ("mga", "MGA 4500.00"), ("huf", "HUF 1234.50"),
  ])
  func amountsAreExactInEveryCurrency(_ id: String, _ amount: String) async throws {
    let items = try await pollStripe("amounts").emitted.open
    #expect(items["in_\(id)"]?.amountDue.description == amount)
  }

  @Test func balancesAreExactToo() async throws {
    let items = try await pollStripe("amounts").emitted.open
    #expect(items["balance:cus_jpy"]?.amountDue.description == "JPY 300")
    #expect(items["balance:cus_isk"]?.amountDue.description == "ISK 50")
  }

  @Test func aPaymentThatCannotBeSeenCountsAsFailed() async throws {
    let polled = try await pollStripe("no-payment-permission")
    #expect(await polled.emitted.open["in_0006"]?.collection == .automaticFailed)
    #expect(
      polled.result.notices == [
        "1 tried without success, or still processing: the key may not read PaymentIntents, so "
          + "they count as failed"
      ]
    )
  }

  // MARK: Settings

  @Test func atMostTwentyTypesOfEventsCanBePolled() {
    var problems: [String] = []
    let made = stripe(
      [("events", ["charge.failed", "invoice.upcoming", "invoice.paid"])],
      problems: &problems
    )
    #expect(made.events.count == 20 && made.events.contains("charge.failed"))
    #expect(problems == [])
    _ = stripe(
      [("events", ["charge.failed", "invoice.upcoming", "invoice.created"])],
      problems: &problems
    )
    #expect(
      problems == [
        "are 3 further types; with the 18 that are polled anyway Stripe allows 2"
      ]
    )
  }

  @Test(arguments: [
    ("api_key", "pk_live_1", "is no key that can read: make a restricted key (rk_…)"),
    ("api_key", "whsec_1", "is no key that can read: make a restricted key (rk_…)"),
    ("events", "invoice.*", "`invoice.*` must be one type of event, as in invoice.upcoming"),
  ])
  func aKeyOrATypeThatCannotWorkIsRejected(_ key: String, _ value: String, _ why: String) {
    var problems: [String] = []
    if key == "api_key" {
      _ = stripe(key: value, problems: &problems)
    } else {
      _ = stripe([(key, [value])], problems: &problems)
    }
    #expect(problems == [why])
  }

  // MARK: Looking around

  @Test func anInspectionShowsWhoseAccountItIs() async throws {
    let inspection = try await inspect("inspect")
    #expect(
      inspection
        == Inspection(
          organisation: "Harbour Lettings, US",
          currency: "USD",
          timeZone: "Etc/UTC",
          openInvoices: 2,
          notices: [
            "due dates are taken in Pacific/Auckland, the Dashboard shows them in Etc/UTC: near "
              + "midnight they differ by a day",
            "there are 2 open invoices or more",
            "test mode: these are no real customers",
          ]
        )
    )
  }

  @Test func anInspectionDoesWithoutTheAccount() async throws {
    let inspection = try await inspect("inspect-no-account-permission")
    #expect(inspection.organisation == "Stripe" && inspection.openInvoices == 0)
    #expect(
      inspection.notices == [
        "Stripe: the key may not read /v1/account: it lacks the permission "
          + "rak_accounts_kyc_basic_read; add it to the restricted key, or do without",
        "test mode: these are no real customers",
      ]
    )
  }

  private func inspect(_ folder: String) async throws -> Inspection {
    let replay = try Replay("Tests/Fixtures/sources/stripe/\(folder)")
    let inspection = try await stripe().inspect(
      over: session(replay.transport()),
      now: try request().now
    )
    #expect(await replay.unused == [])
    return inspection
  }

  @Test func whatStripeWillNeverCollectIsChased() async throws {
    let polled = try await pollStripe("auto-advance-off")
    let collections = await polled.snapshot.items.mapValues(\.collection)
    #expect(
      collections == [
        "in_021": .manual, "in_022": .automatic, "in_023": .automatic, "in_024": .automaticFailed,
      ])
  }
}
