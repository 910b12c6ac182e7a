/// Secrets to be found in a text, however the text escapes them: as a URL, JSON, HTML or YAML, and
/// as one of these within another.
struct Needles: Sendable {
  /// `\n` and its like, as JSON writes the line ends of a private key.
  private static let controls = Dictionary(
    uniqueKeysWithValues: zip("nrtbf".utf8, [10, 13, 9, 8, 12] as [UInt8]))

  /// By their first byte, the longest first.
  private var byStart = [[[UInt8]]](repeating: [], count: 256)

  /// Fewer bytes of a secret that was cut off say nothing of it.
  private static let leastRest = 6
  /// What an escape takes at most: `&amp;amp;#x27;`.
  private static let longestEscape = 16
  private static let ellipsis = Array("…".utf8)
  private static let names: [(name: [UInt8], byte: UInt8)] = [
    ("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)[0]) }

  /// - Parameter secrets: an empty one is passed over.
  mutating func add(_ secrets: [String]) {
    for secret in secrets.map({ Array($0.utf8) }) {
      guard let first = secret.first, !byStart[Int(first)].contains(secret) else { continue }
      byStart[Int(first)].append(secret)
      byStart[Int(first)].sort { $0.count > $1.count }
    }
  }

  /// - Returns: how many bytes from `place` on are a secret, or what is left of one where the text
  ///   ends, or was cut with `…`; `nil` for none.
  func length(in bytes: [UInt8], at place: Int) -> Int? {
    var found = length(in: bytes, at: place, of: bytes[place])
    // Most bytes end here.
    guard Self.mayEscape(bytes[place]) else { return found }
    for start in Set(Self.readings(bytes, place).map(\.byte)) where start != bytes[place] {
      found = [found, length(in: bytes, at: place, of: start)].compactMap { $0 }.max()
    }
    return found
  }

  /// - Parameter start: what the text begins with at `place`, as it stands or as it is meant.
  private func length(in bytes: [UInt8], at place: Int, of start: UInt8) -> Int? {
    let same = byStart[Int(start)]
    if same.isEmpty { return nil }
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0
    let isPlain = bytes[place] == start && !Self.mayEscape(bytes[place]) && !Self.mayEscape(next)
    var rest: Int?
    for index in same.indices {
      if isPlain, same[index].count > 1, same[index][1] != next { continue }
      var trial = Try(same[index], in: bytes)
      guard let match = trial.match(from: 0, at: place) else { continue }
      if match.isWhole { return match.end - place }
      rest = max(rest ?? 0, match.end - place)
    }
    return rest
  }

  private struct Match {
    let end: Int
    /// Else the text was cut.
    let isWhole: Bool
  }

  /// Tries of one needle at one place. What was found once is known: an escape may be read in two
  /// ways, and a row of them in two to its power.
  private struct Try {
    let needle: [UInt8]
    let bytes: [UInt8]
    private var known: [Place: Match?] = [:]

    private struct Place: Hashable {
      let index: Int
      let at: Int
    }

    init(_ needle: [UInt8], in bytes: [UInt8]) { (self.needle, self.bytes) = (needle, bytes) }

    /// The needle from its byte `start` on, at `place` of the text.
    mutating func match(from start: Int, at place: Int) -> Match? {
      var (index, at) = (start, place)
      var found: Match?
      while index < needle.count, at < bytes.count {
        if needle[index] == 92, bytes[at] == 92 { return run(from: index, at: at) }
        // `&amp;` may be an escaped `&`, or the secret has `&amp;` itself.
        for reading in Needles.mayEscape(bytes[at]) ? Needles.readings(bytes, at) : []
        where reading.byte == needle[index] {
          guard let match = remembered(from: index + 1, at: reading.end) else { continue }
          if match.isWhole { return match }
          found = match
        }
        guard
          bytes[at] == needle[index] || Needles.isBlank(bytes[at]) && Needles.isBlank(needle[index])
        else {
          break
        }
        index += 1
        at += 1
      }
      if index == needle.count { return Match(end: at, isWhole: true) }
      return Needles.cut(bytes, at, of: index) ?? found
    }

    private mutating func remembered(from index: Int, at place: Int) -> Match? {
      let key = Place(index: index, at: place)
      if let match = known[key] { return match }
      let match = match(from: index, at: place)
      known[key] = match
      return match
    }

    /// Both go on with backslashes: those of the text are as many, or more the deeper they lie, and
    /// the last may belong to what follows.
    private mutating func run(from start: Int, at place: Int) -> Match? {
      let wanted = needle[start...].prefix { $0 == 92 }.count
      let there = bytes[place...].prefix(wanted * Needles.longestEscape).prefix { $0 == 92 }.count
      if there < wanted { return Needles.cut(bytes, place + there, of: start + there) }
      var found: Match?
      for count in Set([there, there - 1, wanted]) where count >= wanted && count <= there {
        guard let match = remembered(from: start + wanted, at: place + count) else { continue }
        if match.isWhole { return match }
        found = match
      }
      return found
    }
  }

  /// - Parameter count: how much of the needle was there.
  private static func cut(_ bytes: [UInt8], _ place: Int, of count: Int) -> Match? {
    guard count >= leastRest else { return nil }
    var end = place
    // An escape may have been cut with it.
    if end < bytes.count, isEscape(bytes[end]) {
      while end < bytes.count, end - place < longestEscape, bytes[end] > 32, bytes[end] < 127 {
        end += 1
      }
    }
    let isCut = end == bytes.count || bytes[end...].starts(with: ellipsis)
    return isCut ? Match(end: end, isWhole: false) : nil
  }

  private static func isEscape(_ byte: UInt8) -> Bool { byte == 37 || byte == 38 || byte == 92 }

  /// Line ends of a secret are blanks where its text was put on one line.
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 10 || byte == 13 }

  /// Whether `readings` has any.
  private static func mayEscape(_ byte: UInt8) -> Bool {
    byte == 37 || byte == 38 || byte == 39 || byte == 43 || byte == 92
  }

  /// What an escape at `place` may stand for, beside itself.
  private static func readings(_ bytes: [UInt8], _ place: Int) -> [(byte: UInt8, end: Int)] {
    switch bytes[place] {
    case UInt8(ascii: "%"): percents(bytes, place)
    case UInt8(ascii: "&"): entities(bytes, place)
    case UInt8(ascii: "\\"): backslashes(bytes, place)
    case UInt8(ascii: "'") where place + 1 < bytes.count && bytes[place + 1] == bytes[place]:
      [(bytes[place], place + 2)]
    case UInt8(ascii: "+"): [(32, place + 1)]
    default: []
    }
  }

  /// `%2F`, or `%252F` of a URL within a URL, which may be an escaped `%` before `2F` as well.
  private static func percents(_ bytes: [UInt8], _ place: Int) -> [(byte: UInt8, end: Int)] {
    var readings: [(byte: UInt8, end: Int)] = []
    var at = place + 1
    while at + 1 < bytes.count, readings.count < longestEscape,
      let high = hexValue(bytes[at]), let low = hexValue(bytes[at + 1])
    {
      at += 2
      readings.append((high << 4 | low, at))
      if readings.last?.byte != UInt8(ascii: "%") { break }
    }
    return readings
  }

  /// `&lt;`, `&#60;` or `&#x3c;`, and `&amp;lt;` of a page within a page, which may be an escaped
  /// `&` before `lt;` as well.
  private static func entities(_ bytes: [UInt8], _ place: Int) -> [(byte: UInt8, end: Int)] {
    var readings: [(byte: UInt8, end: Int)] = []
    var at = place + 1
    while readings.count < longestEscape, let reading = named(bytes, at) {
      at = reading.end
      readings.append(reading)
      if reading.byte != UInt8(ascii: "&") { break }
    }
    return readings
  }

  /// What follows a `&`.
  private static func named(_ bytes: [UInt8], _ place: Int) -> (byte: UInt8, end: Int)? {
    for entity in names where bytes[place...].starts(with: entity.name) {
      return (entity.byte, place + entity.name.count)
    }
    guard place < bytes.count, bytes[place] == UInt8(ascii: "#"),
      let end = bytes[place...].prefix(8).firstIndex(of: UInt8(ascii: ";"))
    else { return nil }
    let digits = String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
    let value = digits.hasPrefix("x") ? UInt8(digits.dropFirst(), radix: 16) : UInt8(digits)
    return value.map { ($0, end + 1) }
  }

  /// `\"`, `\/`, `\n`, `\u002f`, each with more backslashes the deeper it lies.
  private static func backslashes(_ bytes: [UInt8], _ place: Int) -> [(byte: UInt8, end: Int)] {
    let end = place + bytes[place...].prefix(longestEscape).prefix { $0 == 92 }.count
    guard end < bytes.count else { return [] }
    if bytes[end] == UInt8(ascii: "u"), end + 5 <= bytes.count {
      let digits = String(decoding: bytes[(end + 1)..<(end + 5)], as: UTF8.self)
      if let byte = UInt8(digits, radix: 16) { return [(byte, end + 5)] }
    }
    let plain = (byte: bytes[end], end: end + 1)
    return controls[bytes[end]].map { [($0, end + 1), plain] } ?? [plain]
  }
}
