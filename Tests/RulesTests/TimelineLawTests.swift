import Receivables
import Rules
import Support
import Testing

/// Laws that hold on any timeline, tried on random ones. A failure names its seed: `SEED=17`.
struct TimelineLawTests {
  /// An alert of an open episode that was sent.
  private struct Sent {
    let day: Day
    let instant: Instant
    let level: Int
  }

  private let zones = ["Pacific/Auckland", "Europe/Berlin", "America/New_York", "UTC"]

  @Test("Paid is never chased, levels never skip or fall, windows are kept, limits too")
  func laws() throws {
    for seed in RandomSeeds.first(250) {
      var random = SplitMix64(seed: seed)
      let rule = Self.rule(&random)
      let zone = try #require(Zone(random.pick(zones)))
      var walk = Debt(start: Day(number: random.int(20_000...20_700)))
      var timeline = Timeline(rule)
      var sent: [Sent] = []
      var numbers: Set<Int> = []
      for _ in 0..<60 {
        walk.step(&random)
        let account = ScenarioAccount(currency: try Currency("NZD"))
        let facts = try account.facts(walk.owes, on: walk.today)
        let now = Now(zone.instant(of: walk.today, second: random.int(0...86_399)), in: zone)
        if now.today != walk.today { continue }
        let dispatch = random.pick(
          [.sent, .sent, .sent, .failed, .waiting, .suppressed] as [Timeline.Dispatch]
        )
        let before = timeline
        let decision = try timeline.pass(facts, at: now, dispatch)
        func law(_ holds: Bool, _ text: String) {
          if !holds { Issue.record("seed \(seed), \(now.instant), \(decision.why): \(text)") }
        }
        if before.episode == nil { (sent, numbers) = ([], []) }
        if facts.balance.isZero {
          law(decision.alert == nil || decision.alert?.reason == .resolved, "paid, and chased")
        }
        if timeline.episode != nil, before.episode == nil {
          law(timeline.lastEpisode == before.lastEpisode + 1, "episodes count up by one")
        }
        guard let alert = decision.alert else { continue }
        if alert.reason == .resolved {
          law(decision.step == .close && !sent.isEmpty, "resolved, and nothing was said")
          continue
        }
        check(alert, rule, sent, now, law)
        law(numbers.insert(alert.number).inserted || dispatch == .suppressed, "a number twice")
        switch dispatch {
        case .sent:
          sent.append(Sent(day: now.today, instant: now.instant, level: alert.level))
          law(try timeline.pass(facts, at: now).alert == nil, "the same moment twice")
        case .suppressed:
          law(timeline.episode?.alerts == before.episode?.alerts ?? [], "something was kept")
          var again = timeline
          law(try again.pass(facts, at: now).alert == alert, "suppressing used the window up")
          numbers.remove(alert.number)
        case .waiting:
          law(try timeline.pass(facts, at: now).alert == nil, "decided while one waits")
          timeline.settle(.failed, at: now.instant)
        case .failed: break
        }
      }
    }
  }

  private func check(
    _ alert: AlertPlan,
    _ rule: Rule,
    _ sent: [Sent],
    _ now: Now,
    _ law: (Bool, String) -> Void
  ) {
    let highest = sent.map(\.level).max() ?? 0
    law((alert.reason == .crossed) == sent.isEmpty, "only the first is a crossing")
    law(alert.level >= highest, "a level fell")
    law(rule.jump || alert.level <= highest + 1, "a level was skipped")
    law((alert.reason == .persisting) == (alert.level == highest), "a repeat is of its level")
    if let maxAlerts = rule.maxAlerts { law(sent.count < maxAlerts, "more than max_alerts") }
    law(alert.previousAlertAt == sent.last?.instant, "the previous alert is another one")
    guard let last = sent.last else { return }
    if alert.reason == .persisting {
      switch rule.repeatAfter {
      case nil: law(false, "repeat: never")
      case .days(let days): law(now.today.days(since: last.day) >= days, "too soon")
      case .seconds(let seconds):
        law(now.instant.seconds - last.instant.seconds >= seconds, "too soon")
      }
    }
    if alert.reason == .escalated, !rule.jump,
      let reached = sent.first(where: { $0.level == highest })
    {
      let spacing: Int
      switch (rule.levels[highest - 1].trigger, rule.levels[highest].trigger) {
      case (.after(.days(let a)), .after(.days(let b))): spacing = b - a
      case (.daysOverdue(let a), .daysOverdue(let b)): spacing = b - a
      default: spacing = 1
      }
      law(now.today.days(since: reached.day) >= spacing, "two levels in a row")
    }
    // With windows of the calendar nobody hears twice on a day.
    if case .days(1...)? = rule.repeatAfter, !rule.jump { law(last.day < now.today, "twice a day") }
  }

