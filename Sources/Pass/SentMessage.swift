import Crypto
import Foundation
import Messages
import Outbox

/// A message as it went to the network, out of the state.
public struct SentMessage: Sendable {
  private let message: Message?
  /// SHA-256 of the stored form, hexadecimal: what the audit log has as `message_sha256`.
  public let digest: String

  public init(_ body: String) {
    message = StoredMessage.message(body)
    digest = hexadecimal(Array(SHA256.hash(data: Data(body.utf8))))
  }

  /// `title`, `subject` and `text` as they were rendered; empty of one that cannot be read.
  public var forms: [(name: String, text: String)] {
    guard let message else { return [] }
    return [Form.subject, .title, .short, .text].compactMap { form in
      message.forms[form].map { (form.rawValue, $0) }
    }
  }

  public var recipient: String? { message?.recipient }
  public var channel: String? { message?.channel }
  public var organisation: String? { message?.organisation }

  /// For people; the HTML of a mail says the same as its text, and is left out.
  /// - Parameter logged: the digest in the audit log.
  public func text(logged: String?) -> String {
    guard message != nil else { return "the message cannot be read any more\n" }
    let verdict =
      logged == nil || logged == digest
      ? "the same as in the audit log" : "NOT what the audit log has (\(logged ?? ""))"
    var text = "Message  SHA-256 \(digest), \(verdict)\n"
    text += "To       \(channel ?? "") \(recipient ?? "(the channel)")\n"
    for form in forms { text += "\n--- \(form.name)\n\(form.text)\n" }
    return text
  }
}
