import Foundation
import Host
public import Outbox
import Receivables

/// Reads holidays from an iCalendar file (RFC 5545), as governments and calendar programs write
/// them: each `VEVENT` of whole days is one, repeated and moved as it says.
public enum HolidayFile {
  /// What a file says.
  public struct Contents: Sendable {
    public let holidays: Holidays
    /// What was passed over, in one sentence each.
    public let notices: [String]
  }

  /// - Throws: `HolidayFileError` when the file cannot be read, or with the first line that is not
  ///   understood: a holiday that is passed over would be a message on a holiday.
  public static func read(path: String) throws(HolidayFileError) -> Contents {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw HolidayFileError(file: path, line: nil, message: "cannot be read")
    }
    return try parse(Array(data), file: path)
  }

  /// - Throws: `HolidayFileError`.
  public static func parse(_ text: String, file: String) throws(HolidayFileError) -> Contents {
    try parse(Array(text.utf8), file: file)
  }

  /// - Throws: `HolidayFileError`.
  public static func parse(_ bytes: [UInt8], file: String) throws(HolidayFileError) -> Contents {
    if TextFile.isUTF16(bytes) {
      throw HolidayFileError(file: file, line: nil, message: TextFile.utf16)
    }
    var parser = CalendarParser(file: file)
    for line in CalendarLine.lines(of: bytes) { try parser.take(line) }
    return try HolidaySeries(try parser.finish(), file: file).contents()
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
