public import Receivables

/// Days on which an audience is not contacted, with their names.
public struct Holidays: Sendable, Equatable {
  private var names: [Day: String] = [:]

  public init() {}

  /// The name of the holiday on that day; `nil` where it is none.
  public subscript(day: Day) -> String? {
    get { names[day] }
    set { names[day] = newValue }
  }

  public var days: [Day] { names.keys.sorted() }

  public mutating func add(_ others: Holidays) {
    names.merge(others.names) { first, _ in first }
  }
}
