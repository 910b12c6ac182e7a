/// Follows a template's own HTML, to know where a value lands. Escaping keeps a value harmless in
/// text and in quoted attributes, and nowhere else.
struct HTMLScanner {
  /// Stands before and behind each value in the HTML that swift-mustache makes, and nowhere else.
  static let mark: Unicode.Scalar = "\u{1}"

  /// Each marked value escaped for its place; left out where none would be safe, which the check
  /// of the template has seen to.
  static func escapingValues(in html: String) -> String {
    var scanner = HTMLScanner()
    var result: [UInt8] = []
    result.reserveCapacity(html.utf8.count)
    let parts = Array(html.utf8)
      .split(separator: UInt8(ascii: mark), omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index.isMultiple(of: 2) {
        scanner.read(part)
        result += part
      } else {
        result += scanner.escaped(String(decoding: part, as: UTF8.self)).utf8
        scanner.noteValue()
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private enum State { case text, tag, quoted(UInt8), unquoted, code, comment }
  private var state = State.text
  /// Lower case, as are all names here; `/` in a closing tag.
  private var tag: [UInt8] = []
  private var attribute: [UInt8] = []
  /// The name or the value that is being read.
  private var word: [UInt8] = []
  private var wordEnded = false

  /// Why a value may not stand here.
  func refusal(isURL: Bool) -> String? {
    switch state {
    case .text, .comment: return nil
    case .tag, .unquoted: return "stands inside a tag without quotes around it"
    case .code:
      return "stands inside <\(String(decoding: tag, as: UTF8.self))>, where no escaping is safe"
    case .quoted:
      let name = String(decoding: attribute, as: UTF8.self)
      if name.hasPrefix("on") || name == "style" || name == "srcdoc" {
        return "stands in `\(name)`, where no escaping is safe"
      }
      let isFirst = word.isEmpty && isURL
      if !isInLink || isFirst || Self.linkStarts.contains(where: { word.starts(with: $0.utf8) }) {
        return nil
      }
      return "begins a link, which only a URL field may; "
        + "or begin it with https://, mailto: or tel:"
    }
  }

  private func escaped(_ value: String) -> String {
    if refusal(isURL: Escaping.webURL(value) != nil) != nil { return "" }
    return isInLink && !word.isEmpty ? Escaping.urlPart(value) : Escaping.html(value)
  }

  private var isInLink: Bool {
    guard case .quoted = state else { return false }
    return Self.linkAttributes.contains(String(decoding: attribute, as: UTF8.self))
  }

  private static let linkAttributes: Set = [
    "href", "xlink:href", "src", "srcset", "action", "formaction", "background", "poster", "cite",
    "data", "ping",
  ]
  /// Last, a value.
  private static let linkStarts = ["https://", "http://", "mailto:", "tel:", String(mark)]

  mutating func noteValue() {
    if case .quoted = state { word.append(UInt8(ascii: Self.mark)) }
  }

  mutating func read(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      let lower = (65...90).contains(byte) ? byte | 0x20 : byte
      switch state {
      case .text: if byte == UInt8(ascii: "<") { openTag() }
      case .tag: readInTag(lower)
      case .quoted(let quote): if byte == quote { leaveValue() } else { word.append(lower) }
      case .unquoted:
        if byte == UInt8(ascii: ">") { endTag() } else if isSpace(byte) { leaveValue() }
      case .comment:
        word.append(byte)
        if word.suffix(3).elementsEqual("-->".utf8) { state = .text }
      case .code:
        word.append(lower)
        if lower == tag.last, word.dropLast(tag.count).suffix(2).elementsEqual("</".utf8),
          word.suffix(tag.count).elementsEqual(tag)
        {
          openTag()
          tag = [UInt8(ascii: "/")]
        }
      }
    }
  }

  private mutating func readInTag(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: ">"): endTag()
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      word = []
      state = .quoted(byte)
    case UInt8(ascii: "="):
      attribute = word
      (word, wordEnded) = ([], false)
    case UInt8(ascii: "/") where tag.isEmpty && word.isEmpty: tag = [byte]
    case _ where isSpace(byte) || byte == UInt8(ascii: "/"):
      if tag.isEmpty { (tag, word) = (word, []) }
      wordEnded = true
    default:
      if wordEnded { (word, wordEnded) = ([], false) }
      word.append(byte)
      if tag.isEmpty {
        if word.elementsEqual("!--".utf8) { (state, word) = (.comment, []) }
      } else if !attribute.isEmpty {
        state = .unquoted
      }
    }
  }

  private mutating func openTag() {
    state = .tag
    (tag, attribute, word, wordEnded) = ([], [], [], false)
  }

  private mutating func leaveValue() {
    state = .tag
    (word, attribute, wordEnded) = ([], [], false)
  }

  private mutating func endTag() {
    if tag.isEmpty { tag = word }
    let isCode = tag.elementsEqual("script".utf8) || tag.elementsEqual("style".utf8)
    state = isCode ? .code : .text
    word = []
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
