import Accounting
import Foundation
import Receivables
import Support
import Testing
import Wire

/// The example that the documentation shows, as its files stand.
struct HarbourLettingsTests {
  private let folder = "Examples/harbour-lettings"

  private func xero() -> XeroSource {
    var problems: [String] = []
    return source(
      XeroSource.self,
      [("tenant_id", ["45e4708e-d862-4111-ab3a-dd8cd03913e1"])],
      problems: &problems
    )
  }

  private func recordings() throws -> ReplayTransport {
    try ReplayTransport(folder: repository("\(folder)/recorded").path())
  }

  private func recordedSync() async throws -> (Snapshot, PollResult) {
    var books = Books()
    let result = try await poll(&books)
    return (books.snapshot, result)
  }

  /// What a state file keeps from pass to pass.
  private struct Books {
    var snapshot = Snapshot(source: "books")
    var cursor: String?
  }

  /// One poll as a process of its own does it: nothing is counted from one to the next.
  private func poll(_ books: inout Books) async throws -> PollResult {
    let emitted = Emitted()
    let result = try await xero().poll(
      request(cursor: books.cursor, known: Set(books.snapshot.accounts.keys)),
      over: session(recordings())
    ) { await emitted.add($0) }
    for change in await emitted.changes { books.snapshot.apply(change) }
    books.cursor = result.cursor
    return result
  }

  private func ledger() async throws -> Snapshot {
    var problems: [String] = []
    let csv = source(CSVSource.self, [("path", ["receivables.csv"])], problems: &problems)
    let bytes = Array(try Data(contentsOf: repository("\(folder)/receivables.csv")))
    let emitted = Emitted()
    let result = try await csv.poll(
      request(),
      over: session(ScriptedTransport(answering: Response(status: 200, body: bytes)))
    ) { await emitted.add($0) }
    #expect(result.notices == [])
    var snapshot = Snapshot(source: "books")
    for change in await emitted.changes { snapshot.apply(change) }
    return snapshot
  }

  /// `Aroha Ngata NZD 1240.00 1240.00`: name, balance and overdue balance, by name.
  private func balances(_ snapshot: Snapshot) throws -> [String] {
    let today = try request().now.today
    var lines: [String] = []
    for account in snapshot.accounts.values {
      let items = snapshot.items.values.filter { $0.accountID == account.key.id }
      for (currency, items) in Dictionary(grouping: items, by: \.currency) {
        let facts = try Facts(
          account: account,
          currency: currency,
          items: items,
          aging: .standard,
          credits: .oldestFirst,
          today: today
        )
        lines.append(
          "\(account.name) \(facts.balance) \(facts.overdueBalance.decimalString) "
            + "\(facts.daysOverdue) \(account.email ?? "-") \(account.phone ?? "-")"
        )
      }
    }
    return lines.sorted()
  }

  @Test func theRecordedSyncIsTheLedgerOfTheFile() async throws {
    let (books, result) = try await recordedSync()
    #expect(result.isComplete && result.notices == [])
    #expect(books.accounts.count == 42)
    #expect(books.items.values.filter { $0.kind == .invoice }.count == 56)
    let file = try await balances(ledger())
    let apart = try Set(balances(books)).symmetricDifference(file)
    // The dispute stands in the file's row; for Xero, in the directory.
    #expect(apart.filter { !$0.hasPrefix("Ines Duarte ") } == [])
    #expect(try balances(books).contains { $0.hasPrefix("Aroha Ngata NZD 1240.00 1240.00 12 ") })
    #expect(try balances(books).contains { $0.hasPrefix("Chloe Tan NZD 0.00 0.00 0 ") })
    #expect(try balances(books).contains { $0.hasPrefix("Grace Li NZD -300.00 0.00 0 ") })
  }

  /// The lines of one name, without its address.
  private func owed(_ name: String, _ books: Books) throws -> [String] {
    try balances(books.snapshot).filter { $0.hasPrefix("\(name) ") }
      .map { $0.dropFirst(name.count + 1).split(separator: " ").prefix(4).joined(separator: " ") }
  }

  @Test func theDeltasTellThreeWeeks() async throws {
    var books = Books()
    _ = try await poll(&books)
    let anHourLater = try await poll(&books)
    #expect(anHourLater.isUnchanged && !anHourLater.isComplete)

    let firstWeek = try await poll(&books)
    #expect(!firstWeek.isUnchanged && !firstWeek.isComplete && firstWeek.notices == [])
    // Paid; voided; a credit note applied.
    for name in ["Aroha Ngata", "Rangi Tūhoe", "Chloe Tan"] { #expect(try owed(name, books) == []) }
    // Under the threshold of 200.00, not under clear_under.
    #expect(try owed("Kiri Moana", books) == ["NZD 150.00 150.00 18"])
    #expect(try owed("Marama Hughes", books) == ["NZD 890.00 0.00 0"])
    let addresses = Set(books.snapshot.accounts.values.compactMap(\.email))
    #expect(addresses.contains("jonas.weber.akl@example.com"))
    #expect(!addresses.contains("jonas.weber@example.com"))
    // The contact that was merged into Kiri Moana's had nothing open, and is no account.
    #expect(books.snapshot.accounts.count == 43)

    let secondWeek = try await poll(&books)
    #expect(!secondWeek.isUnchanged && !secondWeek.isComplete)
    #expect(try owed("Kiri Moana", books) == [])
    #expect(try owed("Aroha Ngata", books) == ["NZD 1240.00 0.00 0"])
    #expect(try owed("Eru Parata", books) == ["NZD 1240.00 1240.00 95"])
    #expect(try owed("Hemi Walker", books) == ["NZD -1040.00 0.00 0"])
    #expect(books.snapshot.items.count == 57)
  }

  @Test func asManyPassesAsOneLikesFollow() async throws {
    var books = Books()
    for _ in 0..<4 { _ = try await poll(&books) }
    let cursor = books.cursor
    for _ in 0..<3 {
      #expect(try await poll(&books).isUnchanged)
      #expect(books.cursor == cursor)
    }
  }

  @Test func theDirectoryNamesAccountsOfTheBooks() async throws {
    let bytes = Array(try Data(contentsOf: repository("\(folder)/accounts.csv")))
    let directory = try Directory(parsing: bytes, file: "accounts.csv")
    #expect(directory.notices == [])
    let (books, _) = try await recordedSync()
    #expect(Set(directory.entries.keys.map(\.id)) == Set(books.accounts.keys))
    for (key, entry) in directory.entries { #expect(entry.name == books.accounts[key.id]?.name) }
  }
}
