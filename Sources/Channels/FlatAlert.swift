import Messages
import Receivables
import Wire

/// One alert as a flat object, for platforms whose own automations act on it: no lists, no objects,
/// no nulls, each field always of one type. What is not known is left out, but for a test message,
/// which has every field so that a flow's editor learns their names.
extension Message {
  var flat: JSONBody {
    let isTest = alert.event == "test"
    var rows: [(key: String, value: JSONBody)] = []
    for (key, value, sample) in flatFields {
      guard let value = value ?? (isTest ? sample : nil) else { continue }
      rows.append((key, value))
    }
    return .object(rows)
  }

  private typealias Field = (key: String, value: JSONBody?, sample: JSONBody?)

  private var flatFields: [Field] {
    let (subject, text) = (Self.line(forms[.subject]), Self.plain(forms[.text]))
    let about: [Field] = [
      ("id", .text(deliveryID), nil), ("delivery_id", .text(deliveryID), nil),
      ("event", .text(alerts.isEmpty ? "notice" : alert.event), nil), ("schema", 1, nil),
      ("time", .text(time), nil),
      ("channel", Self.line(channel), nil), ("audience", .text(audience.rawValue), nil),
      ("recipient", Self.line(recipient), nil), ("organisation", Self.line(organisation), nil),
      ("rule", Self.line(alert.rule), "test"), ("source", Self.line(alert.source), "test"),
      ("reason", Self.line(alert.reason), nil), ("level", .number(alert.level), nil),
      ("alert_number", .number(alert.alertNumber), nil),
      ("template", Self.line(alert.template), "reminder"),
    ]
    return about + account + amounts + invoices + together
      + [("subject", subject, "Test"), ("text", text, "Test")]
  }

  private var account: [Field] {
    [
      ("account_id", .text(Escaping.singleLine(alert.accountID)), nil),
      ("account_name", Self.line(alert.accountName) ?? .text(alert.accountID), nil),
      ("account_email", Self.line(alert.email), "nobody@example.com"),
      ("account_phone", Self.line(alert.phone), "+640000000"),
      ("account_url", safeURL(alert.url).map(JSONBody.text), "https://example.com/account"),
      ("owner_name", Self.line(alert.ownerName), "Nobody"),
      ("owner_email", Self.line(alert.ownerEmail), "nobody@example.com"),
    ]
  }

  /// Each amount twice: exact for texts, as a number for conditions.
  private var amounts: [Field] {
    let zero = Amount(decimal: "0.00", formatted: "")
    func twice(_ key: String, _ amount: Amount?) -> [Field] {
      [
        (key, amount.map { .text($0.decimal) }, .text(zero.decimal)),
        ("\(key)_number", amount.map { .decimal($0.decimal) }, .decimal(zero.decimal)),
      ]
    }
    return [("currency", .text(alert.currency), nil)] + twice("balance", alert.balance)
      + twice("overdue_balance", alert.overdueBalance) + twice("threshold", alert.threshold)
      + [
        ("days_overdue", .number(alert.daysOverdue), nil),
        (
          "oldest_due_date", alert.oldestDueDate.map { .text($0.iso) },
          .text(String(time.prefix(10)))
        ),
      ]
  }

  private var invoices: [Field] {
    let oldest = alert.invoices.max { $0.daysOverdue < $1.daysOverdue }
    let numbers = alert.invoices.prefix(50).map { Escaping.singleLine($0.number) }
    return [
      ("oldest_invoice_number", Self.line(oldest?.number), "INV-1"),
      ("invoice_count", .number(alert.invoices.count), nil),
      ("invoice_numbers", Self.line(numbers.joined(separator: ", ")), "INV-1"),
      ("pay_url", safeURL(alert.payURL).map(JSONBody.text), "https://example.com/pay"),
    ]
  }

  private var together: [Field] {
    let others = (alert.others ?? []).map(\.title).filter { !$0.isEmpty }.joined(separator: ", ")
    return [
      ("part", Self.line(alert.part), "lease:1"),
      ("promise_amount", (alert.promise?.amount.decimal).map(JSONBody.text), "0.00"),
      (
        "promise_date", (alert.promise?.date.iso).map(JSONBody.text),
        .text(String(time.prefix(10)))
      ),
      ("also", Self.line(others), "test"),
    ]
  }

  /// `nil` for nothing. It may land in HTML: without `<` and `>`, and without links.
  private static func line(_ text: String?) -> JSONBody? {
    let line = Escaping.singleLine(withoutTags(Escaping.withoutLinks(text ?? "")))
    return line.isEmpty ? nil : .text(shortened(line, to: 1_000))
  }

  /// Keeps its lines, and the links that the template made.
  private static func plain(_ text: String?) -> JSONBody? {
    let text = withoutTags(Escaping.multiLine(text ?? ""))
    return text.isEmpty ? nil : .text(shortened(text, to: 20_000))
  }

  private static func withoutTags(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "<" && $0 != ">" }))
  }
}
