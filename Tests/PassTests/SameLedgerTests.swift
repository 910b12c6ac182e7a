import Foundation
import Pass
import Receivables
import Testing

/// One ledger of 60 invoices, 8 credits and two currencies, as four platforms and CSV tell it
/// (Tests/Fixtures/ledger/make.py): the balances, buckets and alerts are the same for all.
struct SameLedgerTests {
  @Test func whoeverTellsTheLedgerTheNumbersAndAlertsAreTheSame() async throws {
    let books = try SameLedger()
    let first = try await books.pass("first", at: "2026-11-22T20:00:00Z")
    #expect(first.sources.map(\.status) == Array(repeating: .polled, count: 5))
    // QuickBooks' reports agree with its documents.
    #expect(first.sources.flatMap(\.notices) == [])
    try expectSameNumbers(first, "first")
    expectSameAlerts(
      try await books.takeAlerts(),
      """
      Bo Lindqvist | due-soon | 1 crossed reminder
      Dot & Sons Ltd | overdue | 1 crossed reminder
      Emil Roth | large | 1 crossed reminder
      Emil Roth | old | 1 crossed reminder
      Emil Roth | overdue | 2 crossed firm
      Māia Te Rangi | old | 1 crossed reminder
      Māia Te Rangi | overdue | 3 crossed escalate
      O'Neill Bros | large | 1 crossed reminder
      O'Neill Bros | overdue | 2 crossed firm
      Pat "Patch" Quinn | overdue | 2 crossed firm
      Rua Ltd | old | 1 crossed reminder
      Rua Ltd | overdue | 2 crossed firm
      Tui Trust | old | 1 crossed reminder
      Una Pōtiki | overdue | 2 crossed firm
      Vic Adams | large | 1 crossed reminder
      Vic Adams | old | 1 crossed reminder
      Vic Adams | overdue | 3 crossed escalate
      Xia Ortiz | large | 1 crossed reminder
      Xia Ortiz | old | 1 crossed reminder
      Xia Ortiz | overdue | 3 crossed escalate
      Yan Novák | old | 1 crossed reminder
      Yan Novák | overdue | 3 crossed escalate
      """
    )

    let second = try await books.pass("unchanged", at: "2026-11-22T21:00:00Z")
    #expect(second.sources.map(\.status) == Array(repeating: .unchanged, count: 5))
    try expectSameNumbers(second, "first")
    #expect(try await books.takeAlerts().values.flatMap { $0 } == [])

    // Overnight one customer pays what is late, an invoice is voided, a credit is applied.
    let third = try await books.pass("changed", at: "2026-11-23T20:00:00Z")
    #expect(third.sources.map(\.status) == Array(repeating: .polled, count: 5))
    try expectSameNumbers(third, "changed")
    expectSameAlerts(
      try await books.takeAlerts(),
      """
      Bo Lindqvist | due-soon | 1 resolved resolved
      Bo Lindqvist | overdue | 1 crossed reminder
      Dot & Sons Ltd | overdue | 2 escalated firm
      Una Pōtiki | overdue | 2 resolved resolved
      Vic Adams | large | 1 resolved resolved
      Vic Adams | old | 1 resolved resolved
      Vic Adams | overdue | 3 resolved resolved
      Wen Li | overdue | 2 crossed firm
      """
    )

    let whole = try await SameLedger().pass("full", at: "2026-11-23T20:00:00Z")
    try expectSameNumbers(whole, "changed")
    for (delta, full) in zip(third.sources, whole.sources) {
      #expect(delta.snapshot.items == full.snapshot.items, "\(delta.name)")
    }
  }

  /// Balance, overdue balance, buckets and days overdue of every account against expected.csv, and
  /// the invoices one by one against those of the CSV ledger.
  private func expectSameNumbers(_ report: PassReport, _ pass: String) throws {
    let expected = try SameLedger.expected(pass)
    #expect(expected.count > 10)
    for source in report.sources {
      // Stripe lists no customer without an open invoice (docs/sources/stripe.md).
      let left = source.type == "stripe" ? expected.filter { $0.key != "Quay Holdings" } : expected
      let found = SameLedger.numbers(report, source.name)
      for name in Set(left.keys).union(found.keys).sorted() {
        #expect(found[name] == left[name], "\(source.name), \(pass): \(name)")
      }
    }
    let invoices = report.sources.map { SameLedger.invoices($0.snapshot) }
    #expect(invoices[0].count > 30)
    for (source, told) in zip(report.sources, invoices) {
      #expect(told.subtracting(invoices[0]).sorted() == [], "\(source.name), \(pass)")
      #expect(invoices[0].subtracting(told).sorted() == [], "\(source.name), \(pass)")
    }
  }

  private func expectSameAlerts(_ alerts: [String: [SameLedger.Alert]], _ expected: String) {
    let file = alerts["file"] ?? []
    #expect(file.map(\.summary) == expected.split(separator: "\n").map(String.init))
    #expect(alerts.keys.sorted() == ["file", "freshbooks", "quickbooks", "stripe", "xero"])
    for (source, told) in alerts {
      #expect(told.map(\.summary) == file.map(\.summary), "\(source)")
      // Their words too: amounts, dates, the invoices.
      for (mine, other) in zip(told, file) { #expect(mine.words == other.words, "\(source)") }
    }
  }
}
