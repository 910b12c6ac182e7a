import Channels
import Foundation
import Messages
import Outbox
import Pass
import Wire

/// `preview --render`: each message as it would be sent, its words and its request.
enum Rendering {
  static func text(_ report: PassReport, _ shown: Selection, _ assembly: Assembly) -> String {
    let ready = report.deliveries.filter {
      $0.status == .pending || $0.status == .held
    }
    let batches = Batch.batches(of: ready) { assembly.channels[$0]?.profile.isDigest ?? false }
    var text = ""
    // A digest is shown whole: cut down to one account it would be another message.
    for batch in batches where batch.deliveries.contains(where: { shown.includes($0.account) }) {
      guard let channel = assembly.channels[batch.channel] else { continue }
      do {
        guard let whole = try report.builder.message(batch) else { continue }
        for message in channel.adapter.split(whole) {
          text += "\n" + String(repeating: "=", count: 100) + "\n"
          text += head(message, channel.traits.title)
          text += body(try channel.adapter.request(for: message))
        }
      } catch {
        text += "cannot be sent through \(batch.channel): \(error)\n"
      }
    }
    return Output.printable(assembly.redactor.redact(text))
  }

  private static func head(_ message: Message, _ title: String) -> String {
    let who = message.recipientName.map { " (\($0))" } ?? ""
    return "\(message.channel) (\(title)) to \(message.recipient ?? "the channel")\(who),"
      + " \(message.deliveryID)\n\n"
  }

  private static func body(_ request: Request) -> String {
    switch request {
    case .http(let http):
      let bytes = http.body ?? []
      return "\(http.method.rawValue) \(http.url)\n\n\(readable(bytes))\n"
    case .mail(let mail):
      return "MAIL \(mail.host):\(mail.port)\n\n"
        + String(decoding: mail.message, as: UTF8.self).replacing("\r\n", with: "\n") + "\n"
    case .append(let append): return String(decoding: append.bytes, as: UTF8.self)
    case .find, .file, .command: return ""
    }
  }

  /// Gmail's way to carry a whole mail: `{"raw": "base64url"}`.
  private static func mail(_ data: Data) -> String? {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: String],
      object.count == 1, let raw = object["raw"],
      let mail = Data(
        base64Encoded: raw.replacing("-", with: "+").replacing("_", with: "/")
      )
    else { return nil }
    return String(decoding: mail, as: UTF8.self)
  }

  /// JSON indented, a mail inside JSON as it is, a form one field a line, anything else as it is.
  private static func readable(_ bytes: [UInt8]) -> String {
    let data = Data(bytes)
    if let mail = mail(data) { return mail.replacing("\r\n", with: "\n") }
    if let object = try? JSONSerialization.jsonObject(with: data),
      let pretty = try? JSONSerialization.data(
        withJSONObject: object,
        options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      )
    {
      return String(decoding: pretty, as: UTF8.self)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.contains("="), !text.contains("\n") else { return text }
    return text.split(separator: "&").map {
      $0.replacing("+", with: " ").removingPercentEncoding ?? String($0)
    }.joined(separator: "\n")
  }
}
