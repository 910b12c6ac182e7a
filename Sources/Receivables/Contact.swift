/// Addresses as people write them, and as platforms take them.
public enum Contact {
  /// `+64 21 555-010` as `+6421555010` (E.164). `nil` unless a plus, a country code and 8 to 15
  /// digits are written: a number is never guessed, as a message to the wrong one cannot be taken
  /// back. So `+44 (0)20 …` is not taken either.
  public static func phone(_ text: String) -> String? {
    if text.contains("(0") { return nil }
    let number = plainPhone(text)
    guard number.hasPrefix("+"), !number.hasPrefix("+0") else { return nil }
    let digits = number.dropFirst().utf8
    guard (8...15).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return number
  }

  /// A number without its blanks, dashes, dots and brackets; any other text as it is.
  public static func plainPhone(_ text: String) -> String {
    let separators = " \u{A0}\u{202F}-\u{2010}\u{2011}\u{2013}.()/".unicodeScalars
    let rest = text.unicodeScalars.filter { !separators.contains($0) }
    let isNumber =
      !rest.isEmpty
      && rest.enumerated().allSatisfy {
        (48...57).contains($1.value) || $0 == 0 && $1 == "+"
      }
    return isNumber ? String(String.UnicodeScalarView(rest)) : text
  }

  /// The address without surrounding blanks; `nil` unless it has one @, a host with a dot, and
  /// nothing that could end a header.
  public static func email(_ text: String) -> String? {
    let address = text.trimmingBlanks
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64,
      (3...253).contains(parts[1].utf8.count), parts[1].contains("."),
      parts[1].first != ".", parts[1].last != ".", !parts[1].contains("..")
    else { return nil }
    let isClean = address.unicodeScalars.allSatisfy {
      $0.value > 32 && $0.value != 127 && !"<>()[],;:\\\"".unicodeScalars.contains($0)
    }
    return isClean ? address : nil
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var view = self[...]
    while view.first == " " { view.removeFirst() }
    while view.last == " " { view.removeLast() }
    return String(view)
  }
}