  @Test("Many passes send what one would: the same alerts, of the same day, level and reason")
  func manyPasses() throws {
    for seed in RandomSeeds.first(120) {
      var random = SplitMix64(seed: seed)
      let rule = Self.rule(&random)
      if case .seconds? = rule.repeatAfter { continue }
      let zone = try #require(Zone(random.pick(zones)))
      var walk = Debt(start: Day(number: random.int(20_000...20_700)))
      var once = Timeline(rule)
      var often = Timeline(rule)
      for _ in 0..<40 {
        walk.step(&random)
        let facts = try ScenarioAccount(currency: Currency("NZD")).facts(walk.owes, on: walk.today)
        let times = (0..<random.int(1...4)).map { _ in random.int(0...86_399) }.sorted()
        let nows = times.map { Now(zone.instant(of: walk.today, second: $0), in: zone) }
          .filter { $0.today == walk.today }
        var single: AlertPlan?
        var many: [AlertPlan] = []
        for (index, now) in nows.enumerated() {
          if index == 0 { single = try once.pass(facts, at: now).alert }
          many += [try often.pass(facts, at: now).alert].compactMap { $0 }
        }
        if many != [single].compactMap({ $0 }) || often.episode != once.episode {
          Issue.record("seed \(seed), \(walk.today): \(many) in place of \(single as Any)")
          break
        }
      }
    }
  }

  @Test("A window that is changed in the config applies to open episodes at once")
  func changedWindow() throws {
    let zone = Zone.utc
    let day = Day(number: 20_000)
    let facts = try ScenarioAccount(currency: Currency("NZD")).facts("620@8", on: day)
    func rule(_ days: Int) -> Rule {
      Rule(
        name: "rent",
        repeatAfter: .days(days),
        levels: [
          Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [["team"]], template: "t"))
        ]
      )
    }
    var timeline = Timeline(rule(7))
    _ = try timeline.pass(facts, at: Now(zone.instant(of: day), in: zone))
    let later = Now(zone.instant(of: day.adding(days: 3)), in: zone)
    func decide(_ days: Int) throws -> Decision {
      try Evaluator.decide(rule(days), facts, episode: timeline.episode, now: later)
    }
    #expect(try decide(7).nextDate == day.adding(days: 7))
    #expect(try decide(4).nextDate == day.adding(days: 4))
    #expect(try decide(3).alert?.reason == .persisting)
  }

  // MARK: Random rules and debts

  /// One or two invoices that grow old, are paid in part or in whole, and are followed by others.
  private struct Debt {
    var today: Day
    private var invoices: [(cents: Int, due: Day)] = []

    init(start: Day) { today = start }

    var owes: String {
      invoices.map { "\($0.cents / 100).\($0.cents % 100 / 10)0@\(today.days(since: $0.due))" }
        .joined(separator: ",")
    }

    mutating func step(_ random: inout SplitMix64) {
      // Mostly a day later; at times the machine sleeps.
      today = today.adding(days: random.once(in: 12) ? random.int(2...40) : random.int(0...1))
      if random.once(in: 15) { invoices = [] }
      if random.once(in: 10), !invoices.isEmpty { invoices.removeFirst() }
      if invoices.isEmpty ? random.once(in: 3) : random.once(in: 15) {
        invoices.append((random.int(1...9) * 10_000, today.adding(days: random.int(-10...5))))
      }
    }
  }

  private static func rule(_ random: inout SplitMix64) -> Rule {
    let notice = Rule.Notice(notify: [["team"]], template: "t")
    let byAge = random.once(in: 3)
    var due = random.int(0...3)
    let levels = (0..<random.int(1...4)).map { _ in
      defer { due += random.int(1...15) }
      return Rule.Level(trigger: byAge ? .daysOverdue(due) : .after(.days(due)), notice: notice)
    }
    return Rule(
      name: "rule",
      when: Condition(
        basis: random.pick([.overdue, .total]),
        threshold: Thresholds(fallback: "400"),
        daysOverdue: random.pick([nil, nil, 3])
      ),
      clearUnder: random.pick([nil, Thresholds(fallback: "200")]),
      repeatAfter: random.pick([nil, .days(1), .days(3), .days(7), .days(14), .seconds(36 * 3600)]),
      maxAlerts: random.pick([nil, nil, 1, 3]),
      levels: levels,
      onResolved: random.pick([nil, notice]),
      jump: random.once(in: 4)
    )
  }
}
