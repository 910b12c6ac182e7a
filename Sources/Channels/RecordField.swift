import Messages
import Wire

/// What a field of another system has to be, to take one of ours.
extension MessageField {
  enum Kind: String, Sendable { case text, number, wholeNumber = "whole number", date }

  var kind: Kind {
    switch self {
    case .balance, .overdueBalance, .threshold: .number
    case .daysOverdue, .level, .alertNumber: .wholeNumber
    case .oldestDueDate, .previousAlertDate: .date
    default: .text
    }
  }

  /// Whether it tells of an alert, and not of the account.
  var isOfAlert: Bool {
    switch self {
    case .level, .alertNumber, .reason, .previousAlertDate, .rule, .deliveryID: true
    default: false
    }
  }

  /// The most characters that its text has in a record; 0 of what is no text.
  var mostCharacters: Int {
    switch self {
    case .balance, .overdueBalance, .threshold, .daysOverdue, .level, .alertNumber,
      .oldestDueDate, .previousAlertDate:
      0
    case .currency: 3
    case .bucket, .reason: 20
    case .deliveryID, .accountPhone: 40
    case .accountEmail, .ownerEmail, .ownerName, .accountTerms: 80
    case .organisation, .accountID, .accountName, .rule, .source: 120
    case .accountURL, .accountPayURL, .aging, .invoices: 255
    }
  }

  /// The value for a record of another system, within `mostCharacters`. What means nothing once it
  /// is cut is left out instead.
  func recordValue(of alert: AlertContent) -> Value? {
    guard let value = value(of: alert), kind == .text else { return value(of: alert) }
    let text = recordText(value.text)
    let isTooLong = text.unicodeScalars.count > mostCharacters
    switch self {
    case .accountID, .accountEmail, .accountPhone, .ownerEmail, .accountURL, .accountPayURL,
      .deliveryID:
      return isTooLong || text.isEmpty ? nil : .text(text)
    default: return text.isEmpty ? nil : .text(shortened(text, to: mostCharacters))
    }
  }
}

/// Text for a field that a CRM's own templates may print as HTML or read for merge fields.
func recordText(_ text: String) -> String {
  var plain = Escaping.singleLine(text)
  plain.unicodeScalars.removeAll { $0 == "<" || $0 == ">" }
  for opening in ["${", "{{", "{!"] {
    while plain.contains(opening) {
      plain = plain.replacing(opening, with: "\(opening.prefix(1)) \(opening.suffix(1))")
    }
  }
  return plain
}

/// A field as the platform describes it.
struct RecordField: Sendable {
  let name: String
  /// The platform's own word.
  let type: String
  /// What it takes of ours.
  let takes: Set<MessageField.Kind>
  let isWritable: Bool
  /// In characters; `nil` where there is no limit worth naming.
  var length: Int?
  var isUnique = false
}

/// What of a record the config names.
struct RecordMap: Sendable {
  let fields: FieldMap
  let key: RecordKey
  /// Changes with each alert; `nil` where the config wants none.
  let alertField: String?
  let creates: Bool

  /// The fields that a message sets. What tells of an alert stays as it is where there was none.
  func entries(for alert: AlertContent) -> [(name: String, field: MessageField)] {
    if !alert.isSync { return fields.entries }
    return fields.entries.filter { !$0.field.isOfAlert && $0.name != alertField }
  }

  /// While it is the same, a record is up to date.
  func shown(of alert: AlertContent) -> String {
    fields.entries.filter { !$0.field.isOfAlert && $0.name != alertField }
      .map { "\($0.name)=\($0.field.recordValue(of: alert)?.exact ?? "")" }
      .joined(separator: "\n")
  }

  /// Says for each field that would make messages fail what to change, and where.
  /// - Parameters:
  ///   - object: as the platform calls it.
  ///   - place: where a person changes its fields.
  func findings(_ known: [RecordField], object: String, place: String) -> [Finding] {
    var findings = fields.entries.compactMap { name, field in
      Self.finding(
        known, name, field.kind, field.mostCharacters, "`\(field.rawValue)`", object, place)
    }
    if let alertField, !fields.entries.contains(where: { $0.name == alertField }) {
      let finding = Self.finding(
        known, alertField, .text, Self.mostMarkCharacters, "the alert's mark", object, place)
      if let finding {
        findings.append(Finding(.problem, "\(finding.text); or set `alert_field: none`"))
      }
    }
    guard key.isOwn else { return findings }
    guard let found = known.first(where: { $0.name == key.name }) else {
      return findings + [
        Finding(
          .problem,
          "key: \(object) has no field \(key.name) that the user may see: make it in \(place),"
            + " unique, or name another under `key`"
        )
      ]
    }
    if !found.isUnique {
      findings.append(
        Finding(
          creates ? .problem : .note,
          "key: \(object)'s \(key.name) is not unique, so two records may match, and neither is"
            + " then changed: make it unique in \(place)"
        )
      )
    }
    return findings
  }

  /// What a text field of any of the platforms may hold.
  static let mostMarkCharacters = 255

  private static func finding(
    _ known: [RecordField],
    _ name: String,
    _ kind: MessageField.Kind,
    _ length: Int,
    _ what: String,
    _ object: String,
    _ place: String
  ) -> Finding? {
    guard let field = known.first(where: { $0.name == name }) else {
      return Finding(
        .problem,
        "fields: \(object) has no field \(name) that the user may see: make it in \(place), for a"
          + " \(kind.rawValue) (\(what))"
      )
    }
    if !field.takes.contains(kind) {
      return Finding(
        .problem,
        "fields: \(object)'s \(name) is of type \(field.type), and \(what) is a \(kind.rawValue):"
          + " map \(name) to another field, or make one of that type in \(place)"
      )
    }
    if !field.isWritable {
      return Finding(
        .problem,
        "fields: \(object)'s \(name) is read-only for the user: allow edits in \(place), or map"
          + " another field"
      )
    }
    if kind == .text, let most = field.length, most < length {
      return Finding(
        .problem,
        "fields: \(object)'s \(name) takes \(most) characters, and \(what) may have \(length):"
          + " lengthen it in \(place)"
      )
    }
    return nil
  }
}
