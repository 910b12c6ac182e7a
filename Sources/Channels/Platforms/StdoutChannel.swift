public import Messages
import Receivables
public import Settings
public import Wire

/// Prints the text of each message to standard output.
public struct StdoutChannel: Channel {
  public static let traits = Traits(
    type: "stdout",
    title: "Standard output",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .visible,
    takesDigest: true,
    concurrency: 1,
    isLocal: true
  )

  public init(settings: inout SettingsReader) {}

  public func request(for message: Message) throws(Unsendable) -> Request {
    let recipient = message.recipient.map { "To: \(Escaping.singleLine($0))\n" } ?? ""
    let subject = Escaping.singleLine(message[.subject])
    let text = Escaping.multiLine(message[.text])
    let page = "\(subject)\n\(recipient)\n\(text)\n[\(message.deliveryID)]\n\n"
    try Self.check(size: page.utf8.count)
    return .append(AppendRequest(.standardOutput, bytes: Array(page.utf8)))
  }
}
