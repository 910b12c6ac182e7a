import Foundation
public import Receivables
import Wire

/// Stripe's webhooks (docs.stripe.com/webhooks/signature).
extension StripeSource: WebhookSource {
  public func receive(
    _ request: WebhookRequest,
    secrets: [String],
    now: Instant
  ) -> WebhookVerdict {
    guard let signature = StripeSignature(request.header("Stripe-Signature")) else {
      return .refused(why: "no Stripe-Signature with a time and a v1")
    }
    guard secrets.contains(where: { signature.isOf(request.body, secret: $0) }) else {
      return .refused(why: "signed with another secret, or changed on the way")
    }
    // Not the difference of the two: the time is whatever number stands there.
    if signature.time < now.seconds - StripeSignature.toleranceSeconds {
      return .refused(why: "signed more than \(StripeSignature.toleranceSeconds) seconds ago")
    }
    guard let event = try? JSON(parsing: request.body) else {
      return .refused(why: "the body is not JSON")
    }
    if event["object"]?.isString("v2.core.event") == true {
      return .refused(why: "a thin event of the v2 API: make the endpoint for snapshot events")
    }
    guard event["object"]?.isString("event") == true, let read = try? StripeEvent(event) else {
      return .refused(why: "the body is not an event")
    }
    // An endpoint of a platform is told of its connected accounts too.
    guard plainText(event["account"]) == account, events.contains(read.type) else {
      return .events([])
    }
    return .events([WebhookEvent(id: read.id, type: read.type, hint: read.hint)])
  }
}

extension StripeEvent {
  fileprivate var hint: Hint {
    if let invoiceID { return Hint(.invoice, id: invoiceID) }
    if let customerID { return Hint(.customer, id: customerID) }
    return Hint(.other, id: "")
  }
}

/// `t=1787191105,v1=7eea…,v1=…,v0=…`: two v1 while a secret is being replaced, v0 means nothing.
private struct StripeSignature {
  let time: Int64
  private let timeText: String
  private let codes: [[UInt8]]

  static let toleranceSeconds: Int64 = 300

  init?(_ header: String?) {
    var timeText: String?
    var codes: [[UInt8]] = []
    for part in (header ?? "").split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { continue }
      switch pair[0].drop(while: { $0 == " " }) {
      case "t": timeText = pair[1]
      case "v1": if let code = bytes(ofHexadecimal: pair[1]) { codes.append(code) }
      default: continue
      }
    }
    guard let timeText, let time = Int64(timeText), !codes.isEmpty else { return nil }
    self.time = time
    self.timeText = timeText
    self.codes = codes
  }

  func isOf(_ body: [UInt8], secret: String) -> Bool {
    let signed = Array("\(timeText).".utf8) + body
    return codes.contains { isSigned(signed, $0, with: [secret]) }
  }
}

private func bytes(ofHexadecimal text: String) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  for place in stride(from: 0, to: digits.count, by: 2) {
    guard let high = hexValue(digits[place]), let low = hexValue(digits[place + 1]) else {
      return nil
    }
    bytes.append(high << 4 | low)
  }
  return bytes
}

private func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 48...57: digit - 48
  case 65...70: digit - 55
  case 97...102: digit - 87
  default: nil
  }
}
