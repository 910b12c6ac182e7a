import Foundation
import Messages
import Outbox
import Receivables
import Wire

/// The few spellings that HTTP bodies, URLs and headers want.
enum Encoding {
  static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

  /// RFC 4648, 5, with padding.
  static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
  }

  static func basic(_ user: String, _ password: String) -> Header {
    Header("Authorization", "Basic \(base64("\(user):\(password)"))")
  }

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    Outbox.hexadecimal(Array(bytes))
  }
}

extension Response {
  /// The body as that type; `nil` when it is not, whatever it is instead.
  func decoded<T: Decodable>(_ type: T.Type) -> T? {
    try? JSONDecoder().decode(type, from: Data(body))
  }
}

extension Response {
  /// From the answer's own clock to a moment that it names; at least a second. `nil` where it has
  /// no clock.
  func wait(until moment: Instant) -> Duration? {
    guard let date = header("Date").flatMap(MailDate.instant) else { return nil }
    return .seconds(max(1, moment.seconds - date.seconds))
  }

  /// Until `X-RateLimit-Reset`, which is in seconds or a Unix time; `nil` for one that no calendar
  /// has.
  func rateLimitReset() -> Duration? {
    guard let reset = header("X-RateLimit-Reset").flatMap({ Int64($0) }),
      (0..<253_402_300_800).contains(reset)
    else { return nil }
    return reset < 1_000_000_000 ? .seconds(reset) : wait(until: Instant(seconds: reset))
  }
}

extension Channel {
  /// A JSON request within the channel's size limit.
  func json(
    _ method: HTTPRequest.Method = .POST,
    _ url: String,
    _ body: JSONBody,
    headers: [Header] = []
  ) throws(Unsendable) -> Request {
    let bytes = body.bytes
    try Self.check(size: bytes.count)
    return .http(
      HTTPRequest(
        method,
        url,
        headers: [Header("Content-Type", "application/json")] + headers,
        body: bytes
      )
    )
  }

  static func check(size: Int) throws(Unsendable) {
    if size > traits.maxBodyBytes {
      throw Unsendable(
        .message,
        "the message has \(size) bytes; \(traits.title) takes at most \(traits.maxBodyBytes)"
      )
    }
  }
}
