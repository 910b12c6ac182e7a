/// Reads the three forms that RFC 9110 (5.6.7) obliges a client to accept, as seconds since
/// 1970-01-01T00:00:00Z; `nil` for anything else.
/// - Parameter now: which century a year of two digits belongs to.
func unixSeconds(ofHTTPDate text: String, now: Int64) -> Int64? {
  let words = text.split { $0 == " " || $0 == "," }.map(String.init)
  switch words.count {
  case 6:  // Sun, 06 Nov 1994 08:49:37 GMT
    guard words[5] == "GMT" || words[5] == "UTC" else { return nil }
    return seconds(year: words[3], month: words[2], day: words[1], time: words[4])
  case 4:  // Sunday, 06-Nov-94 08:49:37 GMT
    let date = words[1].split(separator: "-").map(String.init)
    guard words[3] == "GMT", date.count == 3, date[2].utf8.count == 2, let short = Int(date[2])
    else { return nil }
    // More than fifty years ahead means the last year that ended so (RFC 9110).
    let thisYear = Int(civilDate(ofDay: now / 86_400).year)
    var year = thisYear / 100 * 100 + short
    if year > thisYear + 50 { year -= 100 }
    return seconds(year: String(year), month: date[1], day: date[0], time: words[2])
  case 5:  // Sun Nov  6 08:49:37 1994
    return seconds(year: words[4], month: words[1], day: words[2], time: words[3])
  default: return nil
  }
}

/// The first form, which is the one to send.
func httpDate(unixSeconds: Int64) -> String {
  let day = unixSeconds >= 0 ? unixSeconds / 86_400 : (unixSeconds - 86_399) / 86_400
  let date = civilDate(ofDay: day)
  let second = unixSeconds - day * 86_400
  let weekday = weekdays[Int(((day + 4) % 7 + 7) % 7)]
  func two(_ value: Int64) -> String { (value < 10 ? "0" : "") + String(value) }
  return "\(weekday), \(two(date.day)) \(months[Int(date.month) - 1]) \(date.year) "
    + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
}

private let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months = [
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]

private func seconds(year: String, month: String, day: String, time: String) -> Int64? {
  let clock = time.split(separator: ":", omittingEmptySubsequences: false)
  guard year.utf8.count == 4, let year = number(year), let month = months.firstIndex(of: month),
    let day = number(day), (1...31).contains(day), clock.count == 3,
    clock.allSatisfy({ $0.utf8.count == 2 }), let hour = number(String(clock[0])), hour < 24,
    let minute = number(String(clock[1])), minute < 60, let second = number(String(clock[2])),
    second <= 60
  else { return nil }
  let days = dayNumber(year: year, month: Int64(month) + 1, day: day)
  guard civilDate(ofDay: days).day == day else { return nil }
  return days * 86_400 + hour * 3600 + minute * 60 + second
}

private func number(_ text: String) -> Int64? {
  text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int64(text) : nil
}

// Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms". `Receivables.Day` has them too,
// and Wire may not import it.
private func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
  let y = month <= 2 ? year - 1 : year
  let era = y / 400
  let yearOfEra = y - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

private func civilDate(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let z = day + 719_468
  let era = (z >= 0 ? z : z - 146_096) / 146_097
  let dayOfEra = z - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shifted = (5 * dayOfYear + 2) / 153
  let month = shifted < 10 ? shifted + 3 : shifted - 9
  return (
    yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1
  )
}
