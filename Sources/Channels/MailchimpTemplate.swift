import Messages

/// A template as Mailchimp keeps it: mailchimp.com/developer/transactional/api/templates.
struct MailchimpTemplate: Decodable {
  let slug: String
  let code: String?
  let publishedCode: String?
  let publishedText: String?
  let publishedSubject: String?
  let isBroken: Bool?

  enum CodingKeys: String, CodingKey {
    case slug, code
    case publishedCode = "publish_code"
    case publishedText = "publish_text"
    case publishedSubject = "publish_subject"
    case isBroken = "is_broken_template"
  }

  /// - Parameters:
  ///   - names: the merge names that messages bring.
  ///   - mapped: whether the config chose them.
  func findings(
    _ names: [String],
    mapped: Bool,
    _ language: MailchimpChannel.Language
  ) -> [Finding] {
    guard let published = publishedCode, !published.isEmpty else {
      return [Finding(.problem, "the template \(slug) was never published")]
    }
    if isBroken == true {
      return [Finding(.problem, "the template \(slug) is broken: see its editor")]
    }
    let whole = [published, publishedText ?? "", publishedSubject ?? ""].joined(separator: "\n")
    let used = Self.names(in: whole, language)
    let known = Set(names.map { $0.lowercased() })
    if used.isDisjoint(with: known) {
      return [
        Finding(
          .problem,
          "the template \(slug) shows none of our fields: see merge and merge_language"
        )
      ]
    }
    let unused = mapped ? names.filter { !used.contains($0.lowercased()) } : []
    let unfilled = used.subtracting(known).sorted()
    return [Finding(.good, "the template \(slug) is published")]
      + unused.map { Finding(.problem, "the template \(slug) has no \($0)") }
      + unfilled.map { Finding(.problem, "the template's \($0) would stay empty: see merge") }
  }

  /// The merge names that a text asks for, in lower case.
  static func names(in text: String, _ language: MailchimpChannel.Language) -> Set<String> {
    let (opening, closing) = language == .handlebars ? ("{{", "}}") : ("*|", "|*")
    var names: Set<String> = []
    for piece in text.components(before: closing, after: opening) {
      let name =
        language == .handlebars ? handlebarsName(piece) : mailchimpName(piece)
      if let name { names.insert(name.lowercased()) }
    }
    return names
  }

  /// `name`, `{name`, `#if name`; none of `/if`, `else`, `this`, `@index`, `!a comment`.
  private static func handlebarsName(_ tag: Substring) -> String? {
    if let first = tag.first, "/!>@".contains(first) { return nil }
    let words = tag.split { " \t\n{}#^&~".contains($0) }
    guard let name = words.last, words.count <= 2,
      !["else", "this", "if", "unless", "each", "with"].contains(name),
      name.utf8.allSatisfy({ $0 == 95 || $0 == 45 || isLetterOrDigit($0) })
    else { return nil }
    return String(name)
  }

  /// `NAME`, `IF:NAME`, `HTML:NAME`; none of `END:IF`, `ELSE:`, nor of Mailchimp's own.
  private static func mailchimpName(_ tag: Substring) -> String? {
    let parts = tag.split(separator: ":", omittingEmptySubsequences: false)
    let own = ["UNSUB", "ARCHIVE", "EMAIL", "SUBJECT", "CURRENT_YEAR", "MC_PREVIEW_TEXT"]
    let name: Substring
    switch parts.count {
    case 1: name = parts[0]
    case 2 where ["IF", "IFNOT", "HTML", "TITLE", "LOWER", "UPPER", "URL"].contains(parts[0]):
      name = parts[1]
    default: return nil
    }
    guard !name.isEmpty, !own.contains(name.uppercased()),
      name.utf8.allSatisfy({ $0 == 95 || isLetterOrDigit($0) })
    else { return nil }
    return String(name)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 0x20)
  }
}

extension String {
  /// What stands between each `opening` and the next `closing`.
  fileprivate func components(before closing: String, after opening: String) -> [Substring] {
    ranges(of: opening).compactMap { start in
      let rest = self[start.upperBound...]
      return rest.firstRange(of: closing).map { rest[..<$0.lowerBound] }
    }
  }
}
