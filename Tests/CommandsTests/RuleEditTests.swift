import Foundation
import Support
import Testing

/// A rule that is edited while its episodes are open.
struct RuleEditTests {
  private static func config(_ levels: Int) -> String {
    """
    version: 1
    organisation: Harbour Lettings
    timezone: Pacific/Auckland
    sources: { books: { type: csv, path: books.csv } }
    channels:
      letters: { type: file, path: letters.jsonl, audience: customer }
    rules:
      - name: rent
        when: { balance: overdue, over: 500 }
        repeat: 7d
        levels:

    """ + (0..<levels).map { "      - { after: \($0 * 3)d, notify: [letters] }\n" }.joined()
  }

  @Test func fewerLevelsThanWereToldGoOnAtTheLastOfThem() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    try folder.write(Self.config(3), to: "balancealert.yaml")
    try folder.write(
      """
      account_id,account_name,document_id,due_date,currency,amount_due
      C1,Ann Lee,INV-1,2025-02-03,NZD,620.50

      """, to: "books.csv")
    func pass(_ day: Int) async throws -> String {
      let result = try await binary.run(
        ["run", "--now", "2026-03-\(day)T08:00:00Z"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    _ = try await pass(10)
    _ = try await pass(13)
    #expect(try await pass(16).contains("1 escalated"))
    try folder.write(Self.config(1), to: "balancealert.yaml")
    #expect(try await pass(17).contains("none"))
    #expect(try await pass(24).contains("1 persisting"))
    #expect(folder.read("letters.jsonl")?.split(separator: "\n").count == 4)
  }
}
