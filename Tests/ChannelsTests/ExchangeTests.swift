import Channels
import Foundation
import Messages
import Support
import Testing
import Wire

/// Each golden request with an accepted answer, for the contract checker of CI.
@Suite struct ExchangeTests {
  @Test(arguments: ChannelCase.all)
  func theExchangesAreTheGoldenOnes(_ channel: ChannelCase) throws {
    guard try channel.isHTTP else { return }
    let (adapter, secrets) = try channel.set(up: nil)
    let answer = try #require(AnswerFile.of(channel).first { $0.expectation == "accepted" })
    var messages = [
      ("reminder", Sample.reminder(for: channel)), ("hostile", Sample.hostile(for: channel)),
    ]
    if channel.type.traits.takesDigest {
      let parts = adapter.split(Sample.digest(for: channel, alerts: 60))
      messages += parts.enumerated().map { ("digest-\($0 + 1)", $1) }
    }
    if let probe = adapter.probe {
      let text = try exchangeText(probe, Response(status: 200), secrets: secrets)
      let path = "../Fixtures/channels/\(channel.name)/exchanges/probe.json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
    for (name, message) in messages {
      guard case .http(let request) = try adapter.request(for: message) else { continue }
      let text = try exchangeText(request, answer.response, secrets: secrets)
      let path = "../Fixtures/channels/\(channel.name)/exchanges/\(name).json"
      #expect(Golden.difference(of: text, from: path) == nil)
      for secret in secrets { #expect(!text.contains(secret)) }
    }
  }
}
