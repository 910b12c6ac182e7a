/// Follows a template's own HTML, to know where a value would land. Escaping keeps a value harmless
/// in text and in quoted attributes, and nowhere else.
struct HTMLScanner {
  enum Place: Equatable {
    case text
    /// In a quoted attribute; `before` is what its value already has.
    case attribute(name: String, before: String)
    case unquoted
    /// In `<script>` or `<style>`.
    case code(String)
  }

  /// Stands in an attribute for a value that the template puts there.
  static let mark: UInt8 = 1

  private enum State { case text, tag, quoted(UInt8), unquoted, code, comment }
  private var state = State.text
  /// Lower case, as are all names here; `/` in a closing tag.
  private var tag: [UInt8] = []
  private var attribute: [UInt8] = []
  /// The name or the value that is being read.
  private var word: [UInt8] = []
  private var wordEnded = false

  var place: Place {
    switch state {
    case .text, .comment: .text
    case .tag, .unquoted: .unquoted
    case .quoted:
      .attribute(
        name: String(decoding: attribute, as: UTF8.self),
        before: String(decoding: word, as: UTF8.self)
      )
    case .code: .code(String(decoding: tag, as: UTF8.self))
    }
  }

  mutating func noteValue() {
    if case .quoted = state { word.append(Self.mark) }
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
        word = word.suffix(2) + [byte]
        if word.elementsEqual("-->".utf8) { state = .text }
      case .code:
        word = word.suffix(tag.count + 1) + [lower]
        if word.starts(with: "</".utf8), word.dropFirst(2).elementsEqual(tag) {
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
