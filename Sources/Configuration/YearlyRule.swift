import Receivables

/// `FREQ=YEARLY` of RFC 5545, as holiday calendars use it.
struct YearlyRule {
  private var interval = 1
  private var count: Int?
  private var until: Day?
  private var months: [Int] = []
  private var monthDays: [Int] = []
  /// The nth of a weekday in its month, `-1` the last, 0 every one.
  private var weekdays: [(nth: Int, weekday: Int)] = []

  /// Nobody plans messages beyond; a rule without an end must have one.
  private static let lastYear = 2100

  init?(_ text: String) {
    var isYearly = false
    for part in text.uppercased().split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { return nil }
      let numbers = pair[1].split(separator: ",").map { Int($0) }
      switch pair[0] {
      case "FREQ": isYearly = pair[1] == "YEARLY"
      case "INTERVAL":
        guard let number = Int(pair[1]), (1...100).contains(number) else { return nil }
        interval = number
      case "COUNT":
        guard let number = Int(pair[1]), (1...1000).contains(number) else { return nil }
        count = number
      case "UNTIL":
        guard let day = Day(basic: String(pair[1].prefix(8))) else { return nil }
        until = day
      case "BYMONTH":
        months = numbers.compactMap { $0 }.filter { (1...12).contains($0) }
        guard months.count == numbers.count else { return nil }
      case "BYMONTHDAY":
        monthDays = numbers.compactMap { $0 }.filter { $0 != 0 && (-31...31).contains($0) }
        guard monthDays.count == numbers.count else { return nil }
      case "BYDAY":
        guard let days = Self.weekdays(pair[1]) else { return nil }
        weekdays = days
      case "WKST": break
      default: return nil
      }
    }
    // Every weekday of a year is no holiday.
    if !isYearly || weekdays.contains(where: { $0.nth == 0 }) && monthDays.isEmpty { return nil }
  }

  /// In their order, the first one included.
  func days(from start: Day) -> [Day] {
    var found: [Day] = []
    var year = start.civil.year
    while year <= Self.lastYear {
      for day in days(in: year, start).sorted() where day >= start {
        if let until, day > until { return found }
        found.append(day)
        if let count, found.count >= count { return found }
      }
      year += interval
    }
    return found
  }

  private func days(in year: Int, _ start: Day) -> [Day] {
    let civil = start.civil
    if months.isEmpty, monthDays.isEmpty, weekdays.isEmpty {
      return [Day(year: year, month: civil.month, day: civil.day)].compactMap { $0 }
    }
    var days: [Day] = []
    for month in months.isEmpty ? [civil.month] : months {
      let wanted = monthDays.isEmpty && weekdays.isEmpty ? [civil.day] : monthDays
      let byDate = wanted.compactMap { Self.day($0, month, year) }
      if weekdays.isEmpty {
        days += byDate
      } else if monthDays.isEmpty {
        days += weekdays.compactMap { Self.day($0.nth, of: $0.weekday, month, year) }
      } else {
        // The Monday between the 24th and the 30th: both must hold.
        days += byDate.filter { day in weekdays.contains { $0.weekday == day.weekday } }
      }
    }
    return days
  }

  private static func length(_ month: Int, _ year: Int) -> Int {
    (28...31).last { Day(year: year, month: month, day: $0) != nil } ?? 28
  }

  private static func day(_ number: Int, _ month: Int, _ year: Int) -> Day? {
    Day(year: year, month: month, day: number > 0 ? number : length(month, year) + 1 + number)
  }

  private static func day(_ nth: Int, of weekday: Int, _ month: Int, _ year: Int) -> Day? {
    let all = (1...length(month, year)).compactMap { Day(year: year, month: month, day: $0) }
      .filter { $0.weekday == weekday }
    let index = nth > 0 ? nth - 1 : all.count + nth
    return all.indices.contains(index) ? all[index] : nil
  }

  private static func weekdays(_ text: String) -> [(nth: Int, weekday: Int)]? {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    var days: [(nth: Int, weekday: Int)] = []
    for part in text.split(separator: ",") {
      guard let name = names.firstIndex(of: String(part.suffix(2))) else { return nil }
      let number = part.dropLast(2)
      guard number.isEmpty || Int(number).map({ (-5...5).contains($0) && $0 != 0 }) == true else {
        return nil
      }
      days.append((Int(number) ?? 0, name + 1))
    }
    return days.isEmpty ? nil : days
  }
}

extension Day {
  /// `20261225`, as calendars write it.
  init?(basic text: String) {
    guard text.utf8.count == 8, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    let text = Array(text)
    self.init("\(String(text[0..<4]))-\(String(text[4..<6]))-\(String(text[6..<8]))")
  }
}
