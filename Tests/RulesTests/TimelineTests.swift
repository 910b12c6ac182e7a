import Receivables
import Rules
import Support
import Testing

/// Every short timeline there is, against a second, much smaller statement of the table.
struct ExhaustiveTimelineTests {
  private enum Amount: String, CaseIterable { case under = "100", between = "450", over = "620" }

  /// What the table asks for, in whole days and for alerts that are sent or fail.
  private struct Expected {
    let repeatDays: Int?
    let levelDays: [Int]
    let maxAlerts: Int?
    var openedOn: Int?
    var sent = 0
    var lastSent = 0
    var level = 0
    var levelReached = 0

    mutating func alert(_ day: Int, _ amount: Amount) -> (Reason, Int)? {
      guard let opened = openedOn else {
        guard amount == .over else { return nil }
        openedOn = day
        return levelDays[0] == 0 ? (.crossed, 1) : nil
      }
      switch amount {
      case .between: return nil
      case .under:
        openedOn = nil
        defer { (sent, level) = (0, 0) }
        return sent > 0 ? (.resolved, level) : nil
      case .over: break
      }
      if let maxAlerts, sent >= maxAlerts { return nil }
      if sent == 0 { return day - opened >= levelDays[0] ? (.crossed, 1) : nil }
      if level < levelDays.count, day - opened >= levelDays[level],
        day - levelReached >= levelDays[level] - levelDays[level - 1]
      {
        return (.escalated, level + 1)
      }
      if let repeatDays, day - lastSent >= repeatDays { return (.persisting, level) }
      return nil
    }

    mutating func wasSent(_ day: Int, _ level: Int) {
      sent += 1
      lastSent = day
      if level > self.level { (self.level, levelReached) = (level, day) }
    }
  }

  /// Days that a test walks, with the facts of each.
  private struct Walk {
    let days: Int
    let facts: [[Amount: Facts]]
    let zone: Zone
    let start: Day

    init(days: Int) throws {
      self.days = days
      // Clocks go forward on the third day.
      zone = try #require(Zone("Pacific/Auckland"))
      start = try #require(Day("2026-09-25"))
      let account = ScenarioAccount(currency: try Currency("NZD"))
      var facts: [[Amount: Facts]] = []
      for day in 0..<days {
        var byAmount: [Amount: Facts] = [:]
        for amount in Amount.allCases {
          byAmount[amount] = try account.facts(
            "\(amount.rawValue)@\(day + 8)",
            on: start.adding(days: day)
          )
        }
        facts.append(byAmount)
      }
      self.facts = facts
    }

    func now(_ day: Int, hour: Int) -> Now {
      Now(zone.instant(of: start.adding(days: day), second: hour * 3600), in: zone)
    }
  }

  @Test(
    "Six days of any balances, any alerts sent or failed: the alerts are those of the table",
    arguments: [
      (2, [0], nil), (1, [0, 2, 4], nil), (nil, [0, 1, 3], nil), (2, [1, 3], nil),
      (1, [0, 3], 2),
    ] as [(Int?, [Int], Int?)]
  )
  func everySixDays(repeatDays: Int?, levelDays: [Int], maxAlerts: Int?) throws {
    let rule = Rule(
      name: "rent",
      when: Condition(basis: .overdue, threshold: Thresholds(fallback: "500")),
      clearUnder: Thresholds(fallback: "400"),
      repeatAfter: repeatDays.map { .days($0) },
      maxAlerts: maxAlerts,
      levels: levelDays.map {
        Rule.Level(trigger: .after(.days($0)), notice: .init(notify: [["team"]], template: "t"))
      },
      onResolved: .init(notify: [["team"]], template: "resolved")
    )
    let walk = try Walk(days: 6)
    var count = 0
    try visit(
      walk,
      day: 0,
      Timeline(rule),
      Expected(repeatDays: repeatDays, levelDays: levelDays, maxAlerts: maxAlerts),
      path: [],
      &count
    )
    // A failed alert and a sent one differ only where there is an alert.
    #expect(count > 729)
  }

  private func visit(
    _ walk: Walk,
    day: Int,
    _ timeline: Timeline,
    _ expected: Expected,
    path: [String],
    _ count: inout Int
  ) throws {
    if day == walk.days {
      count += 1
      return
    }
    for amount in Amount.allCases {
      guard let facts = walk.facts[day][amount] else { continue }
      for dispatch in [Timeline.Dispatch.sent, .failed] {
        var timeline = timeline
        var expected = expected
        let wanted = expected.alert(day, amount)
        let decision = try timeline.pass(facts, at: walk.now(day, hour: 8), dispatch)
        let path = path + ["\(amount)"]
        if decision.alert?.reason != wanted?.0 || decision.alert?.level != wanted?.1
          || (timeline.episode != nil) != (expected.openedOn != nil)
        {
          Issue.record(
            "\(path): \(decision.step) \(String(describing: decision.alert)), not \(wanted as Any)"
          )
          return
        }
        if let (reason, level) = wanted, reason != .resolved, dispatch == .sent {
          expected.wasSent(day, level)
        }
        if dispatch == .sent {
          // The same day again: nothing new.
          let before = timeline.episode
          let again = try timeline.pass(facts, at: walk.now(day, hour: 20), .sent)
          if again.alert != nil || timeline.episode != before {
            Issue.record("\(path): a second pass on the day: \(again.why)")
            return
          }
        }
        try visit(walk, day: day + 1, timeline, expected, path: path, &count)
        if decision.alert == nil || decision.alert?.reason == .resolved { break }
      }
    }
  }
}

/// A daily job, and clocks that change.
struct DailyJobTests {
  @Test(
    "Seven days never become six or eight under a daily job that drifts around any hour",
    arguments: [
      ("Pacific/Auckland", "2026-03-20"), ("Pacific/Auckland", "2026-09-10"),
      ("Europe/Berlin", "2026-03-10"), ("Europe/Berlin", "2026-10-10"),
      ("America/New_York", "2026-02-20"), ("America/New_York", "2026-10-15"),
      ("Australia/Lord_Howe", "2026-09-20"), ("Australia/Lord_Howe", "2026-03-20"),
      ("America/Santiago", "2026-08-20"), ("Africa/Cairo", "2026-04-10"), ("UTC", "2026-01-01"),
    ]
  )
  func weekly(name: String, date: String) throws {
    let zone = try #require(Zone(name))
    let start = try #require(Day(date))
    let facts = try ScenarioAccount(currency: Currency("NZD")).facts("620@8", on: start)
    let rule = Rule(
      name: "rent",
      repeatAfter: .days(7),
      levels: [
        Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [["team"]], template: "t")),
        Rule.Level(trigger: .after(.days(14)), notice: .init(notify: [["team"]], template: "t")),
      ]
    )
    for hour in 0..<24 {
      var random = SplitMix64(seed: UInt64(hour))
      var timeline = Timeline(rule)
      var alerts: [Int] = []
      for day in 0..<36 {
        let today = start.adding(days: day)
        let planned = zone.instant(of: today, second: hour * 3600)
        var started = planned.adding(seconds: Int64(random.int(-90...90)))
        // Not across local midnight: that would be another day.
        if zone.day(of: started) != today { started = planned }
        let decision = try timeline.pass(facts, at: Now(started, in: zone))
        if decision.alert != nil { alerts.append(day) }
      }
      #expect(alerts == [0, 7, 14, 21, 28, 35], "\(name), \(hour) o'clock")
    }
  }
}
