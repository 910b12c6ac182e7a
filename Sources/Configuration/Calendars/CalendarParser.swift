import Receivables

/// A `VEVENT` as it stands in the file.
struct CalendarEvent {
  var uid: String?
  /// Of several versions of an event the highest holds.
  var sequence = 0
  var start: CalendarTime?
  var end: CalendarTime?
  /// In seconds.
  var duration: Int?
  var name = "holiday"
  var rules: [RecurrenceRule] = []
  var excluded: Set<Day> = []
  var added: [Day] = []
  /// Of which day of its series this event takes the place.
  var replaces: Day?
  var isCancelled = false
  let line: Int

  /// How many whole days it lasts; `nil` where it has a time of day.
  var wholeDays: Int? {
    guard let start else { return nil }
    if start.second == nil {
      // An end with a time of day does not make the day any shorter, or the next one a holiday.
      if let end { return max(1, end.day.days(since: start.day)) }
      return max(1, (duration ?? 86_400) / 86_400)
    }
    // By the clock that the file writes, UTC or a zone: publishers who write holidays so mean the
    // day that stands there.
    guard start.isMidnight else { return nil }
    if let end {
      return end.isMidnight && end.isUTC == start.isUTC && end.day > start.day
        ? end.day.days(since: start.day) : nil
    }
    guard let duration, duration > 0, duration % 86_400 == 0 else { return nil }
    return duration / 86_400
  }
}

/// Reads lines into events.
struct CalendarParser {
  let file: String
  private var event: CalendarEvent?
  private var events: [CalendarEvent] = []
  private var line = 1
  /// Of the newest `DTEND`.
  private var endLine = 1
  /// Open components, the innermost last.
  private var open: [String] = []
  private var isCalendar = false

  init(file: String) { self.file = file }

  mutating func take(_ line: CalendarLine) throws(HolidayFileError) {
    if line.text.allSatisfy(\.isWhitespace) { return }
    self.line = line.number
    guard let property = CalendarProperty(line.text) else {
      throw problem("is not a line of a calendar")
    }
    switch (property.name, property.value.trimmingBlanks.uppercased()) {
    case ("BEGIN", let component): try begin(component)
    case ("END", let component): try end(component)
    default:
      guard isCalendar else { throw problem("a calendar begins with BEGIN:VCALENDAR") }
      if open.last == "VEVENT" { try take(property) }
    }
  }

  mutating func finish() throws(HolidayFileError) -> [CalendarEvent] {
    if let component = open.last { throw problem("the file ends within \(component)") }
    if !isCalendar { throw problem("a calendar begins with BEGIN:VCALENDAR") }
    return events
  }

  private mutating func begin(_ component: String) throws(HolidayFileError) {
    if open.isEmpty, component != "VCALENDAR" {
      throw problem("a calendar begins with BEGIN:VCALENDAR")
    }
    isCalendar = true
    if component == "VEVENT" { event = CalendarEvent(line: line) }
    open.append(component)
  }

  private mutating func end(_ component: String) throws(HolidayFileError) {
    guard open.last == component else {
      throw problem("END:\(component) without its BEGIN (\(open.last ?? "nothing") is open)")
    }
    open.removeLast()
    guard component == "VEVENT", let event else { return }
    self.event = nil
    if event.start == nil, !event.isCancelled {
      line = event.line
      throw problem("the event `\(event.name)` has no DTSTART")
    }
    // The day itself as its end is what some programs write of a single day.
    if let start = event.start, let end = event.end, end.isBefore(start) {
      line = endLine
      throw problem("the event `\(event.name)` ends before it begins (DTEND is before DTSTART)")
    }
    events.append(event)
  }

  private mutating func take(_ property: CalendarProperty) throws(HolidayFileError) {
    guard var event else { return }
    switch property.name {
    case "UID": event.uid = property.value.trimmingBlanks
    case "SEQUENCE": event.sequence = Int(property.value.trimmingBlanks) ?? 0
    case "DTSTART": event.start = try time(property.value)
    case "DTEND":
      event.end = try time(property.value)
      endLine = line
    case "DURATION":
      guard let seconds = Self.seconds(property.value.trimmingBlanks) else {
        throw problem("`\(property.value)` is not a duration, as in P1D")
      }
      event.duration = seconds
    case "SUMMARY": event.name = property.plain
    case "STATUS": event.isCancelled = property.value.trimmingBlanks.uppercased() == "CANCELLED"
    case "RRULE":
      guard let rule = RecurrenceRule(property.value.trimmingBlanks) else {
        throw problem(
          "`\(property.value)` is not understood; days repeat by FREQ=DAILY, WEEKLY, MONTHLY or"
            + " YEARLY, with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY and"
            + " BYSETPOS"
        )
      }
      event.rules.append(rule)
    // Withdrawn by RFC 5545. To pass over it would add days that are no holidays.
    case "EXRULE": throw problem("EXRULE is not read; name the days that are left out by EXDATE")
    case "EXDATE": event.excluded.formUnion(try days(property))
    case "RDATE": event.added += try days(property)
    case "RECURRENCE-ID":
      guard property.parameters["RANGE"] == nil else {
        throw problem(
          "RANGE moves all that follows; write that as a new event")
      }
      event.replaces = try time(property.value).day
    default: break
    }
    self.event = event
  }

  private func time(_ text: String) throws(HolidayFileError) -> CalendarTime {
    guard let time = CalendarTime(text.trimmingBlanks) else {
      throw problem("`\(text)` is no date such as 20261225")
    }
    return time
  }

  /// Of periods the first day counts: what repeats lasts as long as the event.
  private func days(_ property: CalendarProperty) throws(HolidayFileError) -> [Day] {
    var days: [Day] = []
    for text in property.value.split(separator: ",") {
      let start = text.prefix { $0 != "/" }
      days.append(try time(String(start)).day)
    }
    return days
  }

  private func problem(_ message: String) -> HolidayFileError {
    HolidayFileError(file: file, line: line, message: message)
  }

  /// `P1D`, `P2W`, `P1DT12H30M`.
  private static func seconds(_ text: String) -> Int? {
    let units: [Character: Int] = ["W": 604_800, "D": 86_400, "H": 3600, "M": 60, "S": 1]
    var rest = text.uppercased()[...]
    if rest.first == "+" { rest.removeFirst() }
    guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
    var total = 0
    var digits = ""
    for character in rest where character != "T" {
      if character.isASCII, character.isNumber {
        digits.append(character)
        continue
      }
      guard let unit = units[character], let count = Int(digits), count <= 100_000 else {
        return nil
      }
      total += count * unit
      digits = ""
    }
    return digits.isEmpty ? total : nil
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var text = self[...]
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return String(text)
  }
}
