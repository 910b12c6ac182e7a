import Outbox
import Receivables
import Settings

/// Reads `hours`: for each audience one block, or a list of them.
/// - Returns: and the holiday files that cannot be read, which are no errors of the config, since
///   what is not for that audience goes on; and what was passed over in the others.
func readHours(
  _ reader: inout SettingsReader
) -> (hours: [Audience: Hours], problems: [String], notices: [String]) {
  var problems: [String] = []
  var notices: [String] = []
  var hours: [Audience: Hours] = [:]
  _ = reader.namedLists("hours", help: "when each audience may be contacted") { name, inner in
    let (window, path) = readWindow(&inner)
    guard let audience = Audience(rawValue: name) else {
      if !inner.isDescribing {
        inner.reject("from", "hours are for customer, owner or team, not `\(name)`")
      }
      return
    }
    var found = hours[audience] ?? Hours(windows: [])
    if found.windows.contains(where: window.overlaps) {
      inner.reject("from", "overlaps hours of \(name)s that stand before; let them begin later")
    }
    found.add(window)
    if let path {
      do throws(HolidayFileError) {
        let read = try HolidayFile.read(path: path)
        found.holidays.add(read.holidays)
        notices += read.notices.filter { !notices.contains($0) }
      } catch {
        found.problem = error.description
        if !problems.contains(error.description) { problems.append(error.description) }
      }
    }
    hours[audience] = found
  }
  return (hours, problems, notices)
}

private func readWindow(
  _ reader: inout SettingsReader
) -> (window: Hours.Window, holidays: String?) {
  let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  let days = reader.texts("days", help: "mon, tue, wed, thu, fri, sat, sun; all if left out")
  let weekdays = days.compactMap { names.firstIndex(of: $0).map { $0 + 1 } }
  if weekdays.count != days.count {
    reader.reject("days", "must be of \(names.joined(separator: ", "))")
  }
  let from = clock("from", "first minute, 08:30", "00:00", &reader)
  let to = clock("to", "the minute after the last, 18:00", "24:00", &reader)
  if from >= to { reader.reject("to", "must be later than `from`") }
  let holidays = reader.optionalPath("holidays", help: "iCalendar file of days without hours")
  return (
    Hours.Window(weekdays: Set(days.isEmpty ? Array(1...7) : weekdays), from: from, to: to),
    holidays
  )
}

/// Seconds since midnight of `08:30`.
func clock(
  _ key: String,
  _ help: String,
  _ fallback: String,
  _ reader: inout SettingsReader
) -> Int {
  let text = reader.text(key, help: help, default: fallback)
  reader.describe(key, pattern: "^([01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$")
  let parts = text.split(separator: ":")
  guard parts.count == 2, let hour = writtenNumber(parts[0]), let minute = writtenNumber(parts[1]),
    (0...24).contains(hour), (0..<60).contains(minute), hour < 24 || minute == 0
  else {
    reader.reject(key, "`\(text)` must be a time such as \"08:30\", in quotes")
    return 0
  }
  return hour * 3600 + minute * 60
}
