import Channels
import Foundation
import Settings
import Support
import Testing

/// docs/channels/<type>.md lists every key that is asked for, and none else.
@Suite struct DocPageTests {
  @Test(arguments: ChannelCase.all)
  func thePageListsTheKeysThatAreAskedFor(_ channel: ChannelCase) throws {
    let page = ChannelCase.repository.appending(path: "docs/channels/\(channel.name).md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.firstRange(of: "<!-- keys -->\n"), "no <!-- keys -->")
    let end = try #require(text.firstRange(of: "<!-- /keys -->"), "no <!-- /keys -->")
    let expected = text[..<start.upperBound] + Self.table(channel) + text[end.lowerBound...]
    #expect(
      Golden.difference(of: String(expected), from: "../../docs/channels/\(channel.name).md")
        == nil
    )
  }

  @Test func everyPageAndFolderHasItsChannel() throws {
    let names = Set(ChannelCase.all.map(\.name))
    for folder in ["docs/channels", "Tests/Fixtures/channels"] {
      let entries = try FileManager.default.contentsOfDirectory(
        atPath: ChannelCase.repository.appending(path: folder).path()
      )
      for entry in entries {
        #expect(names.contains(String(entry.prefix { $0 != "." })), "\(folder)/\(entry)")
      }
    }
  }

  private static func table(_ channel: ChannelCase) -> String {
    var reader = SettingsReader.describing()
    _ = channel.type.init(settings: &reader)
    if reader.descriptions.isEmpty { return "None of its own.\n" }
    let rows = reader.descriptions.map { key in
      let fallback = (key.defaultText ?? "").isEmpty ? "" : "`\(key.defaultText ?? "")`"
      let standing = key.isRequired ? "required" : fallback
      return "| `\(key.key)` | \(word(key.kind)) | \(standing) | \(key.help) |\n"
    }
    return "| key | value | default | what it is |\n|---|---|---|---|\n" + rows.joined()
  }

  private static func word(_ kind: SettingDescription.Kind) -> String {
    switch kind {
    case .text: "text"
    case .secret: "secret"
    case .number: "number"
    case .flag: "true or false"
    case .duration: "duration"
    case .rate: "rate"
    case .url: "URL"
    case .emailAddress: "e-mail address"
    case .path: "path"
    case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
    case .texts: "list"
    case .mapping: "`name: value` pairs"
    case .textOrMapping: "text, or a `name: value` pair"
    case .block, .named, .adapters: "block"
    case .list, .nestedTexts: "list"
    case .namedLists: "block, or a list of them"
    case .amounts: "amount"
    }
  }
}
