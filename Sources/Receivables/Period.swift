/// A span of time as the config writes it: days of the calendar (`7d`, `2w`), or exact (`6h`,
/// `90s`).
public enum Period: Hashable, Sendable, CustomStringConvertible {
  case days(Int)
  case seconds(Int64)

  /// Of any unit; what is written in weeks is kept, and written again, in days.
  private static let most = 100_000

  /// A regular expression of what is read.
  public static let pattern = "^[0-9]{1,6}[smhdw]$"

  /// Reads `90s`, `10m`, `6h`, `7d`, `2w`; `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    guard let unit = text.last, let count = writtenNumber(text.dropLast()),
      count <= (unit == "w" ? Self.most / 7 : Self.most)
    else { return nil }
    switch unit {
    case "s": self = .seconds(Int64(count))
    case "m": self = .seconds(Int64(count) * 60)
    case "h": self = .seconds(Int64(count) * 3600)
    case "d": self = .days(count)
    case "w": self = .days(count * 7)
    default: return nil
    }
  }

  /// Whether it has passed since `start`. Days count dates in the zone of `now`, so that a daily
  /// job which starts a little early, or across a daylight-saving change, neither skips nor
  /// doubles.
  public func hasPassed(since start: Instant, at now: Now) -> Bool {
    switch self {
    case .days(let days): now.today.days(since: now.zone.day(of: start)) >= days
    case .seconds(let seconds): now.instant.seconds - start.seconds >= seconds
    }
  }

  /// Exact, a day as 24 hours: for what is counted by the clock and not by the calendar.
  public var seconds: Int64 {
    switch self {
    case .days(let days): Int64(days) * 86_400
    case .seconds(let seconds): seconds
    }
  }

  /// The day on which it will have passed.
  public func end(from start: Instant, in zone: Zone) -> Day {
    switch self {
    case .days(let days): zone.day(of: start).adding(days: days)
    case .seconds(let seconds): zone.day(of: start.adding(seconds: seconds))
    }
  }

  /// The moment from which it has passed.
  public func endInstant(from start: Instant, in zone: Zone) -> Instant {
    switch self {
    case .days(let days): zone.instant(of: zone.day(of: start).adding(days: days))
    case .seconds(let seconds): start.adding(seconds: seconds)
    }
  }

  public var description: String {
    switch self {
    case .days(let days): return "\(days)d"
    case .seconds(let seconds):
      if seconds % 3600 == 0, seconds > 0 { return "\(seconds / 3600)h" }
      if seconds % 60 == 0, seconds > 0 { return "\(seconds / 60)m" }
      return "\(seconds)s"
    }
  }
}
