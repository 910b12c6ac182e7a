import Crypto
import Foundation
import Wire

/// Judges a webhook request of QuickBooks: signed, and about which documents.
struct QuickBooksWebhook {
  let realmID: String

  /// `intuit-signature` is the base64 of the body's HMAC-SHA256 under the app's verifier token.
  func receive(_ request: WebhookRequest, secrets: [String]) -> WebhookVerdict {
    guard let written = request.header("intuit-signature") else {
      return .refused(why: "there is no intuit-signature header")
    }
    guard let signature = Data(base64Encoded: written) else {
      return .refused(why: "intuit-signature is not base64")
    }
    guard isSigned(request.body, signature, with: secrets) else {
      return .refused(why: "intuit-signature was not made with this verifier token")
    }
    guard let body = try? JSON(parsing: request.body) else {
      return .refused(why: "the body is not JSON")
    }
    if let events = body.array { return .events(events.flatMap(cloudEvents)) }
    if let old = body["eventNotifications"]?.array { return .events(old.flatMap(oldEvents)) }
    return .refused(why: "the body is neither a list of CloudEvents nor eventNotifications")
  }

  /// `{"id", "type": "qbo.invoice.updated.v1", "intuitentityid", "intuitaccountid"}`: one request
  /// may have those of several companies.
  private func cloudEvents(_ event: JSON) -> [WebhookEvent] {
    guard plainText(event["intuitaccountid"]) == realmID, let id = plainText(event["id"]),
      let type = plainText(event["type"])
    else { return [] }
    let parts = type.lowercased().split(separator: ".")
    guard parts.count >= 2,
      let hint = hint(String(parts[1]), id: plainText(event["intuitentityid"]))
    else { return [] }
    return [WebhookEvent(id: id, type: type, hint: hint)]
  }

  /// The shape that was retired in 2026: events without ids.
  private func oldEvents(_ notification: JSON) -> [WebhookEvent] {
    guard plainText(notification["realmId"]) == realmID,
      let entities = notification["dataChangeEvent"]?["entities"]?.array
    else { return [] }
    return entities.flatMap { entity -> [WebhookEvent] in
      guard let name = plainText(entity["name"]) else { return [] }
      let operation = plainText(entity["operation"]) ?? "Update"
      // A merge names the one that is left, and the one that is not.
      let ids = [plainText(entity["id"]), plainText(entity["deletedId"])].compactMap { $0 }
      return ids.compactMap { id in
        guard let hint = hint(name.lowercased(), id: id) else { return nil }
        let parts = [name, id, operation, plainText(entity["lastUpdated"]) ?? ""]
        return WebhookEvent(
          id: parts.joined(separator: ":"),
          type: "\(name).\(operation)",
          hint: hint
        )
      }
    }
  }

  /// `nil` for what owes nothing.
  private func hint(_ entity: String, id: String?) -> Hint? {
    switch entity {
    case "journalentry": return Hint(.other, id: "")
    case "customer": return id.map { Hint(.customer, id: $0) }
    default:
      let known = QuickBooksEntity.allCases.first { $0.rawValue.lowercased() == entity }
      guard let known, let id else { return nil }
      return Hint(known.hintKind, id: id)
    }
  }
}
