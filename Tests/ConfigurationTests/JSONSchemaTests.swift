import Configuration
import Foundation
import Settings
import Support
import Testing

struct JSONSchemaTests {
  /// The config itself, with one made-up source and channel in the place of the real ones.
  private var text: String {
    var source = SettingsReader.describing()
    _ = source.text("path", help: "the file")
    var channel = SettingsReader.describing()
    _ = channel.secret("api_key", help: "the key")
    _ = channel.rate("rate_limit", help: "how fast", default: nil)
    _ = channel.flag("digest", help: "one message a pass", default: false)
    return JSONSchema.text(
      Setup.descriptions,
      sources: [("csv", source.descriptions)],
      channels: [("sendgrid", channel.descriptions)]
    )
  }

  @Test("The schema is as it was read last")
  func golden() {
    #expect(Golden.difference(of: text, from: "../Fixtures/configuration/schema.json") == nil)
  }

  @Test("It is JSON, names its dialect, and refuses unknown keys")
  func shape() throws {
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    )
    #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    #expect(schema["additionalProperties"] as? Bool == false)
    #expect(
      schema["required"] as? [String] == [
        "channels", "organisation", "rules", "sources", "version",
      ]
    )
  }

  @Test("A source or a channel without a type fits none")
  func types() throws {
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    )
    let properties = try #require(schema["properties"] as? [String: [String: Any]])
    for (key, required) in [("sources", ["type", "path"]), ("channels", ["type", "api_key"])] {
      let named = properties[key]?["additionalProperties"] as? [String: [[String: Any]]]
      #expect(named?["oneOf"]?.map { $0["required"] as? [String] } == [required])
    }
  }

  @Test("Every key that the config may have is in it, with a word of help")
  func complete() throws {
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    )
    let properties = try #require(schema["properties"] as? [String: [String: Any]])
    #expect(properties.keys.sorted() == Setup.descriptions.map(\.key).sorted())
    for key in [
      "version", "organisation", "timezone", "locale", "state", "templates", "directory", "aging",
      "sources", "channels", "owners", "hours", "limits", "heartbeat_url", "metrics_file", "ops",
      "rules",
    ] {
      #expect((properties[key]?["description"] as? String)?.isEmpty == false, "\(key)")
    }
  }
}
