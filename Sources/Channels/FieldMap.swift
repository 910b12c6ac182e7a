import Messages
import Receivables
import Settings

/// One field of a message, as configs name it: SPEC.md "Messages".
enum MessageField: String, Sendable, CaseIterable {
  case organisation
  case accountID = "account.id"
  case accountName = "account.name"
  case accountEmail = "account.email"
  case accountPhone = "account.phone"
  case accountTerms = "account.terms"
  case accountURL = "account.url"
  case accountPayURL = "account.pay_url"
  case ownerName = "owner.name"
  case ownerEmail = "owner.email"
  case balance
  case overdueBalance = "overdue_balance"
  case threshold
  case currency
  case oldestDueDate = "oldest_due_date"
  case daysOverdue = "days_overdue"
  case bucket
  case aging
  case invoices
  case level
  case alertNumber = "alert_number"
  case reason
  case previousAlertDate = "previous_alert_date"
  case rule
  case source
  case deliveryID = "delivery_id"

  /// A value with its type, for platforms whose own fields have types.
  enum Value: Sendable, Equatable {
    /// On one line, without addresses that a program would make a link of; not empty.
    case text(String)
    /// In the currency of the alert.
    case amount(Amount)
    case number(Int)
    case date(DateText)
    /// One that may stand in a link.
    case url(String)
    /// Of a list: one text an item.
    case lines([String])

    /// For people: amounts and dates as the locale writes them, lists on one line.
    var text: String {
      switch self {
      case .text(let text), .url(let text): text
      case .amount(let amount): Escaping.singleLine(amount.formatted)
      case .number(let number): String(number)
      case .date(let date): Escaping.singleLine(date.formatted)
      case .lines(let lines): lines.joined(separator: "; ")
      }
    }

    /// For machines: `1240.50`, `2026-11-03`.
    var exact: String {
      switch self {
      case .amount(let amount): amount.decimal
      case .date(let date): date.iso
      case .text, .number, .url, .lines: text
      }
    }

    /// Seconds since 1970 at the beginning of the day in UTC; `nil` of what is no date.
    var unixDay: Int? {
      guard case .date(let date) = self else { return nil }
      return Day(date.iso).map { $0.number * 86_400 }
    }
  }

  /// `nil` where nothing is known.
  func value(of alert: AlertContent) -> Value? {
    switch self {
    case .organisation: Self.words(alert.organisation)
    case .accountID: Self.words(alert.accountID)
    case .accountName: Self.words(alert.accountName) ?? Self.words(alert.accountID)
    case .accountEmail: Self.words(alert.email)
    case .accountPhone: Self.words(alert.phone)
    case .accountTerms: Self.words(alert.terms)
    case .accountURL: safeURL(alert.url).map(Value.url)
    case .accountPayURL: safeURL(alert.payURL).map(Value.url)
    case .ownerName: Self.words(alert.ownerName)
    case .ownerEmail: Self.words(alert.ownerEmail)
    case .balance: .amount(alert.balance)
    case .overdueBalance: .amount(alert.overdueBalance)
    case .threshold: alert.threshold.map(Value.amount)
    case .currency: Self.words(alert.currency)
    case .oldestDueDate: alert.oldestDueDate.map(Value.date)
    case .daysOverdue: .number(alert.daysOverdue)
    case .bucket: Self.words(alert.bucket)
    case .aging:
      Self.list(alert.aging.map { "\($0.bucket): \($0.amount.formatted)" })
    case .invoices:
      Self.list(alert.invoices.map { ([$0.number] + $0.details).joined(separator: ", ") })
    case .level: .number(alert.level)
    case .alertNumber: .number(alert.alertNumber)
    case .reason: Self.words(alert.reason)
    case .previousAlertDate: alert.previousAlertDate.map(Value.date)
    case .rule: Self.words(alert.rule)
    case .source: Self.words(alert.source)
    case .deliveryID: Self.words(alert.deliveryID)
    }
  }

  private static func words(_ text: String?) -> Value? {
    let text = Escaping.withoutLinks(text ?? "")
    return text.isEmpty ? nil : .text(text)
  }

  private static func list(_ items: [String]) -> Value? {
    let lines = items.map(Escaping.withoutLinks).filter { !$0.isEmpty }
    return lines.isEmpty ? nil : .lines(lines)
  }
}

/// The platform's names with the fields of a message that fill them, in the order written:
/// `merge: { FNAME: account.name }`.
struct FieldMap: Sendable {
  let entries: [(name: String, field: MessageField)]

  init(_ entries: [(name: String, field: MessageField)]) { self.entries = entries }

  /// Every field under its own name, with `_` for the point: `account_name`.
  static let allFields = FieldMap(
    MessageField.allCases.map { ($0.rawValue.replacing(".", with: "_"), $0) }
  )

  /// `nil` where nothing is known: whether the platform then wants an empty text, or no such
  /// name, is the adapter's to say.
  func values(of alert: AlertContent) -> [(name: String, value: MessageField.Value?)] {
    entries.map { ($0.name, $0.field.value(of: alert)) }
  }
}

extension SettingsReader {
  /// `{ THEIR_NAME: our.field }`. A name that is no field is a problem with the nearest one.
  /// - Parameter fallback: where the key is not written.
  mutating func fieldMap(
    _ key: String,
    help: String,
    default fallback: FieldMap = FieldMap([])
  ) -> FieldMap {
    if isDescribing {
      _ = mapping(key, help: help)
      return fallback
    }
    let entries = nested(key, help: help) { inner in
      inner.block.entries.compactMap { entry in
        inner.field(entry.key, help: help).map { (name: entry.key, field: $0) }
      }
    }
    return entries.map(FieldMap.init) ?? fallback
  }

  /// `[our.field, our.other_field]`.
  mutating func fields(_ key: String, help: String) -> [MessageField] {
    texts(key, help: help).compactMap { known(key, $0) }
  }

  /// One field, required.
  mutating func field(_ key: String, help: String) -> MessageField? {
    let name = text(key, help: help)
    return isDescribing || block[key] == nil ? nil : known(key, name)
  }

  mutating func optionalField(_ key: String, help: String) -> MessageField? {
    optionalText(key, help: help).flatMap { known(key, $0) }
  }

  private mutating func known(_ key: String, _ name: String) -> MessageField? {
    if let field = MessageField(rawValue: name) { return field }
    let names = MessageField.allCases.map(\.rawValue)
    let hint =
      nearest(to: name, among: names).map { "did you mean `\($0)`?" }
      ?? "the fields are \(names.joined(separator: ", "))"
    reject(key, "`\(name)` is no field of a message; \(hint)")
    return nil
  }
}
