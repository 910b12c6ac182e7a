import Messages
import Wire

/// A message as an Adaptive Card, or as the older MessageCard. Teams takes 28 KB with what the flow
/// adds; the cards stay under 20 KB. Everything in them is Markdown.
enum TeamsCard {
  static let mostBytes = 20_000
  /// Of one digest; the bytes bind first unless names are very short.
  private static let mostAlerts = 100
  private static let mostInvoices = 8

  /// The envelope that the Workflows trigger takes; elements of version 1.2, which the mobile apps
  /// show too. adaptivecards.io/explorer
  static func adaptive(_ message: Message) -> JSONBody {
    let body = adaptiveBody(message)
    let card: JSONBody = [
      "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
      "type": "AdaptiveCard", "version": "1.2",
      "body": .list([heading(message)] + body + [footing(message)]),
      "msteams": ["width": "Full"],
    ]
    return [
      "type": "message",
      "attachments": [
        ["contentType": "application/vnd.microsoft.card.adaptive", "content": card]
      ],
    ]
  }

  /// learn.microsoft.com/outlook/actionable-messages/message-card-reference
  static func messageCard(_ message: Message) -> JSONBody {
    let title = JSONBody.text(plain(message.heading, 150))
    var card: JSONBody = [
      "@type": "MessageCard", "@context": "https://schema.org/extensions",
      "summary": title, "themeColor": "C00000", "title": title,
      "sections": .list(sections(message) + [section(text: line(message.footing, 150))]),
    ]
    let links = message.isDigest ? [] : message.alert.links
    if !links.isEmpty { card = card.adding("potentialAction", .list(links.map(openURI))) }
    return card
  }

  /// A digest in parts that each fit into one card of the kind that `card` makes.
  static func parts(of message: Message, as card: (Message) -> JSONBody) -> [Message] {
    func size(_ alerts: [AlertContent]) -> Int {
      var part = message
      part.alerts = alerts
      return card(part).bytes.count
    }
    let frame = size([])
    // 20 for the `.2` behind the id of a later part, and one comma an alert.
    return message.parts(ofAtMost: mostAlerts, room: mostBytes - frame - 20) {
      size([$0]) - frame + 1
    }
  }

  // MARK: Adaptive Card

  private static func adaptiveBody(_ message: Message) -> [JSONBody] {
    if message.isDigest { return message.alerts.map(container) + cleared(message) }
    guard let alert = message.alerts.first else { return texts(message).map { textBlock($0) } }
    var body = [factSet(facts(alert))]
    if !alert.invoices.isEmpty { body.append(factSet(invoices(alert))) }
    if !alert.links.isEmpty {
      body.append(["type": "ActionSet", "actions": .list(alert.links.map(openURL))])
    }
    return body
  }

  private static func heading(_ message: Message) -> JSONBody {
    [
      "type": "TextBlock", "text": .text(escaped(message.heading, 150)), "size": "large",
      "weight": "bolder", "wrap": true,
    ]
  }

  private static func footing(_ message: Message) -> JSONBody {
    [
      "type": "TextBlock", "text": .text(line(message.footing, 150)), "size": "small",
      "isSubtle": true, "wrap": true,
    ]
  }

  private static func textBlock(_ markdown: String) -> JSONBody {
    ["type": "TextBlock", "text": .text(markdown), "wrap": true]
  }

  private static func factSet(_ facts: [(String, String)]) -> JSONBody {
    [
      "type": "FactSet",
      "facts": .list(facts.map { ["title": .text($0), "value": .text($1)] }),
    ]
  }

  private static func container(_ alert: AlertContent) -> JSONBody {
    let (account, state) = digestLine(alert)
    return [
      "type": "Container", "separator": true,
      "items": [textBlock(account), textBlock(state)],
    ]
  }

  private static func cleared(_ message: Message) -> [JSONBody] {
    let facts = clearedFacts(message)
    if facts.isEmpty { return [] }
    return [
      [
        "type": "Container", "separator": true,
        "items": [textBlock(clearedHeading), factSet(facts)],
      ]
    ]
  }

  private static func openURL(_ label: String, _ url: String) -> JSONBody {
    ["type": "Action.OpenUrl", "title": .text(label), "url": .text(url)]
  }

