/// Addresses as people write them, and as platforms take them.
public enum Contact {
  /// In E.164; `nil` for what is not plainly one number.
  public static func phone(_ text: String) -> String? { (try? PhoneNumber(text))?.text }

  /// The addresses in a text, separated by semicolons or commas, each once.
  public static func emails(_ text: String) -> [String] { EmailList(text).addresses.map(\.text) }

  /// `nil` unless it is one address, and nothing else.
  public static func email(_ text: String) -> String? { (try? EmailAddress(text))?.text }

  /// The recipients of a message that goes to `recipient`: the addresses of a list, or itself.
  public static func recipients(_ recipient: String) -> [String] {
    guard recipient.contains("@"), recipient.contains(where: { $0 == "," || $0 == ";" }) else {
      return [recipient]
    }
    return recipient.split { $0 == "," || $0 == ";" }
      .map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
  }

  /// By which recipients are compared. Two that reach the same mailboxes have the same: without
  /// case, blanks, invisible signs and order. A number or a platform's id is its own.
  public static func key(_ recipient: String) -> String {
    guard recipient.contains("@") else { return recipient }
    // Nearly all are plain already.
    if recipient.utf8.allSatisfy({
      $0 < 128 && !(65...90 ~= $0) && $0 > 32 && $0 != 44 && $0 != 59
    }) {
      return recipient
    }
    let keys = recipients(recipient).map { address in
      let scalars = address.unicodeScalars.filter {
        !Visible.isBlank($0) && !Visible.isInvisible($0)
      }
      return String(String.UnicodeScalarView(scalars)).lowercased()
    }
    return Set(keys).sorted().joined(separator: ", ")
  }
}
