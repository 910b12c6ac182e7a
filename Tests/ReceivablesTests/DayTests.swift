import Receivables
import Support
import Testing

struct DayTests {
  @Test("Years that nobody can mean are slips")
  func slips() {
    for text in ["0026-11-01", "1969-12-31", "2100-01-01", "2206-11-01", "9999-12-31"] {
      #expect(Day(text)?.slip?.hasPrefix("`\(text)`") == true)
    }
    for text in ["1970-01-01", "2026-11-01", "2099-12-31"] { #expect(Day(text)?.slip == nil) }
  }

  @Test("Every day from 1600 to 2400 is the one that a calendar turned page by page shows")
  func everyDay() throws {
    var (year, month, day) = (1600, 1, 1)
    let first = try #require(Day(year: 1600, month: 1, day: 1))
    var current = first
    // 1600-01-01 was a Saturday.
    var weekday = 6
    while year <= 2400 {
      let civil = current.civil
      guard civil.year == year, civil.month == month, civil.day == day,
        current.weekday == weekday,
        Day(year: year, month: month, day: day) == current
      else {
        Issue.record("day \(current.number) is \(civil), not \(year)-\(month)-\(day)")
        return
      }
      current = current.adding(days: 1)
      weekday = weekday % 7 + 1
      day += 1
      if day > Self.length(of: month, in: year) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
    #expect(current.days(since: first) == 292_560)
  }

  private static func length(of month: Int, in year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    if month == 2 { return isLeap ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  @Test("A day is read back as it was written")
  func roundTrip() {
    for seed in RandomSeeds.first(2_000) {
      var random = SplitMix64(seed: seed)
      let day = Day(number: random.int(-719_000...2_900_000))
      #expect(Day(day.description) == day, "seed \(seed): \(day)")
    }
  }

  @Test("1970-01-01 is day 0 and a Thursday; 2026-11-23 is a Monday")
  func known() throws {
    #expect(try #require(Day("1970-01-01")).number == 0)
    #expect(Day(number: 0).weekday == 4)
    #expect(Day(number: -1).description == "1969-12-31")
    #expect(Day(number: -1).weekday == 3)
    #expect(try #require(Day("2026-11-23")).weekday == 1)
  }

  @Test(
    "What no calendar has, or is not written YYYY-MM-DD, is not a day",
    arguments: [
      "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
      "2026-01-32", "2026-1-1", "26-01-01", "2026/01/01", "20260101", "2026-01-01 ", " 2026-01-01",
      "2026-01-01T00:00:00Z", "-026-01-01", "2026-0a-01", "", "٢٠٢٦-01-01",
    ]
  )
  func refuses(text: String) {
    #expect(Day(text) == nil)
  }

  @Test("A leap day is one, every 4 years but not every 100, but every 400")
  func leap() {
    #expect(Day("2028-02-29") != nil)
    #expect(Day("2000-02-29") != nil)
    #expect(Day("2100-02-29") == nil)
  }
}
