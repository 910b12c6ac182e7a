/// Reads one template; collects every problem in place of stopping at the first.
struct TemplateParser {
  private let form: Form
  private let partials: [String: TemplateSource]
  private var source: TemplateSource
  private var index = 0
  private var open: [UInt8] = Array("{{".utf8)
  private var close: [UInt8] = Array("}}".utf8)
  private var scopes: [Shape]
  private var html: HTMLScanner?
  /// Names of the partials that are being read, outermost first.
  private var nesting: [String] = []
  private(set) var problems: [TemplateProblem] = []

  /// - Parameter root: `.digest` for the template `digest`, `.alert` otherwise.
  static func parse(
    _ source: TemplateSource,
    form: Form,
    root: Shape,
    partials: [String: TemplateSource]
  ) -> (Template, [TemplateProblem]) {
    var parser = TemplateParser(source, form: form, root: root, partials: partials)
    let nodes = parser.nodes()
    return (Template(form: form, nodes: nodes), parser.problems)
  }

  private init(
    _ source: TemplateSource,
    form: Form,
    root: Shape,
    partials: [String: TemplateSource]
  ) {
    self.source = source
    self.form = form
    self.partials = partials
    scopes = [root]
    html = form == .html ? HTMLScanner() : nil
  }

  private struct Opening {
    let name: String
    let place: Int
  }

  /// The sections that are open in this file, outermost first.
  private var openings: [Opening] = []
  /// Of the open scalar sections.
  private var scalarKinds: [FieldKind] = []
  /// How many open sections have a name that means nothing: what is in them cannot be judged.
  private var unknownSections = 0
  private var isTorn = false

  private mutating func nodes(until opening: Opening? = nil) -> [Template.Node] {
    var nodes: [Template.Node] = []
    while index < source.bytes.count {
      let start = index
      guard let tag = source.find(open, from: index) else {
        append(source.bytes[start...], to: &nodes)
        index = source.bytes.count
        break
      }
      guard let content = content(ofTagAt: tag) else { break }
      let sigil = content.first ?? 0
      let name = trimmed("#^/!>&={".utf8.contains(sigil) ? content.dropFirst() : content)
      let isAlone =
        "#^/!>=".utf8.contains(sigil) ? source.line(aroundTagAt: tag, until: index) : nil
      append(source.bytes[start..<max(start, isAlone?.lowerBound ?? tag)], to: &nodes)
      if let isAlone { index = isAlone.upperBound }
      switch sigil {
      case UInt8(ascii: "!"): break
      case UInt8(ascii: "="): setDelimiters(content, at: tag)
      case UInt8(ascii: ">"): nodes += partial(name, at: tag)
      case UInt8(ascii: "#"), UInt8(ascii: "^"):
        nodes += section(name, isInverted: sigil == UInt8(ascii: "^"), at: tag)
      case UInt8(ascii: "/"):
        if name == opening?.name { return nodes }
        if openings.contains(where: { $0.name == name }) {
          // It closes a section further out: only the inner one is at fault.
          index = tag
          reportUnclosed(opening)
          return nodes
        }
        report(tag, "`{{/\(name)}}` closes a section that is not open")
      default: value(name, at: tag).map { nodes.append($0) }
      }
    }
    if !isTorn { reportUnclosed(opening) }
    return nodes
  }

  private mutating func reportUnclosed(_ opening: Opening?) {
    guard let opening else { return }
    report(
      opening.place,
      "the section `\(opening.name)` is never closed: `{{/\(opening.name)}}`"
    )
  }

  // MARK: Tags

