import Receivables
import Wire

/// Something that happened at Stripe (docs.stripe.com/api/events).
struct StripeEvent: Sendable {
  let id: String
  let type: String
  /// Seconds since 1970.
  let created: Int64
  let customerID: String?
  let invoiceID: String?
  let currency: Currency?
  /// The name that a deleted customer had.
  let customerName: String?

  /// What can change what somebody owes, or whom it is asked of. `charge.dispute.…` is not among
  /// them: it names neither invoice nor customer, and the invoice of a disputed charge is paid.
  static let polledTypes = [
    "invoice.finalized", "invoice.sent", "invoice.updated", "invoice.paid",
    "invoice.payment_failed", "invoice.payment_action_required", "invoice.overdue",
    "invoice.overpaid", "invoice.marked_uncollectible", "invoice.voided", "invoice.deleted",
    "invoice_payment.paid", "customer.updated", "customer.deleted",
    "customer.subscription.updated", "customer.subscription.deleted", "credit_note.created",
    "credit_note.voided",
  ]

  /// Those that are told of everybody. The others happen all the time to customers who pay, and
  /// are told of debtors alone.
  static let tellingTypes: Set<String> = [
    "invoice.payment_failed", "invoice.payment_action_required", "invoice.overdue",
    "customer.subscription.deleted",
  ]

  init(_ row: JSON) throws(SourceError) {
    let fields = DocumentFields(row, "event \(row["id"]?.string ?? "")")
    id = try fields.requiredText("id")
    type = try fields.requiredText("type")
    guard let created = row["created"]?.integer else { throw fields.bad("created", "is missing") }
    self.created = Int64(created)
    guard let object = row["data"]?["object"], object.kind == .object else {
      throw fields.bad("data.object", "is missing")
    }
    let kind = plainText(object["object"])
    let objectID = plainText(object["id"])
    customerID = kind == "customer" ? objectID : stripeID(object["customer"])
    invoiceID = kind == "invoice" ? objectID : stripeID(object["invoice"])
    currency = plainText(object["currency"]).flatMap { try? Currency($0) }
    customerName = kind == "customer" ? plainText(object["name"]) : nil
  }
}

/// What is an id, or the object itself where it is expanded.
func stripeID(_ value: JSON?) -> String? { plainText(value) ?? plainText(value?["id"]) }

/// What happened since a cursor.
struct StripeFeed: Sendable {
  /// Oldest first.
  let events: [StripeEvent]
  let cursor: StripeCursor
}

extension StripeAPI {
  /// - Returns: `nil` when Stripe no longer has what the cursor starts from.
  func events(
    _ types: [String],
    after start: StripeCursor,
    now: Now
  ) async throws(SourceError) -> StripeFeed? {
    if start.isTooOld(at: now.instant) { return nil }
    var pages = StripePages(self, "events", query(types), newerThan: start.after)
    var listed: [StripeEvent] = []
    while let rows = try await pages.next() {
      var page: [StripeEvent] = []
      for row in rows.reversed() { page.append(try StripeEvent(row)) }
      listed = start.after == nil ? page + listed : listed + page
    }
    if pages.isLost { return nil }
    var cursor = start
    cursor.advance(over: listed, now: now.instant)
    let seen = Set(start.recent)
    return StripeFeed(events: listed.filter { !seen.contains($0.id) }, cursor: cursor)
  }

  /// Where a first delta will start.
  func newestEvent(_ types: [String]) async throws(SourceError) -> StripeCursor {
    let page = try StripePage(
      try await get("events", query(types) + [(name: "limit", value: "1")]),
      "events"
    )
    guard let row = page.rows.first else { return StripeCursor(newest: nil) }
    return StripeCursor(newest: try StripeEvent(row))
  }

  private func query(_ types: [String]) -> [(name: String, value: String)] {
    types.map { ("types[]", $0) }
  }
}
