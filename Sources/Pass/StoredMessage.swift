import Foundation
import Messages

/// How a message stands in the state while it is sent: what goes in comes out the same, so that a
/// re-send after a crash is the same to the byte.
enum StoredMessage {
  static func text(of message: Message) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(message) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }

  /// `nil` for what is not a stored message.
  static func message(_ text: String) -> Message? {
    try? JSONDecoder().decode(Message.self, from: Data(text.utf8))
  }
}