  /// What stands between the delimiters; leaves `index` behind the tag.
  private mutating func content(ofTagAt tag: Int) -> ArraySlice<UInt8>? {
    let start = tag + open.count
    // A triple mustache closes with three.
    let isTriple = start < source.bytes.count && source.bytes[start] == UInt8(ascii: "{")
    let closing = isTriple ? [UInt8(ascii: "}")] + close : close
    guard let end = source.find(closing, from: start) else {
      report(tag, "the tag is never closed: `\(String(decoding: close, as: UTF8.self))`")
      index = source.bytes.count
      isTorn = true
      return nil
    }
    index = end + closing.count
    return source.bytes[start..<end].drop { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
  }

  private mutating func value(_ name: String, at tag: Int) -> Template.Node? {
    guard let (path, kind) = resolve(name, at: tag) else { return nil }
    switch kind {
    case .object, .list:
      report(tag, "`\(name)` is not a value: use a section, `{{#\(name)}} … {{/\(name)}}`")
      return nil
    case .flag:
      report(tag, "`\(name)` is a question: use a section, `{{#\(name)}} … {{/\(name)}}`")
      return nil
    case .text, .url, .number: break
    }
    guard let place = html?.place else { return .value(path, .plain) }
    html?.noteValue()
    return encoding(of: kind, name: name, in: place, at: tag).map { .value(path, $0) }
  }

  private mutating func encoding(
    of kind: FieldKind,
    name: String,
    in place: HTMLScanner.Place,
    at tag: Int
  ) -> Template.Encoding? {
    switch place {
    case .text: return .html
    case .unquoted:
      report(tag, "`{{\(name)}}` stands inside a tag without quotes around it")
    case .code(let element):
      report(tag, "`{{\(name)}}` stands inside <\(element)>, where no escaping is safe")
    case .attribute(let attribute, let before):
      if attribute.hasPrefix("on") || attribute == "style" || attribute == "srcdoc" {
        report(tag, "`{{\(name)}}` stands in `\(attribute)`, where no escaping is safe")
      } else if !Self.linkAttributes.contains(attribute) {
        return .html
      } else if before.isEmpty, kind == .url {
        return .html
      } else if Self.linkStarts.contains(where: { before.lowercased().hasPrefix($0) }) {
        return .urlPart
      } else {
        report(
          tag,
          "`{{\(name)}}` begins a link, which only a URL field may; "
            + "or begin it with https://, mailto: or tel:"
        )
      }
    }
    return nil
  }

  private static let linkAttributes: Set = [
    "href", "xlink:href", "src", "srcset", "action", "formaction", "background", "poster", "cite",
    "data", "ping",
  ]
  private static let linkStarts = [
    "https://", "http://", "mailto:", "tel:", String(UnicodeScalar(HTMLScanner.mark)),
  ]

  private mutating func section(
    _ name: String,
    isInverted: Bool,
    at tag: Int
  ) -> [Template.Node] {
    let opening = Opening(name: name, place: tag)
    let resolved = resolve(name, at: tag)
    var opensFrame = false
    if !isInverted, case .some((_, let kind)) = resolved {
      switch kind {
      case .flag: break
      case .object(let shape), .list(let shape):
        scopes.append(shape)
        opensFrame = true
      case .text, .url, .number:
        scalarKinds.append(kind)
        scopes.append(.scalar)
        opensFrame = true
      }
    }
    if resolved == nil { unknownSections += 1 }
    openings.append(opening)
    let inner = nodes(until: opening)
    openings.removeLast()
    if resolved == nil { unknownSections -= 1 }
    if opensFrame, scopes.removeLast() == .scalar { scalarKinds.removeLast() }
    guard case .some((let path, _)) = resolved else { return [] }
    return [isInverted ? .inverted(path, inner) : .section(path, opensFrame: opensFrame, inner)]
  }

  private mutating func partial(_ name: String, at tag: Int) -> [Template.Node] {
    guard let partial = partials[name] else {
      let near = suggestion(for: name, among: partials.keys.sorted())
      report(tag, "there is no partial `shared/\(name).mustache`\(near)")
      return []
    }
    guard !nesting.contains(name) else {
      report(tag, "the partial `\(name)` takes in itself")
      return []
    }
    let outer = (source, index, open, close, openings)
    (source, index, open, close) = (partial, 0, Array("{{".utf8), Array("}}".utf8))
    openings = []
    nesting.append(name)
    let inner = nodes()
    nesting.removeLast()
    (source, index, open, close, openings) = outer
    return inner
  }

  private mutating func setDelimiters(_ content: ArraySlice<UInt8>, at tag: Int) {
    let parts = trimmed(content.dropFirst().dropLast()).split { $0 == " " }
    guard content.last == UInt8(ascii: "="), parts.count == 2 else {
      report(tag, "delimiters are set with `{{=<% %>=}}`")
      return
    }
    open = Array(parts[0].utf8)
    close = Array(parts[1].utf8)
  }

  // MARK: Names

  private mutating func resolve(_ name: String, at tag: Int) -> (Template.Path, FieldKind)? {
    if name == "." {
      if scopes.last == .scalar, let kind = scalarKinds.last {
        return (Template.Path(frame: scopes.count - 1, fields: [.itself]), kind)
      }
      report(tag, "`{{.}}` has a meaning only in a section over a single value")
      return nil
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for (frame, shape) in scopes.enumerated().reversed() {
      guard let first = Field(rawValue: parts[0]), var kind = shape.kind(of: first) else {
        continue
      }
      var fields = [first]
      for part in parts.dropFirst() {
        guard case .object(let inner) = kind, let field = Field(rawValue: part),
          let next = inner.kind(of: field)
        else { return unknown(name, at: tag) }
        fields.append(field)
        kind = next
      }
      return (Template.Path(frame: frame, fields: fields), kind)
    }
    return unknown(name, at: tag)
  }

  private mutating func unknown(_ name: String, at tag: Int) -> (Template.Path, FieldKind)? {
    let isField = name.split(separator: ".").allSatisfy { Field(rawValue: String($0)) != nil }
    if unknownSections > 0 && isField { return nil }
    let known = scopes.reversed().flatMap(\.paths)
    report(tag, "there is no field `\(name)`\(suggestion(for: name, among: known))")
    return nil
  }

  // MARK: Text

  private mutating func append(_ bytes: ArraySlice<UInt8>, to nodes: inout [Template.Node]) {
    if bytes.isEmpty { return }
    html?.read(bytes)
    nodes.append(.text(String(decoding: bytes, as: UTF8.self)))
  }

  private mutating func report(_ place: Int, _ message: String) {
    let (line, column) = source.position(of: place)
    problems.append(TemplateProblem(file: source.file, line: line, column: column, message))
  }
}

private func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
  func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
  var rest = bytes.drop(while: isSpace)
  while let last = rest.last, isSpace(last) { rest.removeLast() }
  return String(decoding: rest, as: UTF8.self)
}
