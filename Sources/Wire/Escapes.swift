/// Escapes of texts within texts: of URLs, JSON, HTML, YAML, CSS, mail and programming languages.
/// Each is read in every way in which it may be meant, as a byte or as a letter of Unicode.
enum Escapes {
  struct Reading {
    /// What it stands for, as UTF-8; none for a line end that was put into a text.
    let bytes: [UInt8]
    let end: Int
  }

  /// An escape within an escape, `&amp;amp;#x27;`, is followed as deep as this.
  private static let deepest = 16

  /// `\n` and its like, as JSON writes the line ends of a private key.
  private static let controls = Dictionary(
    uniqueKeysWithValues: zip("nrtbf".utf8, [10, 13, 9, 8, 12] as [UInt8]))
  private static let names: [(name: [UInt8], byte: UInt8)] = [
    ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)[0]) }

  /// Whether `readings` has any.
  static func mayBegin(_ byte: UInt8) -> Bool {
    switch byte {
    case 10, 13, 37, 38, 39, 43, 61, 92: true
    default: false
    }
  }

  /// What an escape at `place` may stand for, beside itself.
  static func readings(_ bytes: [UInt8], _ place: Int) -> [Reading] {
    switch bytes[place] {
    case UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "\\"):
      return escapes(bytes, after: bytes[place], place + 1, 0)
    case UInt8(ascii: "'") where place + 1 < bytes.count && bytes[place + 1] == bytes[place]:
      return [Reading(bytes: [bytes[place]], end: place + 2)]
    case UInt8(ascii: "+"): return [Reading(bytes: [32], end: place + 1)]
    case UInt8(ascii: "="):
      if let end = lineEnd(bytes, place + 1) { return [Reading(bytes: [], end: end)] }
      return number(bytes, place + 1, radix: 16, digits: 2...2).flatMap(asByteOrLetter)
    case 10, 13: return lineEnd(bytes, place).map { [Reading(bytes: [], end: $0)] } ?? []
    default: return []
    }
  }

  private static func lineEnd(_ bytes: [UInt8], _ place: Int) -> Int? {
    let end =
      place + bytes[min(place, bytes.count)...].prefix(2).prefix { $0 == 10 || $0 == 13 }.count
    return end > place ? end : nil
  }

  /// - Parameter start: the sign that begins the escape, whose rest is at `place`. It may have been
  ///   escaped itself.
  private static func escapes(
    _ bytes: [UInt8], after start: UInt8, _ place: Int, _ depth: Int
  ) -> [Reading] {
    guard place < bytes.count, depth < deepest else { return [] }
    let readings =
      switch start {
      case UInt8(ascii: "%"): percents(bytes, place)
      case UInt8(ascii: "&"): entities(bytes, place)
      default: backslashes(bytes, place)
      }
    return readings
      + readings.flatMap { reading -> [Reading] in
        guard reading.bytes.count == 1, let sign = reading.bytes.first,
          sign == 37 || sign == 38 || sign == 92 && start != 92
        else { return [] }
        return escapes(bytes, after: sign, reading.end, depth + 1)
      }
  }

  /// `2F`, `u0041`.
  private static func percents(_ bytes: [UInt8], _ place: Int) -> [Reading] {
    if bytes[place] | 32 == UInt8(ascii: "u") { return units(bytes, place + 1, before: "%u") }
    return number(bytes, place, radix: 16, digits: 2...2).flatMap(asByteOrLetter)
  }

  /// `lt;`, `#60;`, `#x3c;`, in capitals too, and without the semicolon; a name of a letter beyond
  /// ASCII begins with its plain letter, and is not known here.
  private static func entities(_ bytes: [UInt8], _ place: Int) -> [Reading] {
    func ended(_ end: Int) -> Int { end < bytes.count && bytes[end] == 59 ? end + 1 : end }
    guard bytes[place] == UInt8(ascii: "#") else {
      return names.filter { isSame(bytes[place...].prefix($0.name.count), $0.name) }
        .map { Reading(bytes: [$0.byte], end: ended(place + $0.name.count)) }
    }
    let isHex = place + 1 < bytes.count && bytes[place + 1] | 32 == UInt8(ascii: "x")
    return number(bytes, place + (isHex ? 2 : 1), radix: isHex ? 16 : 10, digits: 1...12)
      .compactMap { found in
        letter(found.value).map { Reading(bytes: $0, end: ended(found.end)) }
      }
  }

  private static func isSame(_ text: ArraySlice<UInt8>, _ name: [UInt8]) -> Bool {
    text.map { $0 | 32 } == name
  }

  /// `"`, `/`, `n`, `u002f`, `u{2f}`, `U0000002f`, `x2f`, `057` and the `2f ` of CSS, each after
  /// more backslashes the deeper it lies.
  private static func backslashes(_ bytes: [UInt8], _ place: Int) -> [Reading] {
    let at = place + bytes[place...].prefix(deepest).prefix { $0 == 92 }.count
    guard at < bytes.count else { return [] }
    var readings: [Reading] = []
    let next = at + 1
    switch bytes[at] {
    case UInt8(ascii: "u"):
      readings = units(bytes, next, before: "\\u") + braced(bytes, next)
    case UInt8(ascii: "U"):
      readings = number(bytes, next, radix: 16, digits: 8...8).flatMap(asByteOrLetter)
    case UInt8(ascii: "x"):
      readings =
        number(bytes, next, radix: 16, digits: 2...2).flatMap(asByteOrLetter) + braced(bytes, next)
    default:
      readings = number(bytes, at, radix: 8, digits: 1...3).flatMap(asByteOrLetter)
    }
    readings += number(bytes, at, radix: 16, digits: 1...6).flatMap { found in
      asByteOrLetter(found).flatMap { reading -> [Reading] in
        let isBlank = reading.end < bytes.count && bytes[reading.end] == 32
        return isBlank ? [reading, Reading(bytes: reading.bytes, end: reading.end + 1)] : [reading]
      }
    }
    if let control = controls[bytes[at]] {
      readings.append(Reading(bytes: [control], end: next))
      if control == 10 || control == 13 { readings.append(Reading(bytes: [], end: next)) }
    }
    return readings + [Reading(bytes: [bytes[at]], end: next)]
  }

  private static func braced(_ bytes: [UInt8], _ place: Int) -> [Reading] {
    guard place < bytes.count, bytes[place] == UInt8(ascii: "{") else { return [] }
    return number(bytes, place + 1, radix: 16, digits: 1...8)
      .filter { $0.end < bytes.count && bytes[$0.end] == UInt8(ascii: "}") }
      .flatMap { asByteOrLetter((value: $0.value, end: $0.end + 1)) }
  }

  /// Four digits, or the two halves of a letter, each after its own sign.
  private static func units(_ bytes: [UInt8], _ place: Int, before sign: String) -> [Reading] {
    guard let high = number(bytes, place, radix: 16, digits: 4...4).first else { return [] }
    guard (0xD800..<0xDC00).contains(high.value) else { return asByteOrLetter(high) }
    let slashes = sign == "%u" ? 0 : bytes[high.end...].prefix(deepest).prefix { $0 == 92 }.count
    let start = sign == "%u" ? high.end : high.end + max(0, slashes - 1)
    guard start <= bytes.count, bytes[start...].starts(with: sign.utf8),
      let low = number(bytes, start + 2, radix: 16, digits: 4...4).first,
      (0xDC00..<0xE000).contains(low.value)
    else { return [] }
    let value = 0x10000 + (high.value - 0xD800) << 10 + (low.value - 0xDC00)
    return letter(value).map { [Reading(bytes: $0, end: low.end)] } ?? []
  }

  /// A number of as many digits as there are, and of fewer, since what follows may be a digit.
  private static func number(
    _ bytes: [UInt8], _ place: Int, radix: UInt32, digits: ClosedRange<Int>
  ) -> [(value: UInt32, end: Int)] {
    var found: [(value: UInt32, end: Int)] = []
    var value: UInt32 = 0
    var at = place
    while at < bytes.count, at - place < digits.upperBound, let digit = hexValue(bytes[at]),
      UInt32(digit) < radix, value < 0x11_0000
    {
      value = value * radix + UInt32(digit)
      at += 1
      if digits.contains(at - place) { found.append((value, at)) }
    }
    return found
  }

  private static func asByteOrLetter(_ found: (value: UInt32, end: Int)) -> [Reading] {
    let letter = letter(found.value).map { Reading(bytes: $0, end: found.end) }
    guard let byte = UInt8(exactly: found.value), byte >= 128 else {
      return [letter].compactMap { $0 }
    }
    return [Reading(bytes: [byte], end: found.end)] + [letter].compactMap { $0 }
  }

  private static func letter(_ value: UInt32) -> [UInt8]? {
    Unicode.Scalar(value).map { Array(String($0).utf8) }
  }
}
