import Testing

@testable import Pass

/// An account whose sum cannot be represented: what it owes is not known, so that nothing of it
/// changes, and the others are spoken of.
struct UnknownSumTests {
  @Test("What waits goes on waiting, nobody is let off, and the exit code says so")
  func nothingOfItChanges() async throws {
    var parts = Scenario.Parts(rules: AlertTests.rent + "\n  on_resolved: { notify: [team] }")
    parts.sourceKeys = "roll_up: true"
    let scenario = try Scenario(parts)
    let sums = "C1 owes 60000000000000000, C3 owes 60000000000000000, C3 parent C1"
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 600, sms down | sms C1 crossed pending, sms C2 crossed pending, exit 75
      day 2 | \(sums), sms works                 | sms C2 crossed, exit 65
      day 3 | C1 owes 700, C3 pays               | sms C1 crossed
      day 4 | \(sums), C2 pays                   | team C2 resolved, exit 65
      day 5 | C1 pays, C3 pays                   | team C1 resolved
      """
    )
    #expect(problems == [])
    #expect(await scenario.last?.prepared.notices == [])
  }
}
