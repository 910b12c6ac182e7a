public import Receivables

/// Dates as mail and some platforms write them: `Fri, 24 May 2019 17:44:46 +0000` (RFC 5322).
public enum MailDate {
  private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// In UTC: the same moment is the same text on every machine.
  public static func text(_ instant: Instant) -> String {
    let day = Zone.utc.day(of: instant)
    let second = Zone.utc.secondOfDay(instant)
    let (year, month, date) = day.civil
    let clock = [second / 3600, second / 60 % 60, second % 60].map(twoDigits)
    return "\(days[day.weekday - 1]), \(date) \(months[month - 1]) \(year) "
      + "\(clock.joined(separator: ":")) +0000"
  }

  /// Reads the form above; a zone is `+hhmm`, `-hhmm` or `GMT`. `nil` for anything else.
  public static func instant(_ text: String) -> Instant? {
    var words = text.split(separator: " ").map(String.init)
    if words.first?.hasSuffix(",") == true { words.removeFirst() }
    guard words.count == 5, let date = Int(words[0]), let year = Int(words[2]),
      let month = months.firstIndex(of: words[1]),
      let day = Day(year: year, month: month + 1, day: date)
    else { return nil }
    let clock = words[3].split(separator: ":").compactMap { Int($0) }
    guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]),
      (0...60).contains(clock[2]), let offset = offset(words[4])
    else { return nil }
    let local = Int64(day.number) * 86_400 + Int64(clock[0] * 3600 + clock[1] * 60 + clock[2])
    return Instant(seconds: local - offset)
  }

  private static func offset(_ zone: String) -> Int64? {
    if zone == "GMT" || zone == "UTC" { return 0 }
    guard zone.utf8.count == 5, let sign = zone.first, sign == "+" || sign == "-",
      let number = Int64(zone.dropFirst()), number >= 0
    else { return nil }
    let seconds = number / 100 * 3600 + number % 100 * 60
    return sign == "+" ? seconds : -seconds
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
