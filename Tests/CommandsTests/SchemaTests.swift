import Foundation
import Support
import Testing

private let interpreter = ProcessInfo.processInfo.environment["BALANCEALERT_SDK_PYTHON"]

/// The schema of `config schema`, held by a validator of Python's against the configs of the docs,
/// and against those that `check` refuses. `BALANCEALERT_SDK_PYTHON` names a Python with jsonschema
/// and PyYAML.
@Suite(.enabled(if: interpreter != nil, "BALANCEALERT_SDK_PYTHON is not set"))
struct SchemaTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// - Returns: for each config the first error, or `nil`.
  private static func errors(in configs: [String]) async throws -> [String?] {
    let folder = try TemporaryFolder()
    let schema = try await Binary().run(["config", "schema"], in: folder)
    let question: [String: Any] = [
      "schema": try JSONSerialization.jsonObject(with: Data(schema.output.utf8)),
      "configs": configs,
    ]
    let script = repository.appending(path: "Tests/CommandsTests/Reference/schema.py").path
    let answer = try python(
      [script], input: JSONSerialization.data(withJSONObject: question), executable: interpreter)
    return try JSONDecoder().decode([String?].self, from: answer)
  }

  /// Whole configs: blocks of YAML in Markdown that begin with a version, and files.
  private static func published() throws -> [String] {
    var configs: [String] = []
    for folder in ["docs", "Examples", "."] {
      let root = repository.appending(path: folder)
      let places =
        folder == "."
        ? ["README.md"] : try FileManager.default.subpathsOfDirectory(atPath: root.path)
      for place in places.sorted() {
        let isPage = place.hasSuffix(".md")
        guard isPage || place.hasSuffix("balancealert.yaml") || place.hasSuffix("csv.yaml") else {
          continue
        }
        let text = try String(contentsOf: root.appending(path: place), encoding: .utf8)
        if !isPage {
          configs.append(text)
          continue
        }
        for part in text.components(separatedBy: "```") where part.hasPrefix("yaml\nversion: 1") {
          configs.append(String(part.dropFirst("yaml\n".count)))
        }
      }
    }
    return configs
  }

  /// The config of an error that the docs list.
  private static func refused(_ name: String) throws -> String {
    let path = "Tests/Fixtures/errors/\(name)/error.test"
    let text = try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0 != "file balancealert.yaml" }.dropFirst().prefix { $0.hasPrefix("|") }
    return lines.map { String($0.dropFirst(2)) }.joined(separator: "\n") + "\n"
  }

  @Test func everyPublishedConfigIsValid() async throws {
    let configs = try Self.published()
    #expect(configs.count >= 4)
    for (config, error) in zip(configs, try await Self.errors(in: configs)) {
      #expect(error == nil, "\(error ?? "") in\n\(config)")
    }
  }

  @Test func whatCheckRefusesIsRefusedAsFarAsASchemaCan() async throws {
    let names = [
      "config-unknown-key", "config-wrong-type", "config-bad-duration", "config-unknown-platform",
    ]
    var configs = try names.map(Self.refused)
    let good = try #require(
      try Self.published().first { $0.contains("over: 500, days_overdue: 7") })
    for (from, to) in [
      ("version: 1", "version: 2"), ("repeat: 7d", "repeat: 7 days"), ("over: 500", "over: 1e3"),
      ("after: 14d", "after: soon"), ("days_overdue: 7", "days_overdue: -1"),
      ("notify: [out]", "notify: []"), ("type: csv", "type: cvs"),
      ("path: receivables.csv", "pth: receivables.csv"),
      ("template: reminder }", "template: reminder, aprove: true }"),
    ] {
      #expect(good.contains(from), "\(from)")
      configs.append(good.replacing(from, with: to))
    }
    for (config, error) in zip(configs, try await Self.errors(in: configs)) {
      #expect(error != nil, "taken:\n\(config)")
    }
  }
}
