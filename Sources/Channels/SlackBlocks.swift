import Messages
import Wire

/// A message as Block Kit, within its limits: 50 blocks, about 13,200 characters over all of them
/// (slackapi/bolt-js #2509), 150 in a header, 2000 in a field, 3000 in a section.
enum SlackBlocks {
  static let mostBlocks = 50
  static let mostCharacters = 12_000
  /// Of one digest: header, what is cleared and context take three blocks, with room to spare.
  private static let mostAlerts = 45
  private static let mostInvoices = 8

  static func blocks(of message: Message) -> [JSONBody] {
    let body =
      message.isDigest
      ? message.alerts.map(line)
      : message.alerts.first.map(card) ?? [section(message[.text])]
    return [header(of: message)] + body + cleared(message) + [context(of: message)]
  }

  /// What shows in a notification and is read aloud; `text` of a whole message is mrkdwn.
  static func fallback(of message: Message) -> String {
    let text = [message.heading, message.isDigest ? "" : message[.text]]
      .map { $0.split(separator: "\n").map { escaped(String($0), 600) }.joined(separator: "\n") }
      .filter { !$0.isEmpty }.joined(separator: "\n")
    return text.unicodeScalars.count <= 3900 ? text : escaped(message.heading, 600)
  }

  /// A digest in parts that each fit into one message.
  static func parts(of message: Message) -> [Message] {
    let frame = JSONBody.list(
      [header(of: message)] + cleared(message) + [context(of: message)]
    ).compact.unicodeScalars.count
    // 20 for the `.2` behind the id of a later part.
    return message.parts(ofAtMost: mostAlerts, room: mostCharacters - frame - 20) {
      line($0).compact.unicodeScalars.count + 1
    }
  }

  // MARK: Parts

  private static func header(of message: Message) -> JSONBody {
    ["type": "header", "text": plain(message.heading, 150)]
  }

  private static func card(_ alert: AlertContent) -> [JSONBody] {
    let fields = alert.facts.map { label, value in
      let mention = label == "Owner" ? alert.ownerID.flatMap(mention) : nil
      return mrkdwn("*\(label)*\n\(escaped(value, 250))\(mention ?? "")")
    }
    var blocks: [JSONBody] = [["type": "section", "fields": .list(fields)]]
    var lines = alert.invoices.prefix(mostInvoices).map(invoice)
    if alert.invoices.count > mostInvoices {
      lines.append("and \(alert.invoices.count - mostInvoices) more")
    }
    if !lines.isEmpty { blocks.append(mrkdwnSection(lines)) }
    if !alert.links.isEmpty {
      blocks.append(["type": "actions", "elements": .list(alert.links.map(button))])
    }
    return blocks
  }

  /// Only what Slack's own ids of people look like: anything else would be read as a command
  /// (docs.slack.dev/messaging/formatting-message-text#mentioning-users).
  private static func mention(_ id: String) -> String? {
    id.wholeMatch(of: /[UW][A-Z0-9]{2,20}/) == nil ? nil : " <@\(id)>"
  }

  private static func invoice(_ invoice: AlertContent.InvoiceLine) -> String {
    let number = escaped(invoice.number, 60)
    let parts =
      [link(invoice.url, number) ?? number] + invoice.details.map { escaped($0, 60) }
    return "• " + parts.joined(separator: ", ")
  }

  /// One alert of a digest: amount, account, days overdue, level, link.
  private static func line(_ alert: AlertContent) -> JSONBody {
    let amounts =
      "*\(escaped(alert.overdueBalance.formatted, 60))* overdue of "
      + "\(escaped(alert.balance.formatted, 60))"
    let parts = ([amounts] + alert.digestState.map { escaped($0, 60) }).joined(separator: ", ")
    let account = escaped(alert.digestPlace, 100)
    let lines = ["*\(escaped(alert.accountName, 100))* (\(account))", parts]
    return mrkdwnSection(lines + [link(alert.url, "Open account")].compactMap(\.self))
  }

  /// What the last digest listed and is over.
  private static func cleared(_ message: Message) -> [JSONBody] {
    func line(_ name: String, _ state: String) -> String {
      "• *\(escaped(name, 60))*" + (state.isEmpty ? "" : ": \(escaped(state, 80))")
    }
    let lines = message.clearedLines(room: 2_500) { line($0, $1).unicodeScalars.count + 1 }
      .map(line)
    return lines.isEmpty ? [] : [mrkdwnSection(["*\(Message.clearedHeading)*"] + lines)]
  }

  /// Plain text throughout: nothing in it can format, link or mention.
  private static func context(of message: Message) -> JSONBody {
    ["type": "context", "elements": .list(message.footing.map { plain($0, 150) })]
  }

  // MARK: Text objects

  private static func section(_ text: String) -> JSONBody {
    let lines = text.split(separator: "\n").map { escaped(String($0), 500) }.filter { !$0.isEmpty }
    return mrkdwnSection(lines.isEmpty ? ["(no text)"] : lines)
  }

  /// As many of the lines as fit in a section; a line is never cut, so no escape is either.
  private static func mrkdwnSection(_ lines: [String]) -> JSONBody {
    var text = ""
    for line in lines {
      let longer = text.isEmpty ? line : "\(text)\n\(line)"
      if longer.unicodeScalars.count > 2900 { break }
      text = longer
    }
    return ["type": "section", "text": mrkdwn(text.isEmpty ? "…" : text)]
  }

  private static func mrkdwn(_ text: String) -> JSONBody {
    ["type": "mrkdwn", "text": .text(text), "verbatim": true]
  }

  private static func plain(_ text: String, _ limit: Int) -> JSONBody {
    let line = shortened(Escaping.singleLine(text), to: limit)
    return [
      "type": "plain_text", "text": .text(line.isEmpty ? "…" : line), "emoji": false,
    ]
  }

  /// Opens a page: works without an app that listens for clicks.
  private static func button(_ label: String, _ url: String) -> JSONBody {
    let id = "balancealert_" + label.lowercased().replacing(" ", with: "_")
    return [
      "type": "button", "action_id": .text(id), "text": plain(label, 75), "url": .text(url),
    ]
  }

  /// Cut before it is escaped, so that no escape is cut.
  private static func escaped(_ text: String, _ limit: Int) -> String {
    Escaping.slackMrkdwn(shortened(Escaping.singleLine(text), to: limit))
  }

  private static func link(_ url: String?, _ escapedLabel: String) -> String? {
    safeURL(url).map { "<\($0.replacing("&", with: "&amp;"))|\(escapedLabel)>" }
  }
}
