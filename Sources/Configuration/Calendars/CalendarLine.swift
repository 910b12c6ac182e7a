import Host
import Receivables

/// A line of a calendar, with those that go on from it.
struct CalendarLine {
  /// Of its first line, from 1.
  let number: Int
  let text: String

  /// Lines end with CR LF, LF or CR. One that begins with a blank goes on from the one before, even
  /// within a character, so lines are joined as bytes and read as text afterwards.
  static func lines(of bytes: [UInt8]) -> [CalendarLine] {
    var lines: [CalendarLine] = []
    var pending: (number: Int, bytes: [UInt8])?
    var number = 0
    var rest = bytes[...]
    // Notepad and Outlook begin a file with a byte order mark.
    if rest.starts(with: TextFile.mark) { rest = rest.dropFirst(TextFile.mark.count) }
    func line(_ pending: (number: Int, bytes: [UInt8])?) -> [CalendarLine] {
      pending.map {
        [CalendarLine(number: $0.number, text: String(decoding: $0.bytes, as: UTF8.self))]
      } ?? []
    }
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == 10 || $0 == 13 } ?? rest.endIndex
      let content = rest[rest.startIndex..<end]
      number += 1
      if let first = content.first, first == 32 || first == 9, pending != nil {
        pending?.bytes += content.dropFirst()
      } else {
        lines += line(pending)
        pending = (number, Array(content))
      }
      rest = rest[end...]
      if rest.starts(with: [13, 10]) { rest = rest.dropFirst() }
      rest = rest.dropFirst()
    }
    return lines + line(pending)
  }
}

/// `NAME;PARAMETER=…:VALUE`.
struct CalendarProperty {
  let name: String
  let value: String
  /// In upper case, by their names.
  let parameters: [String: String]

  init?(_ line: String) {
    // A colon or a semicolon within quotes belongs to a parameter.
    var parts: [String] = [""]
    var quoted = false
    var value: String?
    for index in line.indices {
      let character = line[index]
      if character == "\"" { quoted.toggle() }
      if character == ":", !quoted {
        value = String(line[line.index(after: index)...])
        break
      }
      if character == ";", !quoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    guard let value else { return nil }
    name = parts[0].uppercased()
    if name.isEmpty || !name.utf8.allSatisfy(Self.isOfNames) { return nil }
    self.value = value
    var parameters: [String: String] = [:]
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.uppercased() }
      if pair.count == 2 { parameters[pair[0]] = pair[1] }
    }
    self.parameters = parameters
  }

  private static func isOfNames(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 95
  }

  /// A text without the backslashes that protect its commas and line ends.
  var plain: String {
    var plain = ""
    var isEscaped = false
    for character in value {
      if isEscaped {
        plain.append(character == "n" || character == "N" ? " " : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        plain.append(character)
      }
    }
    return plain
  }
}

/// A date, or a date with a time of day: `20261225`, `20261225T000000Z`.
struct CalendarTime: Equatable {
  let day: Day
  /// Seconds since midnight, wherever that is; `nil` of a date alone.
  let second: Int?
  /// Written with a `Z`.
  let isUTC: Bool

  var isMidnight: Bool { second == 0 }

  /// Whether it is certainly earlier: clocks of two zones are at most a day and two hours apart.
  func isBefore(_ other: CalendarTime) -> Bool {
    guard let second, let theirs = other.second else { return day < other.day }
    if isUTC != other.isUTC { return day.days(since: other.day) < -2 }
    return (day, second) < (other.day, theirs)
  }

  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 8, let day = Day(basic: String(decoding: bytes[..<8], as: UTF8.self))
    else { return nil }
    self.day = day
    if bytes.count == 8 {
      second = nil
      isUTC = false
      return
    }
    var time = bytes[8...]
    guard time.popFirst().map({ $0 | 0x20 }) == UInt8(ascii: "t") else { return nil }
    isUTC = time.last.map { $0 | 0x20 } == UInt8(ascii: "z")
    if isUTC { time.removeLast() }
    let digits = time.map { Int($0) - 48 }
    guard digits.count == 6 || digits.count == 4, digits.allSatisfy({ (0...9).contains($0) }) else {
      return nil
    }
    let pairs = stride(from: 0, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
    guard pairs[0] < 24, pairs[1] < 60, pairs.dropFirst(2).allSatisfy({ $0 <= 60 }) else {
      return nil
    }
    second = pairs[0] * 3600 + pairs[1] * 60 + (pairs.count > 2 ? pairs[2] : 0)
  }
}

extension Day {
  /// `20261225`, as calendars write it.
  init?(basic text: String) {
    guard text.utf8.count == 8, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    let text = Array(text)
    self.init("\(String(text[0..<4]))-\(String(text[4..<6]))-\(String(text[6..<8]))")
  }
}
