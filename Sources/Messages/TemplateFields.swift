import Receivables

/// What templates see: docs/templates.md lists them. Every
/// text is cleaned here, once for all forms: it stays on one line.
enum TemplateFields {
  /// Longer lists say how many more there are.
  static let invoiceLimit = 50
  static let clearedLimit = 50

  /// - Parameter language: of the words around the values; where `nil`, of the formats.
  static func alert(
    _ content: AlertContent,
    for audience: Audience? = nil,
    language: String?,
    room: Room = .all
  ) -> Fields {
    let invoices = content.invoices.prefix(invoiceLimit)
    let fields: Fields = [
      "organisation": words(content.organisation),
      "account": .object(account(content, withPayURL: room.payURL)),
      "owner": .object(owner(content)),
      "balance": .text(content.balance.formatted),
      "overdue_balance": .text(content.overdueBalance.formatted),
      "threshold": .text(content.threshold?.formatted ?? ""),
      "currency": .text(content.currency),
      "oldest_due_date": .text(content.oldestDueDate?.formatted ?? ""),
      "days_overdue": .number(content.daysOverdue),
      "bucket": .text(content.bucket),
      "aging": .list(aging(content.aging)),
      "invoices": .list(self.invoices(invoices)),
      "records": .list(
        (content.records ?? []).map {
          ["title": words($0.title), "url": .url(Escaping.webURL($0.url) ?? "")]
        }
      ),
      "level": .number(content.level),
      "alert_number": .number(content.alertNumber),
      "reason": words(content.reason),
      "previous_alert_date": .text(content.previousAlertDate?.formatted ?? ""),
      // No customer reads what a rule is called.
      "rule": words(audience == .customer ? "" : content.rule),
      "source": words(content.source),
      "delivery_id": .text(content.deliveryID),
      "language": .text(language ?? String(content.locale.prefix { $0 != "-" })),
      "for_customer": .flag(audience == .customer), "for_owner": .flag(audience == .owner),
      "for_team": .flag(audience == .team),
      "is_overdue": .flag(content.daysOverdue > 0),
      "one_day": .flag(content.daysOverdue == 1),
      "is_crossed": .flag(content.reason == "crossed"),
      "is_persisting": .flag(content.reason == "persisting"),
      "is_escalated": .flag(content.reason == "escalated"),
      "is_resolved": .flag(content.reason == "resolved"),
      "has_invoices": .flag(!invoices.isEmpty),
      "more_invoices": .number(content.invoices.count - invoices.count),
    ]
    let news = part(room.part ? content : AlertContent()).merging(together(content, audience, room))
    { $1 }
    return fields.merging(news) { $1 }
  }

  /// Which part of the account, in the user's own words.
  private static func part(_ content: AlertContent) -> Fields {
    let (kind, value) = content.partWords
    return [
      "part": .name(Escaping.withoutLinks(value)), "part_kind": .name(Escaping.withoutLinks(kind)),
    ]
  }

  /// What a message says beside its own alert: of a promise, of other rules, of the last digest.
  private static func together(
    _ content: AlertContent,
    _ audience: Audience?,
    _ room: Room
  ) -> Fields {
    let isForCustomer = audience == .customer
    let others = (content.others ?? []).filter { !isForCustomer || !$0.title.isEmpty }
    return [
      "is_promise_broken": .flag(content.reason == "promise broken" && room.promise),
      "promise": .object(
        content.promise.map {
          ["amount": .text($0.amount.formatted), "date": .text($0.date.formatted)]
        } ?? [:]
      ),
      "has_others": .flag(!others.isEmpty),
      "others": .list(
        others.enumerated().map { index, other in
          [
            "rule": words(isForCustomer ? "" : other.rule), "title": words(other.title),
            "level": .number(other.level),
            "reason": words(other.reason), "is_last": .flag(index == others.count - 1),
          ]
        }
      ),
      "change": .text(content.change?.rawValue ?? ""),
      "previous_balance": .text(content.previousBalance?.formatted ?? ""),
      "is_new": .flag(content.change == .new),
      "is_grown": .flag(content.change == .grown),
      "is_partly_paid": .flag(content.change == .partlyPaid),
      "is_unchanged": .flag(content.change == .unchanged),
    ]
  }

  /// Of the template `digest`.
  static func digest(
    organisation: String,
    language: String,
    alerts: [Fields],
    totals: [Fields],
    cleared: [ClearedAccount]
  ) -> Fields {
    let listed = cleared.prefix(clearedLimit)
    return [
      "organisation": words(organisation), "language": .text(language),
      "count": .number(alerts.count), "one": .flag(alerts.count == 1),
      "alerts": .list(alerts), "totals": .list(totals),
      "has_cleared": .flag(!cleared.isEmpty), "cleared_count": .number(cleared.count),
      "one_cleared": .flag(cleared.count == 1),
      "cleared": .list(listed.map(self.cleared)),
      "more_cleared": .number(cleared.count - listed.count),
    ]
  }

  private static func cleared(_ account: ClearedAccount) -> Fields {
    var named = AlertContent()
    (named.accountID, named.accountName) = (account.accountID, account.accountName)
    named.part = account.part
    return [
      "account": .object(self.account(named, withPayURL: false)),
      "owed": .text(account.owed.formatted), "balance": .text(account.balance.formatted),
      "still_owes": .flag(account.stillOwes),
      "currency": .text(account.currency),
    ].merging(part(named)) { $1 }
  }

