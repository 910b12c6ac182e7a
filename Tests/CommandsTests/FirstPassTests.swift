import Foundation
import Support
import Testing

/// What the first pass of a source did not get to see waits as what it saw.
struct FirstPassTests {
  private static let head =
    "account_id,account_name,document_id,due_date,currency,amount_due,email\n"

  private static func row(_ name: String, _ amount: String = "620.50") -> String {
    "\(name),\(name),INV-\(name),2025-02-03,NZD,\(amount),\(name)@example.com\n"
  }

  private static func folder(books: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      sources: { books: { type: csv, path: books.csv, on_bad_document: skip } }
      channels:
        email: { type: smtp, host: localhost, port: 1, tls: none, from: rent@harbour.example }
      rules:
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [email] }]

      """, to: "balancealert.yaml")
    try folder.write(books, to: "books.csv")
    return folder
  }

  @Test func anEmptyExportIsNotTheFirstPass() async throws {
    let binary = try Binary()
    let folder = try Self.folder(books: Self.head)
    #expect(try await binary.run(["run"], in: folder).status == 0)
    try folder.write(Self.head + Self.row("C1") + Self.row("C2"), to: "books.csv")
    let second = try await binary.run(["run"], in: folder)
    #expect(second.status == 75)
    #expect(second.errors.contains("2 customer messages wait: no earlier pass has read books"))
  }

  @Test func whatTheFirstPassCouldNotReadIsHeldWithTheRest() async throws {
    let binary = try Binary()
    let folder = try Self.folder(books: Self.head + Self.row("C1") + Self.row("C2", "62x"))
    #expect(try await binary.run(["run"], in: folder).status == 65)
    try folder.write(Self.head + Self.row("C1") + Self.row("C2"), to: "books.csv")
    let second = try await binary.run(["run"], in: folder)
    #expect(second.status == 75)
    #expect(second.errors.contains("2 customer messages wait: no earlier pass has read books"))
  }

  @Test func aFirstPassThatCouldDecideOnNobodyIsNone() async throws {
    let binary = try Binary()
    let folder = try Self.folder(books: Self.head + Self.row("C1", "62x"))
    #expect(try await binary.run(["run"], in: folder).status == 65)
    try folder.write(Self.head + Self.row("C1"), to: "books.csv")
    let second = try await binary.run(["run"], in: folder)
    #expect(second.status == 75)
    #expect(second.errors.contains("1 customer message waits: no earlier pass has read books"))
  }
}
