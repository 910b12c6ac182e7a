import Foundation

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
public struct Instant: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let seconds: Int64

  /// Out of the years that are written, it is the first or the last second of them: whatever stands
  /// in a file, sums of seconds do not overflow.
  public init(seconds: Int64) {
    self.seconds = min(max(seconds, Self.written.lowerBound), Self.written.upperBound)
  }

  /// Reads RFC 3339: `2026-11-23T17:40:05Z`, `2026-11-24T06:40:05+13:00`; a fraction is dropped.
  /// `nil` too for a moment that cannot be written so: its year in UTC is not 0 to 9999.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] | 0x20 == UInt8(ascii: "t"),
      let day = Day(String(decoding: bytes[0..<10], as: UTF8.self)),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let hour = twoDigits(bytes, 11), hour < 24, let minute = twoDigits(bytes, 14), minute < 60,
      let second = twoDigits(bytes, 17), second <= 60
    else { return nil }
    var rest = bytes[19...]
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst().drop { $0 >= 48 && $0 <= 57 }
    }
    let local = Int64(day.number) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    if rest.count == 1, let z = rest.first, z | 0x20 == UInt8(ascii: "z") {
      guard Self.written.contains(local) else { return nil }
      self.seconds = local
      return
    }
    let zone = Array(rest)
    guard zone.count == 6, zone[3] == UInt8(ascii: ":"), zone[0] == 43 || zone[0] == 45,
      let hours = twoDigits(zone, 1), hours < 24, let minutes = twoDigits(zone, 4), minutes < 60
    else { return nil }
    let offset = Int64(hours * 3600 + minutes * 60)
    let utc = zone[0] == 43 ? local - offset : local + offset
    guard Self.written.contains(utc) else { return nil }
    self.seconds = utc
  }

  /// Of the years that have four digits in UTC.
  private static let written: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

  public func adding(seconds: Int64) -> Instant {
    let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
    return Instant(seconds: overflow ? (seconds < 0 ? .min : .max) : sum)
  }

  /// `2026-11-23T17:40:05Z`.
  public var description: String {
    let (day, second) = seconds.flooredDivision(by: 86_400)
    let time = Int(second)
    return "\(Day(number: Int(day)))T\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):"
      + "\(padded(time % 60, 2))Z"
  }

  public static func < (a: Self, b: Self) -> Bool { a.seconds < b.seconds }
}

/// The zone in which an organisation's days begin and end.
public struct Zone: Hashable, Sendable, CustomStringConvertible {
  private let timeZone: TimeZone
  /// As it was written: Foundation calls UTC GMT.
  public let description: String

  /// - Parameter identifier: an IANA name, `Pacific/Auckland`. `nil` where it is not known.
  public init?(_ identifier: String) {
    guard identifier == "UTC" || identifier.contains("/") || identifier == "GMT",
      let zone = TimeZone(identifier: identifier)
    else { return nil }
    timeZone = zone
    description = identifier
  }

  /// Whether that is a name of this zone: UTC has several.
  public func isNamed(_ identifier: String) -> Bool {
    let ofUTC: Set = ["UTC", "GMT", "Etc/UTC", "Etc/GMT", "Etc/UCT", "Etc/Zulu", "Etc/Universal"]
    return identifier == description || ofUTC.contains(identifier) && ofUTC.contains(description)
  }

  public static let utc = Zone(utc: TimeZone.gmt)
  private init(utc zone: TimeZone) {
    timeZone = zone
    description = "UTC"
  }

  /// Seconds east of Greenwich at that moment.
  public func offset(at instant: Instant) -> Int64 {
    Int64(
      timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant.seconds)))
    )
  }

  public func day(of instant: Instant) -> Day {
    Day(number: Int((instant.seconds + offset(at: instant)).flooredDivision(by: 86_400).quotient))
  }

  /// Seconds since the zone's midnight by the clock on the wall.
  public func secondOfDay(_ instant: Instant) -> Int {
    Int((instant.seconds + offset(at: instant)).flooredDivision(by: 86_400).remainder)
  }

  /// The moment at which the clock on the wall shows that time; the first of two when the clock is
  /// put back, the moment of the change when the hour is skipped.
  public func instant(of day: Day, second: Int = 0) -> Instant {
    let wall = Int64(day.number) * 86_400 + Int64(second)
    // The two offsets around the wanted time; the larger gives the earlier moment.
    let before = offset(at: Instant(seconds: wall - 86_400))
    let after = offset(at: Instant(seconds: wall + 86_400))
    let early = Instant(seconds: wall - max(before, after))
    if offset(at: early) == max(before, after) { return early }
    let late = Instant(seconds: wall - min(before, after))
    if offset(at: late) == min(before, after) { return late }
    // Skipped: the first moment that has the new offset.
    var low = wall - max(before, after) - 7_200
    var high = wall - min(before, after) + 7_200
    while high - low > 1 {
      let middle = (low + high) / 2
      if offset(at: Instant(seconds: middle)) == after { high = middle } else { low = middle }
    }
    return Instant(seconds: high)
  }
}

/// Time, handed in once a pass: nothing below reads a clock.
public struct Now: Hashable, Sendable {
  public let instant: Instant
  public let zone: Zone

  public init(_ instant: Instant, in zone: Zone) {
    self.instant = instant
    self.zone = zone
  }

  /// The clock of this machine; the only place that looks at it.
  public static func ofThisMachine() -> Instant {
    Instant(seconds: Int64(Date().timeIntervalSince1970.rounded(.down)))
  }

  public var today: Day { zone.day(of: instant) }
}

extension Int64 {
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (q, r) = quotientAndRemainder(dividingBy: divisor)
    return r < 0 ? (q - 1, r + divisor) : (q, r)
  }
}

private func twoDigits(_ bytes: [UInt8], _ at: Int) -> Int? {
  guard bytes[at] >= 48, bytes[at] <= 57, bytes[at + 1] >= 48, bytes[at + 1] <= 57 else {
    return nil
  }
  return Int(bytes[at] - 48) * 10 + Int(bytes[at + 1] - 48)
}
