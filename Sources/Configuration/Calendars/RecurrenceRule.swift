import Receivables

/// `RRULE` of RFC 5545 for whole days. Where the RFC leaves room, as Python's dateutil has it, with
/// which the tests compare: each part of the rule thins out the days of its period.
struct RecurrenceRule {
  private enum Frequency: String { case daily, weekly, monthly, yearly }

  private var frequency = Frequency.yearly
  private var interval = 1
  private var count: Int?
  /// The last day on which it may repeat.
  private(set) var until: Day?
  private var months: Set<Int> = []
  private var monthDays: Set<Int> = []
  private var yearDays: Set<Int> = []
  /// The nth of a weekday in its month or year, `-1` the last, 0 every one. 1 is Monday.
  private var weekdays: [(nth: Int, weekday: Int)] = []
  private var positions: [Int] = []
  private var weekStart = 1

  /// Nobody plans messages beyond; a rule without an end must have one.
  private static let lastYear = 2100

  init?(_ text: String) {
    var hasFrequency = false
    for part in text.uppercased().split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { return nil }
      if pair[0] == "FREQ" {
        guard let frequency = Frequency(rawValue: pair[1].lowercased()) else { return nil }
        self.frequency = frequency
        hasFrequency = true
      } else if !take(pair[0], pair[1]) {
        return nil
      }
    }
    if !hasFrequency { return nil }
  }

  /// - Returns: whether it was understood.
  private mutating func take(_ name: String, _ value: String) -> Bool {
    func numbers(_ range: ClosedRange<Int>) -> [Int]? {
      let all = value.split(separator: ",").map { Int($0) }
      let good = all.compactMap { $0 }.filter { $0 != 0 && range.contains($0) }
      return good.isEmpty || good.count != all.count ? nil : good
    }
    switch name {
    case "INTERVAL":
      guard let number = Int(value), (1...10_000).contains(number) else { return false }
      interval = number
    case "COUNT":
      guard let number = Int(value), (1...100_000).contains(number) else { return false }
      count = number
    case "UNTIL":
      guard let time = CalendarTime(value) else { return false }
      until = time.day
    case "BYMONTH":
      guard let read = numbers(1...12) else { return false }
      months = Set(read)
    case "BYMONTHDAY":
      guard let read = numbers(-31...31) else { return false }
      monthDays = Set(read)
    case "BYYEARDAY":
      guard let read = numbers(-366...366) else { return false }
      yearDays = Set(read)
    case "BYSETPOS":
      guard let read = numbers(-366...366) else { return false }
      positions = read
    case "BYDAY":
      guard let read = Self.weekdays(value) else { return false }
      weekdays = read
    case "WKST":
      guard let read = Self.weekdays(value), read.count == 1, read[0].nth == 0 else { return false }
      weekStart = read[0].weekday
    default: return false
    }
    return true
  }

  private static func weekdays(_ text: String) -> [(nth: Int, weekday: Int)]? {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    var days: [(nth: Int, weekday: Int)] = []
    for part in text.split(separator: ",") {
      guard let name = names.firstIndex(of: String(part.suffix(2))) else { return nil }
      let number = part.dropLast(2)
      guard number.isEmpty || Int(number).map({ (-53...53).contains($0) && $0 != 0 }) == true else {
        return nil
      }
      days.append((Int(number) ?? 0, name + 1))
    }
    return days.isEmpty ? nil : days
  }

  /// In their order. The start itself is among them only where the rule says so.
  func days(from start: Day) -> [Day] {
    let rule = filled(from: start)
    var found: [Day] = []
    var period = rule.firstPeriod(of: start)
    while period.year <= Self.lastYear {
      for day in rule.days(of: period) where day >= start {
        if let until, day > until { return found }
        found.append(day)
        if let count, found.count >= count { return found }
      }
      if let until, period.first > until { return found }
      period = rule.next(after: period)
    }
    return found
  }

  /// What the rule leaves open is as the start has it.
  private func filled(from start: Day) -> RecurrenceRule {
    var rule = self
    guard monthDays.isEmpty, yearDays.isEmpty, weekdays.isEmpty else { return rule }
    switch frequency {
    case .yearly:
      if months.isEmpty { rule.months = [start.civil.month] }
      rule.monthDays = [start.civil.day]
    case .monthly: rule.monthDays = [start.civil.day]
    case .weekly: rule.weekdays = [(0, start.weekday)]
    case .daily: break
    }
    return rule
  }

  // MARK: Periods

  /// The days that one turn of the rule chooses from.
  private struct RecurrencePeriod {
    let first: Day
    /// One after the last.
    let end: Day
    /// What the next one is counted from.
    let year: Int
    let month: Int
  }

  private func firstPeriod(of start: Day) -> RecurrencePeriod {
    let (year, month, _) = start.civil
    switch frequency {
    case .yearly: return Self.period(year: year)
    case .monthly: return Self.period(year: year, month: month)
    case .weekly:
      let monday = start.adding(days: -((start.weekday - weekStart + 7) % 7))
      return Self.period(from: monday, days: 7)
    case .daily: return Self.period(from: start, days: 1)
    }
  }

  private func next(after period: RecurrencePeriod) -> RecurrencePeriod {
    switch frequency {
    case .yearly: return Self.period(year: period.year + interval)
    case .monthly:
      let months = period.year * 12 + period.month - 1 + interval
      return Self.period(year: months / 12, month: months % 12 + 1)
    case .weekly: return Self.period(from: period.first.adding(days: 7 * interval), days: 7)
    case .daily: return Self.period(from: period.first.adding(days: interval), days: 1)
    }
  }

  private static func period(year: Int) -> RecurrencePeriod {
    RecurrencePeriod(
      first: first(of: 1, year), end: first(of: 1, year + 1), year: year, month: 1)
  }

  private static func period(year: Int, month: Int) -> RecurrencePeriod {
    RecurrencePeriod(
      first: first(of: month, year), end: first(of: month + 1, year), year: year, month: month)
  }

  private static func period(from day: Day, days: Int) -> RecurrencePeriod {
    let (year, month, _) = day.civil
    return RecurrencePeriod(first: day, end: day.adding(days: days), year: year, month: month)
  }

  /// - Parameter month: from 1; 13 is January of the next year.
  private static func first(of month: Int, _ year: Int) -> Day {
    let (year, month) = month > 12 ? (year + 1, month - 12) : (year, month)
    return Day(year: min(year, 9999), month: month, day: 1) ?? Day(number: 0)
  }

  // MARK: Days

  private func days(of period: RecurrencePeriod) -> [Day] {
    let nth = nthWeekdays(of: period)
    let all = (period.first.number..<period.end.number).map { Day(number: $0) }
      .filter { holds(on: $0, nth) }
    if positions.isEmpty { return all }
    let places = positions.map { $0 > 0 ? $0 - 1 : all.count + $0 }
    return Set(places.filter(all.indices.contains)).sorted().map { all[$0] }
  }

  private func holds(on day: Day, _ nth: Set<Day>?) -> Bool {
    let (year, month, number) = day.civil
    if !months.isEmpty, !months.contains(month) { return false }
    if !weekdays.isEmpty {
      let every = weekdays.contains { ($0.nth == 0 || nth == nil) && $0.weekday == day.weekday }
      guard every || nth?.contains(day) ?? false else { return false }
    }
    if !monthDays.isEmpty {
      let length = Self.first(of: month + 1, year).days(since: Self.first(of: month, year))
      guard monthDays.contains(number) || monthDays.contains(number - length - 1) else {
        return false
      }
    }
    if !yearDays.isEmpty {
      let first = Self.first(of: 1, year)
      let place = day.days(since: first) + 1
      let length = Self.first(of: 1, year + 1).days(since: first)
      guard yearDays.contains(place) || yearDays.contains(place - length - 1) else { return false }
    }
    return true
  }

  /// The second Monday of a month, or of a year where the rule names no month; `nil` where a number
  /// means nothing, within a week or a day.
  private func nthWeekdays(of period: RecurrencePeriod) -> Set<Day>? {
    let numbered = weekdays.filter { $0.nth != 0 }
    let ranges: [RecurrencePeriod]
    switch frequency {
    case .weekly, .daily: return nil
    case .monthly: ranges = [period]
    case .yearly:
      ranges =
        months.isEmpty
        ? [period] : months.map { Self.period(year: period.year, month: $0) }
    }
    var days: Set<Day> = []
    for range in ranges {
      for (nth, weekday) in numbered {
        let first = range.first.adding(days: (weekday - range.first.weekday + 7) % 7)
        let last = range.end.adding(
          days: -1 - (range.end.adding(days: -1).weekday - weekday + 7) % 7)
        let day =
          nth > 0 ? first.adding(days: 7 * (nth - 1)) : last.adding(days: 7 * (nth + 1))
        if day >= range.first, day < range.end { days.insert(day) }
      }
    }
    return days
  }
}
