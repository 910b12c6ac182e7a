import Messages
import Receivables
import Wire

/// The words of a debt's record, whatever the platform.
extension Message {
  /// So long after the delivery was planned: the same for every try.
  func due(after seconds: Int64) -> Instant? { Instant(time)?.adding(seconds: seconds) }

  /// Why the record belongs to nobody; `nil` where somebody is named, or nobody is looked for.
  var lackOfOwner: String? {
    guard audience == .owner, recipient == nil else { return nil }
    let name = Escaping.singleLine(alert.ownerName ?? alert.owner ?? "")
    return name.isEmpty
      ? "Nobody is assigned: the account has no owner."
      : "Nobody is assigned: \(name) has no entry for this platform under owners."
  }

  var isResolved: Bool { alert.reason == "resolved" }

  /// Of a card or a task: who owes what, whatever the template says. Plain text.
  var recordTitle: String {
    let name = recordValue(alert.accountName.isEmpty ? alert.accountID : alert.accountName)
    let amount =
      alert.overdueBalance.isZero
      ? alert.balance.formatted : "\(alert.overdueBalance.formatted) overdue"
    return "\(name.isEmpty ? "…" : name): \(recordValue(amount))"
  }

  /// What a comment says under the title.
  var recordState: String {
    isResolved
      ? "Cleared. Balance \(alert.balance.formatted)."
      : "Level \(alert.level), alert \(alert.alertNumber), \(alert.reason)."
        + " Overdue \(alert.overdueBalance.formatted) of \(alert.balance.formatted),"
        + " \(alert.daysOverdue) days."
  }

  /// Rule and organisation.
  var recordFooting: [String] { footing.dropLast() }
}

extension AlertContent {
  /// As in a card of a chat, with aging and history.
  var recordFacts: [(label: String, value: String)] {
    let buckets = aging.filter { !$0.amount.isZero }
      .map { "\($0.bucket): \($0.amount.formatted)" }.joined(separator: ", ")
    return facts + (buckets.isEmpty ? [] : [("Aging", buckets)])
      + (previousAlertDate.map { [("Alert before", $0.formatted)] } ?? [])
  }

  static let mostRecordInvoices = 20

  /// What stands below the invoices that are listed.
  var recordRest: [String] {
    invoices.count > Self.mostRecordInvoices
      ? ["and \(invoices.count - Self.mostRecordInvoices) more"] : []
  }
}

extension Amount {
  fileprivate var isZero: Bool { !decimal.utf8.contains { (49...57).contains($0) } }
}

/// On one line, without links and markers.
func recordValue(_ text: String, to limit: Int = 200) -> String {
  shortened(withoutMarker(Escaping.withoutLinks(text)), to: limit)
}
