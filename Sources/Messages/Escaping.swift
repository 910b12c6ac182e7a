/// One function for each place where a value lands. A customer's name can inject nothing.
public enum Escaping {
  /// For plain text, titles and SMS: control characters go, line ends become blanks, runs of blanks
  /// one. A value stays on its line.
  public static func singleLine(_ text: String) -> String {
    if isPlain(text) { return text }
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      isControl(scalar) || scalar == "\u{2028}" || scalar == "\u{2029}" ? " " : scalar
    }
    var result = String.UnicodeScalarView()
    for scalar in scalars where !(scalar == " " && (result.isEmpty || result.last == " ")) {
      if isInvisibleFormatting(scalar) { continue }
      result.append(scalar)
    }
    while result.last == " " { result.removeLast() }
    return String(result)
  }

  /// Keeps line feeds, drops every other control character.
  public static func multiLine(_ text: String) -> String {
    let unified = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    return String(
      String.UnicodeScalarView(unified.unicodeScalars.filter { $0 == "\n" || !isControl($0) })
    )
  }

  public static func html(_ text: String) -> String {
    if !text.utf8.contains(where: needsHTMLEscape) { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: if scalar == "\n" || !isControl(scalar) { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  /// Slack's three, in its order, once (docs.slack.dev/messaging/formatting-message-text); `*_~`
  /// and backticks of a value are broken with a zero-width space so that they format nothing.
  public static func slackMrkdwn(_ text: String) -> String {
    var result = ""
    for scalar in singleLine(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "*", "_", "~", "`": result += "\u{200B}\(scalar)"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// For the Markdown of Teams' cards, Adaptive Card and MessageCard alike: what formats or links
  /// is escaped with a backslash, `<` goes (MessageCard takes some HTML), and `{{`, which begins a
  /// function of Adaptive Cards, is broken with a zero-width space.
  public static func cardMarkdown(_ text: String) -> String {
    var result = ""
    var isLineStart = true
    var previous: Unicode.Scalar = " "
    for scalar in withoutLinks(text).unicodeScalars {
      switch scalar {
      case "<": continue
      case "\\", "*", "_", "[", "]", "(", ")", "#", "~", ">", "`": result += "\\\(scalar)"
      // A list, bulleted or numbered.
      case "-" where isLineStart, "+" where isLineStart: result += "\\\(scalar)"
      case "." where result.utf8.allSatisfy { (48...57).contains($0) } && !result.isEmpty:
        result += "\\."
      case "{" where previous == "{": result += "\u{200B}{"
      default: result.unicodeScalars.append(scalar)
      }
      isLineStart = false
      previous = scalar
    }
    return result
  }

  /// For words that a customer may have chosen, such as a name: a single line in which no phone and
  /// no mail program finds an address to open. `http://`, any other `scheme://`, and `www.` go.
  public static func withoutLinks(_ text: String) -> String {
    let line = singleLine(text)
    guard line.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".") }) else {
      return line
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(line.utf8.count)
    // After every byte, so that what a removal brings together is seen too.
    for byte in line.utf8 {
      bytes.append(byte)
      if byte == UInt8(ascii: "/"), bytes.suffix(3).elementsEqual("://".utf8) {
        bytes.removeLast(3)
        while let last = bytes.last, isSchemeByte(last) { bytes.removeLast() }
      } else if byte == UInt8(ascii: "."), bytes.count >= 4,
        bytes.suffix(4).dropLast().allSatisfy({ $0 | 0x20 == UInt8(ascii: "w") })
      {
        bytes.removeLast(4)
      }
    }
    return bytes.count == line.utf8.count
      ? line : singleLine(String(decoding: bytes, as: UTF8.self))
  }

  /// The address where it is one that may stand in a link: `http` or `https`, with nothing in it
  /// that ends an attribute or a line. `nil` otherwise.
  public static func webURL(_ text: String?) -> String? {
    guard let text, text.utf8.count <= 2_000 else { return nil }
    func begins(with scheme: String) -> Bool {
      text.utf8.lazy.map { (65...90).contains($0) ? $0 | 0x20 : $0 }.starts(with: scheme.utf8)
    }
    let scheme = begins(with: "https://") ? 8 : begins(with: "http://") ? 7 : 0
    let host = text.utf8.dropFirst(scheme).first
    guard scheme > 0, let host, !"/?#:@.".utf8.contains(host) else { return nil }
    let isClean = text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "\"", "'", "<", ">", "`", "{", "}", "|", "\\", "^": false
      case "!"..."~": true
      default:
        scalar.value > 160 && !isInvisibleFormatting(scalar) && !scalar.properties.isWhitespace
      }
    }
    return isClean ? text : nil
  }

  /// For a value inside a link that the template began: everything but letters, digits, `-._~@+` is
  /// percent-encoded.
  public static func urlPart(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// For SMS: blanks, quotes and dashes that GSM-7 lacks become their plain cousins, so
  /// that one no-break blank of a date does not halve what a message can hold.
  public static func plainPunctuation(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 128 }) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.replacing("\u{20B9}\u{A0}", with: "Rs ").unicodeScalars {
      switch scalar {
      case "\u{A0}", "\u{202F}", "\u{2007}", "\u{2009}": result.append(" ")
      case "\u{2018}", "\u{2019}": result.append("'")
      case "\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}": result.append("\"")
      case "\u{2010}"..."\u{2014}", "\u{2212}": result.append("-")
      // For `août`, the one month that GSM-7 cannot write in French.
      case "\u{FB}": result.append("u")
      case "\u{2026}": result.append(contentsOf: "...".unicodeScalars)
      // Behind the amount it has a blank of its own.
      case "\u{20B9}":
        result.append(contentsOf: (result.last == " " ? "Rs" : "Rs ").unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Whether `singleLine` would change nothing; may be wrongly `false`.
  private static func isPlain(_ text: String) -> Bool {
    var previous = UInt8(ascii: " ")
    for byte in text.utf8 {
      if byte < 32 || byte > 126 || (byte == 32 && previous == 32) { return false }
      previous = byte
    }
    return text.isEmpty || previous != 32
  }

  private static func needsHTMLEscape(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      true
    // C1 controls lie behind 0xC2.
    default: (byte < 32 && byte != 10) || byte == 127 || byte == 0xC2
    }
  }

  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "+-.".utf8.contains(byte)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "-._~@+".utf8.contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 0x20)
  }

  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 32 || (127...159).contains(scalar.value)
  }

  /// Marks that reorder or hide text: bidirectional overrides and zero-width characters.
  static func isInvisibleFormatting(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2064,
      0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }
}
