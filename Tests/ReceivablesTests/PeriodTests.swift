import Receivables
import Support
import Testing

struct PeriodTests {
  @Test("Days and weeks are of the calendar, hours and less are exact")
  func reads() {
    #expect(Period("7d") == .days(7))
    #expect(Period("2w") == .days(14))
    #expect(Period("0d") == .days(0))
    #expect(Period("6h") == .seconds(21_600))
    #expect(Period("10m") == .seconds(600))
    #expect(Period("90s") == .seconds(90))
    for text in [
      "", "d", "7", "7 d", "-7d", "+7d", "1.5h", "7D", "7days", "1y", "100001d", "14286w",
      "never",
    ] {
      #expect(Period(text) == nil, "\(text)")
    }
  }

  @Test(
    "It is written as it is read",
    arguments: ["7d", "0d", "6h", "10m", "90s", "0s", "90m", "100000h"])
  func writes(text: String) {
    #expect(Period(text)?.description == text)
  }

  /// A change of the clocks lies within each of these weeks.
  @Test(
    "Seven days have passed on the seventh day at any hour, and on the sixth at none",
    arguments: [
      ("Pacific/Auckland", "2026-09-24"), ("Pacific/Auckland", "2026-04-02"),
      ("Europe/Berlin", "2026-03-26"), ("Europe/Berlin", "2026-10-22"),
      ("America/New_York", "2026-03-05"), ("America/New_York", "2026-10-29"),
      ("Australia/Lord_Howe", "2026-10-01"), ("America/Santiago", "2026-09-03"),
    ]
  )
  func calendarDays(name: String, date: String) throws {
    let zone = try #require(Zone(name))
    let start = try #require(Day(date))
    for hour in 0..<24 {
      let sent = zone.instant(of: start, second: hour * 3600 + 1800)
      #expect(Period.days(7).end(from: sent, in: zone) == start.adding(days: 7))
      let midnight = zone.instant(of: start.adding(days: 7))
      #expect(Period.days(7).endInstant(from: sent, in: zone) == midnight)
      let before = Now(midnight.adding(seconds: -1), in: zone)
      #expect(!Period.days(7).hasPassed(since: sent, at: before), "\(name) \(hour)")
      #expect(Period.days(7).hasPassed(since: sent, at: Now(midnight, in: zone)))
      let early = zone.instant(of: start.adding(days: 7), second: hour * 3600 + 1710)
      #expect(Period.days(7).hasPassed(since: sent, at: Now(early, in: zone)))
    }
  }

  @Test("Hours are hours, whatever the clock on the wall does")
  func exact() throws {
    let zone = try #require(Zone("Europe/Berlin"))
    let evening = zone.instant(of: try #require(Day("2026-03-28")), second: 20 * 3600)
    let period = Period.seconds(86_400)
    #expect(!period.hasPassed(since: evening, at: Now(evening.adding(seconds: 86_399), in: zone)))
    #expect(period.hasPassed(since: evening, at: Now(evening.adding(seconds: 86_400), in: zone)))
    // The day has 23 hours: the wall shows 21:00.
    #expect(zone.secondOfDay(period.endInstant(from: evening, in: zone)) == 21 * 3600)
    #expect(period.end(from: evening, in: zone) == Day("2026-03-29"))
  }
}
