import Accounting
import Receivables
import Support
import Testing
import Wire

/// `on_bad_document: skip` takes out the account of the document, and nothing else: for each
/// document of a first sync of each platform, one by one.
struct BadDocumentTests {
  private struct Platform: Sendable {
    let name: String
    let source: any AccountingSource
    /// In which lists of an answer documents are, and what of a document is broken.
    let broken: [String: [String]]
    /// Whose document a row is.
    let owner: @Sendable (JSON) -> String?
    var moment = "2026-11-22T20:00:00Z"

    static let all = [
      Platform(
        name: "xero", source: xero([]),
        broken: [
          "Invoices": ["AmountDue"], "CreditNotes": ["RemainingCredit"],
          "Prepayments": ["RemainingCredit"], "Overpayments": ["RemainingCredit"],
        ],
        owner: { $0["Contact"]?["ContactID"]?.string }),
      Platform(
        name: "quickbooks", source: quickBooks(),
        broken: [
          "Invoice": ["Balance"], "CreditMemo": ["Balance", "RemainingCredit"],
          "Payment": ["UnappliedAmt"],
        ],
        owner: { $0["CustomerRef"]?["value"]?.string }, moment: "2026-08-21T10:10:00Z"),
      Platform(
        name: "freshbooks", source: freshBooks(),
        broken: ["invoices": ["outstanding"], "credit_notes": ["amount"]],
        owner: { ($0["customerid"] ?? $0["clientid"])?.numberText }),
      Platform(
        name: "stripe", source: stripe(), broken: ["data": ["amount_remaining"]],
        owner: {
          ($0["customer"]?["id"] ?? $0["customer"])?.string ?? $0["customer_account"]?.string
        }),
    ]
  }

  /// The answers of a recorded sync, with the document of that number broken.
  private actor Breaker {
    private let platform: Platform
    private let target: Int
    private var count = 0
    private(set) var owner: String?
    /// Whether there is such a document.
    private(set) var isDone = false

    init(_ platform: Platform, _ target: Int) {
      self.platform = platform
      self.target = target
    }

    func breaking(_ response: Response) -> Response {
      guard let json = try? JSON(parsing: response.body) else { return response }
      var response = response
      response.body = Array(text(json, in: "").utf8)
      return response
    }

    private func text(_ json: JSON, in list: String) -> String {
      if let members = json.object {
        return "{"
          + members.map { quoted($0.key) + ":" + text($0.value, in: $0.key) }
          .joined(separator: ",") + "}"
      }
      guard let rows = json.array else { return written(json) }
      return "[" + rows.map { row($0, in: list) }.joined(separator: ",") + "]"
    }

    private func row(_ row: JSON, in list: String) -> String {
      guard let fields = platform.broken[list], let members = row.object,
        members.contains(where: { fields.contains($0.key) })
      else { return text(row, in: list) }
      count += 1
      guard count - 1 == target else { return text(row, in: list) }
      owner = platform.owner(row)
      isDone = true
      return "{"
        + members.map { key, value in
          quoted(key) + ":" + (fields.contains(key) ? "\"many\"" : written(value))
        }.joined(separator: ",") + "}"
    }
  }

  private func poll(
    _ platform: Platform,
    breaking target: Int,
    _ policy: BadDocuments
  ) async throws -> (emitted: Emitted, isDone: Bool, owner: String?) {
    let replay = try Replay("Tests/Fixtures/sources/\(platform.name)/first-sync")
    let breaker = Breaker(platform, target)
    let transport = ScriptedTransport { (request) throws(WireError) in
      await breaker.breaking(try await replay.answerAlike(request))
    }
    let emitted = Emitted()
    let plain = try request(at: platform.moment)
    let asked = PollRequest(
      source: "books", cursor: nil, knownAccounts: [], badDocuments: policy, now: plain.now)
    _ = try await platform.source.poll(asked, over: session(transport)) { await emitted.add($0) }
    return (emitted, await breaker.isDone, await breaker.owner)
  }

  @Test func everySourceIsHeldToIt() {
    let names = Platform.all.map(\.name) + [CSVSource.traits.type]
    #expect(Set(names) == Set(allSources.map { $0.traits.type }))
  }

