import Outbox
import Pass
import Testing
import Wire

/// What one message says of its channel, and what becomes of those behind it.
struct LaneQueueTests {
  private static let owing = (1...8).map { "C\($0) owes 600" }.joined(separator: ", ")

  private static func all(_ rest: String) -> String {
    (1...8).map { "hook C\($0) crossed\(rest)" }.joined(separator: ", ")
  }

  private static func scenario(_ width: Int) throws -> Scenario {
    try Scenario(
      Scenario.Parts(
        rules: AlertTests.rent.replacing("[sms]", with: "[hook]"),
        channels: "    hook: { type: webhook, url: https://hook.test/in, audience: customer,"
          + " max_concurrency: \(width) }"))
  }

  @Test func aLongWaitThatWasAskedForHoldsTheWholeChannel() async throws {
    let scenario = try Self.scenario(1)
    let problems = try await scenario.play(
      """
      day 1 | \(Self.owing), hook answers 429 after 3600 once | \(Self.all(" pending")), exit 75
      day 2 | | \(Self.all(""))
      """)
    #expect(problems == [])
    #expect(await scenario.world.tried.count == 1 + 8)
  }

  @Test func aShortOneIsWaitedFor() async throws {
    let scenario = try Self.scenario(1)
    let problems = try await scenario.play(
      "day 1 | \(Self.owing), hook answers 429 after 5 once | \(Self.all(""))")
    #expect(problems == [])
    #expect(await scenario.world.tried.count == 1 + 8)
  }

  @Test func aChannelThatIsDownIsTriedWithTwoMessagesAndAThird() async throws {
    let scenario = try Self.scenario(1)
    let problems = try await scenario.play(
      """
      day 1 | \(Self.owing), hook down | \(Self.all(" pending")), exit 75
      day 2 | hook works | \(Self.all(""))
      """)
    #expect(problems == [])
    // Each of the three with three repetitions, and then all eight once.
    #expect(await scenario.world.tried.count == 3 * 4 + 8)
  }
}
