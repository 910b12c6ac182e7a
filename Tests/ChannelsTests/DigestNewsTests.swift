import Channels
import Foundation
import Messages
import Support
import Testing
import Wire

/// What a digest says of the one before, and what a message says beside its own alert, on each
/// channel that carries it in a form of its own.
@Suite struct DigestNewsTests {
  static let readers = ["slack", "teams", "webhook", "file"]
  static let single = ["slack", "teams", "webhook", "file", "zapier", "powerautomate"]

  @Test(arguments: readers)
  func aDigestSaysWhatChanged(_ name: String) throws {
    try expectGolden(Self.news(try ChannelCase.named(name)), name, "news")
  }

  @Test(arguments: single)
  func aMessageSaysItsPartItsPromiseAndTheOtherRules(_ name: String) throws {
    try expectGolden(Self.together(try ChannelCase.named(name)), name, "together")
  }

  @Test(arguments: ["slack", "teams", "webhook"])
  func hostileWordsChangeNoStructure(_ name: String) throws {
    let channel = try ChannelCase.named(name)
    let adapter = try channel.channel()
    #expect(
      try shape(adapter.request(for: Self.news(channel, name: Sample.hostileName)))
        == shape(adapter.request(for: Self.news(channel)))
    )
    #expect(
      try shape(adapter.request(for: Self.together(channel, words: Sample.hostileName)))
        == shape(adapter.request(for: Self.together(channel)))
    )
  }

  @Test func inSlackNothingOfItMentionsOrLinks() throws {
    let channel = try ChannelCase.named("slack")
    for message in [
      Self.news(channel, name: Sample.hostileName),
      Self.together(channel, words: Sample.hostileName),
    ] {
      let text = readable(try channel.channel().request(for: message), secrets: [])
      #expect(!text.contains("<!") && !text.contains("<https://evil") && !text.contains("*Bob*"))
    }
  }

  /// Whatever the names: every alert once and in its order, what is cleared in the last part.
  @Test(arguments: ["slack", "teams"], [1, 45, 46, 250])
  func everyPartStaysWithinItsLimits(_ name: String, _ count: Int) throws {
    try staysWithinItsLimits(name, count, "T")
    try staysWithinItsLimits(name, count, Sample.hostileName)
  }

  private func staysWithinItsLimits(_ name: String, _ count: Int, _ words: String) throws {
    let channel = try ChannelCase.named(name)
    var message = Sample.digest(for: channel, alerts: count)
    message.cleared = Array(repeating: Self.cleared(words), count: 300)
    for index in message.alerts.indices {
      Self.change(&message.alerts[index], .grown)
      message.alerts[index].accountName = words
      message.alerts[index].part = words
    }
    let adapter = try channel.channel()
    let parts = adapter.split(message)
    #expect(parts.flatMap(\.alerts) == message.alerts)
    #expect(parts.dropLast().allSatisfy { $0.cleared == nil })
    #expect(parts.last?.cleared == message.cleared)
    for part in parts {
      guard case .http(let request) = try adapter.request(for: part) else { continue }
      let body = request.body ?? []
      #expect(name == "slack" || body.count <= 20_000)
      let text = String(decoding: body, as: UTF8.self)
      #expect(text.contains("Cleared since the last digest") == (part.cleared != nil))
      #expect(text.contains("more\"") || text.contains(" more") || part.cleared == nil)
      let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
      let blocks = object?["blocks"] as? [Any] ?? []
      #expect(blocks.count <= 50)
      let size = try JSONSerialization.data(
        withJSONObject: blocks,
        options: .withoutEscapingSlashes
      )
      #expect(String(decoding: size, as: UTF8.self).unicodeScalars.count <= 12_000)
    }
  }

  // MARK: Samples

  static func together(_ channel: ChannelCase, words: String = "12A") -> Message {
    var message = Sample.message(for: channel)
    message.alerts[0].reason = "promise broken"
    message.alerts[0].part = "lease:\(words)"
    message.alerts[0].promise = .init(
      amount: Amount(decimal: "500.00", formatted: "NZ$500.00"),
      date: DateText(iso: "2026-11-20", formatted: "20 November 2026")
    )
    message.alerts[0].others = [
      .init(rule: "credit-limit", title: "credit limit", level: 1, reason: "crossed"),
      .init(rule: "large", title: "Large balance \(words)", level: 2, reason: "escalated"),
    ]
    return message
  }

  static func news(_ channel: ChannelCase, name: String = Sample.plainName) -> Message {
    var message = Sample.digest(for: channel, alerts: 5)
    message.alerts[0].accountName = name
    message.alerts[0].part = "lease:\(name)"
    for (index, change) in [
      AlertContent.Change.new, .grown, .partlyPaid, .unchanged, .cleared,
    ].enumerated() {
      Self.change(&message.alerts[index], change)
    }
    message.alerts[2].part = "lease:12A"
    message.alerts[3].reason = "promise broken"
    message.alerts[4].reason = "resolved"
    message.cleared = [cleared(name), cleared("Sione Tau")]
    message.cleared?[1].part = "lease:7"
    message.cleared?[1].balance = Amount(decimal: "120.00", formatted: "NZ$120.00")
    return message
  }

  private static func change(_ alert: inout AlertContent, _ change: AlertContent.Change) {
    alert.change = change
    alert.openedAt = "2026-11-09T08:00:00Z"
    if change == .new { return }
    alert.previousBalance = Amount(decimal: "1500.00", formatted: "NZ$1,500.00")
  }

  private static func cleared(_ name: String) -> ClearedAccount {
    ClearedAccount(
      source: "books",
      accountID: "C-7",
      accountName: name,
      currency: "NZD",
      part: nil,
      owed: Amount(decimal: "700.00", formatted: "NZ$700.00"),
      balance: Amount(decimal: "0.00", formatted: "NZ$0.00")
    )
  }

  private func expectGolden(_ message: Message, _ channel: String, _ name: String) throws {
    let (adapter, secrets) = try ChannelCase.named(channel).set(up: nil)
    let text = readable(try adapter.request(for: message), secrets: secrets)
    let path = "../Fixtures/channels/\(channel)/requests/\(name).txt"
    #expect(Golden.difference(of: text, from: path) == nil)
  }
}
