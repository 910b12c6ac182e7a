import Pass
import Testing

/// A source that fails is not a balance of zero.
struct SourceTests {
  private static let rules = AlertTests.rent + "\n  on_resolved: { notify: [team] }"

  @Test func aFailedSourceChangesNothing() async throws {
    let scenario = try Scenario(rules: Self.rules)
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600          | sms C1 crossed
      day 2  | C1 pays, books fails | exit 69
      day 9  |                      | exit 69
      day 10 | books works          | team C1 resolved
      """
    )
    #expect(problems == [])
  }

  @Test func queuedMessagesWaitForTheirSource() async throws {
    let scenario = try Scenario(rules: Self.rules)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms down  | sms C1 crossed pending, exit 75
      day 2 | books fails, sms works | exit 69
      day 3 | books works            | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func aMessageOfUnknownFateWaitsForItsSourceToo() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent.replacing("sms", with: "hook")
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, hook loses requests | hook C1 crossed sending, exit 75
      day 2 | books fails, hook works          | exit 69
      day 3 | books works                      | hook C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func nothingOfABadFileIsUsed() async throws {
    let scenario = try Scenario(rules: Self.rules)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600                         | sms C1 crossed
      day 2 | C1 pays, C2 owes 900, books garbled | exit 65
      day 3 | books works                         | team C1 resolved, sms C2 crossed
      """
    )
    #expect(problems == [])
    guard case .failed(let error)? = await badRun(scenario) else {
      Issue.record("the source did not fail")
      return
    }
    #expect("\(error)".contains("books.csv:3:31: amount_due:"))
  }

  private func badRun(_ scenario: Scenario) async -> PollOutcome.Status? {
    _ = await scenario.happen("books garbled")
    return try? await scenario.run(day: 4).sources[0].status
  }

  @Test func theOtherSourcesGoOn() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules, sources: ["books", "annex"]))
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, X1 owes 600, annex fails | sms C1 crossed, exit 75
      day 2 | books fails                           | exit 69
      day 3 | books works, annex garbled            | exit 75
      day 4 | annex works                           | sms X1 crossed
      day 5 | X1 pays, C1 pays, books fails         | team X1 resolved, exit 75
      """
    )
    #expect(problems == [])
  }

  @Test func onlyTheSourceThatWasAskedForIsPolled() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules, sources: ["books", "annex"]))
    let problems = try await scenario.play(
      """
      day 1 only books       | C1 owes 600, X1 owes 600 | sms C1 crossed
      day 1 10:00 only annex | C1 pays                  | sms X1 crossed
      day 1 11:00            |                          | team C1 resolved
      """
    )
    #expect(problems == [])
  }

  @Test func whatASourceThatIsGoneHadToSayIsDropped() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules, sources: ["books", "annex"]))
    var problems = try await scenario.play(
      "day 1 | C1 owes 600, X1 owes 600, sms down | sms C1 crossed pending, "
        + "sms X1 crossed pending, exit 75"
    )
    try await scenario.change { $0.sources = ["books"] }
    problems += try await scenario.play(
      "day 2 | sms works | sms C1 crossed, sms X1 crossed cancelled"
    )
    #expect(problems == [])
  }
}
