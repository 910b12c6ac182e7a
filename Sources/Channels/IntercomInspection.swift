import Messages
import Wire

/// Who the token belongs to.
struct IntercomIdentity: Decodable {
  struct App: Decodable {
    let name: String?
    let region: String?
  }
  let app: App?

  func findings(_ region: IntercomChannel.Region) -> [Finding] {
    let name = Escaping.singleLine(app?.name ?? "")
    var findings = [
      Finding(.good, "Intercom takes the credentials\(name.isEmpty ? "" : " of \(name)")")
    ]
    if let theirs = app?.region?.lowercased(), theirs != region.rawValue {
      findings.append(Finding(.problem, "the workspace lives in \(theirs): set region"))
    }
    return findings
  }
}

struct IntercomAdmins: Decodable {
  struct Admin: Decodable { let id: String }
  let admins: [Admin]

  static func findings(_ response: Response, _ admin: String) -> [Finding] {
    guard response.status == 200, let list = response.decoded(IntercomAdmins.self) else {
      return [Finding(.note, "the admins cannot be read: HTTP \(response.status)")]
    }
    return list.admins.contains { $0.id == admin }
      ? [] : [Finding(.problem, "from_admin: no admin has the id \(admin)")]
  }
}

/// The custom attributes of contacts: developers.intercom.com, data attributes.
struct IntercomAttributes: Decodable {
  struct Attribute: Decodable {
    let name: String
    let dataType: String
    let isWritable: Bool?
    let isArchived: Bool?

    enum CodingKeys: String, CodingKey {
      case name
      case dataType = "data_type"
      case isWritable = "api_writable"
      case isArchived = "archived"
    }
  }
  let data: [Attribute]

  /// An attribute keeps 255 characters.
  private static let mostCharacters = 255

  /// Amounts are texts, as floats lose cents. What is not known is cleared.
  static func body(_ map: FieldMap, _ alert: AlertContent) -> JSONBody {
    .object(map.values(of: alert).map { ($0, json($1, named: $0)) })
  }

  private static func json(_ value: MessageField.Value?, named name: String) -> JSONBody {
    switch value {
    case nil: .null
    case .number(let number)?: .number(number)
    case .date?:
      isDate(name) ? value?.unixDay.map(JSONBody.number) ?? .null : JSONBody(value?.exact)
    // Half a link leads nowhere.
    case .url(let url)?: url.unicodeScalars.count > mostCharacters ? .null : .text(url)
    case .amount?: JSONBody(value?.exact)
    case .text(let text)?: .text(shortened(text, to: mostCharacters))
    case .lines?: .text(shortened(value?.text ?? "", to: mostCharacters))
    }
  }

  /// Intercom's own convention for the names of dates.
  private static func isDate(_ name: String) -> Bool {
    name.hasSuffix("_at") || name.hasSuffix("_on")
  }

  /// The data type that a field needs.
  private static func dataType(_ field: MessageField, _ name: String) -> String {
    switch field {
    case .daysOverdue, .level, .alertNumber: "integer"
    case .oldestDueDate, .previousAlertDate: isDate(name) ? "date" : "string"
    default: "string"
    }
  }

  static func findings(_ response: Response, _ map: FieldMap) -> [Finding] {
    guard response.status == 200, let list = response.decoded(IntercomAttributes.self) else {
      return [Finding(.note, "the attributes cannot be read: HTTP \(response.status)")]
    }
    return map.entries.compactMap { name, field in
      let wanted = dataType(field, name)
      guard let attribute = list.data.first(where: { $0.name == name }),
        attribute.isArchived != true
      else {
        return Finding(.problem, "contacts have no attribute \(name): make it, of type \(wanted)")
      }
      if attribute.isWritable == false {
        return Finding(.problem, "the attribute \(name) cannot be written through the API")
      }
      return attribute.dataType == wanted
        ? nil
        : Finding(.problem, "the attribute \(name) is of type \(attribute.dataType), not \(wanted)")
    }
  }
}
