import Receivables

/// The forms of one message: those that have a template, and those that are made from others.
struct FormRendering {
  let templates: TemplateSet
  let name: String
  let audience: Audience?
  let locale: String
  let defaultLocale: String
  let organisation: String
  let makeFields: (_ language: String?, _ room: Room) -> Fields

  private var made: [String: Fields] = [:]

  init(
    templates: TemplateSet,
    name: String,
    audience: Audience?,
    locale: String,
    defaultLocale: String,
    organisation: String,
    makeFields: @escaping (String?, Room) -> Fields
  ) {
    self.templates = templates
    self.name = name
    self.audience = audience
    self.locale = locale
    self.defaultLocale = defaultLocale
    self.organisation = organisation
    self.makeFields = makeFields
  }

  mutating func text(of form: Form) -> String {
    switch form {
    case .subject: line([.subject, .title])
    case .title: line([.title, .subject])
    case .text: text()
    case .html: html()
    case .short: short()
    }
  }

  /// A title that is missing is the subject, and the other way round.
  private mutating func line(_ forms: [Form]) -> String {
    guard let (template, language) = find(forms) else { return Escaping.singleLine(organisation) }
    return Escaping.singleLine(template.render(fields(language)))
  }

  private mutating func text() -> String {
    guard let (template, language) = find([.text]) else {
      return find([.short]) == nil ? line([.subject, .title]) : short()
    }
    return Tidy.text(template.render(fields(language)))
  }

  /// HTML that is missing is the text in the built-in frame.
  private mutating func html() -> String {
    let found = find([.html, .text])
    if let (template, language) = found, template.form == .html {
      return template.render(fields(language))
    }
    let fields = fields(found?.language)
    let top = templates.partial("html-top", in: name)?.render(fields) ?? ""
    let bottom = templates.partial("html-bottom", in: name)?.render(fields) ?? ""
    return top + Tidy.htmlParagraphs(text()) + bottom
  }

  /// A short form that is missing is the first paragraph of the text. What is not needed stays
  /// where the message with it has at most 160 characters.
  private mutating func short() -> String {
    guard let (template, language) = find([.short]) else {
      if find([.text]) == nil { return line([.subject, .title]) }
      return Escaping.plainPunctuation(Tidy.shortParagraph(text()))
    }
    let full = short(template, fields(language))
    if Tidy.smsLength(full) <= 160 { return full }
    for room in Room.narrower {
      let less = short(template, makeFields(language, room))
      if Tidy.smsLength(less) <= 160 { return less }
    }
    return full
  }

  private func short(_ template: Template, _ fields: Fields) -> String {
    Tidy.text(Escaping.plainPunctuation(template.render(fields)))
  }

  private func find(_ forms: [Form]) -> (template: Template, language: String?)? {
    templates.template(
      name, forms, for: audience, locale: locale, defaultLocale: defaultLocale)
  }

  private mutating func fields(_ language: String?) -> Fields {
    if let fields = made[language ?? ""] { return fields }
    let fields = makeFields(language, .all)
    made[language ?? ""] = fields
    return fields
  }
}

/// What of a message is said only where there is room.
struct Room {
  var payURL = true
  var promise = true
  var part = true

  static let all = Room()
  /// What goes first comes first: a link helps more than a reminder of what was promised.
  static let narrower = [
    Room(promise: false), Room(payURL: false), Room(payURL: false, promise: false),
    Room(payURL: false, promise: false, part: false),
  ]
}

/// Last touches to a rendered form.
enum Tidy {
  /// No blanks at line ends, one blank line where there were three or more, none at either end.
  static func text(_ text: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    var lineEnds = 0
    var blanks = 0
    for byte in text.utf8 {
      switch byte {
      case 13: continue
      case 10:
        lineEnds += 1
        blanks = 0
      case 32, 9: blanks += 1
      default:
        if lineEnds > 0, !result.isEmpty {
          result += repeatElement(10, count: lineEnds > 3 ? 2 : lineEnds)
        }
        if blanks > 0, !result.isEmpty || lineEnds > 0 {
          result += repeatElement(32, count: blanks)
        }
        (lineEnds, blanks) = (0, 0)
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The first paragraph that is not a greeting, on one line.
  static func shortParagraph(_ text: String) -> String {
    let paragraphs = text.split(separator: "\n\n").map { Escaping.singleLine(String($0)) }
    return paragraphs.first { !$0.hasSuffix(",") } ?? paragraphs.first ?? ""
  }

  /// Characters as GSM-7 counts them: some take two.
  static func smsLength(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ("€[]{}\\^~|".unicodeScalars.contains($1) ? 2 : 1) }
  }

  /// Paragraphs of a text as HTML; indented lines keep their columns.
  static func htmlParagraphs(_ text: String) -> String {
    var result = ""
    for paragraph in text.split(separator: "\n\n") {
      let lines = paragraph.split(separator: "\n").map { Escaping.html(String($0)) }
      if lines.allSatisfy({ $0.hasPrefix("  ") }) {
        result +=
          "<pre style=\"margin:0 0 16px;font-family:Menlo,Consolas,monospace;font-size:13px\">"
        result += lines.joined(separator: "\n") + "</pre>\n"
      } else {
        result += "<p style=\"margin:0 0 16px\">" + lines.joined(separator: "<br>\n") + "</p>\n"
      }
    }
    return result
  }
}
