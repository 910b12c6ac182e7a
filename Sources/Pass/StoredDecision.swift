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
    reason = body["reason"] as? String
    level = body["level"] as? Int
  }

  var key: Ledger.Key? {
    guard let account = AccountKey(account), let currency = try? Currency(currency) else {
      return nil
    }
    return Ledger.Key(account: account, currency: currency)
  }

  func isAbout(_ decision: Decision) -> Bool {
    decision.rule == rule && decision.account.description == account
      && decision.currency.code == currency && decision.part == part
  }

  func says(_ decision: Decision) -> Bool {
    // A baseline takes what would have been told.
    if reason == Reason.baseline.rawValue { return decision.whyAdopted == why }
    if decision.why != why { return false }
    return reason == nil
      || decision.alert?.reason.rawValue == reason && decision.alert?.level == level
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
