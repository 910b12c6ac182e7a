import Receivables
import Wire

extension XeroAPI {
  /// What `check --online` looks at: one row of each collection that a poll needs, and what is
  /// optional as far as the scopes go.
  func inspection(_ options: XeroOptions) async throws(SourceError) -> Inspection {
    let invoices = XeroCollection.invoices
    let page = try await self.page(
      1,
      of: invoices.rawValue,
      invoices.query(isDelta: false, XeroOptions()),
      since: nil,
      size: 1
    )
    for collection in [XeroCollection.prepayments.rawValue, "Contacts"] {
      _ = try await self.page(1, of: collection, "", since: nil, size: 1)
    }
    var found = Inspection(organisation: "", openInvoices: page.itemCount)
    if let count = page.callsLeftToday {
      found.limits.append("\(counted(count, "call")) left today")
    }
    if let count = page.callsLeftThisMinute {
      found.limits.append("\(counted(count, "call")) left this minute")
    }
    do throws(SourceError) {
      let row = try await list("Organisation", key: "Organisations").first
      found.organisation = plainText(row?["Name"]) ?? ""
      found.currency = plainText(row?["BaseCurrency"])
      found.timeZone = plainText(row?["Timezone"])
    } catch {
      found.notices.append("\(error)")
      let all = (try? await connections()) ?? []
      found.organisation = all.first { $0.id == tenantID || tenantID.isEmpty }?.name ?? ""
    }
    found.notices += await unknown(
      options.excludedGroups + options.disputedGroups,
      among: "ContactGroups",
      idField: "ContactGroupID",
      "contact group"
    )
    found.notices += await unknown(
      options.trackingCategory.map { [$0] } ?? [],
      among: "TrackingCategories",
      idField: "TrackingCategoryID",
      "tracking category"
    )
    return found
  }

  /// A name in the config that Xero does not know does nothing, and nobody would see it.
  private func unknown(
    _ names: [String],
    among list: String,
    idField: String,
    _ word: String
  ) async -> [String] {
    if names.isEmpty { return [] }
    do throws(SourceError) {
      let rows = try await self.list(list, key: list)
      return names.filter { name in
        !rows.contains { XeroOptions.isNamed(name, $0, idField: idField) }
      }.map { "Xero has no \(word) `\($0)`" }
    } catch {
      return ["whether Xero has a \(word) \(names.joined(separator: ", ")) is not known: \(error)"]
    }
  }
}
