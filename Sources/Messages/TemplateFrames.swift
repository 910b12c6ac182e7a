/// What the templates see of an alert: every text cleaned once, whatever the number of forms.
final class AlertFrame: Frame {
  /// Longer lists say how many more there are.
  static let invoiceLimit = 50

  private let content: AlertContent
  private let language: String
  private let organisation: String
  private let account: AccountFrame
  private let owner: OwnerFrame?
  private let invoices: [any Frame]
  private let aging: [any Frame]

  /// - Parameter language: of the words around the values; where `nil`, of the formats.
  init(_ content: AlertContent, language: String?, withPayURL: Bool = true) {
    self.content = content
    self.language = language ?? String(content.locale.prefix { $0 != "-" })
    organisation = Escaping.singleLine(content.organisation)
    account = AccountFrame(content, withPayURL: withPayURL)
    owner = OwnerFrame(content)
    let shown = content.invoices.prefix(Self.invoiceLimit)
    // Invoice numbers are short; one that is not must not push the amounts off the screen.
    let numbers = shown.map { shortened(Escaping.withoutLinks($0.number), to: 40) }
    let columns = InvoiceColumns(shown, numbers)
    invoices = zip(shown, numbers).map { InvoiceFrame($0, number: $1, columns) }
    let names = Column(content.aging.map(\.bucket))
    let amounts = Column(content.aging.map(\.amount.formatted))
    aging = content.aging.map { AgingFrame(line: $0, names: names, amounts: amounts) }
  }

  func value(of field: Field) -> Value {
    switch field {
    case .organisation: .text(organisation)
    case .account: .object(account)
    case .owner: owner.map { .object($0) } ?? .nothing
    case .balance: .text(content.balance.formatted)
    case .overdueBalance: .text(content.overdueBalance.formatted)
    case .threshold: Value(content.threshold?.formatted)
    case .currency: .text(content.currency)
    case .oldestDueDate: Value(content.oldestDueDate?.formatted)
    case .daysOverdue: .number(content.daysOverdue)
    case .bucket: .text(content.bucket)
    case .aging: .list(aging)
    case .invoices: .list(invoices)
    case .level: .number(content.level)
    case .alertNumber: .number(content.alertNumber)
    case .reason: .text(Escaping.singleLine(content.reason))
    case .previousAlertDate: Value(content.previousAlertDate?.formatted)
    case .rule: .text(Escaping.singleLine(content.rule))
    case .deliveryID: .text(content.deliveryID)
    case .source: .text(Escaping.singleLine(content.source))
    case .language: .text(language)
    case .isOverdue: .flag(content.daysOverdue > 0)
    case .isCrossed: .flag(content.reason == "crossed")
    case .isPersisting: .flag(content.reason == "persisting")
    case .isEscalated: .flag(content.reason == "escalated")
    case .isResolved: .flag(content.reason == "resolved")
    case .hasInvoices: .flag(!invoices.isEmpty)
    case .moreInvoices: .number(content.invoices.count - invoices.count)
    case .oneDay: .flag(content.daysOverdue == 1)
    default: .nothing
    }
  }
}

/// What the template `digest` sees.
struct DigestFrame: Frame {
  let organisation: String
  let language: String
  let alerts: [any Frame]
  let totals: [any Frame]

  func value(of field: Field) -> Value {
    switch field {
    case .organisation: .text(Escaping.singleLine(organisation))
    case .language: .text(language)
    case .alerts: .list(alerts)
    case .totals: .list(totals)
    case .count: .number(alerts.count)
    case .one: .flag(alerts.count == 1)
    default: .nothing
    }
  }
}

struct TotalFrame: Frame {
  let currency: String
  let balance: String
  let overdueBalance: String
  let isOverdue: Bool
  let count: Int

  func value(of field: Field) -> Value {
    switch field {
    case .currency: .text(currency)
    case .balance: .text(balance)
    case .overdueBalance: .text(overdueBalance)
    case .isOverdue: .flag(isOverdue)
    case .count: .number(count)
    case .one: .flag(count == 1)
    default: .nothing
    }
  }
}

private struct AccountFrame: Frame {
  let id: String
  let name: String
  let email: String?
  let phone: String?
  let terms: String?
  let url: String?
  let payURL: String?

