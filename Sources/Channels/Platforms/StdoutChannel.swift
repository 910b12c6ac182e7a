public import Messages
import Receivables
public import Settings
public import Wire

/// Prints the text of each message to standard output.
public struct StdoutChannel: Channel {
  public static let traits = Traits(
    type: "stdout", title: "Standard output", defaultAudience: .team, address: .none,
    forms: [.subject, .text], idPlace: .visible, takesDigest: true, concurrency: 1)

  public init(settings: inout SettingsReader) {}

  public func request(for message: Message) throws(Unsendable) -> Request {
    let text = "\(message[.subject])\n\n\(message[.text])\n[\(message.deliveryID)]\n\n"
    return .append(AppendRequest(.standardOutput, bytes: Array(text.utf8)))
  }
}
