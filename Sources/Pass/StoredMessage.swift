import Foundation
import Messages

/// A message as the state keeps it while its outcome is not known: what is written can be read, to
/// the byte.
enum StoredMessage {
  static func text(_ message: Message) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(message) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// `nil` when it cannot be read: from another version, or damaged.
  static func message(_ text: String) -> Message? {
    try? JSONDecoder().decode(Message.self, from: Data(text.utf8))
  }
}
