import Accounting
import Receivables
import Support
import Testing
import Wire

/// What is wrong fails the poll, and says where.
struct StripeFaultTests {
  private func failure(
    _ folder: String,
    _ source: StripeSource = stripe(),
    cursor: String? = nil
  ) async throws -> SourceError? {
    await #expect(throws: SourceError.self) {
      _ = try await pollStripe(folder, source, cursor: cursor)
    }
  }

  @Test(arguments: [
    ("bad-unknown-currency", "currency: `ZZZ` is not an ISO 4217 currency code"),
    ("bad-no-currency", "currency: is missing"),
    ("bad-isk-with-cents", "amount_remaining: `150050` (in hundredths) is no whole ISK"),
    (
      "bad-decimals-not-known",
      "amount_remaining: how many decimals Stripe gives IQD is not known"
    ),
    (
      "bad-too-large",
      "amount_remaining: `9223372036854775807` is larger than can be represented"
    ),
    ("bad-fraction", "amount_remaining: is not a whole number of minor units"),
    ("bad-no-amount", "amount_remaining: is missing"),
    ("bad-status", "status: `pending` is not one that Stripe lists"),
    ("bad-no-customer", "customer: is missing"),
    ("bad-due-date", "due_date: is not a time in seconds since 1970"),
  ])
  func anInvoiceThatCannotBeReadIsNamed(_ folder: String, _ message: String) async throws {
    let error = try await failure(folder)?.description
    #expect(error?.hasPrefix("invoice AMT-") == true && error?.contains(" (in_1): ") == true)
    #expect(error?.hasSuffix("): \(message)") == true, "\(error ?? "")")
  }

  @Test func aBalanceWithoutACurrencyIsNotGuessed() async throws {
    #expect(
      try await failure("bad-balance-no-currency")?.description
        == "customer In USD (cus_usd): currency: is missing"
    )
  }

  @Test(arguments: [
    ("html", "/v1/invoices: a web page (or XML) came in place of JSON"),
    ("not-json", "/v1/invoices: not JSON: expected a value (line 1, byte 0)"),
    ("no-data", "/v1/invoices: data: is not there"),
    ("no-has-more", "/v1/invoices: has_more: is not there"),
    ("page-empty", "/v1/invoices: data: page missing: it is empty, though there is more"),
    ("page-empty-first", "/v1/invoices: data: page missing: it is empty, though there is more"),
    ("page-doubled", "/v1/invoices: id: page missing: in_0001 came twice"),
    ("page-missing", "/v1/invoices: page missing: No such invoice: 'in_0001'"),
  ])
  func aPageThatIsMissingFailsThePoll(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder)?.description == message)
  }

  @Test func aTruncatedPageIsNotJSON() async throws {
    let error = try await failure("truncated")
    #expect(error?.description.hasPrefix("/v1/invoices: not JSON: the text ends") == true)
  }

  @Test(arguments: [
    ("events-page-empty", "/v1/events: data: page missing: it is empty, though there is more"),
    ("events-page-doubled", "/v1/events: id: page missing: evt_0102 came twice"),
    ("wrong-invoice", "/v1/invoices/in_0003: id: is not that id"),
  ])
  func aDeltaNeverTurnsInACircle(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder, cursor: stripeCursor)?.description == message)
  }

  @Test(arguments: [
    (
      "error-401-invalid",
      "Stripe: `api_key` is not a key that Stripe knows; copy it again from the Dashboard"
    ),
    ("error-401-expired", "Stripe: `api_key` has expired, or was rolled; make a new one"),
    (
      "error-401-revoked",
      "Stripe: access with `api_key` was revoked; make a new key, or connect the account again"
    ),
    (
      "error-403-permission",
      "Stripe: the key may not read /v1/invoices: it lacks the permission rak_invoice_read; add it "
        + "to the restricted key"
    ),
  ])
  func aKeyThatIsRefusedIsASignIn(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder) == .signInNeeded(message))
  }

  @Test(arguments: [
    (
      "error-400-events",
      "Stripe does not take `events`: Invalid types[18]: must be a type of event"
    ),
    ("error-404-account", "Stripe has no /v1/events: No such account: 'acct_2'"),
    (
      "error-403-account",
      "Stripe: the key cannot use `account` acct_2: The provided key 'sk_test_*********1234' "
        + "does not have access to account 'acct_2' (or that account does not exist). Application "
        + "access may have been revoked."
    ),
  ])
  func whatTheConfigAsksForInVainIsNamed(_ folder: String, _ message: String) async throws {
    let source = stripe([("account", ["acct_2"])])
    #expect(try await failure(folder, source) == .misconfigured(message))
  }

  /// It must not look like a cursor that is lost: the live snapshot would be gone.
  @Test func aKeyOfTheOtherModeIsNoLostCursor() async throws {
    let error = try await failure("error-404-mode", cursor: stripeCursor)
    guard case .misconfigured(let why) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(why.hasPrefix("Stripe: `api_key` is of the other mode, test or live: No such event"))
  }

  @Test(arguments: [
    (
      "error-429-rate",
      "Stripe: too many requests (global-rate); lower `rate_limit` or `max_concurrency`"
    ),
    (
      "error-429-lock",
      "Stripe: /v1/events is in use by another request (lock_timeout); the next pass asks again"
    ),
  ])
  func aLimitSaysWhich(_ folder: String, _ message: String) async throws {
    #expect(try await failure(folder) == .unreachable(message))
  }

  /// A 404 of a proxy is no word of Stripe's that the invoice is gone.
  @Test func aNotFoundThatIsNotStripesClosesNothing() async throws {
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request, http.url.contains("/v1/events") else {
        return Response(status: 404, text: "<html>not here</html>")
      }
      let event = """
        {"id":"evt_1","type":"invoice.updated","created":1795375900,\
        "data":{"object":{"object":"invoice","id":"in_1"}}}
        """
      return Response(status: 200, text: #"{"data":[\#(event)],"has_more":false}"#)
    }
    let emitted = Emitted()
    let error = await #expect(throws: SourceError.self) {
      try await stripe().poll(request(cursor: stripeCursor), over: session(transport)) {
        await emitted.add($0)
      }
    }
    #expect(
      error == .misconfigured("Stripe has no /v1/invoices/in_1 at this address: status 404")
    )
    #expect(await emitted.changes == [])
  }

  @Test(arguments: [
    "{}", #"{"id":"evt_1"}"#, #"{"id":"evt_1","type":"invoice.paid"}"#,
    #"{"id":"evt_1","type":"invoice.paid","created":1795375900}"#,
  ])
  func anEventThatCannotBeReadFailsThePoll(_ event: String) async throws {
    let transport = ScriptedTransport(
      answering: Response(status: 200, text: #"{"data":[\#(event)],"has_more":false}"#)
    )
    let error = await #expect(throws: SourceError.self) {
      try await stripe().poll(request(cursor: stripeCursor), over: session(transport)) { _ in }
    }
    guard case .badData = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
