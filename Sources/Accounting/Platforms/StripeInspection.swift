import Receivables
import Settings
import Wire

/// Signs in and looks around: three calls, which need the permissions that a poll needs.
struct StripeInspection {
  let api: StripeAPI
  let eventTypes: [String]
  let zone: Zone

  func run() async throws(SourceError) -> Inspection {
    var inspection = Inspection(organisation: api.account ?? "Stripe")
    switch try await api.ask("account") {
    case .found(let account): try describe(account, &inspection)
    // The account's name is no more than a comfort.
    case .forbidden(let why): inspection.notices.append("\(why), or do without")
    case .missing(let why): throw .misconfigured("Stripe has no such account: \(why)")
    }
    _ = try await api.newestEvent(eventTypes)
    let page = try StripePage(
      try await api.get(
        "invoices",
        [("status", "open"), ("expand[]", "data.customer"), ("limit", "\(StripePages.size)")]
      ),
      "invoices"
    )
    inspection.openInvoices = page.rows.count
    if page.hasMore {
      inspection.notices.append("there are \(page.rows.count) open invoices or more")
    }
    if let isLive = page.rows.first?["livemode"]?.bool ?? isLiveKey {
      inspection.notices.append(isLive ? "live mode" : "test mode: these are no real customers")
    }
    return inspection
  }

  private func describe(_ account: JSON, _ inspection: inout Inspection) throws(SourceError) {
    let id = try DocumentFields(account, "/v1/account").requiredText("id")
    let dashboard = account["settings"]?["dashboard"]
    let country = plainText(account["country"]).map { ", \($0)" } ?? ""
    inspection.organisation = (plainText(dashboard?["display_name"]) ?? id) + country
    inspection.currency = plainText(account["default_currency"])?.uppercased()
    inspection.timeZone = plainText(dashboard?["timezone"])
    if let theirs = inspection.timeZone, !zone.isNamed(theirs) {
      inspection.notices.append(
        "due dates are taken in \(zone), the Dashboard shows them in \(theirs): near midnight they "
          + "differ by a day"
      )
    }
  }

  private var isLiveKey: Bool? {
    let key = api.key.reveal()
    if key.contains("_live_") { return true }
    return key.contains("_test_") ? false : nil
  }
}
