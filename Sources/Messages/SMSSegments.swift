import Foundation

/// What an SMS costs and how much fits: segments of GSM-7 or UCS-2 (3GPP TS 23.038).
public enum SMSSegments {
  public enum Alphabet: Sendable { case gsm7, ucs2 }

  /// GSM-7 only if every character is in it: a single other one turns the whole message.
  public static func alphabet(of text: String) -> Alphabet {
    text.unicodeScalars.allSatisfy { septets($0) != nil } ? .gsm7 : .ucs2
  }

  /// How many segments the text takes; 0 when it is empty.
  public static func count(_ text: String) -> Int {
    let gsm = alphabet(of: text) == .gsm7
    let sizes = text.unicodeScalars.map { gsm ? septets($0) ?? 1 : $0.value > 0xFFFF ? 2 : 1 }
    let total = sizes.reduce(0, +)
    if total == 0 { return 0 }
    if total <= (gsm ? 160 : 70) { return 1 }
    // Neither an escaped character nor a surrogate pair is torn between two segments.
    let room = gsm ? 153 : 67
    var segments = 1
    var used = 0
    for size in sizes {
      if used + size > room {
        segments += 1
        used = 0
      }
      used += size
    }
    return segments
  }

  /// Typographic quotes, dashes, blanks and dots as their plain twins, so that they alone do not
  /// make a message cost double. Letters are left as they are: they are somebody's name; an accent
  /// that stands apart (`e` + U+0301) joins its letter.
  public static func transliterated(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
      switch scalar.value {
      case 0x2018, 0x2019, 0x201A, 0x201B, 0x2032, 0x00B4, 0x02BC: result.append("'")
      case 0x201C, 0x201D, 0x201E, 0x201F, 0x2033, 0x00AB, 0x00BB: result.append("\"")
      case 0x2039: result.append("<")
      case 0x203A: result.append(">")
      case 0x2010...0x2015, 0x2212: result.append("-")
      case 0x2026: result.append(contentsOf: "...".unicodeScalars)
      case 0x2022, 0x00B7: result.append("*")
      case 0x00A0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000, 0x0009: result.append(" ")
      case 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x00AD: continue
      default: result.append(scalar)
      }
    }
    // Joiners spell the words of Persian and of India; beside letters of GSM-7 they join nothing,
    // and would cost a segment.
    let plain = String(String.UnicodeScalarView(result.filter { !Self.joiners.contains($0) }))
    return alphabet(of: plain) == .gsm7 ? plain : String(result)
  }

  private static let joiners: Set<Unicode.Scalar> = ["\u{200C}", "\u{200D}"]

  /// The text, or as much of it as fits in `segments` and in `characters`, cut between words. The
  /// last link with what follows it stays whole at the end; if not even the link fits, it goes:
  /// half a link leads nowhere.
  public static func shortened(
    _ text: String,
    toSegments segments: Int,
    characters: Int = 1600
  ) -> String {
    func fits(_ text: String) -> Bool {
      text.unicodeScalars.count <= characters && count(text) <= segments
    }
    if fits(text) { return text }
    guard let link = lastLink(in: text) else { return cut(text, tail: "", fits: fits) }
    let head = String(text[..<link.lowerBound])
    for tail in [String(text[link.lowerBound...]), String(text[link])] where fits("... " + tail) {
      return cut(head, tail: " " + tail, fits: fits)
    }
    return cut(head, tail: "", fits: fits)
  }

  /// The longest beginning of `text` that fits with "..." and `tail` behind it.
  private static func cut(_ text: String, tail: String, fits: (String) -> Bool) -> String {
    let characters = Array(text)
    func attempt(_ count: Int) -> String {
      var head = String(characters.prefix(count))
      if count < characters.count, let blank = head.lastIndex(of: " "),
        head.distance(from: blank, to: head.endIndex) < 20
      {
        head = String(head[..<blank])
      }
      while let last = head.last, last.isWhitespace || ",;:-".contains(last) { head.removeLast() }
      return head + "..." + tail
    }
    // Longer heads never take fewer segments, so the place can be found by halving; a head whose
    // last character alone is not GSM-7 only makes the answer shorter than it need be.
    var low = 0
    var high = characters.count
    while low < high {
      let middle = (low + high + 1) / 2
      if fits(attempt(middle)) { low = middle } else { high = middle - 1 }
    }
    return attempt(low)
  }

  private static func lastLink(in text: String) -> Range<String.Index>? {
    guard
      let start = ["https://", "http://"].compactMap({ text.ranges(of: $0).last?.lowerBound }).max()
    else { return nil }
    let end = text[start...].firstIndex { $0.isWhitespace } ?? text.endIndex
    return start..<end
  }

  /// One, two for an escaped character, `nil` outside the alphabet.
  private static func septets(_ scalar: Unicode.Scalar) -> Int? {
    if basic.contains(scalar) { return 1 }
    return extended.contains(scalar) ? 2 : nil
  }

  private static let basic = Set(
    ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
      + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars
  )
  private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)
}
