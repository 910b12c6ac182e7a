import Foundation
public import Receivables
import Wire

/// developer.xero.com/documentation/webhooks: every request is signed, and answered within 5
/// seconds with 200, or 401 when the signature is wrong.
extension XeroSource: WebhookSource {
  public func receive(
    _ request: WebhookRequest,
    secrets: [String],
    now: Instant
  ) -> WebhookVerdict {
    guard let signature = request.header("x-xero-signature") else {
      return .refused(why: "there is no x-xero-signature")
    }
    guard let code = Data(base64Encoded: signature) else {
      return .refused(why: "x-xero-signature is not base64")
    }
    guard isSigned(request.body, code, with: secrets) else {
      return .refused(why: "x-xero-signature is not of this body and webhook key")
    }
    guard let events = (try? JSON(parsing: request.body))?["events"]?.array else {
      return .refused(why: "the body has no events")
    }
    // The intent to receive: Xero sends a few of these, some wrongly signed, before it turns the
    // webhook on.
    if events.count == 0 { return .answered(status: 200, body: "") }
    return .events(events.compactMap(event))
  }

  /// `nil` for another organisation's, and for what no poll reads.
  private func event(_ row: JSON) -> WebhookEvent? {
    guard row["tenantType"]?.isString("ORGANISATION") == true,
      let tenant = row["tenantId"]?.string, let id = row["resourceId"]?.string,
      tenantID.isEmpty || tenant.lowercased() == tenantID.lowercased()
    else { return nil }
    let category = row["eventCategory"]?.string ?? ""
    let type = row["eventType"]?.string ?? ""
    let hint: Hint
    switch category {
    case "INVOICE": hint = Hint(.invoice, id: id)
    case "CONTACT": hint = Hint(.customer, id: id)
    case "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT":
      // A credit note's event says whose it is.
      if row["data"]?["Type"]?.isString("ACCPAYCREDIT") == true { return nil }
      hint = Hint(.credit, id: id)
    default: hint = Hint(.other, id: "")
    }
    let moment = row["eventDateUtc"]?.string ?? ""
    return WebhookEvent(
      id: fingerprint(of: Array("\(id) \(type) \(moment)".utf8)),
      type: "\(category) \(type)",
      hint: hint
    )
  }
}