  init(_ content: AlertContent, withPayURL: Bool) {
    id = Escaping.withoutLinks(content.accountID)
    let name = Escaping.withoutLinks(content.accountName)
    self.name = name.isEmpty ? id : name
    email = content.email.map(Escaping.withoutLinks)
    phone = content.phone.map(Escaping.withoutLinks)
    terms = content.terms.map(Escaping.withoutLinks)
    url = Escaping.webURL(content.url)
    payURL = withPayURL ? Escaping.webURL(content.payURL) : nil
  }

  func value(of field: Field) -> Value {
    switch field {
    case .id: .name(id)
    case .name: .name(name)
    case .email: Value(name: email)
    case .phone: Value(name: phone)
    case .terms: Value(name: terms)
    case .url: Value(url: url)
    case .payURL: Value(url: payURL)
    default: .nothing
    }
  }
}

/// There is none where neither name nor address is known.
private struct OwnerFrame: Frame {
  let name: String?
  let email: String?

  init?(_ content: AlertContent) {
    name = content.ownerName.map(Escaping.singleLine)
    email = content.ownerEmail.map(Escaping.singleLine)
    if (name ?? "").isEmpty && (email ?? "").isEmpty { return nil }
  }

  func value(of field: Field) -> Value {
    switch field {
    case .name: Value(name)
    case .email: Value(email)
    default: .nothing
    }
  }
}

private struct InvoiceFrame: Frame {
  let line: AlertContent.InvoiceLine
  let number: String
  let url: String?
  let columns: InvoiceColumns

  init(_ line: AlertContent.InvoiceLine, number: String, _ columns: InvoiceColumns) {
    self.line = line
    self.number = number
    url = Escaping.webURL(line.url)
    self.columns = columns
  }

  func value(of field: Field) -> Value {
    switch field {
    case .number: .name(number)
    case .dueDate: Value(line.dueDate?.formatted)
    case .amountDue: .text(line.amountDue.formatted)
    case .total: .text(line.total.formatted)
    case .daysOverdue: .number(line.daysOverdue)
    case .url: Value(url: url)
    case .isOverdue: .flag(line.daysOverdue > 0)
    case .oneDay: .flag(line.daysOverdue == 1)
    case .padded: .object(PaddedInvoiceFrame(invoice: self))
    default: .nothing
    }
  }
}

private struct PaddedInvoiceFrame: Frame {
  let invoice: InvoiceFrame

  func value(of field: Field) -> Value {
    let (line, columns) = (invoice.line, invoice.columns)
    return switch field {
    case .number: .text(columns.numbers.left(invoice.number))
    case .dueDate: .text(columns.dueDates.left(line.dueDate?.formatted ?? ""))
    case .amountDue: .text(columns.amountsDue.right(line.amountDue.formatted))
    case .total: .text(columns.totals.right(line.total.formatted))
    default: .nothing
    }
  }
}

private struct AgingFrame: Frame {
  let line: AlertContent.AgingLine
  let names: Column
  let amounts: Column
  var isPadded = false

  func value(of field: Field) -> Value {
    switch field {
    case .bucket: .text(isPadded ? names.left(line.bucket) : line.bucket)
    case .amount: .text(isPadded ? amounts.right(line.amount.formatted) : line.amount.formatted)
    case .padded:
      .object(AgingFrame(line: line, names: names, amounts: amounts, isPadded: true))
    default: .nothing
    }
  }
}

/// How wide the columns of an invoice list are.
private struct InvoiceColumns {
  let numbers: Column
  let dueDates: Column
  let amountsDue: Column
  let totals: Column

  init(_ lines: ArraySlice<AlertContent.InvoiceLine>, _ numbers: [String]) {
    self.numbers = Column(numbers)
    dueDates = Column(lines.map { $0.dueDate?.formatted ?? "" })
    amountsDue = Column(lines.map(\.amountDue.formatted))
    totals = Column(lines.map(\.total.formatted))
  }
}

/// A column of a table in plain text.
private struct Column {
  let width: Int

  init(_ texts: [String]) { width = texts.lazy.map(Self.width).max() ?? 0 }

  func left(_ text: String) -> String { text + blanks(text) }
  func right(_ text: String) -> String { blanks(text) + text }

  private func blanks(_ text: String) -> String {
    String(repeating: " ", count: max(0, width - Self.width(of: text)))
  }

  private static func width(of text: String) -> Int {
    text.utf8.allSatisfy { $0 < 128 } ? text.utf8.count : text.count
  }
}
