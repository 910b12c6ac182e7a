import Foundation
import Messages
import Receivables

/// How a message stands in the state while it is sent: what goes in comes out the same, so that a
/// re-send after a crash is the same to the byte.
enum StoredMessage {
  /// What `JSONDecoder` reads, written member by member: `JSONEncoder` would take as long as all
  /// else that is done for a message.
  static func text(of message: Message) -> String {
    var object = ObjectText()
    object.add("alerts", message.alerts.map(content))
    object.add("audience", message.audience.rawValue)
    object.add("cc", message.cc)
    object.add("channel", message.channel)
    if let cleared = message.cleared { object.add("cleared", cleared.map(account)) }
    object.add("deliveryID", message.deliveryID)
    var forms = ObjectText()
    for form in Form.allCases { forms.add(form.rawValue, message.forms[form]) }
    object.add("forms", forms)
    object.add("isDigest", message.isDigest)
    object.add("organisation", message.organisation)
    object.add("recipient", message.recipient)
    object.add("recipientName", message.recipientName)
    object.add("time", message.time)
    return object.text
  }

  /// `nil` for what is not a stored message.
  static func message(_ text: String) -> Message? {
    try? JSONDecoder().decode(Message.self, from: Data(text.utf8))
  }

  private static func content(_ alert: AlertContent) -> ObjectText {
    var object = ObjectText()
    object.add("accountID", alert.accountID)
    object.add("accountName", alert.accountName)
    object.add("aging", alert.aging.map(line))
    object.add("alertNumber", alert.alertNumber)
    object.add("balance", amount(alert.balance))
    object.add("bucket", alert.bucket)
    object.add("change", alert.change?.rawValue)
    object.add("currency", alert.currency)
    object.add("daysOverdue", alert.daysOverdue)
    object.add("deliveryID", alert.deliveryID)
    object.add("email", alert.email)
    object.add("invoices", alert.invoices.map(line))
    object.add("level", alert.level)
    object.add("locale", alert.locale)
    object.add("oldestDueDate", alert.oldestDueDate.map(date))
    object.add("openedAt", alert.openedAt)
    object.add("organisation", alert.organisation)
    if let others = alert.others { object.add("others", others.map(other)) }
    object.add("overdueBalance", amount(alert.overdueBalance))
    object.add("owner", alert.owner)
    object.add("ownerEmail", alert.ownerEmail)
    object.add("ownerID", alert.ownerID)
    object.add("ownerName", alert.ownerName)
    object.add("part", alert.part)
    object.add("payURL", alert.payURL)
    object.add("phone", alert.phone)
    object.add("previousAlertDate", alert.previousAlertDate.map(date))
    object.add("previousBalance", alert.previousBalance.map(amount))
    object.add("promise", alert.promise.map(promise))
    object.add("reason", alert.reason)
    if let records = alert.records { object.add("records", records.map(link)) }
    object.add("rule", alert.rule)
    object.add("source", alert.source)
    object.add("template", alert.template)
    object.add("terms", alert.terms)
    object.add("threshold", alert.threshold.map(amount))
    object.add("url", alert.url)
    return object
  }

  private static func account(_ cleared: ClearedAccount) -> ObjectText {
    var object = ObjectText()
    object.add("accountID", cleared.accountID)
    object.add("accountName", cleared.accountName)
    object.add("balance", amount(cleared.balance))
    object.add("currency", cleared.currency)
    object.add("owed", amount(cleared.owed))
    object.add("part", cleared.part)
    object.add("source", cleared.source)
    return object
  }

  private static func other(_ other: AlertContent.Other) -> ObjectText {
    var object = ObjectText()
    object.add("level", other.level)
    object.add("reason", other.reason)
    object.add("rule", other.rule)
    object.add("title", other.title)
    return object
  }

  private static func promise(_ promise: AlertContent.Promise) -> ObjectText {
    var object = ObjectText()
    object.add("amount", amount(promise.amount))
    object.add("date", date(promise.date))
    return object
  }

  private static func line(_ aging: AlertContent.AgingLine) -> ObjectText {
    var object = ObjectText()
    object.add("amount", amount(aging.amount))
    object.add("bucket", aging.bucket)
    return object
  }

  private static func link(_ record: AlertContent.RecordLink) -> ObjectText {
    var object = ObjectText()
    object.add("title", record.title)
    object.add("url", record.url)
    return object
  }

  private static func line(_ invoice: AlertContent.InvoiceLine) -> ObjectText {
    var object = ObjectText()
    object.add("amountDue", amount(invoice.amountDue))
    object.add("daysOverdue", invoice.daysOverdue)
    object.add("dueDate", invoice.dueDate.map(date))
    object.add("number", invoice.number)
    object.add("total", amount(invoice.total))
    object.add("url", invoice.url)
    return object
  }

  private static func amount(_ amount: Amount) -> ObjectText {
    var object = ObjectText()
    object.add("decimal", amount.decimal)
    object.add("formatted", amount.formatted)
    return object
  }

  private static func date(_ date: DateText) -> ObjectText {
    var object = ObjectText()
    object.add("formatted", date.formatted)
    object.add("iso", date.iso)
    return object
  }
}