  /// What all accounts of one currency owe.
  static func total(
    currency: String,
    balance: String,
    overdueBalance: String,
    isOverdue: Bool,
    count: Int
  ) -> Fields {
    [
      "currency": .text(currency), "balance": .text(balance),
      "overdue_balance": .text(overdueBalance), "is_overdue": .flag(isOverdue),
      "count": .number(count), "one": .flag(count == 1),
    ]
  }

  /// With one item in every list: shows the check which fields a template has, and their kinds.
  static func example(for template: String) -> Fields {
    template == "digest" ? exampleDigest : exampleAlert
  }

  private static let exampleAlert: Fields = {
    var content = AlertContent()
    content.ownerName = "Dana Ruiz"
    content.records = [AlertContent.RecordLink(title: "Trello", url: "https://trello.com/c/1")]
    content.promise = .init(amount: content.balance, date: DateText(iso: "", formatted: ""))
    content.others = [AlertContent.Other(rule: "", title: "", level: 1, reason: "")]
    content.aging = [AlertContent.AgingLine(bucket: "current", amount: content.balance)]
    content.invoices = [
      AlertContent.InvoiceLine(
        number: "1",
        dueDate: nil,
        amountDue: content.balance,
        total: content.balance,
        daysOverdue: 0,
        url: nil
      )
    ]
    return alert(content, language: nil)
  }()

  private static let exampleDigest = digest(
    organisation: "",
    language: "",
    alerts: [exampleAlert],
    totals: [total(currency: "", balance: "", overdueBalance: "", isOverdue: false, count: 0)],
    cleared: [
      ClearedAccount(
        source: "",
        accountID: "",
        accountName: "",
        currency: "",
        part: nil,
        owed: Amount(decimal: "0", formatted: "0"),
        balance: Amount(decimal: "0", formatted: "0")
      )
    ]
  )

  private static func account(_ content: AlertContent, withPayURL: Bool) -> Fields {
    let id = Escaping.withoutLinks(content.accountID)
    let name = Escaping.withoutLinks(content.accountName)
    return [
      "id": .name(id),
      "name": .name(name.isEmpty ? id : name),
      "email": .name(Escaping.withoutLinks(content.email ?? "")),
      "phone": .name(Escaping.withoutLinks(content.phone ?? "")),
      "terms": .name(Escaping.withoutLinks(content.terms ?? "")),
      "url": .url(Escaping.webURL(content.url) ?? ""),
      "pay_url": .url(withPayURL ? Escaping.webURL(content.payURL) ?? "" : ""),
    ]
  }

  /// None where neither name nor address is known.
  private static func owner(_ content: AlertContent) -> Fields {
    let fields = ["name": words(content.ownerName), "email": words(content.ownerEmail)]
    return (content.ownerName ?? "").isEmpty && (content.ownerEmail ?? "").isEmpty ? [:] : fields
  }

  private static func invoices(_ lines: ArraySlice<AlertContent.InvoiceLine>) -> [Fields] {
    // Invoice numbers are short; one that is not must not push the amounts off the screen.
    let numbers = lines.map { shortened(Escaping.withoutLinks($0.number), to: 40) }
    let padded = Columns(
      left: ["number": numbers, "due_date": lines.map { $0.dueDate?.formatted ?? "" }],
      right: [
        "amount_due": lines.map(\.amountDue.formatted), "total": lines.map(\.total.formatted),
      ]
    )
    return zip(lines, numbers).enumerated().map { index, line in
      let (invoice, number) = line
      return [
        "number": .name(number),
        "due_date": .text(invoice.dueDate?.formatted ?? ""),
        "amount_due": .text(invoice.amountDue.formatted),
        "total": .text(invoice.total.formatted),
        "days_overdue": .number(invoice.daysOverdue),
        "url": .url(Escaping.webURL(invoice.url) ?? ""),
        "is_overdue": .flag(invoice.daysOverdue > 0),
        "one_day": .flag(invoice.daysOverdue == 1),
        "padded": padded[index],
      ]
    }
  }

  private static func aging(_ lines: [AlertContent.AgingLine]) -> [Fields] {
    let padded = Columns(
      left: ["bucket": lines.map(\.bucket)],
      right: ["amount": lines.map(\.amount.formatted)]
    )
    return lines.enumerated().map { index, line in
      [
        "bucket": .text(line.bucket), "amount": .text(line.amount.formatted),
        "padded": padded[index],
      ]
    }
  }

  private static func words(_ text: String?) -> FieldValue {
    .text(Escaping.singleLine(text ?? ""))
  }
}

/// A table in plain text: each column filled with blanks to the width of its widest text.
private struct Columns {
  private var columns: [(name: String, texts: [String])] = []

  init(left: [String: [String]], right: [String: [String]]) {
    columns += left.map { name, texts in
      (name, zip(texts, Self.blanks(texts)).map { $0 + $1 })
    }
    columns += right.map { name, texts in
      (name, zip(texts, Self.blanks(texts)).map { $1 + $0 })
    }
  }

  subscript(row: Int) -> FieldValue {
    .object(Fields(uniqueKeysWithValues: columns.map { ($0.name, .text($0.texts[row])) }))
  }

  private static func blanks(_ texts: [String]) -> [String] {
    let widths = texts.map { $0.utf8.allSatisfy { $0 < 128 } ? $0.utf8.count : $0.count }
    let widest = widths.max() ?? 0
    return widths.map { String(repeating: " ", count: widest - $0) }
  }
}
