/// Addresses as people write them, and as platforms take them.
public enum Contact {
  /// The E.164 form, `+6421555010`: blanks, dots, dashes and brackets are dropped; `nil` when there
  /// is no `+` or not 8 to 15 digits.
  public static func phone(_ text: String) -> String? {
    var digits = ""
    let trimmed = text.drop { $0 == " " }
    guard trimmed.first == "+" else { return nil }
    for character in trimmed.dropFirst() {
      switch character {
      case "0"..."9": digits.append(character)
      case " ", "-", ".", "(", ")", "/", "\u{A0}": continue
      default: return nil
      }
    }
    guard (8...15).contains(digits.utf8.count), digits.first != "0" else { return nil }
    return "+" + digits
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
