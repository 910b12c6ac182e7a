/// A JSON value whose keys stay in the order given: the same message gives the same bytes.
enum JSONBody: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case null
  case bool(Bool)
  case number(Int)
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
  var compact: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): String(value)
    case .text(let text): Self.quoted(text)
    case .list(let values): "[\(values.map(\.compact).joined(separator: ","))]"
    case .object(let entries):
      "{\(entries.map { "\(Self.quoted($0.key)):\($0.value.compact)" }.joined(separator: ","))}"
    }
  }

  var bytes: [UInt8] { Array(compact.utf8) }

  /// The same object with one more key behind, left out where there is no value.
  func adding(_ key: String, _ value: JSONBody?) -> JSONBody {
    guard let value, case .object(let entries) = self else { return self }
    return .object(entries + [(key: key, value: value)])
  }

  static func == (a: JSONBody, b: JSONBody) -> Bool { a.compact == b.compact }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      // The line ends of JavaScript too: some readers of JSON lines split there.
      case "\u{0}"..<"\u{20}", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
