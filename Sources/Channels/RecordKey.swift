import Messages
import Outbox
import Settings

/// What a record is found by: a field of the platform's, and ours that it holds.
struct RecordKey: Sendable {
  let name: String
  let field: MessageField
  /// Whether a person made the field for this, and so may have forgotten it.
  var isOwn = true

  /// - Throws: `Unsendable` where the account has none.
  func value(of alert: AlertContent) throws(Unsendable) -> String {
    // As the accounting system has it: nothing is taken out of what has to match.
    let text: String =
      switch field {
      case .accountID: alert.accountID
      case .accountEmail: alert.email ?? ""
      case .accountName: alert.accountName
      default: field.value(of: alert)?.exact ?? ""
      }
    guard !text.isEmpty, text.unicodeScalars.count <= 255,
      text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
    else {
      throw Unsendable(
        .recipient,
        "the account has no `\(field.rawValue)`, by which its record is found: see `key`"
      )
    }
    return text
  }
}

extension SettingsReader {
  /// `key: { Their_Field: our.field }`; or the name of `usual` alone.
  mutating func recordKey(help: String, usual: RecordKey? = nil) -> RecordKey {
    let none = usual ?? RecordKey(name: "", field: .accountID)
    if isDescribing {
      let kind: SettingDescription.Kind = usual == nil ? .mapping : .textOrMapping
      describe("key", kind, isRequired: usual == nil, help)
      return none
    }
    if let usual, case .scalar(let name, _)? = block["key"]?.node.value {
      _ = text("key", help: help)
      if name != usual.name {
        reject("key", "write `\(usual.name)`, or `{ their_field: account.id }`")
      }
      return usual
    }
    let entries = fieldMap("key", help: help).entries
    if usual != nil, !has("key") { return none }
    guard let entry = entries.first, entries.count == 1 else {
      reject("key", "must be one pair, as in `{ External_Id__c: account.id }`")
      return none
    }
    if !Self.isFieldName(entry.name) {
      reject("key", "`\(entry.name)` is no name of a field: letters, digits and `_`")
    }
    return RecordKey(name: entry.name, field: entry.field)
  }

  /// `fields: { Their_Field: our.field }`.
  mutating func recordFields(help: String, required: Bool) -> FieldMap {
    if isDescribing {
      describe("fields", .mapping, isRequired: required, help)
      return FieldMap([])
    }
    let map = fieldMap("fields", help: help)
    if required, map.entries.isEmpty {
      reject("fields", "missing: what to keep there, as in `{ Their_Balance: balance }`")
    }
    for (name, _) in map.entries where !Self.isFieldName(name) {
      reject("fields", "`\(name)` is no name of a field: letters, digits and `_`")
    }
    return map
  }

  /// `none` for none.
  mutating func alertField(_ usual: String) -> String? {
    let name = text(
      "alert_field",
      help: "A text field that changes with each alert, for your automation to watch; `none` for"
        + " none",
      default: usual
    )
    if name == "none" { return nil }
    if !isDescribing, !Self.isFieldName(name) {
      reject("alert_field", "`\(name)` is no name of a field: letters, digits and `_`")
    }
    return name
  }

  mutating func createsRecords() -> Bool {
    flag(
      "create",
      help: "Make the record where there is none; never for an alert that is resolved",
      default: false
    )
  }

  /// Names go into queries and paths as they are.
  static func isFieldName(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 100 else { return false }
    return name.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 95 }
  }

  private mutating func describe(
    _ key: String,
    _ kind: SettingDescription.Kind,
    isRequired: Bool,
    _ help: String
  ) {
    _ = custom(key, kind, required: isRequired, help: help) { _, _ -> Bool? in nil }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }
}
