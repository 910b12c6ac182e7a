/// Phone numbers as people write them and as platforms want them.
public enum PhoneNumber {
  /// `+64 21 123-456` as `+6421123456`. `nil` unless a plus and a country code are written: a
  /// number is never guessed, as a message to the wrong one cannot be taken back. So `+44 (0)20 …`
  /// is not taken either.
  public static func e164(_ text: String) -> String? {
    if text.contains("(0") { return nil }
    let number = plain(text)
    guard number.hasPrefix("+"), !number.hasPrefix("+0") else { return nil }
    let digits = number.dropFirst()
    guard (7...15).contains(digits.count), digits.utf8.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    return number
  }

  /// A number without its blanks, dashes, dots and brackets; any other text as it is.
  public static func plain(_ text: String) -> String {
    let separators = " \u{A0}\u{202F}-\u{2010}\u{2011}\u{2013}.()/".unicodeScalars
    let rest = text.unicodeScalars.filter { !separators.contains($0) }
    let isNumber =
      !rest.isEmpty
      && rest.enumerated().allSatisfy {
        (48...57).contains($1.value) || $0 == 0 && $1 == "+"
      }
    return isNumber ? String(String.UnicodeScalarView(rest)) : text
  }
}
