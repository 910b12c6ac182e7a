import Receivables
import Rules
import Support
import Testing

struct SilenceTests {
  private static let today = Day(number: 20_000)

  private func facts(_ owed: String, tags: [String] = []) throws -> Facts {
    var account = Account(key: AccountKey(source: "books", id: "C1"), name: "Ada")
    account.tags = tags
    return try ScenarioAccount(account, currency: Currency("NZD")).facts(owed, on: Self.today)
  }

  private func silence(
    until ahead: Int,
    _ matcher: Silence.Matcher = .init(),
    promise: Silence.Promise? = nil,
    expired: Bool = false
  ) -> Silence {
    Silence(
      createdAt: Instant(seconds: 0), author: "ada", reason: "x",
      until: Self.today.adding(days: ahead), matcher: matcher, promise: promise,
      expired: expired ? .init(at: Instant(seconds: 0), by: "ben") : nil)
  }

  @Test(
    "All that a matcher names must match",
    arguments: [
      (Silence.Matcher(), true),
      (.init(source: "books"), true), (.init(source: "annex"), false),
      (.init(source: "books", account: "C1"), true), (.init(account: "C2"), false),
      (.init(rule: "rent"), true), (.init(rule: "large"), false),
      (.init(tag: "north"), true), (.init(tag: "south"), false),
      (.init(under: "620.01"), true), (.init(under: "620"), false),
      (.init(over: "619.99"), true), (.init(over: "620"), false),
      (.init(tag: "north", under: "600"), false),
    ] as [(Silence.Matcher, Bool)]
  )
  func matches(matcher: Silence.Matcher, expected: Bool) throws {
    #expect(matcher.matches("rent", try facts("620@10", tags: ["north"])) == expected)
  }

  @Test("The last day is silent; a silence that was ended is over")
  func lastDay() {
    #expect(silence(until: 0).isActive(on: Self.today))
    #expect(!silence(until: -1).isActive(on: Self.today))
    #expect(!silence(until: 5, expired: true).isActive(on: Self.today))
  }

  @Test("A promise is broken when its day has passed and less than the amount was paid")
  func promises() throws {
    let nzd = try Currency("NZD")
    func money(_ text: String) throws -> Money { try Money(text, currency: nzd) }
    let then = try facts("400@20,220@10")
    let promise = Silence.Promise(
      amount: try money("300"), documents: then.invoices.map(\.item.id), openThen: then.balance)
    func broken(_ owed: String, until ahead: Int = -1, expired: Bool = false) throws -> Bool {
      let silence = silence(until: ahead, promise: promise, expired: expired)
      return silence.broken(try facts(owed), on: Self.today) != nil
    }
    #expect(try broken("400@20,220@10"))
    #expect(try broken("101@20,220@10"))
    #expect(try !broken("100@20,220@10"))
    #expect(try !broken(""))
    // Before its day has passed, and when somebody ended it.
    #expect(try !broken("400@20,220@10", until: 0))
    #expect(try !broken("400@20,220@10", expired: true))
    // What came later does not count.
    #expect(try !broken("100@20,220@10,900@1"))
  }

  @Test("It is told once, at the level that is due")
  func toldOnce() throws {
    let rule = Rule(
      name: "rent",
      levels: [0, 14].map {
        Rule.Level(
          trigger: .after(.days($0)), notice: .init(notify: [["sms"]], template: "reminder"))
      })
    let facts = try facts("620@40")
    let promise = BrokenPromise(
      amount: facts.balance, promisedFor: Self.today.adding(days: -1))
    func decide(_ alerts: [PastAlert], openedDaysAgo days: Int) throws -> AlertPlan? {
      let now = Now(Zone.utc.instant(of: Self.today, second: 36_000), in: .utc)
      let episode = Episode(
        number: 1, rule: "rent", account: facts.account.key, currency: facts.currency,
        openedAt: now.instant.adding(seconds: -Int64(days) * 86_400), alerts: alerts)
      return try Evaluator.decide(rule, facts, episode: episode, promise: promise, now: now).alert
    }
    func past(_ daysAgo: Int, _ reason: Reason, _ number: Int = 1) -> PastAlert {
      PastAlert(
        number: number, level: 1, reason: reason,
        at: Zone.utc.instant(of: Self.today.adding(days: -daysAgo), second: 36_000),
        standing: .sent)
    }
    let within = try decide([past(2, .crossed)], openedDaysAgo: 2)
    #expect(within?.reason == .promiseBroken && within?.level == 1)
    let late = try decide([past(15, .crossed)], openedDaysAgo: 15)
    #expect(late?.reason == .promiseBroken && late?.level == 2)
    let told = try decide([past(2, .crossed), past(0, .promiseBroken, 2)], openedDaysAgo: 2)
    #expect(told == nil)
    // An older promise that was broken and told does not keep a new one from being told.
    let second = try decide([past(5, .promiseBroken)], openedDaysAgo: 5)
    #expect(second?.reason == .promiseBroken)
  }
}