  // MARK: MessageCard

  private static func sections(_ message: Message) -> [JSONBody] {
    if message.isDigest {
      let cleared = clearedFacts(message)
      return (message.alerts.isEmpty ? [] : [section(message.alerts)])
        + (cleared.isEmpty ? [] : [section(text: clearedHeading), section(facts: cleared)])
    }
    guard let alert = message.alerts.first else {
      return [section(text: texts(message).joined(separator: "\n\n"))]
    }
    let invoices = alert.invoices.isEmpty ? [] : [section(facts: invoices(alert))]
    return [section(facts: facts(alert))] + invoices
  }

  private static func section(_ alerts: [AlertContent]) -> JSONBody {
    section(facts: alerts.map(digestLine))
  }

  private static func section(facts: [(String, String)]) -> JSONBody {
    ["facts": .list(facts.map { ["name": .text($0), "value": .text($1)] }), "markdown": true]
  }

  private static func section(text: String) -> JSONBody {
    ["text": .text(text), "markdown": true]
  }

  private static func openURI(_ label: String, _ url: String) -> JSONBody {
    [
      "@type": "OpenUri", "name": .text(label),
      "targets": [["os": "default", "uri": .text(url)]],
    ]
  }

  // MARK: Words, as Markdown

  private static func facts(_ alert: AlertContent) -> [(String, String)] {
    alert.facts.map { ($0, escaped($1, 150)) }
  }

  private static func invoices(_ alert: AlertContent) -> [(String, String)] {
    var rows = alert.invoices.prefix(mostInvoices).map {
      (escaped($0.number, 40), line($0.details, 60))
    }
    if alert.invoices.count > mostInvoices {
      rows.append(("", "and \(alert.invoices.count - mostInvoices) more"))
    }
    return rows
  }

  /// One alert of a digest: account; amount, days overdue, level, link.
  private static func digestLine(_ alert: AlertContent) -> (account: String, state: String) {
    let amounts =
      "**\(escaped(alert.overdueBalance.formatted, 60))** overdue of "
      + escaped(alert.balance.formatted, 60)
    let parts =
      [amounts] + alert.digestState.map { escaped($0, 60) }
      + [safeURL(alert.url).map { link("Open account", $0) } ?? ""]
    let account = escaped(alert.digestPlace, 100)
    return (
      "**\(escaped(alert.accountName, 100))** \\(\(account)\\)",
      parts.filter { !$0.isEmpty }.joined(separator: ", ")
    )
  }

  private static let clearedHeading = "**\(Message.clearedHeading)**"

  private static func clearedFacts(_ message: Message) -> [(String, String)] {
    func fact(_ name: String, _ state: String) -> (String, String) {
      (escaped(name, 60), escaped(state, 80))
    }
    return message.clearedLines(room: 4_000) { name, state in
      let fact = fact(name, state)
      return fact.0.utf8.count + fact.1.utf8.count
    }.map(fact)
  }

  /// The paragraphs of a message without an alert.
  private static func texts(_ message: Message) -> [String] {
    let lines = message[.text].split(separator: "\n").map { escaped(String($0), 300) }
      .filter { !$0.isEmpty }
    return lines.isEmpty ? ["no text"] : Array(lines.prefix(24))
  }

  private static func line(_ parts: [String], _ limit: Int) -> String {
    parts.map { escaped($0, limit) }.joined(separator: ", ")
  }

  /// Cut before it is escaped, so that no escape is cut.
  private static func escaped(_ text: String, _ limit: Int) -> String {
    Escaping.cardMarkdown(shortened(Escaping.singleLine(text), to: limit))
  }

  /// Where some clients read Markdown and others do not: what could link goes.
  private static func plain(_ text: String, _ limit: Int) -> String {
    let kept = Escaping.withoutLinks(text).unicodeScalars.filter {
      !"<>[]`\\".unicodeScalars.contains($0)
    }
    let line = shortened(Escaping.singleLine(String(String.UnicodeScalarView(kept))), to: limit)
    return line.isEmpty ? "…" : line
  }

  /// A parenthesis would end the link.
  private static func link(_ label: String, _ url: String) -> String {
    "[\(label)](\(url.replacing("(", with: "%28").replacing(")", with: "%29")))"
  }
}
