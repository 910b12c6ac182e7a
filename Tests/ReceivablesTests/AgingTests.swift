import Receivables
import Support
import Testing

struct AgingTests {
  private let today = Day(number: 20_000)

  private func account(_ credits: CreditPolicy = .oldestFirst) throws -> ScenarioAccount {
    ScenarioAccount(currency: try Currency("NZD"), credits: credits)
  }

  /// Uncovered amounts with their days overdue, as `300@45`.
  private func uncovered(
    _ owes: String,
    _ credits: CreditPolicy = .oldestFirst
  ) throws -> [String] {
    try Aging.uncovered(account(credits).items(owes, on: today), credits: credits, today: today)
      .map { "\($0.uncovered.decimalString)@\($0.daysOverdue)" }
  }

  @Test("Buckets are named by their first and last day")
  func names() {
    #expect(Aging.standard.names == ["current", "1-30", "31-60", "61-90", "90+"])
    #expect(Aging(bounds: [7]).names == ["current", "1-7", "7+"])
    #expect(Aging(bounds: []).names == ["current", "0+"])
  }

  @Test("An invoice is overdue the day after it was due, and moves on the day after a bound")
  func buckets() {
    let expected = [
      (-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (9999, 4),
    ]
    for (days, bucket) in expected {
      #expect(Aging.standard.bucket(daysOverdue: days) == bucket, "\(days)")
    }
  }

  @Test("Credits cover the oldest due date first")
  func oldestFirst() throws {
    #expect(try uncovered("100@5,200@40,50@-3,-250") == ["50.00@5", "50.00@-3"])
    #expect(try uncovered("100@5,200@40,-200") == ["100.00@5"])
    #expect(try uncovered("100@5,200@40,-120,-30") == ["50.00@40", "100.00@5"])
    #expect(try uncovered("100@5,-100.01") == [])
    #expect(try uncovered("-100") == [])
    #expect(try uncovered("") == [])
  }

  @Test("Of two invoices that were due on one day the one issued first is covered, then by number")
  func ties() throws {
    func left(_ first: (issued: Int, number: String), _ second: (issued: Int, number: String))
      throws -> [String]
    {
      var items = try account().items("100@5,100@5,-100", on: today)
      for (place, has) in [first, second].enumerated() {
        items[place].issueDate = Day(number: has.issued)
        items[place].number = has.number
      }
      items.swapAt(0, 1)
      return try Aging.uncovered(items, credits: .oldestFirst, today: today).map(\.item.id)
    }
    #expect(try left((19_900, "B"), (19_901, "A")) == ["doc-2"])
    #expect(try left((19_901, "A"), (19_900, "B")) == ["doc-1"])
    #expect(try left((19_900, "A"), (19_900, "B")) == ["doc-2"])
    #expect(try left((19_900, "B"), (19_900, "A")) == ["doc-1"])
    #expect(try left((19_900, "A"), (19_900, "A")) == ["doc-2"])
  }

  @Test("With `credits: ignore` credits cover nothing")
  func ignored() throws {
    #expect(try uncovered("100@5,200@40,-250", .ignore) == ["200.00@40", "100.00@5"])
  }

  @Test("A disputed invoice, and one that the platform collects, keep no credit from the others")
  func notChased() throws {
    var items = try account().items("100@50,100@40,100@30,-150", on: today)
    items[0].disputed = true
    items[1].collection = .automatic
    let left = try Aging.uncovered(items, credits: .oldestFirst, today: today)
    #expect(left.map(\.item.id) == ["doc-1", "doc-2"])
    #expect(left.map(\.isChased) == [false, false])
    let all = try Aging.uncovered(
      items,
      credits: .oldestFirst,
      today: today,
      includeAutomatic: true
    )
    #expect(all.map(\.item.id) == ["doc-1", "doc-3"])
    items[1].collection = .automaticFailed
    let failed = try Aging.uncovered(items, credits: .oldestFirst, today: today)
    #expect(failed.map(\.item.id) == ["doc-1", "doc-3"])
  }

  @Test("Nothing is lost: what is uncovered, less the credit that is left, is the balance")
  func conservation() throws {
    let account = try account()
    for seed in RandomSeeds.first(300) {
      var random = SplitMix64(seed: seed)
      let items = randomItems(account, today, &random)
      let facts = try account.facts(items, on: today)
      let covered = zip(facts.invoices, facts.invoices.dropFirst()).allSatisfy {
        ($0.item.dueDate ?? today) <= ($1.item.dueDate ?? today)
      }
      #expect(covered, "seed \(seed): the oldest stands first")
      let credit = items.filter { $0.kind == .credit }.reduce(0) { $0 + $1.amountDue.minorUnits }
      let invoiced = items.filter { $0.kind == .invoice }
        .reduce(0) { $0 + $1.amountDue.minorUnits }
      let uncovered = facts.invoices.reduce(0) { $0 + $1.uncovered.minorUnits }
      let used = invoiced - uncovered
      #expect(used >= 0 && used <= credit, "seed \(seed)")
      #expect(facts.balance.minorUnits == uncovered - (credit - used), "seed \(seed)")
      // Credit is left over only when every chased invoice is covered.
      let chased = facts.invoices.contains { $0.isChased }
      #expect(used == credit || !chased, "seed \(seed)")
    }
  }
}

/// Up to eight invoices and credits, some disputed, some collected by the platform.
func randomItems(
  _ account: ScenarioAccount,
  _ today: Day,
  _ random: inout SplitMix64
) -> [OpenItem] {
  (0..<random.int(0...8)).map { index in
    let isCredit = random.once(in: 3)
    let amount = Money(minorUnits: Int64(random.int(1...50_000)), currency: account.currency)
    return OpenItem(
      id: "doc-\(index)",
      accountID: account.account.key.id,
      kind: isCredit ? .credit : .invoice,
      number: "\(index)",
      dueDate: isCredit ? nil : today.adding(days: -random.int(-40...140)),
      total: amount,
      amountDue: amount,
      disputed: random.once(in: 6),
      collection: random.pick([.manual, .manual, .manual, .automatic, .automaticFailed])
    )
  }
}
