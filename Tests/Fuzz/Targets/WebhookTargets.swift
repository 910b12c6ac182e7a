import Crypto
import Foundation
import Receivables
import Wire

@testable import Accounting

/// What anybody can post to the address that takes webhooks, and what a platform has signed.
let webhookTargets: [FuzzTarget] = [
  FuzzTarget(name: "webhooks", check: checkWebhooks)
]

private let secret = "whsec_0123456789abcdef"

/// Headers, a blank line, a body.
private func checkWebhooks(_ bytes: [UInt8]) async throws(Flaw) {
  guard let now = Instant("2026-11-22T20:00:00Z") else { return }
  var request = WebhookRequest(headers: [], body: bytes)
  var rest = bytes[...]
  while let end = rest.firstIndex(of: 10) {
    let line = rest[..<end].split(separator: UInt8(ascii: ":"), maxSplits: 1)
    rest = rest[(end + 1)...]
    guard line.count == 2 else { break }
    request.headers.append(Header(text(Array(line[0])), text(Array(line[1].drop { $0 == 32 }))))
  }
  request.body = Array(rest)
  for type in allSources {
    guard let source = fuzzedSource(type) as? any WebhookSource else { continue }
    let name = type.traits.type
    let unsigned = source.receive(request, secrets: [secret], now: now)
    try check(unsigned, name, isSigned: false)
    try hold(isRefused(source.receive(request, secrets: [], now: now)), "\(name): no secret at all")
    try hold(isRefused(source.receive(request, secrets: [""], now: now)), "\(name): an empty one")

    guard let signed = signed(request, name, at: now) else { continue }
    try check(source.receive(signed, secrets: ["another", secret], now: now), name, isSigned: true)
    try hold(
      isRefused(source.receive(signed, secrets: ["another"], now: now)),
      "\(name): taken with another secret")
    if var byte = signed.body.last, name != "freshbooks" {
      byte ^= 1
      var changed = signed
      changed.body[changed.body.count - 1] = byte
      try hold(
        isRefused(source.receive(changed, secrets: [secret], now: now)),
        "\(name): taken although it was changed")
    }
  }
}

private func check(
  _ verdict: WebhookVerdict, _ name: String, isSigned: Bool
) throws(Flaw) {
  switch verdict {
  case .events(let events):
    for event in events {
      try hold(event.hint.kind == .other || !event.id.isEmpty, "\(name): an event without an id")
    }
  case .answered(let status, _): try hold((200...599).contains(status), "\(name): \(status)")
  case .verification(let callback, let verifier):
    try hold(!callback.isEmpty && !verifier.isEmpty, "\(name): an empty verifier")
  case .refused(let why): try hold(!why.isEmpty, "\(name): refused without a reason")
  }
}

/// Anyone may offer a verifier: it is asked of the platform before it counts.
private func isRefused(_ verdict: WebhookVerdict) -> Bool {
  switch verdict {
  case .refused, .verification: true
  case .events, .answered: false
  }
}

/// The request with the platform's signature; a time that the input brings along is kept.
private func signed(_ request: WebhookRequest, _ name: String, at now: Instant) -> WebhookRequest? {
  func code(_ bytes: [UInt8]) -> [UInt8] {
    Array(
      HMAC<SHA256>.authenticationCode(
        for: bytes, using: SymmetricKey(data: Array(secret.utf8))))
  }
  func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
  var signed = request
  signed.headers = request.headers.filter { $0.name.lowercased().hasPrefix("content") }
  switch name {
  case "xero": signed.headers.append(Header("x-xero-signature", base64(code(request.body))))
  case "quickbooks": signed.headers.append(Header("intuit-signature", base64(code(request.body))))
  case "freshbooks":
    let form = pythonJSON(formFields(text(request.body)))
    let header = Header("X-FreshBooks-Hmac-SHA256", base64(code(Array(form.utf8))))
    signed.headers.append(header)
  case "stripe":
    let time = request.header("X-Time") ?? String(now.seconds)
    let digits = code(Array("\(time).".utf8) + request.body).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    signed.headers.append(Header("Stripe-Signature", "t=\(time),v1=\(digits.joined())"))
  default: return nil
  }
  return signed
}
