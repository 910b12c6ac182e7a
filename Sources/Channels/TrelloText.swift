import Messages

/// The words of a card: names are plain text, descriptions and comments Markdown.
enum TrelloText {
  /// On a line of its own: the card is found by it.
  static func markerLine(_ alert: AlertContent) -> String { "`\(alert.recordMarker)`" }

  /// The whole context, and the marker in the last line.
  static func description(_ message: Message, notes: [String]) -> String {
    let alert = message.alert
    let lines =
      alert.recordFacts.map { "- **\($0.label):** \(escaped($0.value))" }
      + alert.invoices.prefix(AlertContent.mostRecordInvoices).map(invoice)
      + alert.recordRest.map { "- \($0)" }
    let links = alert.links.map { link($0.label, $0.url) }
    let footing = message.recordFooting.map { escaped($0) } + ["`\(message.deliveryID)`"]
    let blocks =
      [lines.joined(separator: "\n"), links.joined(separator: ", ")] + notes.map { escaped($0) }
      + [footing.joined(separator: ", "), markerLine(alert)]
    return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// - Parameter username: of a member of the board, who is told.
  static func comment(_ message: Message, to username: String?, notes: [String]) -> String {
    let who = username.map { "@\($0) " } ?? ""
    let lines =
      ["\(who)**\(escaped(message.heading))**", escaped(message.recordState)]
      + notes.map { escaped($0) }
    return (lines + ["`\(message.deliveryID)`"]).joined(separator: "\n")
  }

  private static func invoice(_ line: AlertContent.InvoiceLine) -> String {
    let number = safeURL(line.url).map { link(line.number, $0) } ?? escaped(line.number, 60)
    return "- \(number): \(escaped(line.details.joined(separator: ", ")))"
  }

  /// A parenthesis would end the link.
  private static func link(_ label: String, _ url: String) -> String {
    let url = url.replacing("(", with: "%28").replacing(")", with: "%29")
    return "[\(escaped(label, 60))](\(url))"
  }

  /// Cut before it is escaped, so that no escape is cut. `@board` in a name would tell everybody.
  private static func escaped(_ text: String, _ limit: Int = 200) -> String {
    var result = ""
    for scalar in recordValue(text, to: limit).unicodeScalars {
      if "\\`*_{}[]()#+-.!|<>~".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
      if scalar == "@" { result += "\u{200B}" }
    }
    return result
  }
}
