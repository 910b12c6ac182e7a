import Foundation
import Receivables
import Rules
import State

/// A decision as the audit log has it.
struct StoredDecision {
  let account: String
  let rule: String
  let currency: String
  let part: String
  let why: String
  /// Of an alert.
  let reason: String?
  let level: Int?

  /// `nil` for entries of other kinds.
  init?(_ record: AuditRecord) {
    guard record.kind == "alert" || record.kind == "decision",
      let body = try? JSONSerialization.jsonObject(with: Data(record.body.utf8)) as? [String: Any],
      let rule = body["rule"] as? String, let currency = body["currency"] as? String,
      let why = body["why"] as? String
    else { return nil }
    account = record.subject
    self.rule = rule
    self.currency = currency
    self.why = why
    part = body["part"] as? String ?? ""
    // A baseline takes what would have been told.
    reason = (body["reason"] as? String).flatMap { $0 == Reason.baseline.rawValue ? nil : $0 }
    level = reason == nil ? nil : body["level"] as? Int
  }

  var key: Ledger.Key? {
    guard let colon = account.firstIndex(of: ":"), let currency = try? Currency(currency) else {
      return nil
    }
    return Ledger.Key(
      account: AccountKey(
        source: String(account[..<colon]),
        id: String(account[account.index(after: colon)...])
      ),
      currency: currency
    )
  }

  func isAbout(_ decision: Decision) -> Bool {
    decision.rule == rule && decision.account.description == account
      && decision.currency.code == currency && decision.part == part
  }

  func says(_ decision: Decision) -> Bool {
    guard let reason else {
      return decision.why == why || why.hasPrefix("taken as alerted")
    }
    return decision.why == why && decision.alert?.reason.rawValue == reason
      && decision.alert?.level == level
  }
}

extension StoredPass {
  /// Of all decisions with an episode, as the pass noted it.
  var fingerprint: String? {
    guard let summary,
      let body = try? JSONSerialization.jsonObject(with: Data(summary.utf8)) as? [String: Any]
    else { return nil }
    return body["decisions_sha256"] as? String
  }
}
