/// One function for each place where a value lands. A customer's name can inject nothing.
public enum Escaping {
  /// For plain text, titles and SMS: control characters go, line ends become blanks, runs of blanks
  /// one. A value stays on its line.
  public static func singleLine(_ text: String) -> String {
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
      String.UnicodeScalarView(unified.unicodeScalars.filter { $0 == "\n" || !isControl($0) }))
  }

  public static func html(_ text: String) -> String {
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

  /// Slack's three, in its order, once (docs.slack.dev/messaging/formatting-message-text); `*_~` and
  /// backticks of a value are broken with a zero-width space so that they format nothing.
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

  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 32 || (127...159).contains(scalar.value)
  }

  /// Marks that reorder or hide text: bidirectional overrides and zero-width characters.
  static func isInvisibleFormatting(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
