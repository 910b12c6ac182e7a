import Outbox
import Receivables

/// From events to days: series are laid out, and what was moved or cancelled of them is.
struct HolidaySeries {
  private let events: [CalendarEvent]
  private let file: String

  /// Days that a calendar may come to; one of a government has some hundred.
  private static let mostDays = 1_000_000
  private static let longestEvent = 366

  init(_ events: [CalendarEvent], file: String) {
    self.events = events
    self.file = file
  }

  func contents() throws(HolidayFileError) -> HolidayFile.Contents {
    var holidays = Holidays()
    var withTime: [CalendarEvent] = []
    var count = 0
    let current = Self.newestVersions(events)
    // Of each series the days that another event takes the place of.
    var replaced: [String: Set<Day>] = [:]
    for event in current {
      guard let uid = event.uid, let day = event.replaces else { continue }
      replaced[uid, default: []].insert(day)
    }
    for event in current where !event.isCancelled {
      guard let start = event.start else { continue }
      guard let length = event.wholeDays else {
        withTime.append(event)
        continue
      }
      guard length <= Self.longestEvent else {
        throw problem("the event `\(event.name)` lasts \(length) days", event)
      }
      // The event itself is the first of its series, whether the rule would name its day or not;
      // but none of a series that ended before it began.
      let ended = event.rules.compactMap(\.until).max().map { $0 < start.day } ?? false
      var starts: Set<Day> = ended ? [] : [start.day]
      if event.replaces == nil {
        for rule in event.rules { starts.formUnion(rule.days(from: start.day)) }
        starts.formUnion(event.added)
        starts.subtract(event.excluded)
        starts.subtract(event.uid.flatMap { replaced[$0] } ?? [])
      }
      count += starts.count * length
      guard count <= Self.mostDays else {
        throw problem("the event `\(event.name)` repeats too often", event)
      }
      for first in starts {
        for ahead in 0..<length { holidays[first.adding(days: ahead)] = event.name }
      }
    }
    return HolidayFile.Contents(holidays: holidays, notices: notices(withTime))
  }

  /// An event that was sent again with a higher `SEQUENCE` replaces its older version.
  private static func newestVersions(_ events: [CalendarEvent]) -> [CalendarEvent] {
    struct Key: Hashable {
      let uid: String
      let replaces: Day?
    }
    var newest: [Key: Int] = [:]
    for event in events {
      guard let uid = event.uid else { continue }
      let key = Key(uid: uid, replaces: event.replaces)
      newest[key] = max(newest[key] ?? event.sequence, event.sequence)
    }
    return events.filter { event in
      guard let uid = event.uid else { return true }
      return event.sequence == newest[Key(uid: uid, replaces: event.replaces)]
    }
  }

  private func notices(_ events: [CalendarEvent]) -> [String] {
    if self.events.isEmpty { return ["\(file): has no event: no day is a holiday"] }
    guard let first = events.first else { return [] }
    let rest = events.count > 1 ? " and \(events.count - 1) more" : ""
    return [
      "\(file):\(first.line): `\(first.name)`\(rest) passed over: an event with a time of day is no"
        + " holiday"
    ]
  }

  private func problem(_ message: String, _ event: CalendarEvent) -> HolidayFileError {
    HolidayFileError(file: file, line: event.line, message: message)
  }
}
