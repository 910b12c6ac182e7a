import Foundation
import Outbox
import Receivables
import Rules
import Wire

/// The JSON bodies of the audit log: keys sorted, no spaces, so that the same thing is the same
/// text.
enum AuditBody {
  static func poll(status: String, changed: Int, usage: Usage, why: String?) -> String {
    struct Body: Encodable {
      var status: String
      var changed: Int
      var calls: Int
      var bytes: Int
      var why: String?
    }
    return encode(
      Body(status: status, changed: changed, calls: usage.calls, bytes: usage.bytes, why: why)
    )
  }

  static func decision(_ decision: Decision, suppressed: String?) -> String {
    struct Body: Encodable {
      var rule: String
      var currency: String
      var step: String
      var alert: String?
      var why: String
      var suppressed: String?
      var balance: String
      var overdueBalance: String
      var daysOverdue: Int
      var nextDate: String?
    }
    return encode(
      Body(
        rule: decision.rule,
        currency: decision.currency.code,
        step: decision.step.rawValue,
        alert: decision.alert?.reason.rawValue,
        why: decision.why,
        suppressed: suppressed,
        balance: decision.facts.balance.decimalString,
        overdueBalance: decision.facts.overdueBalance.decimalString,
        daysOverdue: decision.facts.daysOverdue,
        nextDate: decision.nextDate?.description
      )
    )
  }

  static func alert(_ decision: Decision, _ alert: AlertPlan, _ deliveries: [Delivery]) -> String {
    struct Item: Encodable {
      var id: String
      var channel: String
      var recipient: String?
      var status: String
      var why: String
    }
    struct Body: Encodable {
      var rule: String
      var currency: String
      var number: Int
      var level: Int
      var reason: String
      var why: String
      var balance: String
      var overdueBalance: String
      var daysOverdue: Int
      var deliveries: [Item]
    }
    return encode(
      Body(
        rule: decision.rule,
        currency: decision.currency.code,
        number: alert.number,
        level: alert.level,
        reason: alert.reason.rawValue,
        why: decision.why,
        balance: decision.facts.balance.decimalString,
        overdueBalance: decision.facts.overdueBalance.decimalString,
        daysOverdue: decision.facts.daysOverdue,
        deliveries: deliveries.map {
          Item(
            id: $0.id.text,
            channel: $0.channel,
            recipient: $0.recipient,
            status: $0.status.rawValue,
            why: $0.why
          )
        }
      )
    )
  }

  /// - Parameter digest: SHA-256 of the message as it was sent, hexadecimal.
  static func delivery(_ delivery: Delivery, digest: String?) -> String {
    struct Body: Encodable {
      var account: String
      var rule: String
      var channel: String
      var recipient: String?
      var status: String
      var attempts: Int
      var why: String
      var platformId: String?
      var messageId: String?
      var messageSha256: String?
      var notBefore: String?
    }
    return encode(
      Body(
        account: delivery.account.description,
        rule: delivery.rule,
        channel: delivery.channel,
        recipient: delivery.recipient,
        status: delivery.status.rawValue,
        attempts: delivery.attempts,
        why: delivery.why,
        platformId: delivery.platformID,
        messageId: delivery.messageID,
        messageSha256: digest,
        notBefore: delivery.notBefore?.description
      )
    )
  }

  static func pass(_ report: PassReport) -> String {
    struct Body: Encodable {
      var exit: Int32
      var now: String
      var sources: [String: String]
      var alerts: Int
      var deliveries: [String: Int]
      var stopped: String?
    }
    var counts: [String: Int] = [:]
    for delivery in report.deliveries { counts[delivery.status.rawValue, default: 0] += 1 }
    var sources: [String: String] = [:]
    for outcome in report.sources {
      switch outcome.status {
      case .polled: sources[outcome.name] = "polled"
      case .unchanged: sources[outcome.name] = "unchanged"
      case .failed: sources[outcome.name] = "failed"
      case .skipped: sources[outcome.name] = "skipped"
      }
    }
    return encode(
      Body(
        exit: report.verdict.rawValue,
        now: report.now.instant.description,
        sources: sources,
        alerts: report.alerts,
        deliveries: counts,
        stopped: report.stopped
      )
    )
  }

  static func encode(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    guard let data = try? encoder.encode(value) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
