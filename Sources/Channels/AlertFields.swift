import Messages
import Receivables

/// What an alert says, as JSON, in the words of SPEC.md. Amounts are decimal strings, what is not
/// known is null.
extension Message {
  /// The fields of the `file` channel, in their order.
  var fields: JSONBody { fields(of: isDigest ? nil : alerts.first) }

  /// The same, with the part of the account where there is one.
  var fieldsWithPart: JSONBody {
    let part = isDigest ? nil : alerts.first?.part
    return fields.adding("part", part.map(JSONBody.text))
  }

  /// The same for one alert of several; with none the fields of an account are null.
  private func fields(of alert: AlertContent?) -> JSONBody {
    var rows: [(key: String, value: JSONBody)] = [
      ("delivery_id", .text(deliveryID)), ("time", .text(time)), ("channel", .text(channel)),
      ("audience", .text(audience.rawValue)), ("recipient", JSONBody(recipient)),
    ]
    rows += Self.alertFields(alert)
    rows.append(("reason", JSONBody(alert?.reason ?? (isDigest ? "digest" : nil))))
    rows.append(("template", JSONBody(self.alert.template.isEmpty ? nil : self.alert.template)))
    rows.append(("subject", JSONBody(forms[.subject])))
    rows.append(("text", JSONBody(forms[.text])))
    return .object(rows)
  }

  private static func alertFields(_ alert: AlertContent?) -> [(key: String, value: JSONBody)] {
    func filled(_ text: String?) -> JSONBody { JSONBody(text.flatMap { $0.isEmpty ? nil : $0 }) }
    func number(_ value: Int?) -> JSONBody { value.map(JSONBody.number) ?? .null }
    return [
      ("rule", filled(alert?.rule)), ("source", filled(alert?.source)),
      ("account_id", filled(alert?.accountID)), ("account_name", filled(alert?.accountName)),
      ("currency", filled(alert?.currency)), ("balance", JSONBody(alert?.balance.decimal)),
      ("overdue_balance", JSONBody(alert?.overdueBalance.decimal)),
      ("days_overdue", number(alert?.daysOverdue)), ("level", number(alert?.level)),
      ("alert_number", number(alert?.alertNumber)),
    ]
  }
}

extension AlertContent {
  /// What happened, in one word for programs.
  var event: String {
    switch reason {
    case "test": "test"
    case "resolved": "balance.resolved"
    case let type where type.hasSuffix("payment_failed"): "payment.failed"
    default: template == "terms-changed" ? "terms.changed" : "balance.alert"
    }
  }

  /// One alert with its threshold, aging, invoices and owner, as the webhook sends it.
  var detail: [(key: String, value: JSONBody)] {
    [
      ("threshold", JSONBody(threshold?.decimal)),
      ("oldest_due_date", JSONBody(oldestDueDate?.iso)),
      ("bucket", JSONBody(bucket.isEmpty ? nil : bucket)),
      (
        "aging",
        .list(aging.map { ["bucket": .text($0.bucket), "amount": .text($0.amount.decimal)] })
      ),
      ("invoices", .list(invoices.map(\.json))),
      ("terms", JSONBody(terms)), ("url", JSONBody(url)), ("pay_url", JSONBody(payURL)),
      (
        "owner",
        owner == nil && ownerName == nil && ownerEmail == nil
          ? .null
          : ["id": JSONBody(owner), "name": JSONBody(ownerName), "email": JSONBody(ownerEmail)]
      ),
      ("previous_alert_date", JSONBody(previousAlertDate?.iso)),
    ] + together
  }

  /// What few alerts have; without it the fields are not there.
  private var together: [(key: String, value: JSONBody)] {
    let all: [(key: String, value: JSONBody?)] = [
      ("part", part.map(JSONBody.text)),
      (
        "promise",
        promise.map { ["amount": .text($0.amount.decimal), "date": .text($0.date.iso)] }
      ),
      ("also", others.map { .list($0.map(\.json)) }),
      ("opened_at", openedAt.map(JSONBody.text)),
      ("change", change.map { .text($0.rawValue) }),
      ("previous_balance", previousBalance.map { .text($0.decimal) }),
    ]
    return all.compactMap { key, value in value.map { (key, $0) } }
  }

