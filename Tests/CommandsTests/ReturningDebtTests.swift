import Foundation
import Support
import Testing

/// An export that loses rows for a while, too few for `max_shrink`: nobody is told twice for it.
struct ReturningDebtTests {
  private static let head =
    "account_id,account_name,document_id,due_date,currency,amount_due,email\n"

  private static func books(_ names: String...) -> String {
    head
      + names.map { "\($0),\($0),INV-\($0),2025-02-03,NZD,620.50,\($0)@example.com\n" }.joined()
  }

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      sources: { books: { type: csv, path: books.csv } }
      channels:
        email: { type: file, path: out.jsonl, audience: customer }
        team: { type: file, path: team.jsonl }
      rules:
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [email, team] }]

      """, to: "balancealert.yaml")
    return folder
  }

  private static func lines(_ name: String, in folder: TemporaryFolder) -> Int {
    folder.read(name)?.split(separator: "\n").count ?? 0
  }

  @Test(arguments: [("2026-03-02T12:00:00Z", 75), ("2026-03-04T12:00:00Z", 0)])
  func aDebtThatIsBackWithinADayWaitsForAPerson(_ moment: String, _ status: Int32) async throws {
    let binary = try Binary()
    let folder = try Self.folder()
    func pass(_ books: String, at moment: String) async throws -> Int32 {
      try folder.write(books, to: "books.csv")
      return try await binary.run(["run", "--first", "--now", moment], in: folder).status
    }
    #expect(try await pass(Self.books("C1", "C2"), at: "2026-03-02T08:00:00Z") == 0)
    #expect(try await pass(Self.books("C1"), at: "2026-03-02T10:00:00Z") == 0)
    #expect(try await pass(Self.books("C1", "C2"), at: moment) == status)
    // The team hears of it at once.
    #expect(Self.lines("team.jsonl", in: folder) == 3)
    #expect(Self.lines("out.jsonl", in: folder) == (status == 75 ? 2 : 3))
    let preview = try await binary.run(["preview", "--now", moment], in: folder)
    #expect(preview.output.contains("is back") == (status == 75))
  }
}
