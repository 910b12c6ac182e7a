import Pass
import Receivables

/// What the accounts of a table's rows owe, each once; never added over currencies.
struct PreviewTotals {
  struct Sum {
    var overdue: Money
    var balance: Money
    var accounts: Int
  }

  /// By what each rule takes accounts apart, where it does.
  private let kinds: [String: String]

  /// - Parameter all: the rows of the whole pass.
  init(_ all: [DecisionRow]) {
    var kinds: [String: String] = [:]
    for row in all {
      guard let rule = row.rule, let end = row.facts.part.firstIndex(of: ":") else { continue }
      kinds[rule] = String(row.facts.part[..<end])
    }
    self.kinds = kinds
  }

  /// Of an account that is there as a whole, that; else its parts, those of the tags that come to
  /// most where several kinds of tags take it apart.
  /// - Throws: `.overflow`.
  func sums(of rows: [DecisionRow]) throws(MoneyError) -> [Currency: Sum] {
    var sums: [Currency: Sum] = [:]
    let debts = Dictionary(grouping: rows) { "\($0.facts.account.key) \($0.facts.currency)" }
    for rows in debts.values {
      let views = Dictionary(grouping: rows) { $0.rule.flatMap { kinds[$0] } ?? "" }
      guard let currency = rows.first?.facts.currency else { continue }
      var most: Sum?
      for rows in views[""].map({ [$0] }) ?? Array(views.values) {
        let sum = try Self.sum(of: rows, currency)
        if most.map({ sum.overdue.minorUnits > $0.overdue.minorUnits }) ?? true { most = sum }
      }
      guard let most else { continue }
      let before =
        sums[currency] ?? Sum(overdue: .zero(currency), balance: .zero(currency), accounts: 0)
      sums[currency] = Sum(
        overdue: try before.overdue.adding(most.overdue),
        balance: try before.balance.adding(most.balance),
        accounts: before.accounts + 1
      )
    }
    return sums
  }

  /// Each part once.
  private static func sum(
    of rows: [DecisionRow],
    _ currency: Currency
  ) throws(MoneyError) -> Sum {
    var seen: Set<String> = []
    var sum = Sum(overdue: .zero(currency), balance: .zero(currency), accounts: 1)
    for row in rows where seen.insert(row.facts.part).inserted {
      sum.overdue = try sum.overdue.adding(row.facts.overdueBalance)
      sum.balance = try sum.balance.adding(row.facts.balance)
    }
    return sum
  }
}