  /// One alert of a digest.
  var digestEntry: JSONBody {
    .object(
      [
        ("rule", .text(rule)), ("source", .text(source)), ("account_id", .text(accountID)),
        ("account_name", .text(accountName)), ("currency", .text(currency)),
        ("balance", .text(balance.decimal)), ("overdue_balance", .text(overdueBalance.decimal)),
        ("days_overdue", .number(daysOverdue)), ("level", .number(level)),
        ("alert_number", .number(alertNumber)), ("reason", .text(reason)),
      ] + detail
    )
  }

  /// All fields as a platform's own template wants them: for people, so amounts and dates as the
  /// locale writes them, and an empty text where there is nothing, so that no name is missing.
  var templateData: JSONBody {
    [
      "organisation": .text(organisation),
      "account": [
        "id": .text(accountID), "name": .text(accountName), "email": .text(email ?? ""),
        "phone": .text(phone ?? ""), "terms": .text(terms ?? ""), "url": .text(safeURL(url) ?? ""),
        "pay_url": .text(safeURL(payURL) ?? ""),
      ],
      "owner": ["name": .text(ownerName ?? ""), "email": .text(ownerEmail ?? "")],
      "balance": .text(balance.formatted), "overdue_balance": .text(overdueBalance.formatted),
      "threshold": .text(threshold?.formatted ?? ""), "currency": .text(currency),
      "oldest_due_date": .text(oldestDueDate?.formatted ?? ""),
      "days_overdue": .number(daysOverdue), "bucket": .text(bucket),
      "aging": .list(
        aging.map { ["bucket": .text($0.bucket), "amount": .text($0.amount.formatted)] }
      ),
      "invoices": .list(
        invoices.map {
          [
            "number": .text($0.number), "due_date": .text($0.dueDate?.formatted ?? ""),
            "amount_due": .text($0.amountDue.formatted), "total": .text($0.total.formatted),
            "days_overdue": .number($0.daysOverdue), "url": .text(safeURL($0.url) ?? ""),
          ]
        }
      ),
      "level": .number(level), "alert_number": .number(alertNumber), "reason": .text(reason),
      "previous_alert_date": .text(previousAlertDate?.formatted ?? ""), "rule": .text(rule),
      "delivery_id": .text(deliveryID),
      "part": .text(partWords.value), "part_kind": .text(partWords.kind),
      "promise": [
        "amount": .text(promise?.amount.formatted ?? ""),
        "date": .text(promise?.date.formatted ?? ""),
      ],
      "others": .list((others ?? []).map(\.json)),
    ]
  }
}

extension AlertContent.Other {
  fileprivate var json: JSONBody {
    [
      "rule": .text(rule), "title": .text(title), "level": .number(level),
      "reason": .text(reason),
    ]
  }
}

extension ClearedAccount {
  /// One entry of a digest's `cleared`.
  var json: JSONBody {
    let known: JSONBody = [
      "source": .text(source), "account_id": .text(accountID),
      "account_name": .text(accountName), "currency": .text(currency),
      "owed": .text(owed.decimal), "balance": .text(balance.decimal),
    ]
    return known.adding("part", part.map(JSONBody.text))
  }
}

extension AlertContent.InvoiceLine {
  fileprivate var json: JSONBody {
    [
      "number": .text(number), "due_date": JSONBody(dueDate?.iso),
      "amount_due": .text(amountDue.decimal), "total": .text(total.decimal),
      "days_overdue": .number(daysOverdue), "url": JSONBody(url),
    ]
  }
}

/// A link that may be shown: http or https, without anything that could end it where it stands.
func safeURL(_ url: String?) -> String? {
  guard let url, url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.count <= 2000,
    url.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !Array("<>|\"'`\\".utf8).contains($0) })
  else { return nil }
  return url
}
