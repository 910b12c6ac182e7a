import Configuration
import Foundation
import Outbox
import Receivables
import Support
import Testing

private let interpreter = ProcessInfo.processInfo.environment["BALANCEALERT_SDK_PYTHON"]

/// Holidays as Python's icalendar and recurring_ical_events find them in the same file, day by day.
/// `BALANCEALERT_SDK_PYTHON` names a Python that has them, and the package `holidays`, whose
/// calendars of many countries are read.
@Suite(.enabled(if: interpreter != nil, "BALANCEALERT_SDK_PYTHON is not set"))
struct HolidayReferenceTests {
  private struct Calendar: Decodable {
    let name: String
    let text: Data
    let days: Set<String>

    /// Days that only one of the two finds, and errors.
    var differences: [String] {
      do throws(HolidayFileError) {
        let holidays = try HolidayFile.parse(Array(text), file: name).holidays
        let found = Set(
          holidays.days.filter { (2024...2030).contains($0.civil.year) }.map(\.description))
        return found.subtracting(days).map { "\(name): \($0) is none" }
          + days.subtracting(found).map { "\(name): \($0) is missing" }
      } catch {
        return [error.description]
      }
    }
  }

  private static func calendars(_ arguments: String...) throws -> [Calendar] {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/calendars.py").path
    let printed = try python([script] + arguments, input: Data(), executable: interpreter)
    return try JSONDecoder().decode([Calendar].self, from: printed)
  }

  @Test func theCalendarsOfManyCountriesAreReadRight() throws {
    let calendars = try Self.calendars("countries")
    let countries = Set(calendars.map { $0.name.prefix { $0 != " " } })
    #expect(countries.count >= 60)
    let differences = calendars.flatMap(\.differences)
    #expect(differences.isEmpty, "\(differences.sorted().prefix(20))")
    #expect(calendars.reduce(0) { $0 + $1.days.count } > 10_000)
  }

  @Test(arguments: [1, 2, 3])
  func madeUpCalendarsAreReadRight(_ seed: Int) throws {
    let calendars = try Self.calendars("random", "\(seed)", "200")
    #expect(calendars.count == 200)
    let differences = calendars.flatMap(\.differences)
    #expect(differences.isEmpty, "\(differences.sorted().prefix(20))")
  }
}
