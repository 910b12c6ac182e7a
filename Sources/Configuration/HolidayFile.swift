import Foundation
public import Outbox
import Receivables

/// Reads holidays from an iCalendar file (RFC 5545): each `VEVENT` of whole days is one, repeated
/// where it says so (`RRULE:FREQ=YEARLY`).
public enum HolidayFile {
  /// - Throws: `HolidayFileError` when the file cannot be read, or with the first line that is not
  ///   understood: a holiday that is passed over would be a message on a holiday.
  public static func read(path: String) throws(HolidayFileError) -> Holidays {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw HolidayFileError(file: path, line: nil, message: "cannot be read")
    }
    return try parse(String(decoding: data, as: UTF8.self), file: path)
  }

  /// - Throws: `HolidayFileError`.
  public static func parse(_ text: String, file: String) throws(HolidayFileError) -> Holidays {
    var parser = Parser(file: file)
    for line in unfolded(text) { try parser.take(line) }
    return try parser.finish()
  }

  /// A line that begins with a blank goes on from the one before.
  private static func unfolded(_ text: String) -> [(number: Int, text: String)] {
    var lines: [(number: Int, text: String)] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      if let first = line.first, first == " " || first == "\t", !lines.isEmpty {
        lines[lines.count - 1].text += line.dropFirst()
      } else {
        lines.append((index + 1, String(line)))
      }
    }
    return lines
  }
}

public struct HolidayFileError: Error, Sendable, Equatable, CustomStringConvertible {
  public let file: String
  public let line: Int?
  public let message: String

  public var description: String {
    "\(file)\(line.map { ":\($0)" } ?? ""): \(message); until it is mended nobody of this audience"
      + " is contacted"
  }
}

private struct Parser {
  let file: String
  private var holidays = Holidays()
  private var event: Event?
  private var line = 1
  /// Open components, the innermost last.
  private var open: [String] = []
  private var isCalendar = false
  private var events = 0

  init(file: String) { self.file = file }

  private struct Event {
    var start: Day?
    var end: Day?
    var days: Int?
    var name = "holiday"
    var rule: YearlyRule?
    var excluded: Set<Day> = []
    var added: [Day] = []
    var isCancelled = false
    let line: Int
  }

  mutating func take(_ line: (number: Int, text: String)) throws(HolidayFileError) {
    if line.text.allSatisfy(\.isWhitespace) { return }
    self.line = line.number
    guard let property = Property(line.text) else { throw problem("is not a line of a calendar") }
    switch (property.name, property.value.uppercased()) {
    case ("BEGIN", let component): try begin(component)
    case ("END", let component): try end(component)
    default:
      guard isCalendar else { throw problem("a calendar begins with BEGIN:VCALENDAR") }
      if open.last == "VEVENT" { try take(property) }
    }
  }

  mutating func finish() throws(HolidayFileError) -> Holidays {
    if let component = open.last { throw problem("the file ends within \(component)") }
    if events == 0 { throw problem("has no event") }
    return holidays
  }

  private mutating func begin(_ component: String) throws(HolidayFileError) {
    if open.isEmpty, component != "VCALENDAR" {
      throw problem("a calendar begins with BEGIN:VCALENDAR")
    }
    isCalendar = true
    if component == "VEVENT" { event = Event(line: line) }
    open.append(component)
  }

  private mutating func end(_ component: String) throws(HolidayFileError) {
    guard open.last == component else {
      throw problem("END:\(component) without its BEGIN (\(open.last ?? "nothing") is open)")
    }
    open.removeLast()
    guard component == "VEVENT", let event else { return }
    events += 1
    self.event = nil
    try add(event)
  }

  private mutating func take(_ property: Property) throws(HolidayFileError) {
    guard var event else { return }
    switch property.name {
    case "DTSTART": event.start = try day(property)
    case "DTEND": event.end = try day(property)
    case "DURATION":
      guard let days = Self.days(property.value) else {
        throw problem("`\(property.value)` is not a duration of whole days, as in P1D")
      }
      event.days = days
    case "SUMMARY": event.name = Self.plain(property.value)
    case "STATUS": event.isCancelled = property.value.uppercased() == "CANCELLED"
    case "RRULE":
      guard let rule = YearlyRule(property.value) else {
        throw problem(
          "`\(property.value)` is not understood; holidays repeat by FREQ=YEARLY, with INTERVAL,"
            + " COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY")
      }
      event.rule = rule
    case "EXDATE": event.excluded.formUnion(try days(property))
    case "RDATE": event.added += try days(property)
    default: break
    }
    self.event = event
  }

  private mutating func add(_ event: Event) throws(HolidayFileError) {
    if event.isCancelled { return }
    line = event.line
    guard let start = event.start else { throw problem("the event `\(event.name)` has no DTSTART") }
    let length = event.end.map { max(1, $0.days(since: start)) } ?? event.days ?? 1
    guard length <= 366 else { throw problem("the event `\(event.name)` lasts \(length) days") }
    var starts = event.rule?.days(from: start) ?? [start]
    starts = starts.filter { !event.excluded.contains($0) } + event.added
    for first in starts {
      for ahead in 0..<max(1, length) { holidays[first.adding(days: ahead)] = event.name }
    }
  }

  private func day(_ property: Property) throws(HolidayFileError) -> Day {
    guard let day = Day(basic: property.value) else {
      throw problem(
        property.value.contains("T")
          ? "`\(property.value)` has a time of day; holidays are whole days"
          : "`\(property.value)` is no date such as 20261225")
    }
    return day
  }

  private func days(_ property: Property) throws(HolidayFileError) -> [Day] {
    var days: [Day] = []
    for text in property.value.split(separator: ",") {
      days.append(try day(Property(name: property.name, value: String(text))))
    }
    return days
  }

  private func problem(_ message: String) -> HolidayFileError {
    HolidayFileError(file: file, line: line, message: message)
  }

  /// `P1D`, `P2W`.
  private static func days(_ text: String) -> Int? {
    guard text.first == "P", let unit = text.last, let count = Int(text.dropFirst().dropLast()),
      (1...366).contains(count)
    else { return nil }
    return unit == "D" ? count : unit == "W" ? count * 7 : nil
  }

  private static func plain(_ text: String) -> String {
    text.replacing("\\,", with: ",").replacing("\\;", with: ";").replacing("\\n", with: " ")
      .replacing("\\\\", with: "\\")
  }
}

/// `NAME;PARAMETER=…:VALUE`.
private struct Property {
  let name: String
  let value: String

  init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  init?(_ line: String) {
    // A colon within quotes belongs to a parameter.
    var quoted = false
    guard
      let colon = line.firstIndex(where: {
        if $0 == "\"" { quoted.toggle() }
        return $0 == ":" && !quoted
      })
    else { return nil }
    name = line[..<colon].prefix { $0 != ";" }.uppercased()
    value = String(line[line.index(after: colon)...])
    if name.isEmpty || !name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }) { return nil }
  }
}
