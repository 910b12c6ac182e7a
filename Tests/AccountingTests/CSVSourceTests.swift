import Accounting
import Receivables
import Support
import Testing
import Wire

struct CSVSourceTests {
  private func poll(
    _ text: String,
    cursor: String? = nil,
    into emitted: Emitted = Emitted()
  ) async throws -> PollResult {
    var problems: [String] = []
    let source = source(CSVSource.self, [("path", ["ledger.csv"])], problems: &problems)
    #expect(problems == [])
    let transport = ScriptedTransport { (request) throws(WireError) in
      request == .file(path: "/books/ledger.csv")
        ? Response(status: 200, text: text) : Response(status: 404)
    }
    return try await source.poll(request(cursor: cursor), over: session(transport)) {
      await emitted.add($0)
    }
  }

  @Test func rowsBecomeItemsAndAccounts() async throws {
    let emitted = Emitted()
    let result = try await poll(
      """
      amount_due,account_id,document_id,due_date,currency,kind,status,account_name,total,number,\
      issue_date,email,phone,owner,parent,terms,credit_limit,tags,locale,url,disputed
      120.50,C1,I1,2026-10-01,NZD,invoice,open,"Ruiz, Dana",200,INV-1,2026-09-01,d@x.example,\
      +6421000001,dana,P,20 days,1000,residential; flat ;,en-NZ,https://x.example/1,no
      5000,C1,I2,2026-10-02,JPY,,,,,,,,,,,,,,,,yes
      1.5,C2,N1,,KWD,credit,open,,,,,,,,,,2000 NZD,,,,
      9,C3,I3,2026-10-02,NZD,invoice,paid,Gone,,,,,,,,,,,,,
      ,C3,I4,,,invoice,void,,,,,,,,,,,,,,
      0.00,C3,I5,2026-10-02,NZD,invoice,open,,,,,,,,,,,,,,
      """,
      into: emitted
    )
    #expect(result.isComplete)
    #expect(!result.isUnchanged)
    #expect(result.notices == [])
    let nzd = try Currency("NZD")
    let items = await emitted.open
    #expect(items.keys.sorted() == ["I1", "I2", "N1"])
    #expect(
      items["I1"]
        == OpenItem(
          id: "I1",
          accountID: "C1",
          kind: .invoice,
          number: "INV-1",
          issueDate: Day("2026-09-01"),
          dueDate: Day("2026-10-01"),
          total: Money(minorUnits: 20_000, currency: nzd),
          amountDue: Money(minorUnits: 12_050, currency: nzd),
          url: "https://x.example/1",
          tags: ["residential", "flat"]
        )
    )
    #expect(items["I2"]?.amountDue.description == "JPY 5000")
    #expect(items["I2"]?.disputed == true)
    #expect(items["N1"]?.kind == .credit)
    #expect(items["N1"]?.amountDue.description == "KWD 1.500")
    let accounts = await emitted.accounts
    #expect(accounts.keys.sorted() == ["C1", "C2", "C3"])
    #expect(
      accounts["C1"]
        == Account(
          key: AccountKey(source: "books", id: "C1"),
          name: "Ruiz, Dana",
          email: "d@x.example",
          phone: "+6421000001",
          owner: "dana",
          parent: "P",
          terms: "20 days",
          creditLimit: Money(minorUnits: 100_000, currency: nzd),
          tags: ["residential", "flat"],
          locale: "en-NZ"
        )
    )
    #expect(accounts["C2"]?.name == "C2")
    #expect(accounts["C2"]?.creditLimit?.description == "NZD 2000.00")
  }

  @Test func theSameBytesAreNotReadTwice() async throws {
    let text = "account_id,document_id,due_date,currency,amount_due\nC1,I1,2026-10-01,NZD,1\n"
    let first = try await poll(text)
    let emitted = Emitted()
    let second = try await poll(text, cursor: first.cursor, into: emitted)
    #expect(second.isUnchanged && second.isComplete && second.cursor == first.cursor)
    #expect(await emitted.batches == 0)
    let third = try await poll(
      text.replacing("NZD,1", with: "NZD,2"),
      cursor: first.cursor,
      into: emitted
    )
    #expect(!third.isUnchanged && third.cursor != first.cursor)
    #expect(await emitted.open["I1"]?.amountDue.minorUnits == 200)
  }

  @Test func oddThingsAreNoticed() async throws {
    let emitted = Emitted()
    let result = try await poll(
      """
      account_id,document_id,due_date,currency,amount_due,emial,email,owner
      C1,I1,2026-10-01,NZD,1,,not an address,dana
      C1,I2,2026-10-01,NZD,1,,c1@x.example,li
      """,
      into: emitted
    )
    #expect(
      result.notices == [
        "ledger.csv:1:53: unknown column `emial` passed over (is it `email`?)",
        "ledger.csv:2:25: email: `not an address` is not an e-mail address: it has no @; left out",
        "ledger.csv:3:38: another owner for account C1 than before; the first counts",
      ]
    )
    #expect(await emitted.accounts["C1"]?.owner == "dana")
    #expect(await emitted.accounts["C1"]?.email == "c1@x.example")
  }

  @Test(arguments: [
    ("C1,I1,2026-10-01,NZD,", "2:22: amount_due: is missing"),
    (
      "C1,I1,2026-10-01,NZD,1.005",
      "2:22: amount_due: `1.005` has more decimals than NZD, which has 2 "
        + "(write it as 1005 if its point groups thousands)"
    ),
    (
      "C1,I1,2026-10-01,JPY,1.5",
      "2:22: amount_due: `1.5` has more decimals than JPY, which has none"
    ),
    (
      "C1,I1,2026-10-01,NZD,\"1,000.00\"",
      "2:22: amount_due: `1,000.00` is not an amount (write it as 1000.00)"
    ),
    (
      "C1,I1,2026-10-01,NZD,-1",
      "2:22: amount_due: is negative; write what reduces the balance as a row of kind `credit`"
    ),
    ("C1,I1,2026-10-01,,1", "2:18: currency: is missing"),
    ("C1,I1,2026-10-01,XXX,1", "2:18: currency: `XXX` is not an ISO 4217 currency code"),
    ("C1,I1,,NZD,1", "2:7: due_date: is missing"),
    (
      "C1,I1,0026-11-01,NZD,1",
      "2:7: due_date: `0026-11-01` is of a year that cannot be meant (1970 to 2099)"
    ),
    (
      "C1,I1,2206-11-01,NZD,1",
      "2:7: due_date: `2206-11-01` is of a year that cannot be meant (1970 to 2099)"
    ),
    ("C1,I1,01/10/2026,NZD,1", "2:7: due_date: `01/10/2026` is not a date such as 2026-11-23"),
    ("C1,I1,2026-02-29,NZD,1", "2:7: due_date: `2026-02-29` is not a date such as 2026-11-23"),
    (",I1,2026-10-01,NZD,1", "2:1: account_id: is missing"),
    ("C1,,2026-10-01,NZD,1", "2:4: document_id: is missing"),
    (
      "C1,I1,2026-10-01,NZD,1\nC2,I1,2026-10-01,NZD,1",
      "3:4: document_id: `I1` stands on line 2 already"
    ),
    ("C1,I1,2026-10-01,NZD", "2:18: has 4 fields, the header has 5"),
  ])
  func aBadRowFailsTheSource(_ rows: String, _ message: String) async throws {
    let text = "account_id,document_id,due_date,currency,amount_due\n\(rows)\n"
    let error = await #expect(throws: SourceError.self) { try await poll(text) }
    #expect(error?.description == "ledger.csv:\(message)")
  }

  @Test(arguments: [
    ("kind", "bill", "invoice, credit"), ("status", "late", "open, paid, void, draft"),
  ])
  func wordsAreOneOfTheirList(_ column: String, _ word: String, _ names: String) async throws {
    let text =
      "account_id,document_id,due_date,currency,amount_due,\(column)\n"
      + "C1,I1,2026-10-01,NZD,1,\(word)\n"
    let error = await #expect(throws: SourceError.self) { try await poll(text) }
    #expect(
      error?.description == "ledger.csv:2:24: \(column): `\(word)` must be one of \(names)"
    )
  }

  @Test func aColumnInOtherLettersIsAskedFor() async throws {
    let error = await #expect(throws: SourceError.self) {
      try await poll("account_id,document_id,due_date,currency,Amount_Due\n")
    }
    #expect(
      error?.description == "ledger.csv:1:1: amount_due: this column is missing; there are: "
        + "account_id, document_id, due_date, currency, Amount_Due"
        + " (is `Amount_Due` meant? Write it as `amount_due`)"
    )
  }

  @Test func aMissingColumnIsNamed() async throws {
    let error = await #expect(throws: SourceError.self) {
      try await poll("account_id,document_id,due_date,amount_due\n")
    }
    #expect(
      error?.description == "ledger.csv:1:1: currency: this column is missing; there are: "
        + "account_id, document_id, due_date, amount_due"
    )
  }

  @Test func aFileThatIsNotThereIsMisconfigured() async throws {
    var problems: [String] = []
    let source = source(CSVSource.self, [("path", ["none.csv"])], problems: &problems)
    let over = session(ScriptedTransport(answering: Response(status: 404)))
    let request = try request()
    await #expect(throws: SourceError.misconfigured("there is no file /books/none.csv")) {
      try await source.poll(request, over: over) { _ in }
    }
  }

  @Test func aCommandIsRunWithItsArguments() async throws {
    var problems: [String] = []
    let source = source(
      CSVSource.self,
      [("command", ["psql", "--csv", "-c", "select 1"])],
      problems: &problems
    )
    let transport = ScriptedTransport(
      answering: Response(
        status: 200,
        text: "account_id,document_id,due_date,currency,amount_due\nC1,I1,2026-10-01,NZD,1\n"
      )
    )
    let emitted = Emitted()
    _ = try await source.poll(request(), over: session(transport)) {
      await emitted.add($0)
    }
    #expect(await transport.requests == [.command(["psql", "--csv", "-c", "select 1"])])
    #expect(await emitted.open.count == 1)
  }

  @Test func exactlyOneOfPathAndCommand() {
    var problems: [String] = []
    _ = source(CSVSource.self, [], problems: &problems)
    #expect(problems == ["missing: give `path` (a file) or `command` (a program that prints it)"])
    _ = source(CSVSource.self, [("path", ["a"]), ("command", ["b"])], problems: &problems)
    #expect(problems == ["give either `path` or `command`, not both"])
  }
}
