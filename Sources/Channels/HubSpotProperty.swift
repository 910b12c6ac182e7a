import Messages
import Wire

/// A property of contacts or companies:
/// developers.hubspot.com/docs/api-reference/latest/crm/properties
struct HubSpotProperty {
  let name: String
  let label: String
  let type: String
  let fieldType: String
  let isUnique: Bool
  let isWritable: Bool

  /// The group of those that `--fix` makes.
  static let group = "balancealert"

  static func list(_ response: Response) -> [HubSpotProperty]? {
    guard response.status == 200, let json = try? JSON(parsing: response.body) else { return nil }
    return json["results"]?.array.map { $0.compactMap(HubSpotProperty.init) }
  }

  init?(_ json: JSON) {
    guard let name = json["name"]?.string, let type = json["type"]?.string,
      json["archived"]?.bool != true
    else { return nil }
    self.name = name
    self.type = type
    label = json["label"]?.string ?? name
    fieldType = json["fieldType"]?.string ?? ""
    isUnique = json["hasUniqueValue"]?.bool ?? false
    isWritable =
      json["modificationMetadata"]?["readOnlyValue"]?.bool != true
      && json["calculated"]?.bool != true
  }

  private init(_ name: String, _ label: String, _ kind: MessageField.Kind, isUnique: Bool = false) {
    self.name = name
    self.label = label
    (type, fieldType) =
      switch kind {
      case .text: ("string", "text")
      case .number, .wholeNumber: ("number", "number")
      case .date: ("date", "date")
      }
    self.isUnique = isUnique
    isWritable = true
  }

  /// Those that a config names, each of the type that its field needs.
  static func wanted(by map: RecordMap) -> [HubSpotProperty] {
    var wanted = map.fields.entries.map { HubSpotProperty($0.name, $0.field.label, $0.field.kind) }
    if let name = map.alertField, !wanted.contains(where: { $0.name == name }) {
      wanted.append(HubSpotProperty(name, "Last alert", .text))
    }
    if map.key.isOwn {
      wanted.removeAll { $0.name == map.key.name }
      wanted.append(HubSpotProperty(map.key.name, "Account key", .text, isUnique: true))
    }
    return wanted
  }

  /// Unique values are for the beginning only: HubSpot does not change it later.
  var body: JSONBody {
    let body: JSONBody = [
      "name": .text(name), "label": .text(label), "type": .text(type),
      "fieldType": .text(fieldType), "groupName": .text(Self.group),
      "description": "Kept by balancealert.", "formField": false,
    ]
    return body.adding("hasUniqueValue", isUnique ? true : nil)
  }

  var field: RecordField {
    let takes: Set<MessageField.Kind> =
      switch type {
      case "string": [.text]
      case "number": [.number, .wholeNumber]
      case "date": [.date]
      // Takes the day's beginning in UTC, which is another day elsewhere; and its own words only.
      default: []
      }
    return RecordField(
      name: name, type: type, takes: takes, isWritable: isWritable, isUnique: isUnique)
  }
}

extension MessageField {
  /// For people: `Days overdue`.
  var label: String {
    let words = rawValue.replacing(".", with: " ").replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}
