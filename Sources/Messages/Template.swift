/// One form of one template, read and checked: every field in it is one that there is.
///
/// The language is Mustache: `{{field}}`, `{{#section}}`, `{{^inverted}}`, `{{! comment}}`,
/// `{{> partial}}`, `{{=<% %>=}}`. Fields are looked up when the template is read, not when it is
/// rendered; so a wrong name has a line and a column, and rendering is fast.
struct Template: Sendable {
  indirect enum Node: Sendable {
    case text(String)
    case value(Path, Encoding)
    case section(Path, opensFrame: Bool, [Node])
    case inverted(Path, [Node])
  }

  /// Where a value is found: a frame, counted from the outermost, then fields.
  struct Path: Sendable {
    let frame: Int
    let fields: [Field]
  }

  /// What is done to a value where it lands.
  enum Encoding: Sendable {
    case plain, html
    /// Inside a link that the template itself began.
    case urlPart
  }

  let form: Form
  let nodes: [Node]

  func render(_ root: any Frame) -> String {
    var rendering = Rendering(nameLimit: form.nameLimit, frames: [root])
    rendering.output.reserveCapacity(form == .html ? 8_192 : 1_024)
    rendering.write(nodes)
    return rendering.output
  }
}

/// What one path leads to. Texts are cleaned when a frame is made: they stay on one line.
enum Value {
  case nothing
  /// Words of ours: an amount, a date, a name from the config.
  case text(String)
  /// Words of a customer; shortened to what the form bears.
  case name(String)
  case url(String)
  case number(Int)
  case flag(Bool)
  case object(any Frame)
  case list([any Frame])

  init(_ text: String?) { self = text.map { .text($0) } ?? .nothing }
  init(name: String?) { self = name.map { .name($0) } ?? .nothing }
  init(url: String?) { self = url.map { .url($0) } ?? .nothing }

  /// Whether a section over it is shown.
  var isShown: Bool {
    switch self {
    case .nothing: false
    case .text(let text), .name(let text), .url(let text): !text.isEmpty
    case .number(let number): number != 0
    case .flag(let flag): flag
    case .object: true
    case .list(let list): !list.isEmpty
    }
  }
}

/// An object while a template is rendered.
protocol Frame {
  func value(of field: Field) -> Value
}

struct ScalarFrame: Frame {
  let value: Value
  func value(of field: Field) -> Value { value }
}

private struct Rendering {
  let nameLimit: Int
  var frames: [any Frame]
  var output = ""

  mutating func write(_ nodes: [Template.Node]) {
    for node in nodes {
      switch node {
      case .text(let text): output += text
      case .value(let path, let encoding): write(value(at: path), encoding)
      case .section(let path, let opensFrame, let inner):
        writeSection(value(at: path), opensFrame: opensFrame, inner)
      case .inverted(let path, let inner): if !value(at: path).isShown { write(inner) }
      }
    }
  }

  private mutating func writeSection(_ value: Value, opensFrame: Bool, _ inner: [Template.Node]) {
    guard value.isShown else { return }
    guard opensFrame else { return write(inner) }
    let opened: [any Frame]
    switch value {
    case .list(let list): opened = list
    case .object(let object): opened = [object]
    default: opened = [ScalarFrame(value: value)]
    }
    for frame in opened {
      frames.append(frame)
      write(inner)
      frames.removeLast()
    }
  }

  private func value(at path: Template.Path) -> Value {
    var frame = frames[path.frame]
    var value = Value.nothing
    for (index, field) in path.fields.enumerated() {
      value = frame.value(of: field)
      if index + 1 == path.fields.count { break }
      guard case .object(let inner) = value else { return .nothing }
      frame = inner
    }
    return value
  }

  private mutating func write(_ value: Value, _ encoding: Template.Encoding) {
    let text: String
    switch value {
    case .text(let words), .url(let words): text = words
    case .name(let name): text = shortened(name, to: nameLimit)
    case .number(let number):
      output += String(number)
      return
    case .nothing, .flag, .object, .list: return
    }
    switch encoding {
    case .plain: output += text
    case .html: output += Escaping.html(text)
    case .urlPart: output += Escaping.urlPart(text)
    }
  }
}

extension Form {
  /// The most characters of a customer's words that the form has room for.
  var nameLimit: Int {
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
