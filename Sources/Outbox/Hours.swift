public import Receivables

/// When an audience may be contacted, by the clock on its wall.
public struct Hours: Sendable, Equatable {
  /// ISO weekdays, 1 is Monday.
  public var weekdays: Set<Int>
  /// Seconds since midnight, from inclusive, to exclusive.
  public var from: Int
  public var to: Int

  public init(weekdays: Set<Int>, from: Int, to: Int) {
    self.weekdays = weekdays
    self.from = from
    self.to = to
  }

  /// `nil` when `instant` is within the hours; otherwise the moment at which they next begin.
  public func release(after instant: Instant, in zone: Zone) -> Instant? {
    let day = zone.day(of: instant)
    let second = zone.secondOfDay(instant)
    if weekdays.contains(day.weekday), second >= from, second < to { return nil }
    for ahead in 0...7 {
      let next = day.adding(days: ahead)
      guard weekdays.contains(next.weekday) else { continue }
      let start = zone.instant(of: next, second: from)
      if start > instant { return start }
    }
    return zone.instant(of: day.adding(days: 1), second: from)
  }
}
