import Testing

/// Who can be reached, and who must not be.
struct ReachTests {
  private static let fallback = """
    - name: rent
      when: { balance: overdue, over: 500 }
      levels: [{ notify: [[sms, email]] }]
    """

  @Test func aDisputedAccountIsLeftAloneUntilItIsSettled() async throws {
    let scenario = try Scenario(rules: AlertTests.rent)
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600, C1 disputes | C1 suppressed
      day 2  |                          | C1 suppressed
      day 3  | C1 settles               | sms C1 crossed
      day 9  | C1 disputes              |
      day 10 |                          | C1 suppressed
      day 12 | C1 settles               | sms C1 persisting
      """
    )
    #expect(problems == [])
  }

  @Test func whoAsksNotToBeContactedIsNot() async throws {
    let scenario = try Scenario(rules: Self.fallback)
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600, C1 do-not-contact all | C1 suppressed
      day 2  | C1 do-not-contact sms              | email C1 crossed
      day 9  | C1 do-not-contact email            | sms C1 persisting
      day 16 | C1 do-not-contact all              | C1 suppressed
      day 17 | C1 do-not-contact none             | sms C1 persisting
      """
    )
    #expect(problems == [])
  }

  @Test func theFirstChannelThatCanReachIsTaken() async throws {
    let scenario = try Scenario(rules: Self.fallback)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 phone none, C2 owes 600, C2 email none | email C1 crossed, sms C2 crossed
      day 2 | C3 owes 600, C3 phone none, C3 email none              | C3 suppressed
      day 3 | C3 email c3@tenants.test                               | email C3 crossed
      """
    )
    #expect(problems == [])
  }

  @Test(arguments: ["rejects", "opted-out"])
  func aBadAddressIsNotTriedAgainUntilItChanges(_ answer: String) async throws {
    let scenario = try Scenario(rules: AlertTests.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms \(answer) C1 | sms C1 crossed failed
      day 2 |                               | C1 suppressed
      day 3 | C1 phone +64215550099         | sms C1 crossed
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.tried.count == 2)
  }

  @Test func aBadAddressLetsTheNextChannelSpeak() async throws {
    let scenario = try Scenario(rules: Self.fallback)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms rejects C1 | sms C1 crossed failed
      day 2 |                             | email C1 crossed
      day 9 |                             | email C1 persisting
      """
    )
    #expect(problems == [])
  }

  @Test func anAddressThatChangedMeanwhileIsNotWrittenTo() async throws {
    let scenario = try Scenario(rules: AlertTests.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms down            | sms C1 crossed pending, exit 75
      day 2 | C1 phone +64215550099, sms works | sms C1 crossed cancelled
      day 3 |                                  | sms C1 crossed
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.taken.map(\.recipient) == ["+64215550099"])
  }
}
