import Messages
import Outbox
import Receivables
import Settings
import Wire

/// Who an e-mail is from and where answers go: keys of every e-mail channel that chooses them.
struct MailKeys: Sendable {
  let from: String
  let fromName: String?
  let replyTo: String?

  init(_ settings: inout SettingsReader, from help: String) {
    from = settings.emailAddress("from", help: help)
    fromName = settings.optionalText(
      "from_name",
      help: "The sender's name; the organisation's where there is none"
    )
    replyTo = settings.optionalEmailAddress("reply_to", help: "Where answers go")
  }
}

/// Makes the RFC 5322 message, for the channels that send one as it is.
struct MailWriter: Sendable {
  let keys: MailKeys
  private let unsubscribe: String?

  init(_ settings: inout SettingsReader, from help: String) {
    keys = MailKeys(&settings, from: help)
    unsubscribe = settings.optionalText(
      "unsubscribe",
      help: "`mailto:` or https URL for List-Unsubscribe, in mail to customers; `{recipient}` and"
        + " `{delivery_id}` in it are filled in"
    )
    if let unsubscribe, !Self.isLink(unsubscribe) {
      settings.reject("unsubscribe", "must be a mailto: or https:// URL, in ASCII, without blanks")
    }
  }

  /// - Parameter mark: a line for the end of the text, by which a search finds the mail.
  func mail(_ message: Message, mark: String? = nil) throws(Unsendable) -> MIMEMessage {
    let addresses = try message.emailAddresses()
    let to = addresses.compactMap {
      MIMEMessage.Mailbox(name: message.recipientName, address: $0)
    }
    guard to.count == addresses.count else {
      throw Unsendable(.recipient, "the e-mail address has characters that mail does not carry")
    }
    guard
      let sender = MIMEMessage.Mailbox(
        name: keys.fromName ?? message.organisation, address: keys.from),
      let date = Instant(message.time)
    else { throw Unsendable(.message, "no valid sender or time") }
    let (subject, text) = try message.mailForms()
    var mail = MIMEMessage(
      from: sender,
      to: to,
      subject: subject,
      date: date,
      messageID: "\(message.deliveryID)@\(sender.domain)",
      text: mark.map { "\(text)\n\n\($0)\n" } ?? text,
      html: mark.map { Self.html(message[.html], with: $0) } ?? message[.html]
    )
    mail.cc = message.copies(besides: addresses).compactMap { MIMEMessage.Mailbox(address: $0) }
    mail.replyTo = keys.replyTo.flatMap { MIMEMessage.Mailbox(address: $0) }
    mail.headers = message.mailHeaders
    mail.structuredHeaders = unsubscribeHeaders(message, addresses.joined(separator: ","))
    return mail
  }

  /// RFC 2369. One click (RFC 8058) only where the URL says who leaves: the recipient's mail
  /// system posts to it, and nothing else would tell.
  private func unsubscribeHeaders(
    _ message: Message,
    _ recipient: String
  ) -> [(name: String, value: String)] {
    guard let unsubscribe, message.audience == .customer else { return [] }
    let link = unsubscribe.replacing("{recipient}", with: percentEncoded(recipient))
      .replacing("{delivery_id}", with: percentEncoded(message.deliveryID))
    var headers = [(name: "List-Unsubscribe", value: "<\(link)>")]
    if link != unsubscribe, link.hasPrefix("https://") {
      headers.append((name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click"))
    }
    return headers
  }

  private static func isLink(_ text: String) -> Bool {
    guard text.utf8.count <= 500,
      text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !Array("<>\",".utf8).contains($0) })
    else { return false }
    if text.hasPrefix("mailto:") {
      return isEmailAddress(String(text.dropFirst(7).prefix { $0 != "?" }))
    }
    return text.hasPrefix("https://") && isAcceptableURL(text)
  }

  private static func html(_ html: String, with mark: String) -> String {
    if html.isEmpty { return html }
    let line = "<p style=\"color:#5b636d;font-size:12px\">\(Escaping.html(mark))</p>\n"
    guard let end = html.ranges(of: "</body>").last else { return html + line }
    return html[..<end.lowerBound] + line + html[end.lowerBound...]
  }
}

extension Message {
  /// Subject and text as an e-mail needs them: neither may be blank.
  func mailForms() throws(Unsendable) -> (subject: String, text: String) {
    let subject = Escaping.singleLine(self[.subject])
    let text = Escaping.multiLine(self[.text])
    if subject.isEmpty || text.allSatisfy(\.isWhitespace) {
      throw Unsendable(.message, "the template rendered no subject or no text")
    }
    return (subject, text)
  }

  /// The recipients, as addresses that can be written to: at least one, each once.
  func emailAddresses() throws(Unsendable) -> [String] {
    let list = EmailList(recipient ?? "")
    guard !list.addresses.isEmpty, list.refused.isEmpty else {
      throw Unsendable(
        .recipient,
        recipient == nil ? "no e-mail address" : "not a valid e-mail address"
      )
    }
    return list.addresses.map(\.text)
  }

  /// The first of them, by which a message can be looked up.
  func emailAddress() throws(Unsendable) -> String { try emailAddresses()[0] }

  /// Who gets a copy; no mailbox twice.
  func copies(besides recipients: [String]) -> [String] {
    var seen = Set(recipients.map(Contact.key))
    return cc.filter { isEmailAddress($0) && seen.insert(Contact.key($0)).inserted }
  }

  var mailHeaders: [(name: String, value: String)] {
    // RFC 3834: no holiday answers.
    [(name: "Auto-Submitted", value: "auto-generated"), (name: Self.idHeader, value: deliveryID)]
  }

  static var idHeader: String { "X-Balancealert-Delivery" }
}
