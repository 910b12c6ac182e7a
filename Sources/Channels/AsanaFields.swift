import Messages
import Outbox

/// A custom field of the project. developers.asana.com/reference/custom-fields
struct AsanaField: Decodable, Sendable {
  struct Option: Decodable, Sendable {
    let gid: String
    let name: String?
    let enabled: Bool?
  }

  let gid: String
  let name: String?
  let type: String?
  let enumOptions: [Option]?

  enum CodingKeys: String, CodingKey {
    case gid, name, type
    case enumOptions = "enum_options"
  }

  /// By its gid, or by a name that only one has.
  static func named(_ name: String, among fields: [AsanaField]) -> AsanaField? {
    if let field = fields.first(where: { $0.gid == name }) { return field }
    let found = fields.filter { $0.name == name }
    return found.count == 1 ? found[0] : nil
  }

  /// What it takes; null clears it. An amount stays as it is written: no binary floating point.
  func json(_ value: MessageField.Value?) -> JSONBody? {
    guard let value else { return .null }
    switch (type, value) {
    case ("number", .number(let number)): return .number(number)
    case ("number", .amount(let amount)): return .decimal(amount.decimal)
    case ("date", .date(let date)): return ["date": .text(date.iso)]
    case ("text", _): return .text(recordValue(value.exact, to: 1_000))
    case ("enum", _):
      let option = enumOptions?.first { option in
        option.enabled != false
          && [value.exact, value.text].contains {
            $0.lowercased() == option.name?.lowercased()
          }
      }
      return option.map { .text($0.gid) } ?? .null
    default: return nil
    }
  }

  /// Why it cannot hold that field of a message.
  func problem(_ field: MessageField) -> String? {
    let isFitting =
      switch type {
      case "text", "enum": true
      case "number":
        [
          .balance, .overdueBalance, .threshold, .daysOverdue, .level, .alertNumber,
        ].contains(field)
      case "date": [.oldestDueDate, .previousAlertDate].contains(field)
      default: false
      }
    return isFitting ? nil : "is of type \(type ?? "unknown"), which \(field.rawValue) does not fit"
  }
}

struct AsanaFieldSetting: Decodable {
  let customField: AsanaField
  enum CodingKeys: String, CodingKey { case customField = "custom_field" }
}
