import Crypto
import Foundation
public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// POSTs the alert as JSON to a service of your own: docs/webhook.md.
public struct WebhookChannel: Channel {
  public static let traits = Traits(
    type: "webhook",
    title: "Webhook",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .idempotencyHeader("Idempotency-Key"),
    takesDigest: true,
    // A service of the organisation's own; each record of the state is shared by those in flight.
    concurrency: 32
  )

  private let url: Secret
  private let secret: Secret?
  private let headers: [(name: String, value: Secret)]

  public init(settings: inout SettingsReader) {
    url = settings.targetURL("url", help: "Where to POST; may be a secret reference")
    secret = settings.optionalSecret(
      "secret",
      help: "Key of the HMAC-SHA256 signature; without it nothing is signed"
    )
    headers = Self.readHeaders(&settings)
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let body = Self.envelope(message).bytes
    try Self.check(size: body.count)
    var all = [
      Header("Content-Type", "application/json"),
      Header("Idempotency-Key", message.deliveryID),
    ]
    if let secret {
      guard let time = Instant(message.time) else {
        throw Unsendable(.message, "\(message.time) is not a time")
      }
      // The delivery's own time, not the clock: a repeat is the same to the byte.
      let signed = Array("\(time.seconds).".utf8) + body
      let code = HMAC<SHA256>.authenticationCode(
        for: signed,
        using: SymmetricKey(data: Array(secret.reveal().utf8))
      )
      all.append(
        Header(
          "X-Balancealert-Signature",
          "t=\(time.seconds),v1=\(Encoding.hexadecimal(code))"
        )
      )
    }
    all += headers.map { Header($0.name, $0.value.reveal()) }
    return .http(HTTPRequest(.POST, url.reveal(), headers: all, body: body))
  }

  public func outcome(of response: Response) -> Outcome? {
    switch response.status {
    case 404, 410: .refused(.channel, why: "HTTP \(response.status): nothing listens at this URL")
    default: nil
    }
  }

  // MARK: How

  private static func envelope(_ message: Message) -> JSONBody {
    var rows: [(key: String, value: JSONBody)] = [
      ("schema", 1), ("id", .text(message.deliveryID)), ("event", .text(event(message))),
      ("organisation", .text(message.organisation)),
    ]
    if case .object(let fields) = message.fields { rows += fields }
    if message.isDigest {
      rows.append(("alerts", .list(message.alerts.map(\.digestEntry))))
      rows.append(("cleared", .list((message.cleared ?? []).map(\.json))))
    } else if let alert = message.alerts.first {
      rows += alert.detail
    }
    return .object(rows)
  }

  private static func event(_ message: Message) -> String {
    if message.isDigest { return "balance.digest" }
    return message.alerts.first?.event ?? "notice"
  }

  /// Values may be secret references: `headers: { Authorization: env:TOKEN }`.
  private static func readHeaders(
    _ settings: inout SettingsReader
  ) -> [(name: String, value: Secret)] {
    let help = "Further headers; a value may be a secret reference"
    if settings.isDescribing {
      _ = settings.mapping("headers", help: help)
      return []
    }
    let reserved = [
      "content-type", "content-length", "host", "idempotency-key", "x-balancealert-signature",
    ]
    return settings.nested("headers", help: help) { inner in
      inner.block.entries.compactMap { entry in
        let isSecret = Redactor.isSecret(header: entry.key)
        let value =
          isSecret
          ? inner.secret(entry.key, help: "a header's value").reveal()
          : inner.reference(entry.key, help: "a header's value")
        if reserved.contains(entry.key.lowercased()) {
          inner.reject(entry.key, "is set by balancealert itself")
        } else if !isHeader(entry.key, value) {
          inner.reject(entry.key, "is not a header of letters, digits and hyphens on one line")
        } else {
          return (entry.key, Secret(value))
        }
        return nil
      }
    } ?? []
  }

  private static func isHeader(_ name: String, _ value: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 == 45 || $0 == 95 || isLetterOrDigit($0) }
      && value.utf8.allSatisfy { $0 >= 32 && $0 < 127 }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}
