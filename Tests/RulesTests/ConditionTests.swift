import Receivables
import Rules
import Support
import Testing

struct ConditionTests {
  private let today = Day(number: 20_000)

  private func checks(
    _ condition: Condition,
    _ owes: String,
    _ code: String = "NZD",
    _ change: (inout ScenarioAccount) throws -> Void = { _ in }
  ) throws -> [Check] {
    var account = ScenarioAccount(currency: try Currency(code))
    try change(&account)
    let rule = Rule(
      name: "rule",
      when: condition,
      levels: [Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [], template: ""))]
    )
    return try Evaluator.decide(
      rule,
      account.facts(owes, on: today),
      episode: nil,
      now: Now(Zone.utc.instant(of: today), in: .utc)
    ).checks
  }

  private func holds(_ condition: Condition, _ owes: String, _ code: String = "NZD") throws -> Bool
  {
    let checks = try checks(condition, owes, code)
    return !checks.isEmpty && checks.allSatisfy(\.holds)
  }

  @Test("A basis is total, overdue, a bucket, or a bucket and all older ones")
  func bases() throws {
    let owes = "1@-5,2@10,4@45,8@70,16@100"
    let facts = try ScenarioAccount(currency: Currency("NZD")).facts(owes, on: today)
    let expected = [
      ("total", "31.00"), ("overdue", "30.00"), ("current", "1.00"), ("1-30", "2.00"),
      ("31-60", "4.00"), ("61-90", "8.00"), ("90+", "16.00"), ("1+", "30.00"), ("31+", "28.00"),
      ("61+", "24.00"),
    ]
    for (name, amount) in expected {
      let basis = try #require(BalanceBasis(name, aging: .standard), "\(name)")
      #expect(try basis.amount(of: facts).decimalString == amount, "\(name)")
    }
    for name in ["", "30", "30+", "91+", "3+", "31-61", "Total", "+", "current+"] {
      #expect(BalanceBasis(name, aging: .standard) == nil, "\(name)")
    }
    #expect(BalanceBasis("8+", aging: Aging(bounds: [7, 14])) != nil)
  }

  @Test("Each basis has a name that reads in a sentence")
  func words() throws {
    let sentence = { (name: String) throws -> String? in
      let basis = try #require(BalanceBasis(name, aging: .standard))
      return try checks(Condition(basis: basis), "5@45").first?.sentence
    }
    #expect(try sentence("total") == "balance NZD 5.00 is over NZD 0.00")
    #expect(try sentence("overdue") == "overdue balance NZD 5.00 is over NZD 0.00")
    #expect(try sentence("31+") == "balance 31+ days overdue NZD 5.00 is over NZD 0.00")
    #expect(try sentence("current") == "balance not yet due NZD 0.00 is not over NZD 0.00")
  }

  @Test("`over` is strictly above, `at_least` is not")
  func comparison() throws {
    let over = Condition(threshold: Thresholds(fallback: "500"))
    #expect(try !holds(over, "500@1"))
    #expect(try holds(over, "500.01@1"))
    let atLeast = Condition(comparison: .atLeast, threshold: Thresholds(fallback: "500"))
    #expect(try !holds(atLeast, "499.99@1"))
    #expect(try holds(atLeast, "500@1"))
  }

  @Test("A currency's own value wins over the default; with neither it is outside")
  func thresholds() throws {
    let both = Condition(threshold: Thresholds(byCurrency: ["NZD": "500"], fallback: "300"))
    #expect(try !holds(both, "400@1", "NZD"))
    #expect(try holds(both, "400@1", "AUD"))
    let one = Condition(threshold: Thresholds(byCurrency: ["NZD": "500"], fallback: nil))
    #expect(try checks(one, "900@1", "AUD").isEmpty)
  }

  @Test("A default with more decimals than a currency has still means what it says")
  func decimals() throws {
    let over = Condition(threshold: Thresholds(fallback: "0.50"))
    #expect(try !holds(over, "", "JPY"))
    #expect(try holds(over, "1@1", "JPY"))
    #expect(try !holds(over, "0.50@1", "NZD"))
    #expect(try holds(over, "0.501@1", "KWD"))
    let atLeast = Condition(comparison: .atLeast, threshold: Thresholds(fallback: "1.005"))
    #expect(try !holds(atLeast, "1@1", "NZD"))
    #expect(try holds(atLeast, "1.01@1", "NZD"))
    #expect(try !holds(atLeast, "1@1", "JPY"))
    #expect(try holds(atLeast, "2@1", "JPY"))
    let negative = Thresholds(fallback: "-0.5")
    let yen = try Currency("JPY")
    #expect(negative.amount(in: yen)?.minorUnits == -1)
    #expect(negative.amount(in: yen, roundedUp: true)?.minorUnits == 0)
  }

  @Test("Credit is used over a percentage of the limit, of the same currency, at full width")
  func credit() throws {
    let condition = Condition(threshold: .zero, creditUsedOver: 90)
    func holds(_ owes: String, limit: String, _ code: String = "NZD") throws -> Bool {
      try checks(condition, owes) {
        $0.account.creditLimit = try Money(limit, currency: Currency(code))
      }.allSatisfy(\.holds)
    }
    #expect(try !holds("900@-5", limit: "1000"))
    #expect(try holds("900.01@-5", limit: "1000"))
    #expect(try !holds("900.01@-5", limit: "1000", "AUD"))
    #expect(try !holds("5@-5", limit: "0"))
    #expect(try holds("92233720368547758@-5", limit: "92233720368547758"))
    #expect(try !holds("80000000000000000@-5", limit: "92233720368547758"))
    let none = try checks(condition, "5@1").last
    #expect(none?.sentence == "the account has no credit limit in NZD")
  }

  @Test("Terms that were never seen to change are not a change")
  func terms() throws {
    let condition = Condition(threshold: .zero, termsChangedWithin: .days(30))
    func holds(_ daysAgo: Int?) throws -> Bool {
      try checks(condition, "5@-5") { account in
        account.termsChangedOn = daysAgo.map { today.adding(days: -$0) }
      }.allSatisfy(\.holds)
    }
    #expect(try !holds(nil))
    #expect(try holds(0))
    #expect(try holds(30))
    #expect(try !holds(31))
  }

  @Test("Due within three days means 0 to 3, and nothing overdue")
  func dueWithin() throws {
    let condition = Condition(threshold: .zero, dueWithinDays: 3)
    #expect(try holds(condition, "5@0"))
    #expect(try holds(condition, "5@-3"))
    #expect(try !holds(condition, "5@-4"))
    #expect(try holds(condition, "5@-9,5@-2"))
    #expect(try !holds(condition, "5@-2,5@1"))
    #expect(try !holds(condition, "5@-2,-5"))
  }

  @Test("What the platform collects, and what is promised, is owed, not chased, and said so")
  func notChased() throws {
    let account = ScenarioAccount(currency: try Currency("NZD"))
    var items = try account.items("100@50,40@10", on: today)
    let rule = { (basis: BalanceBasis) in
      Rule(
        name: "rule",
        when: Condition(basis: basis),
        levels: [Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [], template: ""))]
      )
    }
    func why(_ basis: BalanceBasis) throws -> String {
      let now = Now(Zone.utc.instant(of: today), in: .utc)
      return try Evaluator.decide(
        rule(basis), account.facts(items, on: today), episode: nil, now: now
      ).why
    }
    items[0].collection = .automatic
    items[1].collection = .automatic
    #expect(
      try why(.total)
        == "balance NZD 0.00 is not over NZD 0.00 (NZD 140.00 is collected automatically)"
    )
    items[0].collection = .manual
    items[0].promisedOn = today
    #expect(
      try why(.overdue)
        == "overdue balance NZD 0.00 is not over NZD 0.00 (NZD 40.00 is collected automatically,"
        + " NZD 100.00 is promised until \(today))"
    )
    #expect(try why(.total).hasPrefix("crossed: balance NZD 100.00"))
    items[0].promisedOn = today.adding(days: -1)
    #expect(try why(.overdue).hasPrefix("crossed: overdue balance NZD 100.00"))
  }
}
