import Outbox
import Receivables
import Rules
import State
import Wire

/// The JSON bodies of the audit log: members in the order of their names, no spaces, so that the
/// same thing is the same text.
enum AuditBody {
  static func poll(
    status: String,
    changed: Int,
    usage: Usage,
    leftOut: [LeftOut] = [],
    why: String?
  ) -> String {
    var body = ObjectText()
    body.add("bytes", usage.bytes)
    body.add("calls", usage.calls)
    body.add("changed", changed)
    if !leftOut.isEmpty { body.add("left_out", leftOut.map(self.leftOut)) }
    body.add("status", status)
    body.add("why", why)
    return body.text
  }

  private static func leftOut(_ one: LeftOut) -> ObjectText {
    var item = ObjectText()
    item.add("account", one.account)
    item.add("document", one.document)
    item.add("why", one.why)
    return item
  }

  static func decision(_ decision: Decision, suppressed: String?) -> String {
    var body = ObjectText()
    body.add("alert", decision.alert?.reason.rawValue)
    body.add("balance", decision.facts.balance.decimalString)
    body.add("currency", decision.currency.code)
    body.add("days_overdue", decision.facts.daysOverdue)
    body.add("next_date", decision.nextDate?.description)
    body.add("overdue_balance", decision.facts.overdueBalance.decimalString)
    body.add("part", decision.part.isEmpty ? nil : decision.part)
    body.add("rule", decision.rule)
    body.add("step", decision.step.rawValue)
    body.add("suppressed", suppressed)
    body.add("why", decision.why)
    return body.text
  }

  static func alert(_ decision: Decision, _ alert: AlertPlan, _ deliveries: [Delivery]) -> String {
    var body = ObjectText()
    body.add("balance", decision.facts.balance.decimalString)
    body.add("currency", decision.currency.code)
    body.add("days_overdue", decision.facts.daysOverdue)
    body.add("deliveries", deliveries.map(planned))
    body.add("level", alert.level)
    body.add("number", alert.number)
    body.add("overdue_balance", decision.facts.overdueBalance.decimalString)
    body.add("part", decision.part.isEmpty ? nil : decision.part)
    body.add("reason", alert.reason.rawValue)
    body.add("rule", decision.rule)
    body.add("why", decision.why)
    return body.text
  }

  private static func planned(_ delivery: Delivery) -> ObjectText {
    var item = ObjectText()
    item.add("channel", delivery.channel)
    item.add("id", delivery.id.text)
    item.add("recipient", delivery.recipient)
    item.add("status", delivery.status.rawValue)
    item.add("why", delivery.why)
    return item
  }

  /// - Parameter digest: SHA-256 of the message as it was sent, hexadecimal.
  /// - Parameter record: the page of what was made of it on the platform.
  static func delivery(_ delivery: Delivery, digest: String?, record: String? = nil) -> String {
    var body = ObjectText()
    body.add("account", delivery.account.description)
    body.add("attempts", delivery.attempts)
    body.add("channel", delivery.channel)
    body.add("message_id", delivery.messageID)
    body.add("message_sha256", digest)
    body.add("not_before", delivery.notBefore?.description)
    body.add("platform_id", delivery.platformID)
    body.add("recipient", delivery.recipient)
    body.add("record", record)
    body.add("rule", delivery.rule)
    body.add("status", delivery.status.rawValue)
    body.add("why", delivery.why)
    return body.text
  }

  static func optOut(kind: String, address: String, channel: String, why: String) -> String {
    var body = ObjectText()
    body.add("address", address)
    body.add("channel", channel)
    body.add("kind", kind)
    body.add("why", why)
    return body.text
  }

  static func pass(_ report: PassReport) -> String {
    var counts: [String: Int] = [:]
    for delivery in report.deliveries { counts[delivery.status.rawValue, default: 0] += 1 }
    var deliveries = ObjectText()
    for (status, count) in counts.sorted(by: { $0.key < $1.key }) { deliveries.add(status, count) }
    var sources = ObjectText()
    for outcome in report.sources.sorted(by: { $0.name < $1.name }) {
      switch outcome.status {
      case .polled: sources.add(outcome.name, "polled")
      case .unchanged: sources.add(outcome.name, "unchanged")
      case .failed: sources.add(outcome.name, "failed")
      case .skipped: sources.add(outcome.name, "skipped")
      }
    }
    var body = ObjectText()
    body.add("alerts", report.alerts)
    body.add("decisions_sha256", report.prepared.fingerprint)
    body.add("deliveries", deliveries)
    body.add("exit", Int(report.verdict.rawValue))
    body.add("now", report.now.instant.description)
    body.add("sources", sources)
    body.add("stopped", report.stopped)
    return body.text
  }
}
