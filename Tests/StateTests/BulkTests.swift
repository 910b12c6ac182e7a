import GRDB
import Receivables
import State
import Support
import Testing

/// Large ledgers go to SQLite many rows at a time.
struct BulkTests {
  private let state: StateFile

  init() throws { state = try StateFile(path: ":memory:", mode: .readWrite) }

  private func save(_ old: Snapshot, _ new: Snapshot, touched: Set<String>? = nil) throws {
    let now = try sampleNow().instant
    try state.savePoll(
      old: old,
      new: new,
      touched: touched,
      cursor: nil,
      wasFull: touched == nil,
      pass: state.beginPass(at: now),
      at: now,
      audit: AuditEntry(kind: .poll, subject: "books", body: "{}")
    )
  }

  private func item(_ number: Int, account: String = "A1") throws -> OpenItem {
    let amount = Money(minorUnits: Int64(number), currency: try Currency("NZD"))
    return OpenItem(
      id: "D\(number)",
      accountID: account,
      kind: number % 3 == 0 ? .credit : .invoice,
      number: number % 7 == 0 ? "" : "INV-\(number) „ü“",
      issueDate: number % 2 == 0 ? Day(number: -number) : nil,
      dueDate: number % 5 == 0 ? nil : Day(number: number),
      total: amount,
      amountDue: amount,
      url: number % 4 == 0 ? "https://books.example/\(number)" : number % 4 == 1 ? "" : nil,
      disputed: number % 2 == 1,
      promisedOn: number % 6 == 0 ? Day(number: 20_000 + number) : nil,
      tags: number % 5 == 0 ? ["12 Quay Street", "north; south"] : []
    )
  }

  private func ledger(_ count: Int) throws -> Snapshot {
    var snapshot = Snapshot(source: "books")
    for number in 0..<count { snapshot.apply(.open(try item(number))) }
    return snapshot
  }

  /// 50 rows go in one statement.
  @Test(arguments: [0, 1, 49, 50, 51, 100, 137])
  func asManyRowsComeBackAsWentIn(_ count: Int) throws {
    let ledger = try ledger(count)
    try save(Snapshot(source: "books"), ledger)
    #expect(try state.snapshot(of: "books") == ledger)
  }

  @Test func aRowThatIsThereAlreadyIsReplaced() throws {
    let old = try ledger(120)
    try save(Snapshot(source: "books"), old)
    var new = old
    for number in stride(from: 0, to: 120, by: 2) {
      new.apply(.open(try item(number, account: "A2")))
    }
    new.apply(.closed(documentID: "D7"))
    try save(old, new)
    #expect(try state.snapshot(of: "books") == new)
  }

  @Test func onlyWhatWasTouchedIsWritten() throws {
    let old = try ledger(10)
    try save(Snapshot(source: "books"), old)
    var new = old
    new.apply(.open(try item(3, account: "A2")))
    new.apply(.closed(documentID: "D4"))
    var expected = new
    // Not said to be touched, so not looked at.
    new.apply(.closed(documentID: "D5"))
    try save(old, new, touched: ["D3", "D4", "D8"])
    #expect(try state.snapshot(of: "books") == expected)
    expected.apply(.closed(documentID: "D5"))
    try save(old, expected)
    #expect(try state.snapshot(of: "books") == expected)
  }

  @Test func aTextWithAZeroInItStaysWhole() throws {
    var ledger = Snapshot(source: "books")
    ledger.apply(.open(try item(1, account: "A\u{0}1")))
    try save(Snapshot(source: "books"), ledger)
    #expect(try state.snapshot(of: "books") == ledger)
  }

  @Test func whatCannotBeWrittenIsAnErrorAndChangesNothing() throws {
    let old = try ledger(60)
    try save(Snapshot(source: "books"), old)
    try state.database.write { db in
      try db.execute(
        sql: """
          CREATE TRIGGER no_more BEFORE INSERT ON item WHEN NEW.id = 'D75'
          BEGIN SELECT RAISE(ABORT, 'no more'); END
          """
      )
    }
    let new = try ledger(90)
    #expect(throws: StateError.failed(path: ":memory:", why: "no more")) { try save(old, new) }
    #expect(try state.snapshot(of: "books") == old)
    try save(old, try ledger(70))
    #expect(try state.snapshot(of: "books").items.count == 70)
  }
}