  @Test(arguments: Platform.all.map(\.name))
  func oneBadDocumentTakesOutItsAccountAlone(name: String) async throws {
    let platform = try #require(Platform.all.first { $0.name == name })
    let whole = try await poll(platform, breaking: .max, .skip).emitted
    #expect(await whole.unreadable.isEmpty)
    let (items, accounts) = (await whole.open, await whole.accounts)
    var broken = 0
    for target in 0..<100 {
      let (emitted, isDone, found) = try await poll(platform, breaking: target, .skip)
      // There are no more documents.
      if !isDone { break }
      let owner = try #require(found)
      let unreadable = await emitted.unreadable
      #expect(Set(unreadable.map(\.accountID)).isSubset(of: [owner]), "document \(target)")
      func others(_ items: [String: OpenItem]) -> [String: OpenItem] {
        items.filter { $0.value.accountID != owner }
      }
      #expect(await others(emitted.open) == others(items), "document \(target)")
      #expect(
        await emitted.accounts.filter { $0.key != owner } == accounts.filter { $0.key != owner })
      // One that is over is not looked at.
      if unreadable.isEmpty { continue }
      broken += 1
      #expect(unreadable.allSatisfy { $0.documentID != nil && !$0.why.isEmpty })
      let error = await #expect(throws: SourceError.self) {
        try await poll(platform, breaking: target, .fail)
      }
      #expect(unreadable.contains { $0.why == error?.description }, "document \(target)")
    }
    #expect(broken > 2)
  }

  /// Every way in which a document of the fixtures is bad.
  @Test(arguments: [
    ("xero", "bad-amount-as-text"), ("xero", "bad-credit"), ("xero", "bad-due-date"),
    ("xero", "bad-no-currency"), ("xero", "bad-no-due-date"), ("xero", "bad-status"),
    ("xero", "bad-too-many-decimals"), ("xero", "bad-unknown-currency"),
    ("xero", "bad-yen-with-decimals"), ("quickbooks", "bad-amount"),
    ("quickbooks", "bad-due-date"), ("quickbooks", "bad-no-balance"),
    ("quickbooks", "bad-no-date"), ("quickbooks", "bad-report-amount"),
    ("quickbooks", "bad-unknown-currency"), ("freshbooks", "bad-amount"),
    ("freshbooks", "bad-credit"), ("freshbooks", "bad-due-date"),
    ("freshbooks", "bad-no-outstanding"), ("freshbooks", "bad-no-status"),
    ("freshbooks", "bad-offset"), ("freshbooks", "bad-too-many-decimals"),
    ("freshbooks", "bad-two-currencies"), ("freshbooks", "bad-unknown-currency"),
    ("freshbooks", "bad-yen-with-decimals"), ("stripe", "bad-balance-no-currency"),
    ("stripe", "bad-decimals-not-known"), ("stripe", "bad-due-date"), ("stripe", "bad-fraction"),
    ("stripe", "bad-isk-with-cents"), ("stripe", "bad-no-amount"), ("stripe", "bad-no-currency"),
    ("stripe", "bad-status"), ("stripe", "bad-too-large"), ("stripe", "bad-unknown-currency"),
  ])
  func whateverIsWrongWithItItIsNamed(name: String, folder: String) async throws {
    let (failed, skipped) = try await both(name, folder)
    guard case .badData = failed else {
      Issue.record("\(String(describing: failed))")
      return
    }
    #expect(skipped?.map(\.why) == [failed?.description ?? ""])
  }

  /// What stands for more than one account, or for nobody knows whom.
  @Test(arguments: [
    ("xero", "bad-no-contact"), ("xero", "page-missing"), ("xero", "page-truncated"),
    ("quickbooks", "bad-no-customer"), ("quickbooks", "bad-report"),
    ("quickbooks", "bad-report-columns"), ("quickbooks", "page-cut"),
    ("freshbooks", "bad-no-client"), ("freshbooks", "page-missing"),
    ("stripe", "bad-no-customer"), ("stripe", "page-missing"), ("stripe", "truncated"),
  ])
  func theRestFailsTheSourceAsBefore(name: String, folder: String) async throws {
    let (failed, skipped) = try await both(name, folder)
    #expect(failed != nil)
    #expect(skipped == nil)
  }

  /// - Returns: the error of a poll that fails; what one that skips tells, `nil` when it fails too.
  private func both(
    _ name: String,
    _ folder: String
  ) async throws -> (SourceError?, [BadDocument]?) {
    let platform = try #require(Platform.all.first { $0.name == name })
    var errors: [SourceError?] = []
    var told: [BadDocument]?
    for policy in [BadDocuments.fail, .skip] {
      let replay = try Replay("Tests/Fixtures/sources/\(name)/\(folder)")
      // What was not recorded there, as a poll ended before, is as in a good sync.
      let good = try Replay("Tests/Fixtures/sources/\(name)/first-sync")
      let transport = ScriptedTransport { (request) throws(WireError) in
        do throws(WireError) { return try await replay.answer(request) } catch {
          return try await good.answerAlike(request)
        }
      }
      let emitted = Emitted()
      let asked = PollRequest(
        source: "books", cursor: nil, knownAccounts: [], badDocuments: policy,
        now: try request(at: platform.moment).now)
      do throws(SourceError) {
        _ = try await platform.source.poll(asked, over: session(transport)) {
          await emitted.add($0)
        }
        errors.append(nil)
        if policy == .skip { told = await emitted.unreadable }
      } catch {
        errors.append(error)
      }
    }
    return (errors[0], told)
  }

  // MARK: CSV

  private static let ledger = """
    account_id,document_id,due_date,currency,amount_due,url
    C1,I1,2026-10-01,NZD,1.00,
    C2,I2,2026-10-01,NZD,2.00,
    C1,I3,2026-10-01,NZD,3.00,
    C3,I4,2026-10-01,NZD,4.00,
    """

  private func poll(ledger: String) async throws -> Emitted {
    var problems: [String] = []
    let csv = source(CSVSource.self, [("path", ["/books/ledger.csv"])], problems: &problems)
    let emitted = Emitted()
    let transport = ScriptedTransport(answering: Response(status: 200, text: ledger))
    let asked = PollRequest(
      source: "books", cursor: nil, knownAccounts: [], badDocuments: .skip, now: try request().now)
    _ = try await csv.poll(asked, over: session(transport)) { await emitted.add($0) }
    return emitted
  }

  @Test(arguments: [
    ("C1,I3,2026-10-01,NZD,3.00,", "C1,I3,2026-10-01,NZD,\"3,00\",", ["C1"]),
    ("C1,I3,2026-10-01,NZD,3.00,", "C1,I3,2026-13-01,NZD,3.00,", ["C1"]),
    ("C1,I3,2026-10-01,NZD,3.00,", "C1,I3,2026-10-01,BTC,3.00,", ["C1"]),
    ("C1,I3,2026-10-01,NZD,3.00,", "C1,,2026-10-01,NZD,3.00,", ["C1"]),
    ("C1,I3,2026-10-01,NZD,3.00,", "C1,I3,2026-10-01,NZD,3.00,ftp://x", ["C1"]),
    // Of two rows of one id nobody knows which is right.
    ("C1,I3,2026-10-01,NZD,3.00,", "C1,I2,2026-10-01,NZD,3.00,", ["C1", "C2"]),
  ])
  func oneBadRowTakesOutItsAccountAlone(old: String, new: String, out: [String]) async throws {
    let whole = try await poll(ledger: Self.ledger).open
    let emitted = try await poll(ledger: Self.ledger.replacing(old, with: new))
    let unreadable = await emitted.unreadable
    #expect(unreadable.map(\.accountID) == out)
    #expect(unreadable.allSatisfy { $0.why.hasPrefix("ledger.csv:4:") })
    func others(_ items: [String: OpenItem]) -> [String: OpenItem] {
      items.filter { !out.contains($0.value.accountID) }
    }
    #expect(await others(emitted.open) == others(whole))
  }

  @Test(arguments: [
    ",I3,2026-10-01,NZD,3.00,", "C1,I3,2026-10-01,NZD,3.00", "\"C1,I3,2026-10-01,NZD,3.00,",
    "C1,I3,2026-10-01,NZD,3,00,",
  ])
  func aRowOfNobodyKnowsWhomFailsTheSource(row: String) async throws {
    let ledger = Self.ledger.replacing("C1,I3,2026-10-01,NZD,3.00,", with: row)
    await #expect(throws: SourceError.self) { try await poll(ledger: ledger) }
  }
}
