import Pass
import Receivables
import Support
import Testing

/// `roll_up: true`: for which account a balance counts.
struct FamilyTests {
  private static func scenario(_ folder: TemporaryFolder? = nil) throws -> Scenario {
    try Scenario(
      Scenario.Parts(
        rules: AlertTests.rent + "\n  on_resolved: { notify: [team] }",
        sourceKeys: "roll_up: true"),
      folder: folder)
  }

  @Test func balancesRollUpToTheParent() async throws {
    let problems = try await Self.scenario().play(
      """
      day 1 | C9 owes 10, C1 owes 250, C1 parent C9, C2 owes 240, C2 parent C9 |
      day 2 | C2 owes 250                                                      | sms C9 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("A parent is not chased for what its child disputes, and is again once that is settled")
  func aDisputedChild() async throws {
    let problems = try await Self.scenario().play(
      """
      day 1 | C9 owes 10, C1 owes 600, C1 parent C9, C1 disputes | C1 suppressed
      day 2 | C2 owes 495, C2 parent C9                          | sms C9 crossed, C1 suppressed
      day 3 | C1 settles                                         |
      day 9 |                                                    | sms C9 persisting
      """
    )
    #expect(problems == [])
  }

  @Test("A child that is not to be contacted stands for itself, and no other does")
  func aChildThatIsNotToBeContacted() async throws {
    let scenario = try Self.scenario()
    let problems = try await scenario.play(
      """
      day 1 | C9 owes 10, C1 owes 600, C1 parent C9, C1 do-not-contact all | C1 suppressed
      day 2 | C0 owes 495, C0 parent C1                                    | sms C9 crossed, C1 suppressed
      day 3 | C1 do-not-contact none                                       |
      """
    )
    #expect(problems == [])
    let rows = await scenario.last?.rows.filter { $0.facts.account.key.id == "C9" } ?? []
    #expect(rows.map(\.facts.balance.description) == ["NZD 1105.00"])
  }

  @Test("A child whose e-mails alone are not wanted counts for its parent, who is asked as ever")
  func aChildWithoutEMail() async throws {
    let problems = try await Self.scenario().play(
      "day 1 | C9 owes 10, C1 owes 600, C1 parent C9, C1 do-not-contact email | sms C9 crossed")
    #expect(problems == [])
  }
}
