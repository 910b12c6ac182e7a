import Mustache

/// What a template finds, by name.
typealias Fields = [String: FieldValue]

/// A value, and what kind of thing it is: decides how it is shown, and what a section over it
/// opens. One that is not known is empty, and not left out: the library would look further out.
enum FieldValue: Sendable {
  /// Words of ours: an amount, a date, a name from the config.
  case text(String)
  /// Words of a customer; shortened to what the form bears.
  case name(String)
  case url(String)
  case number(Int)
  /// A question, for sections only.
  case flag(Bool)
  case object(Fields)
  case list([Fields])

  /// Of an object; none of anything else.
  var fields: Fields { if case .object(let fields) = self { fields } else { [:] } }
  var isURL: Bool { if case .url = self { true } else { false } }
}

/// A value as swift-mustache asks for it, for one form.
struct ShownValue: MustacheParent, MustacheCustomRepresentation, MustacheCustomRenderable {
  let value: FieldValue
  let form: Form

  func child(named name: String) -> Any? {
    value.fields[name].map { ShownValue(value: $0, form: form) }
  }

  var representation: Any? {
    switch value {
    case .flag(let flag): flag
    case .list(let list): list.map { ShownValue(value: .object($0), form: form) }
    default: self
    }
  }

  /// Whether a section over it is left out.
  var isNull: Bool {
    switch value {
    case .text(let text), .name(let text), .url(let text): text.isEmpty
    case .number(let number): number == 0
    case .object(let fields): fields.isEmpty
    case .flag, .list: false
    }
  }

  /// In HTML between two marks: the escaping depends on where it lands.
  var renderText: String {
    let text =
      switch value {
      case .text(let text), .url(let text): text
      case .name(let name): shortened(name, to: form.nameLimit)
      case .number(let number): String(number)
      case .flag, .object, .list: ""
      }
    return form == .html ? "\(HTMLScanner.mark)\(text)\(HTMLScanner.mark)" : text
  }
}

extension Form {
  /// The most characters of a customer's words that the form has room for.
  fileprivate var nameLimit: Int {
    switch self {
    case .short: 40
    case .subject, .title: 80
    case .text, .html: 200
    }
  }
}

/// Cut by Unicode scalars, of which one visible character can have thousands.
func shortened(_ text: String, to limit: Int) -> String {
  if text.utf8.count <= limit || text.unicodeScalars.count <= limit { return text }
  return Escaping.singleLine(String(text.unicodeScalars.prefix(limit - 3))) + "..."
}
