import Foundation

/// Goes through the tags of a template before swift-mustache reads it, for what the library lets
/// pass: a field that there is not would be silently empty, a value in the wrong place of an HTML
/// tag harmful. Collects every problem. Tags with which the library does more than fill in fields
/// are refused, or are names that there are not: blocks, pragmas, functions, dynamic partials.
struct TemplateCheck {
  /// Of partials that are taken in, also by partials.
  private(set) var included: Set<String> = []
  private(set) var problems: [TemplateProblem] = []
  private let partials: [String: TemplateSource]
  /// What the open sections stand over, outermost first; `nil` where that is not known.
  private var scopes: [FieldValue?]
  private var html: HTMLScanner?
  /// Names of the partials that are being read, outermost first.
  private var nesting: [String] = []

  init(form: Form, example: Fields, partials: [String: TemplateSource]) {
    self.partials = partials
    scopes = [.object(example)]
    html = form == .html ? HTMLScanner() : nil
  }

  private struct Tag {
    let source: TemplateSource
    let place: Int
    let sigil: Character
    let name: String

    init(_ source: TemplateSource, _ place: Int, _ content: ArraySlice<UInt8>) {
      let text = String(decoding: content, as: UTF8.self)
      self.source = source
      self.place = place
      sigil = text.first ?? " "
      let name = "#^/!>={&<$%".contains(sigil) ? text.dropFirst() : text[...]
      self.name = name.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  mutating func read(_ source: TemplateSource) {
    var rest = Array(source.text.utf8)[...]
    var (open, close) = (Array("{{".utf8), Array("}}".utf8))
    var sections: [Tag] = []
    defer { scopes.removeLast(sections.count) }
    while let start = rest.firstRange(of: open) {
      html?.read(rest[..<start.lowerBound])
      let end = rest[start.upperBound...].firstRange(of: close)
      let content = rest[start.upperBound..<(end?.lowerBound ?? rest.endIndex)]
      let tag = Tag(source, start.lowerBound, content)
      guard let end else {
        return report(tag, "the tag is never closed: `\(String(decoding: close, as: UTF8.self))`")
      }
      rest = rest[end.upperBound...]
      switch tag.sigil {
      case "!": break
      case ">": takeIn(tag)
      case "#", "^":
        // The library calls itself for each.
        guard sections.count < 50 else { return report(tag, "more than 50 sections are open") }
        openSection(tag)
        sections.append(tag)
      case "/": closeSection(tag, &sections)
      case "=":
        guard sections.isEmpty, let delimiters = delimiters(tag) else {
          return report(tag, "delimiters are set outside of sections, with `{{=<% %>=}}`")
        }
        (open, close) = delimiters
      case "<", "$", "%": report(tag, "a tag with `\(tag.sigil)` is not supported")
      case _ where tag.sigil.isNewline: report(tag, "a tag may not begin with a line end")
      default:
        if tag.sigil == "{", rest.first == UInt8(ascii: "}") { rest = rest.dropFirst() }
        checkValue(tag)
      }
    }
    html?.read(rest)
    sections.forEach { reportUnclosed($0) }
  }

  // MARK: Tags

  private mutating func checkValue(_ tag: Tag) {
    guard let value = resolve(tag) else { return }
    let section = "use a section, `{{#\(tag.name)}} … {{/\(tag.name)}}`"
    switch value {
    case .object, .list: report(tag, "`\(tag.name)` is not a value: \(section)")
    case .flag: report(tag, "`\(tag.name)` is a question: \(section)")
    case .text, .name, .url, .number:
      if let refusal = html?.refusal(isURL: value.isURL) {
        report(tag, "`{{\(tag.name)}}` \(refusal)")
      }
      html?.noteValue()
    }
  }

  private mutating func openSection(_ tag: Tag) {
    switch resolve(tag) {
    case nil: scopes.append(nil)
    case .flag: scopes.append(scopes.last ?? nil)
    case _ where tag.sigil == "^": scopes.append(scopes.last ?? nil)
    case .list(let items): scopes.append(.object(items.first ?? [:]))
    case .some(let value): scopes.append(value)
    }
  }

  private mutating func closeSection(_ tag: Tag, _ sections: inout [Tag]) {
    guard let index = sections.lastIndex(where: { $0.name == tag.name }) else {
      return report(tag, "`{{/\(tag.name)}}` closes a section that is not open")
    }
    // Where it closes one further out, only those inside are at fault.
    sections[(index + 1)...].forEach { reportUnclosed($0) }
    scopes.removeLast(sections.count - index)
    sections.removeSubrange(index...)
  }

  private mutating func takeIn(_ tag: Tag) {
    guard let partial = partials[tag.name] else {
      let near = suggestion(for: tag.name, among: partials.keys.sorted())
      return report(tag, "there is no partial `shared/\(tag.name).mustache`\(near)")
    }
    guard !nesting.contains(tag.name) else {
      return report(tag, "the partial `\(tag.name)` takes in itself")
    }
    included.insert(tag.name)
    nesting.append(tag.name)
    read(partial)
    nesting.removeLast()
  }

  /// At least two ASCII signs each: the library crashes on one, and counts composed characters.
  private func delimiters(_ tag: Tag) -> (open: [UInt8], close: [UInt8])? {
    let parts = tag.name.dropLast().split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
    guard tag.name.last == "=", parts.count == 2,
      parts.allSatisfy({ $0.count > 1 && $0.allSatisfy { $0 < 128 } })
    else { return nil }
    return (parts[0], parts[1])
  }

  // MARK: Names

  /// What the library will find; `nil` where it is not known, which is reported once.
  private mutating func resolve(_ tag: Tag) -> FieldValue? {
    guard tag.name != "." else {
      if case .object = scopes.last {
        report(tag, "`{{.}}` has a meaning only in a section over a single value")
        return nil
      }
      return scopes.last ?? nil
    }
    let parts = tag.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for scope in scopes.reversed() {
      guard let scope else { return nil }
      guard let first = scope.fields[parts[0]] else { continue }
      let found = parts.dropFirst().reduce(first) { $0?.fields[$1] }
      if let found { return found }
      break
    }
    let known = scopes.reversed().flatMap { $0?.fields.paths ?? [] }
    report(tag, "there is no field `\(tag.name)`\(suggestion(for: tag.name, among: known))")
    return nil
  }

  private mutating func reportUnclosed(_ section: Tag) {
    report(section, "the section `\(section.name)` is never closed: `{{/\(section.name)}}`")
  }

  private mutating func report(_ tag: Tag, _ message: String) {
    let (line, column) = tag.source.position(of: tag.place)
    problems.append(
      TemplateProblem(file: tag.source.file, line: line, column: column, message)
    )
  }
}

extension Fields {
  /// `account.name`: every way to say something here, for suggestions.
  fileprivate var paths: [String] {
    flatMap { name, value in [name] + value.fields.paths.map { "\(name).\($0)" } }.sorted()
  }
}
