import Accounting
import Receivables
import Support
import Testing
import Wire

/// Groups, tags, promises, hints: what a document or contact says beside its amount.
struct XeroDetailTests {
  @Test(arguments: ["Staff lets", "staff LETS", "d7a86b80-8dac-4d89-a334-9dcf5753676c"])
  func membersOfAnExcludedGroupGetNoMessage(_ group: String) async throws {
    let polled = try await XeroPoll("groups", [("excluded_groups", ["Nobody", group])])
    #expect(polled.unused == [])
    #expect(try await polled.account("Amara Osei").doNotContact == .all)
    #expect(try await polled.account("Bo Lindqvist").doNotContact == .none)
    #expect(try await polled.account("Chloe Tan").doNotContact == .none)
  }

  @Test func membersOfADisputedGroupAreInDispute() async throws {
    let polled = try await XeroPoll("groups", [("disputed_groups", ["In dispute"])])
    #expect(try await polled.account("Bo Lindqvist").disputed)
    #expect(try await !polled.account("Amara Osei").disputed)
    #expect(try await polled.account("Bo Lindqvist").doNotContact == .none)
  }

  @Test func groupsThatTheConfigDoesNotNameMeanNothing() async throws {
    for account in try await XeroPoll("groups").emitted.accounts.values {
      #expect(account.doNotContact == .none && !account.disputed)
    }
  }

  @Test func theOptionsOfTheTrackingCategoryAreTags() async throws {
    let polled = try await XeroPoll("tags", [("tag_from", ["property"])])
    #expect(polled.unused == [])
    #expect(
      try await polled.item("INV-0001").tags == [
        "12 Quay Street", "property:12 Quay Street", "14 Quay Street", "property:14 Quay Street",
      ])
    #expect(try await polled.item("INV-0002").tags == [])
    #expect(try await polled.item("CN-0005").tags == ["12 Quay Street", "property:12 Quay Street"])
    let region = try await XeroPoll("tags", [("tag_from", ["Region"])])
    #expect(try await region.item("INV-0002").tags == ["South", "region:South"])
  }

  @Test func anExpectedPaymentIsAPromise() async throws {
    let polled = try await XeroPoll("promised")
    #expect(try await polled.item("INV-0001").promisedOn == Day("2026-12-01"))
    #expect(try await polled.item("INV-0002").promisedOn == Day("2026-12-02"))
    #expect(try await polled.item("INV-0020").promisedOn == nil)
  }

  private let hinted = "312cbf0d-bf49-518e-af3b-887cbe31fa6b"

  @Test func aHintedInvoiceThatTheDeltaDoesNotBringIsReadByItsID() async throws {
    let polled = try await XeroPoll(
      "hints",
      [("excluded_groups", ["Staff lets"])],
      cursor: aSunday,
      known: [amara, bo],
      hints: [
        Hint(.invoice, id: hinted), Hint(.customer, id: bo), Hint(.other, id: ""),
        // Comes with the delta.
        Hint(.invoice, id: "e7aa37b2-bc06-57a0-bdad-983d92de747d"),
        // A bill: its webhook says no more than an invoice's.
        Hint(.invoice, id: "a01eefb4-f57e-5059-8384-bab553f7e1fe"),
        // No debtor of ours, and no id of Xero's.
        Hint(.customer, id: "52533b30-5e2a-5d95-aa4d-39a7e8c46802"),
        Hint(.invoice, id: "1&where=all"),
      ]
    )
    #expect(polled.unused == [])
    #expect(polled.requests.count == 7)
    #expect(try await polled.item("INV-0002").dueDate == Day("2026-12-24"))
    #expect(await polled.emitted.open.count == 2)
    #expect(try await polled.account("Bo Lindqvist").doNotContact == .all)
    for request in polled.requests where request.url.contains("IDs=") {
      #expect(request.header("If-Modified-Since") == nil)
    }
  }

  @Test func aFullSyncNeedsNoHints() async throws {
    let polled = try await XeroPoll("promised", hints: [Hint(.invoice, id: hinted)])
    #expect(polled.requests.count == 6)
  }

  /// 400 debtors are ten calls by their ids; all contacts may be fewer.
  @Test(arguments: [(800, 1), (12_000, 11)])
  func manyContactsAreReadByThePageWhereThatTakesFewerCalls(
    _ count: Int,
    _ calls: Int
  ) async throws {
    let debtors = (0..<400).map { "c\(1000 + $0)" }
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request else { throw .noRecording("") }
      let path = http.url.split(separator: "?")[0].split(separator: "/").last ?? ""
      let rows: [String]
      switch path {
      case "Invoices":
        rows = debtors.map {
          """
          {"Type":"ACCREC","InvoiceID":"i\($0)","Status":"AUTHORISED","CurrencyCode":"NZD",\
          "AmountDue":1,"Total":1,"DueDateString":"2026-01-01T00:00:00",\
          "Contact":{"ContactID":"\($0)","Name":"In \($0)"}}
          """
        }
      case "Contacts":
        let ids = http.url.split(separator: "IDs=").dropFirst().first
        // By the page, the first half of the debtors is on page one when there are many pages.
        let page = count > 1000 ? debtors.prefix(200) : debtors[...]
        rows =
          (ids?.split(separator: "&")[0].split(separator: ",").map(String.init) ?? Array(page)
          + ["a supplier"])
          .map { #"{"ContactID":"\#($0)","Name":"Of \#($0)"}"# }
      default: rows = []
      }
      let items = path == "Contacts" && !http.url.contains("IDs=") ? count : rows.count
      return Response(
        status: 200,
        text: """
          {"\(path == "Organisation" ? "Organisations" : path)":[\(rows.joined(separator: ","))],\
          "pagination":{"page":1,"pageCount":\(items / 1000 + 1),"itemCount":\(items)}}
          """
      )
    }
    let emitted = Emitted()
    _ = try await xero().poll(request(), over: session(transport)) { await emitted.add($0) }
    let accounts = await emitted.accounts
    #expect(Set(accounts.keys) == Set(debtors))
    #expect(accounts.values.allSatisfy { $0.name.hasPrefix("Of ") })
    let asked = await transport.requests.count { request in
      if case .http(let http) = request { http.url.contains("/Contacts?") } else { false }
    }
    #expect(asked == (count > 1000 ? 1 + 5 : calls))
  }

  /// Some are on their way when one turns out bad; no more are begun.
  @Test func aPageThatCannotBeUsedEndsTheFetching() async throws {
    let transport = ScriptedTransport { (request) throws(WireError) in
      guard case .http(let http) = request, let page = http.url.split(separator: "page=").last
      else { throw .noRecording("") }
      let number = page.split(separator: "&")[0]
      let row =
        number == "3"
        ? "{}"
        : """
        {"Type":"ACCREC","InvoiceID":"i\(number)","Status":"AUTHORISED","CurrencyCode":"NZD",\
        "AmountDue":1,"Total":1,"DueDateString":"2026-01-01T00:00:00",\
        "Contact":{"ContactID":"c","Name":"Bo"}}
        """
      return Response(
        status: 200,
        text: """
          {"Invoices":[\(row)],"pagination":{"page":\(number),"pageCount":50,"itemCount":50}}
          """
      )
    }
    let emitted = Emitted()
    let request = try request()
    let error = await #expect(throws: SourceError.self) {
      try await xero().poll(request, over: session(transport)) { await emitted.add($0) }
    }
    #expect(error?.description == "invoice: InvoiceID: is missing")
    #expect(await emitted.open.keys.sorted() == ["i1", "i2"])
    #expect(await transport.requests.count <= 6)
  }
}
