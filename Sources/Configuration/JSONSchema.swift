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
          "type": "object",
          "additionalProperties": ["oneOf": known.map(adapter)],
        ]
      } else {
        property = schema(of: key.kind)
      }
      property["description"] = key.help
      if let text = key.defaultText { property["default"] = text }
      properties[key.key] = property
    }
    return [
      "type": "object", "properties": properties, "additionalProperties": false,
      "required": keys.filter(\.isRequired).map(\.key).sorted(),
    ]
  }

  private static func adapter(_ adapter: Adapter) -> [String: Any] {
    var schema = object(adapter.keys)
    var properties = schema["properties"] as? [String: Any] ?? [:]
    properties["type"] = ["const": adapter.type]
    schema["properties"] = properties
    schema["required"] = ["type"] + (schema["required"] as? [String] ?? [])
    return schema
  }

  private static func schema(of kind: SettingDescription.Kind) -> [String: Any] {
    let text: [String: Any] = ["type": ["string", "number", "boolean"]]
    switch kind {
    case .text, .path: return text
    case .secret: return ["type": "string", "examples": ["env:NAME", "file:/run/secrets/name"]]
    case .number: return ["type": "integer"]
    case .flag: return ["type": "boolean"]
    case .duration: return ["type": "string", "pattern": "^[0-9]+[smhdw]$"]
    case .rate: return ["type": "string", "pattern": "^[0-9]+/[a-z]+$"]
    case .url: return ["type": "string", "pattern": "^https?://"]
    case .emailAddress: return ["type": "string", "format": "email"]
    case .choice(let names): return ["enum": names]
    case .texts: return ["oneOf": [["type": "array", "items": text], text]]
    case .mapping: return ["type": "object", "additionalProperties": text]
    case .textOrMapping:
      return ["oneOf": [text, ["type": "object", "additionalProperties": text]]]
    case .block(let keys): return object(keys)
    case .list(let keys): return ["type": "array", "items": object(keys)]
    case .named(let keys):
      var each = object(keys)
      // Owners carry the ids of platforms under their types.
      each["additionalProperties"] = text
      return ["type": "object", "additionalProperties": each]
    case .namedLists(let keys):
      let each = object(keys)
      let several: [String: Any] = ["type": "array", "items": each]
      return ["type": "object", "additionalProperties": ["oneOf": [each, several]]]
    case .adapters: return ["type": "object"]
    case .amounts:
      let amount: [String: Any] = ["type": ["string", "number"]]
      return ["oneOf": [amount, ["type": "object", "additionalProperties": amount]]]
    case .nestedTexts:
      return [
        "type": "array",
        "items": ["oneOf": [text, ["type": "array", "items": text]]],
      ]
    }
  }
}
