import Accounting
import Outbox
import Pass
import Receivables
import Rules
import State
import Support
import Testing

/// Books that came whole and cannot be right all the same.
struct SourceDoubtTests {
  private static let all = (1...12).map { "C\($0)" }

  private static func scenario(_ keys: String = "") throws -> Scenario {
    try Scenario(
      Scenario.Parts(
        rules: AlertTests.rent + "\n  on_resolved: { notify: [team] }", more: "ops: [team]",
        sourceKeys: keys))
  }

  private static func happens(_ event: String, to accounts: some Sequence<String>) -> String {
    accounts.map { "\($0) \(event)" }.joined(separator: ",")
  }

  @Test func booksThatShrinkAreHeldBackAndToldToOpsAtOnce() async throws {
    let scenario = try Self.scenario()
    await scenario.happens(Self.happens("owes 600", to: Self.all))
    #expect(try await scenario.run(day: 1).count(.sent) == 12)
    await scenario.happens(Self.happens("vanishes", to: Self.all))
    let shrunk = try await scenario.run(day: 2)
    #expect(shrunk.verdict == .noSourcePolled)
    #expect(shrunk.deliveries.isEmpty)
    guard case .failed(let error) = try #require(shrunk.sources.first).status else {
      Issue.record("the poll was taken")
      return
    }
    #expect(error.description.contains("12 of its 12 open items are gone"))
    #expect(error.description.contains("balancealert run --accept-shrink books"))
    #expect(shrunk.told == ["team of 1"])
    // They are back: nobody was told that all was settled, and nobody is told anew.
    await scenario.happens(Self.happens("owes 600", to: Self.all))
    let back = try await scenario.run(day: 2)
    #expect(back.deliveries.isEmpty)
    #expect(back.verdict == .done)
  }

  @Test func aPersonMayTakeItAsRight() async throws {
    let scenario = try Self.scenario()
    await scenario.happens(Self.happens("owes 600", to: Self.all))
    _ = try await scenario.run(day: 1)
    await scenario.happens(Self.happens("pays", to: Self.all))
    var options = await PassOptions(now: scenario.now(day: 2), isReplay: true)
    options.acceptsShrink = ["books"]
    let report = try await scenario.run(options)
    #expect(report.deliveries.count { $0.reason == .resolved } == 12)
    // From then on the small books are the measure.
    await scenario.happens("C1 owes 600")
    #expect(try await scenario.run(day: 3).verdict == .done)
  }

  @Test(arguments: [(9, "", true), (10, "", false), (12, ", max_shrink: 100%", true)])
  func onlyLargeBooksAreGuarded(_ accounts: Int, _ keys: String, _ isTaken: Bool) async throws {
    let scenario = try Self.scenario(String(keys.dropFirst(2)))
    let names = Self.all.prefix(accounts)
    await scenario.happens(Self.happens("owes 600", to: names))
    _ = try await scenario.run(day: 1)
    await scenario.happens(Self.happens("vanishes", to: names))
    #expect(try await scenario.run(day: 2).sources.allSatisfy(\.isGood) == isTaken)
  }

  @Test func fourOfFiveMayGo() async throws {
    let scenario = try Self.scenario()
    let names = Self.all.prefix(10)
    await scenario.happens(Self.happens("owes 600", to: names))
    _ = try await scenario.run(day: 1)
    await scenario.happens(Self.happens("vanishes", to: names.prefix(8)))
    #expect(try await scenario.run(day: 2).verdict == .done)
  }

  @Test func booksInWhichNothingMovesAreWarnedOfOnceADay() async throws {
    let scenario = try Self.scenario("stale_after: 7d")
    await scenario.happens("C1 owes 600")
    _ = try await scenario.run(day: 1)
    func warnings(_ report: PassReport) -> [String] {
      report.notices.filter { $0.hasPrefix("books: ") }
    }
    #expect(warnings(try await scenario.run(day: 7)) == [])
    let stale = try await scenario.run(day: 8)
    #expect(warnings(stale).count == 1)
    #expect(warnings(stale)[0].contains("nothing in these books has changed since 2025-03-03"))
    #expect(stale.told == ["team of 1"])
    #expect(try await scenario.run(day: 8).told == [])
    await scenario.happens("C1 owes 700")
    #expect(warnings(try await scenario.run(day: 9)) == [])
  }
}
