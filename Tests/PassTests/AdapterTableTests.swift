import Accounting
import Channels
import Foundation
import Outbox
import Receivables
import Support
import Testing

/// What there is to poll and to send through, listed in the README from the types themselves.
struct AdapterTableTests {
  @Test func theReadmeListsEverySourceAndChannel() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../README.md").standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    let start = try #require(text.firstRange(of: "<!-- adapters -->\n"))
    let end = try #require(text.firstRange(of: "<!-- /adapters -->"))
    var lines = [
      "| source | what it is | how it is read | webhooks |", "|---|---|---|---|",
    ]
    for type in allSources.sorted(by: { $0.traits.type < $1.traits.type }) {
      let traits = type.traits
      let how = traits.isIncremental ? "what changed; everything once a week" : "whole, each pass"
      let hooks = type is any WebhookSource.Type ? "yes" : ""
      lines.append(
        "| [`\(traits.type)`](docs/sources/\(traits.type).md) | \(traits.title) | \(how) |"
          + " \(hooks) |"
      )
    }
    lines += ["", "| channel | usual audience | after an unknown outcome |", "|---|---|---|"]
    for type in allChannels.sorted(by: { $0.traits.type < $1.traits.type }) {
      let traits = type.traits
      lines.append(
        "| [`\(traits.type)`](docs/channels/\(traits.type).md) |"
          + " \(traits.defaultAudience.rawValue) | \(type.guarantee.rawValue) |")
    }
    let table = lines.joined(separator: "\n") + "\n"
    let whole = text[..<start.upperBound] + table + text[end.lowerBound...]
    #expect(Golden.difference(of: String(whole), from: "../../README.md") == nil)
  }

  @Test func thePageOfChannelsListsEveryOne() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/channels.md").standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    let start = try #require(text.firstRange(of: "<!-- channels -->\n"))
    let end = try #require(text.firstRange(of: "<!-- /channels -->"))
    var table = "| type | platform | usual audience | after an unknown outcome | one debt is |\n"
    table += "|---|---|---|---|---|\n"
    for type in allChannels.sorted(by: { $0.traits.type < $1.traits.type }) {
      let traits = type.traits
      table +=
        "| [`\(traits.type)`](channels/\(traits.type).md) | \(traits.title) |"
        + " \(traits.defaultAudience.rawValue) | \(type.guarantee.rawValue) |"
        + " \(type is any RecordChannel.Type ? "a record" : "messages") |\n"
    }
    let whole = text[..<start.upperBound] + table + text[end.lowerBound...]
    #expect(Golden.difference(of: String(whole), from: "../../docs/channels.md") == nil)
  }
}
