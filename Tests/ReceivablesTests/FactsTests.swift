import Receivables
import Support
import Testing

struct FactsTests {
  private let today = Day(number: 20_000)

  private func account() throws -> ScenarioAccount {
    ScenarioAccount(currency: try Currency("NZD"))
  }

  private func facts(_ owes: String) throws -> Facts { try account().facts(owes, on: today) }

  @Test("Balance, overdue balance, buckets and days overdue are of what credits leave uncovered")
  func figures() throws {
    let facts = try facts("300@95,200@45,100@10,50@0,40@-3,-350")
    #expect(facts.balance.decimalString == "340.00")
    #expect(facts.overdueBalance.decimalString == "250.00")
    #expect(facts.aging.map(\.decimalString) == ["90.00", "100.00", "150.00", "0.00", "0.00"])
    #expect(facts.daysOverdue == 45)
    #expect(facts.oldestDueDate == today.adding(days: -45))
    #expect(facts.nextDueInDays == 0)
  }

  @Test("An account that owes nothing has zeros, and no dates")
  func nothing() throws {
    let facts = try facts("")
    #expect(facts.balance.isZero && facts.overdueBalance.isZero)
    #expect(facts.aging.count == 5 && facts.aging.allSatisfy(\.isZero))
    #expect(facts.daysOverdue == 0 && facts.oldestDueDate == nil && facts.nextDueInDays == nil)
  }

  @Test("An account in credit has a negative balance and nothing overdue")
  func inCredit() throws {
    let facts = try facts("100@40,-150")
    #expect(facts.balance.decimalString == "-50.00")
    #expect(facts.overdueBalance.isZero)
    #expect(facts.daysOverdue == 0)
    #expect(facts.invoices.isEmpty)
  }

  @Test("When nothing is overdue the oldest due date is the next to come")
  func current() throws {
    let facts = try facts("100@-9,100@-4")
    #expect(facts.oldestDueDate == today.adding(days: 4))
    #expect(facts.nextDueInDays == 4)
    #expect(facts.daysOverdue == 0)
  }

  @Test("An invoice that is due today is not overdue")
  func dueToday() throws {
    let facts = try facts("100@0")
    #expect(facts.overdueBalance.isZero && facts.daysOverdue == 0 && facts.nextDueInDays == 0)
  }

  @Test("A disputed invoice counts in the balance, and not in what is overdue or chased")
  func disputed() throws {
    var items = try account().items("100@40,70@10", on: today)
    items[0].disputed = true
    let facts = try account().facts(items, on: today)
    #expect(facts.balance.decimalString == "170.00")
    #expect(facts.overdueBalance.decimalString == "70.00")
    #expect(facts.daysOverdue == 10)
    #expect(facts.invoices.count == 2)
    #expect(facts.collectedAutomatically.isZero)
  }

  @Test("What the platform collects is not chased, unless its last attempt failed or a rule asks")
  func automatic() throws {
    var items = try account().items("100@40,70@10,5@2", on: today)
    items[0].collection = .automatic
    items[1].collection = .automaticFailed
    let facts = try account().facts(items, on: today)
    #expect(facts.overdueBalance.decimalString == "75.00")
    #expect(facts.collectedAutomatically.decimalString == "100.00")
    let all = try account().facts(items, on: today, includeAutomatic: true)
    #expect(all.overdueBalance.decimalString == "175.00")
    #expect(all.daysOverdue == 40)
    #expect(all.collectedAutomatically.isZero)
  }

  @Test("A sum that cannot be represented is an error, not a wrong number")
  func overflow() throws {
    let most = Money(minorUnits: .max, currency: try Currency("NZD"))
    var items = try account().items("1@5,1@6", on: today)
    for index in items.indices { items[index].amountDue = most }
    #expect(throws: MoneyError.self) { try account().facts(items, on: today) }
  }

  @Test(
    "The buckets add up to the chased, uncovered total, the late ones to the overdue balance"
  )
  func sums() throws {
    for seed in RandomSeeds.first(300) {
      var random = SplitMix64(seed: seed)
      var account = try account()
      account.aging = random.pick([.standard, Aging(bounds: [7]), Aging(bounds: [15, 45])])
      account.credits = random.pick(CreditPolicy.allCases)
      let items = randomItems(account, today, &random)
      let facts = try account.facts(items, on: today)
      let buckets = facts.aging.map(\.minorUnits)
      let chased = facts.invoices.filter(\.isChased).map(\.uncovered.minorUnits)
      #expect(buckets.reduce(0, +) == chased.reduce(0, +), "seed \(seed)")
      #expect(
        buckets.dropFirst().reduce(0, +) == facts.overdueBalance.minorUnits,
        "seed \(seed)"
      )
      #expect((facts.daysOverdue > 0) == facts.overdueBalance.isPositive, "seed \(seed)")
      #expect((facts.nextDueInDays != nil) == (buckets[0] > 0), "seed \(seed)")
    }
  }
}
