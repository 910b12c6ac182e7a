public import Receivables

/// When an audience may be contacted, by the clock on its wall.
public struct Hours: Sendable, Equatable {
  /// Part of some days of the week.
  public struct Window: Sendable, Hashable {
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

    /// Whether a moment lies in both.
    public func overlaps(_ other: Window) -> Bool {
      !weekdays.isDisjoint(with: other.weekdays) && from < other.to && other.from < to
    }
  }

  public private(set) var windows: [Window]
  /// Days without hours.
  public var holidays: Holidays
  /// Why the holidays are not known. Nobody is contacted then: a message on a holiday cannot be
  /// taken back, a late one can be explained.
  public var problem: String?

  public init(windows: [Window], holidays: Holidays = Holidays(), problem: String? = nil) {
    self.windows = windows.sorted { $0.from < $1.from }
    self.holidays = holidays
    self.problem = problem
  }

  public init(weekdays: Set<Int>, from: Int, to: Int) {
    self.init(windows: [Window(weekdays: weekdays, from: from, to: to)])
  }

  public mutating func add(_ window: Window) {
    windows = (windows + [window]).sorted { $0.from < $1.from }
  }

  /// `nil` when `instant` is within the hours; otherwise the moment at which they next begin.
  public func release(after instant: Instant, in zone: Zone) -> Instant? {
    let today = zone.day(of: instant)
    let second = zone.secondOfDay(instant)
    if problem == nil, holidays[today] == nil,
      windows.contains(where: {
        $0.weekdays.contains(today.weekday) && second >= $0.from && second < $0.to
      })
    {
      return nil
    }
    // A year of holidays is a mistake; the next day is looked at anew then.
    for ahead in 0...366 {
      let day = today.adding(days: ahead)
      if holidays[day] != nil { continue }
      for window in windows where window.weekdays.contains(day.weekday) {
        let start = zone.instant(of: day, second: window.from)
        if start > instant { return start }
      }
    }
    return zone.instant(of: today.adding(days: 1))
  }
}

/// Hours by audience, each by the clock of whom it is about.
public struct ContactHours: Sendable, Equatable {
  public var byAudience: [Audience: Hours]
  /// The organisation's.
  public var zone: Zone

  public init(_ byAudience: [Audience: Hours], zone: Zone) {
    self.byAudience = byAudience
    self.zone = zone
  }

  /// - Parameter account: a customer's hours are in the account's own zone where it has one.
  /// - Returns: `nil` when the audience may be contacted; otherwise from when, and why not now.
  public func hold(
    _ audience: Audience,
    of account: Account?,
    at instant: Instant
  ) -> (until: Instant, why: String)? {
    guard let hours = byAudience[audience] else { return nil }
    let zone = zone(audience, account)
    guard let until = hours.release(after: instant, in: zone) else { return nil }
    if let problem = hours.problem { return (until, "the holidays are not known: \(problem)") }
    let holiday = hours.holidays[zone.day(of: instant)].map { " (\($0))" } ?? ""
    let place = zone == self.zone ? "" : " in \(zone)"
    return (until, "outside the hours of \(audience)s\(place)\(holiday)")
  }

  /// The delivery, held until its audience may be contacted, where it may not be now.
  func held(_ delivery: Delivery, of account: Account?, at instant: Instant) -> Delivery {
    guard let hold = hold(delivery.audience, of: account, at: instant) else { return delivery }
    var delivery = delivery
    delivery.status = .held
    delivery.hold = .hours
    delivery.notBefore = hold.until
    delivery.why = hold.why
    return delivery
  }

  private func zone(_ audience: Audience, _ account: Account?) -> Zone {
    guard audience == .customer, let name = account?.timezone else { return zone }
    return Zone(name) ?? zone
  }
}
