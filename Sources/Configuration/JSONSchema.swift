import Foundation
public import Settings

/// The config as JSON Schema (draft 2020-12), from what the readers ask for.
public enum JSONSchema {
  public typealias Adapter = (type: String, keys: [SettingDescription])

  /// - Returns: the schema's text, keys sorted.
  public static func text(
    _ top: [SettingDescription],
    sources: [Adapter],
    channels: [Adapter]
  ) -> String {
    var schema = object(top, adapters: ["sources": sources, "channels": channels])
    // `version: 1` is a number to YAML.
    if var properties = schema["properties"] as? [String: Any],
      var version = properties["version"] as? [String: Any]
    {
      version["type"] = nil
      version["pattern"] = nil
      version["enum"] = [1, "1"] as [Any]
      properties["version"] = version
      schema["properties"] = properties
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "balancealert.yaml"
    let data = try? JSONSerialization.data(
      withJSONObject: schema,
      options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    )
    return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
  }

  private static func object(
    _ keys: [SettingDescription],
    adapters: [String: [Adapter]] = [:]
  ) -> [String: Any] {
    var properties: [String: Any] = [:]
    for key in keys {
      var property: [String: Any]
      if let known = adapters[key.key] {
        property = [
          "type": "object", "minProperties": 1, "additionalProperties": adapter(of: known),
        ]
      } else {
        property = schema(of: key)
      }
      property["description"] = key.help
      if let text = key.defaultText { property["default"] = text }
      properties[key.key] = property
    }
    return [
      "type": "object", "properties": properties, "additionalProperties": false,
      "required": Set(keys.filter(\.isRequired).map(\.key)).sorted(),
    ]
  }

  /// By its `type`, so that an editor names the wrong key and not all platforms.
  private static func adapter(of known: [Adapter]) -> [String: Any] {
    [
      "type": "object", "required": ["type"],
      "properties": ["type": ["enum": known.map(\.type)]],
      "allOf": known.map { adapter -> [String: Any] in
        let condition: [String: Any] = [
          "properties": ["type": ["const": adapter.type]], "required": ["type"],
        ]
        return ["if": condition, "then": object(adapter.keys)]
      },
    ]
  }

  private static var text: [String: Any] { ["type": ["string", "number", "boolean"]] }
  private static var amount: [String: Any] {
    ["type": ["string", "number"], "pattern": #"^-?[0-9]+(\.[0-9]{1,4})?$"#]
  }

  private static func schema(of key: SettingDescription) -> [String: Any] {
    switch key.kind {
    case .text, .path:
      guard let pattern = key.pattern else { return text }
      return ["type": "string", "pattern": pattern]
    case .secret:
      return ["type": ["string", "number"], "examples": ["env:NAME", "file:/run/secrets/name"]]
    case .number:
      var number: [String: Any] = ["type": "integer"]
      number["minimum"] = key.range?.lowerBound
      number["maximum"] = key.range?.upperBound
      return ["oneOf": [number, ["type": "string", "pattern": "^[0-9]+$"]]]
    case .flag:
      let words = ["true", "false", "yes", "no", "on", "off"]
      return ["oneOf": [["type": "boolean"], ["enum": words]]]
    case .duration: return ["type": "string", "pattern": "^[0-9]{1,7}[smhdw]$"]
    case .rate:
      let units = "s|sec|second|min|minute|m|h|hour|day|d"
      return ["type": "string", "pattern": "^[0-9]+/(\(units))$"]
    case .url: return ["type": "string", "pattern": "^https?://"]
    case .emailAddress: return ["type": "string", "format": "email", "pattern": "@"]
    case .choice(let names): return ["enum": names]
    case .texts: return ["oneOf": [["type": "array", "items": text], text]]
    case .mapping: return ["type": "object", "additionalProperties": text]
    case .textOrMapping:
      return ["oneOf": [text, ["type": "object", "additionalProperties": text]]]
    case .block(let keys): return object(keys)
    case .list(let keys):
      return ["type": "array", "items": object(keys), "minItems": key.isRequired ? 1 : 0]
    case .named(let keys):
      var each = object(keys)
      // Owners carry the ids of platforms under their types.
      if key.key == "owners" { each["additionalProperties"] = text }
      return ["type": "object", "additionalProperties": each]
    case .namedLists(let keys):
      let each = object(keys)
      let several: [String: Any] = ["type": "array", "items": each]
      return ["type": "object", "additionalProperties": ["oneOf": [each, several]]]
    case .adapters: return ["type": "object"]
    case .amounts:
      return ["oneOf": [amount, ["type": "object", "additionalProperties": amount]]]
    case .nestedTexts:
      let several: [String: Any] = ["type": "array", "items": text, "minItems": 1]
      return ["type": "array", "minItems": 1, "items": ["oneOf": [text, several]]]
    }
  }
}
