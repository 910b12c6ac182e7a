import Foundation
import Receivables
import Rules
import Support
import Testing

/// The tables of SPEC.md "Evaluating", a row a day. `UPDATE_GOLDENS=1` fills the result columns.
struct EvaluatorTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Tables")

  private static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".table") }.sorted()

  @Test("Every day of a table comes out as it is written", arguments: names)
  func table(name: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    var table = try RuleTable(text)
    #expect(Golden.difference(of: try table.play(), from: "Tables/\(name)") == nil)
  }

  @Test("No table went missing")
  func complete() { #expect(Self.names.count >= 20) }

  // MARK: Outside

  private func decide(
    _ match: Rule.Match,
    threshold: Thresholds = .zero,
    _ change: (inout Account) -> Void = { _ in },
    episode: Episode? = nil
  ) throws -> Decision {
    let today = Day(number: 20_000)
    var account = ScenarioAccount(currency: try Currency("NZD"))
    account.account.tags = ["residential", "north"]
    change(&account.account)
    let rule = Rule(
      name: "rent",
      match: match,
      when: Condition(threshold: threshold),
      levels: [
        Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [["team"]], template: "t"))
      ],
      onResolved: .init(notify: [["team"]], template: "resolved")
    )
    return try Evaluator.decide(
      rule,
      account.facts("620@8", on: today),
      episode: episode,
      now: Now(Zone.utc.instant(of: today), in: .utc)
    )
  }

  @Test("A rule without `match` is about every account")
  func matchAll() throws {
    let decision = try decide(.init())
    #expect(decision.step == .open)
    #expect(decision.alert?.reason == .crossed)
  }

  @Test("Source, currency, every tag and no exception: all must fit, and what does not is said")
  func match() throws {
    let fits = Rule.Match(
      sources: ["stripe", "books"],
      currencies: [try Currency("NZD")],
      tags: ["north", "residential"],
      except: ["B7", "stripe:A1"]
    )
    #expect(try decide(fits).step == .open)
    let cases: [(Rule.Match, String)] = [
      (.init(sources: ["stripe"]), "the rule is not about source books"),
      (.init(currencies: [try Currency("AUD")]), "the rule is not about NZD"),
      (.init(tags: ["residential", "south"]), "the account is not tagged south"),
      (.init(except: ["A1"]), "the rule makes an exception for this account"),
      (.init(except: ["books:A1"]), "the rule makes an exception for this account"),
    ]
    for (match, why) in cases {
      let decision = try decide(match)
      #expect(decision.step == .outside)
      #expect(decision.alert == nil)
      #expect(decision.why == why)
    }
  }

  @Test("An account that a rule is no longer about leaves its episode without a `resolved`")
  func leaves() throws {
    let currency = try Currency("NZD")
    let episode = Episode(
      number: 1,
      rule: "rent",
      account: AccountKey(source: "books", id: "A1"),
      currency: currency,
      openedAt: Instant(seconds: 0),
      alerts: [
        PastAlert(
          number: 1,
          level: 1,
          reason: .crossed,
          at: Instant(seconds: 0),
          standing: .sent
        )
      ]
    )
    let excepted = try decide(.init(except: ["A1"]), episode: episode)
    #expect(excepted.step == .close)
    #expect(excepted.alert == nil)
    let none = try decide(
      .init(),
      threshold: Thresholds(byCurrency: ["AUD": "1"], fallback: nil),
      episode: episode
    )
    #expect(none.step == .close)
    #expect(none.alert == nil)
    #expect(none.why == "the rule has no threshold for NZD")
  }

  @Test("The same input gives the same decision, with its whole working")
  func pure() throws {
    let a = try decide(.init(), threshold: Thresholds(fallback: "500"))
    #expect(try decide(.init(), threshold: Thresholds(fallback: "500")) == a)
    let check = try #require(a.checks.first)
    #expect(check.kind == .threshold && check.holds)
    #expect(check.required == "over NZD 500.00")
    #expect(check.found == "NZD 620.00")
    #expect(a.why == "crossed: balance NZD 620.00 is over NZD 500.00")
  }

  // MARK: The end

  private func ending(
    onResolved: Rule.Notice?,
    closing: Rule.Notice?,
    _ owes: String,
    excluded: Bool = false
  ) throws -> Decision {
    let today = Day(number: 20_000)
    let account = ScenarioAccount(currency: try Currency("NZD"))
    let level = Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [], template: "t"))
    var rule = Rule(name: "rent", levels: [level], onResolved: onResolved)
    rule.closing = closing
    if excluded { rule.match.except = [account.account.key.id] }
    let sent = PastAlert(
      number: 1, level: 1, reason: .crossed, at: Instant(seconds: 5), standing: .sent)
    return try Evaluator.decide(
      rule,
      account.facts(owes, on: today),
      episode: Episode(
        number: 1, rule: "rent", account: account.account.key, currency: try Currency("NZD"),
        openedAt: Instant(seconds: 5), alerts: [sent]),
      now: Now(Zone.utc.instant(of: today), in: .utc)
    )
  }

  @Test("What was opened on a platform of records is closed, whoever else is told")
  func recordsAreClosed() throws {
    let records = Rule.Notice(notify: [["board"], ["crm"]], template: "resolved")
    let team = Rule.Notice(notify: [["team"], ["board"]], template: "good-news")
    let alone = try ending(onResolved: nil, closing: records, "")
    #expect(alone.alert?.notice == records)
    #expect(alone.alert?.reason == .resolved)
    let both = try ending(onResolved: team, closing: records, "")
    #expect(both.alert?.notice.notify == [["team"], ["board"], ["crm"]])
    #expect(both.alert?.notice.template == "good-news")
    #expect(try ending(onResolved: nil, closing: nil, "").alert == nil)
  }

  @Test("An account that leaves the rule closes its records, and is resolved to nobody else")
  func recordsOfTheExcluded() throws {
    let records = Rule.Notice(notify: [["board"]], template: "resolved")
    let team = Rule.Notice(notify: [["team"]], template: "resolved")
    let excluded = try ending(onResolved: team, closing: records, "620@8", excluded: true)
    #expect(excluded.step == .close)
    #expect(excluded.alert?.notice == records)
    let nobody = try ending(onResolved: team, closing: nil, "620@8", excluded: true)
    #expect(nobody.step == .close)
    #expect(nobody.alert == nil)
  }
}
