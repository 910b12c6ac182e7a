import Accounting
import Receivables
import Support
import Testing
import Wire

/// One sign-in, several organisations; and what is the organisation's, not a document's.
struct XeroOrganisationTests {
  @Test func theOrganisationsOfASignInAreListedAndPracticesAreNot() async throws {
    // As `auth` makes it: the key is what is wanted.
    var problems: [String] = []
    let unset = source(XeroSource.self, [], problems: &problems)
    let all = try await unset.organisations(over: xeroReplay("connections"), redirect: [:])
    #expect(
      all == [
        Organisation(id: "fe79f7dd-b6d4-4a92-ba7b-538af6289c58", name: "Demo Company (NZ)"),
        Organisation(id: "45e4708e-d862-4111-ab3a-dd8cd03913e1", name: "Harbour Lettings"),
      ]
    )
    #expect(XeroSource.organisationKey == "tenant_id")
  }

  @Test func connectionsAreOfNoTenant() async throws {
    let transport = ScriptedTransport(answering: Response(status: 200, text: "[]"))
    #expect(try await xero().organisations(over: session(transport), redirect: [:]) == [])
    guard case .http(let request) = await transport.requests.first else { return }
    #expect(request.url == "https://api.xero.com/connections")
    #expect(request.header("xero-tenant-id") == nil)
  }

  @Test func aWrongTenantIsAMistakeInTheConfigAndTheRightOnesAreNamed() async throws {
    let error = await #expect(throws: SourceError.self) { _ = try await XeroPoll("wrong-tenant") }
    #expect(
      error
        == .misconfigured(
          "Xero: tenant_id fe79f7dd-b6d4-4a92-ba7b-538af6289c58 is not an organisation that this "
            + "sign-in reaches; it reaches Harbour Lettings (45e4708e-d862-4111-ab3a-dd8cd03913e1)"
        )
    )
  }

  @Test func aSignInThatReachesNothingIsToBeMadeAgain() async throws {
    let error = await #expect(throws: SourceError.self) { _ = try await XeroPoll("no-connection") }
    guard case .signInNeeded(let why) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(why.contains("reaches no organisation"))
  }

  @Test func aPageThatIsGoneIsNoMistakeInTheConfig() async throws {
    let error = await #expect(throws: SourceError.self) { _ = try await XeroPoll("page-missing") }
    #expect(error == .unreachable("Xero has no Invoices at this address: gone"))
  }

  @Test func contactsWithoutTermsHaveTheOrganisations() async throws {
    let polled = try await XeroPoll("organisation-terms")
    #expect(polled.unused == [])
    #expect(
      try await polled.account("Amara Osei").terms == "20 days after the end of the invoice month"
    )
    #expect(try await polled.account("Bo Lindqvist").terms == "14 days after the invoice date")
    #expect(
      polled.result.cursor == #"{"since":"2026-11-22T19:59:25","terms":"14 DAYSAFTERBILLDATE"}"#
    )
    #expect(polled.result.notices == [])
  }

  @Test func aLostCursorHasLostTheTermsToo() async throws {
    let polled = try await XeroPoll("organisation-terms", cursor: "{}")
    #expect(try await polled.account("Bo Lindqvist").terms == "14 days after the invoice date")
  }

  @Test func aDeltaRemembersTheOrganisationsTermsAndDoesNotAskForThem() async throws {
    let cursor = #"{"since":"2026-11-22T19:59:25","terms":"14 DAYSAFTERBILLDATE"}"#
    let polled = try await XeroPoll("organisation-terms-delta", cursor: cursor, known: [bo])
    #expect(polled.requests.count == 5)
    #expect(try await polled.account("Bo Lindqvist Ltd").terms == "14 days after the invoice date")
    #expect(
      polled.result.cursor == #"{"since":"2026-11-23T19:59:55","terms":"14 DAYSAFTERBILLDATE"}"#
    )
  }

  @Test func withoutTheScopeForThemTermsAreLeftOutWithANotice() async throws {
    let polled = try await XeroPoll("organisation-refused")
    #expect(try await polled.account("Bo Lindqvist").terms == nil)
    #expect(
      polled.result.notices == [
        "Xero refuses to show Organisation: AuthorizationUnsuccessful; the sign-in may lack the "
          + "scope accounting.settings.read; contacts without payment terms have none"
      ]
    )
  }

  @Test func whatWasRecordedBeforeTheOrganisationWasAskedReplays() async throws {
    #expect(try await XeroPoll("dates").result.isComplete)
  }

  @Test func anOrganisationThatCannotBeReadFailsThePoll() async throws {
    // No terms for a while, and then terms again, would be two changes of terms.
    let replay = try Replay("Tests/Fixtures/sources/xero/organisation-terms")
    let transport = ScriptedTransport { (request) throws(WireError) in
      if case .http(let http) = request, http.url.hasSuffix("/Organisation") {
        return Response(status: 500, text: "")
      }
      return try await replay.answer(request)
    }
    let request = try request()
    await #expect(throws: SourceError.unreachable("Xero answers Organisation with 500: status 500"))
    {
      try await xero().poll(request, over: session(transport)) { _ in }
    }
  }

  @Test func checkOnlineLooksAround() async throws {
    let now = try request().now
    let found = try await xero().inspect(over: xeroReplay("inspect"), now: now)
    #expect(
      found
        == Inspection(
          organisation: "Harbour Lettings (NZ)",
          currency: "NZD",
          timeZone: "NEWZEALANDSTANDARDTIME",
          openInvoices: 128,
          limits: ["4990 calls left today", "58 calls left this minute"]
        )
    )
  }

  @Test func checkOnlineDoesWithoutTheOrganisation() async throws {
    let now = try request().now
    let found = try await xero().inspect(over: xeroReplay("inspect-few-scopes"), now: now)
    #expect(found.organisation == "Demo Company (NZ)")
    #expect(found.currency == nil && found.openInvoices == 128)
    #expect(found.notices.count == 1)
    #expect(found.notices.first?.contains("accounting.settings.read") == true)
  }

  @Test func aScopeThatAPollNeedsFailsTheCheckAsItWouldThePoll() async throws {
    let replay = try Replay("Tests/Fixtures/sources/xero/inspect")
    let transport = ScriptedTransport { (request) throws(WireError) in
      if case .http(let http) = request, http.url.contains("/Prepayments") {
        return Response(status: 403, text: #"{"Detail":"AuthorizationUnsuccessful"}"#)
      }
      return try await replay.answer(request)
    }
    let now = try request().now
    let error = await #expect(throws: SourceError.self) {
      try await xero().inspect(over: session(transport), now: now)
    }
    #expect(error?.description.contains("accounting.payments.read") == true)
  }

  /// The lists are as in the examples of Xero's accounting specification, 16.1.0.
  @Test func namesThatXeroDoesNotKnowAreNoticed() async throws {
    let replay = try Replay("Tests/Fixtures/sources/xero/inspect")
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      if http.url.hasSuffix("/ContactGroups") {
        return Response(
          status: 200,
          text: """
            {"ContactGroups":[{"ContactGroupID":"d7a86b80-8dac-4d89-a334-9dcf5753676c",\
            "Name":"Suppliers","Status":"ACTIVE","Contacts":[],"HasValidationErrors":false}]}
            """
        )
      }
      if http.url.hasSuffix("/TrackingCategories") { return Response(status: 403) }
      return try await replay.answer(request)
    }
    let source = xero([
      ("excluded_groups", ["suppliers", "Staff"]),
      ("disputed_groups", ["D7A86B80-8dac-4d89-a334-9dcf5753676c"]), ("tag_from", ["Property"]),
    ])
    let found = try await source.inspect(over: session(transport), now: request().now)
    #expect(found.notices.count == 2)
    #expect(found.notices.first == "Xero has no contact group `Staff`")
    #expect(found.notices.last?.hasPrefix("whether Xero has a tracking category Property") == true)
  }
}
