/// What a person sees of a text that was copied from somewhere.
public enum Visible {
  /// The text without the signs that nobody sees (marks of direction, a byte order mark, soft
  /// hyphens, spaces of no width); blanks of any width are one blank, hyphens of any length a
  /// hyphen. No blanks around it.
  public static func text(_ text: String) -> String {
    // Most texts are plain already.
    if text.utf8.allSatisfy({ 33...126 ~= $0 }) { return text }
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !isInvisible(scalar) {
      if isBlank(scalar) {
        if plain.last != " " { plain.append(" ") }
      } else {
        plain.append(hyphens.contains(scalar) ? "-" : scalar)
      }
    }
    while plain.last == " " { plain.removeLast() }
    return String(plain.drop { $0 == " " })
  }

  /// An id as a person types it or a spreadsheet writes it: without signs that nobody sees and
  /// blanks around it, and each blank a plain one. All else is the id's own.
  public static func identifier(_ text: String) -> String {
    if text.utf8.allSatisfy({ 33...126 ~= $0 }) { return text }
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !isInvisible(scalar) {
      plain.append(isBlank(scalar) ? " " : scalar)
    }
    while plain.last == " " { plain.removeLast() }
    return String(plain.drop { $0 == " " })
  }

  /// Of no width, and of no meaning to a reader.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B...0x200F,
      0x202A...0x202E, 0x2060...0x206F, 0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0,
      0xE0000...0xE0FFF:
      true
    default: false
    }
  }

  /// Line ends are not among them: what stands on two lines is two things.
  static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\t" || scalar.properties.generalCategory == .spaceSeparator
  }

  private static let hyphens: Set<Unicode.Scalar> = [
    "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2212}", "\u{FE63}", "\u{FF0D}",
  ]
}
