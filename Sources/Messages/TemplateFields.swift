/// What a template may say. SPEC.md "Messages" lists the fields, docs/templates.md explains them.
enum Field: String, CaseIterable, Sendable {
  /// `{{.}}`, the value of the section that it stands in.
  case itself = "."
  case organisation, account, owner, balance, threshold, currency, bucket, aging, invoices, level
  case reason, rule, source, language
  case overdueBalance = "overdue_balance"
  case oldestDueDate = "oldest_due_date"
  case daysOverdue = "days_overdue"
  case alertNumber = "alert_number"
  case previousAlertDate = "previous_alert_date"
  case deliveryID = "delivery_id"
  // account, owner
  case id, name, email, phone, terms, url
  case payURL = "pay_url"
  // invoices, aging
  case number, total, amount, padded
  case dueDate = "due_date"
  case amountDue = "amount_due"
  // digest
  case alerts, totals, count
  // Questions, for sections only.
  case isOverdue = "is_overdue"
  case isCrossed = "is_crossed"
  case isPersisting = "is_persisting"
  case isEscalated = "is_escalated"
  case isResolved = "is_resolved"
  case hasInvoices = "has_invoices"
  case moreInvoices = "more_invoices"
  case oneDay = "one_day"
  case one
}

/// What kind of thing a field is: decides how it is shown, and what a section over it opens.
enum FieldKind: Sendable, Equatable {
  case text, url, number, flag
  case object(Shape)
  case list(Shape)
}

/// A kind of object with the fields that it has.
enum Shape: Sendable {
  case alert, account, owner, invoice, paddedInvoice, aging, paddedAging, digest, total
  /// What a section over a single value opens.
  case scalar

  func kind(of field: Field) -> FieldKind? { fields[field] }

  var fields: [Field: FieldKind] {
    switch self {
    case .alert: Self.alertFields
    case .account: Self.accountFields
    case .owner: Self.ownerFields
    case .invoice: Self.invoiceFields
    case .paddedInvoice: Self.paddedInvoiceFields
    case .aging: Self.agingFields
    case .paddedAging: Self.paddedAgingFields
    case .digest: Self.digestFields
    case .total: Self.totalFields
    case .scalar: [:]
    }
  }

  /// `account.name`: every way to say something here, for suggestions.
  var paths: [String] {
    fields.flatMap { field, kind in
      if case .object(let shape) = kind {
        return [field.rawValue] + shape.paths.map { "\(field.rawValue).\($0)" }
      }
      return [field.rawValue]
    }.sorted()
  }

  private static let alertFields: [Field: FieldKind] = [
    .organisation: .text, .account: .object(.account), .owner: .object(.owner), .balance: .text,
    .overdueBalance: .text, .threshold: .text, .currency: .text, .oldestDueDate: .text,
    .daysOverdue: .number, .bucket: .text, .aging: .list(.aging), .invoices: .list(.invoice),
    .level: .number, .alertNumber: .number, .reason: .text, .previousAlertDate: .text,
    .rule: .text, .deliveryID: .text, .source: .text, .language: .text, .isOverdue: .flag,
    .isCrossed: .flag, .isPersisting: .flag, .isEscalated: .flag, .isResolved: .flag,
    .hasInvoices: .flag, .moreInvoices: .number, .oneDay: .flag,
  ]
  private static let accountFields: [Field: FieldKind] = [
    .id: .text, .name: .text, .email: .text, .phone: .text, .terms: .text, .url: .url,
    .payURL: .url,
  ]
  private static let ownerFields: [Field: FieldKind] = [.name: .text, .email: .text]
  private static let invoiceFields: [Field: FieldKind] = [
    .number: .text, .dueDate: .text, .amountDue: .text, .total: .text, .daysOverdue: .number,
    .url: .url, .isOverdue: .flag, .oneDay: .flag, .padded: .object(.paddedInvoice),
  ]
  private static let paddedInvoiceFields: [Field: FieldKind] = [
    .number: .text, .dueDate: .text, .amountDue: .text, .total: .text,
  ]
  private static let agingFields: [Field: FieldKind] = [
    .bucket: .text, .amount: .text, .padded: .object(.paddedAging),
  ]
  private static let paddedAgingFields: [Field: FieldKind] = [.bucket: .text, .amount: .text]
  private static let digestFields: [Field: FieldKind] = [
    .organisation: .text, .alerts: .list(.alert), .totals: .list(.total), .count: .number,
    .one: .flag, .language: .text,
  ]
  private static let totalFields: [Field: FieldKind] = [
    .currency: .text, .balance: .text, .overdueBalance: .text, .count: .number, .one: .flag,
    .isOverdue: .flag,
  ]
}
