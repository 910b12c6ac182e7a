/// The one escape of what is printed, as text, JSON or CSV, on standard output and in the log: what
/// others wrote must not move the cursor, clear the screen, begin a line or reorder one.
enum Printable {
  /// What a terminal or a viewer acts upon instead of showing it: controls (C0 with the line ends,
  /// DEL, C1), the separators of lines and paragraphs, and the marks of direction.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<32, 127..<160, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Keeps line feeds.
  static func lines(_ text: String) -> String { replacing(text) { $0 == "\n" ? $0 : "\u{FFFD}" } }

  /// A line feed becomes a blank.
  static func line(_ text: String) -> String { replacing(text) { $0 == "\n" ? " " : "\u{FFFD}" } }

  /// Text whose first line is ours: what follows is set in, so that nobody begins a line.
  static func block(_ text: String) -> String {
    lines(text).replacing("\n", with: "\n  ")
  }

  /// JSON that an encoder wrote: outside of strings it has none of the controls but the line feeds
  /// of its indent, and within them those of ASCII are escaped already.
  static func json(_ text: String) -> String {
    if text.isPlain { return text }
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.value < 127 || !isControl(scalar) {
        escaped.append(scalar)
      } else {
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
      }
    }
    return String(escaped)
  }

  private static func replacing(
    _ text: String, _ instead: (Unicode.Scalar) -> Unicode.Scalar
  ) -> String {
    if text.isPlain { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? instead($0) : $0 }))
  }
}
