import Configuration
import Messages
import Outbox
import Receivables

extension Assembly.Channel {
  /// A notice of the tool itself: a message that is about no account.
  /// - Parameter recipient: `nil` where the channel itself is the recipient.
  func opsMessage(
    _ lines: [String],
    to recipient: String?,
    organisation: String,
    pass: Int64,
    now: Now
  ) -> Message {
    let count = lines.count == 1 ? "1 notice" : "\(lines.count) notices"
    let title = "balancealert, \(organisation): \(count)"
    let shown = Self.fitting(lines)
    // The same for every try of this pass; another pass has other things to say.
    let name = "ops \(pass) \(now.instant) \(profile.name) \(recipient ?? "")"
    var message = Message(
      deliveryID: DeliveryID(of: [DeliveryID(text: name)]).text,
      channel: profile.name,
      audience: profile.audience,
      recipient: recipient,
      recipientName: nil,
      organisation: organisation,
      time: now.instant.description,
      alerts: [],
      isDigest: false,
      forms: [
        .subject: title,
        .title: title,
        .text: shown.joined(separator: "\n"),
        .short: "\(title)\n\(shown.joined(separator: "\n"))",
        .html: "<ul>\(shown.map { "<li>\(Escaping.html($0))</li>" }.joined())</ul>",
      ]
    )
    message.cc = cc
    return message
  }

  /// Twenty at most, and no more than fit into one section of Slack, the least of all.
  private static func fitting(_ lines: [String]) -> [String] {
    var shown: [String] = []
    var room = 2_600
    for line in lines.prefix(20) {
      room -= line.unicodeScalars.count + 1
      if room < 0 { break }
      shown.append(line)
    }
    let rest = lines.count - shown.count
    return rest == 0 ? shown : shown + ["and \(rest) more: see balancealert history"]
  }
}
