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

  private func recordedSync() async throws -> (Snapshot, PollResult) {
    let replay = try Replay("\(folder)/recorded/xero")
    let emitted = Emitted()
    let result = try await xero().poll(request(), over: session(replay.transport())) {
      await emitted.add($0)
    }
    var snapshot = Snapshot(source: "books")
    for change in await emitted.changes { snapshot.apply(change) }
    return (snapshot, result)
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

  @Test func asManyPassesAsOneLikesFollow() async throws {
    let (books, first) = try await recordedSync()
    let replay = try Replay("\(folder)/recorded/xero")
    var cursor = first.cursor
    for _ in 0..<3 {
      let result = try await xero().poll(
        request(cursor: cursor, known: Set(books.accounts.keys)),
        over: session(replay.transport())
      ) { _ in Issue.record("nothing has changed") }
      #expect(result.isUnchanged)
      cursor = result.cursor
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
