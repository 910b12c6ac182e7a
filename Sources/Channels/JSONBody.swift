/// A JSON value whose keys stay in the order given: the same message gives the same bytes.
enum JSONBody: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case null
  case bool(Bool)
  case number(Int)
  /// A number as it is written, `1240.50`: no binary floating point comes near an amount.
  case decimal(String)
  case text(String)
  case list([JSONBody])
  case object([(key: String, value: JSONBody)])

  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: JSONBody...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, JSONBody)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }

  /// Text, or null where there is none.
  init(_ text: String?) { self = text.map(JSONBody.text) ?? .null }

  /// Without blanks, on one line.
  var compact: String { String(decoding: bytes, as: UTF8.self) }

  /// The same in UTF-8.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  /// The same object with one more key behind, left out where there is no value.
  func adding(_ key: String, _ value: JSONBody?) -> JSONBody {
    guard let value, case .object(let entries) = self else { return self }
    return .object(entries + [(key: key, value: value)])
  }

  static func == (a: JSONBody, b: JSONBody) -> Bool { a.compact == b.compact }

  private func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .number(let value): bytes += String(value).utf8
    case .decimal(let digits): bytes += digits.utf8
    case .text(let text): Self.write(quoted: text, to: &bytes)
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for (place, value) in values.enumerated() {
        if place > 0 { bytes.append(UInt8(ascii: ",")) }
        value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let entries):
      bytes.append(UInt8(ascii: "{"))
      for (place, entry) in entries.enumerated() {
        if place > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(quoted: entry.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        entry.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func write(quoted text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 32..<127 where scalar != "\"" && scalar != "\\": bytes.append(UInt8(scalar.value))
      default: bytes += escaped(scalar).utf8
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    // The line ends of JavaScript too: some readers of JSON lines split there.
    case "\u{0}"..<"\u{20}", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}":
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: return String(scalar)
    }
  }
}
