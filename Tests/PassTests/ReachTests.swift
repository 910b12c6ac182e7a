import State
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

  @Test func anAddressThatChangedMeanwhileIsNotWrittenTo() async throws {
    let scenario = try Scenario(rules: AlertTests.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms down            | sms C1 crossed pending, exit 75
      day 2 | C1 phone +64215550099, sms works | sms C1 crossed, sms C1 crossed cancelled
      day 3 |                                  |
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.taken.map(\.recipient) == ["+64215550099"])
  }

  @Test("An address that proves bad is followed by the next channel of the list, in the same pass")
  func theNextChannelTakesOver() async throws {
    let scenario = try Scenario(rules: Self.fallback)
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600, sms rejects C1, C2 owes 600 | sms C1 crossed failed, email C1 crossed, sms C2 crossed
      day 8  |                                          | email C1 persisting, sms C2 persisting
      day 9  | C1 phone +64215550099                    |
      day 15 |                                          | sms C1 persisting, sms C2 persisting
      """
    )
    #expect(problems == [])
  }

  @Test("Who was told through the next channel already is not told twice")
  func notTwice() async throws {
    let scenario = try Scenario(
      rules: """
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [[sms, email], email] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms rejects C1                     | sms C1 crossed failed, email C1 crossed
      day 2 | C2 owes 600, sms down                           | email C2 crossed, sms C2 crossed pending, exit 75
      day 3 | sms works, sms rejects C2                       | sms C2 crossed failed
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.taken.count == 2)
  }

  /// Two channels of one kind.
  private static var twoNumbers: Scenario.Parts {
    var parts = Scenario.Parts(rules: "")
    parts.channels +=
      "\n" + #"""
          sms2: { type: twilio, base_url: https://sms.test, account_sid: AC1,
                  auth_token: twilio-token, from: "+6421000001" }
        """#
    return parts
  }

  @Test("When nothing of the list is left the alert has failed, and counts for nothing")
  func nothingIsLeft() async throws {
    var parts = Self.twoNumbers
    parts.rules = """
      - name: rent
        when: { balance: overdue, over: 500 }
        levels: [{ notify: [[sms, sms2]] }]
      """
    let scenario = try Scenario(parts)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms rejects C1 | sms C1 crossed failed, sms2 C1 crossed failed
      day 2 |                             | C1 suppressed
      day 3 | C1 phone +64215550099       | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("Who opted out of one e-mail channel gets no e-mail through another, and the log says so")
  func optOutsReachTheirKind() async throws {
    var parts = Self.twoNumbers
    parts.rules = """
      - name: rent
        when: { balance: overdue, over: 500 }
        levels: [{ notify: [sms] }]
      - name: large
        when: { balance: overdue, over: 5000 }
        levels: [{ notify: [sms2] }]
      """
    let scenario = try Scenario(parts)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, sms opted-out C1 | sms C1 crossed failed
      day 2 | C1 owes 6000                  | C1 suppressed, C1 suppressed
      day 3 | C1 phone +64215550099         | sms C1 crossed, sms2 C1 crossed
      """
    )
    #expect(problems == [])
    var optOuts: [String] = []
    try await scenario.state.readAudit { record in
      if record.kind == "opt_out" { optOuts.append("\(record.subject) \(record.body)") }
      return true
    }
    #expect(optOuts.count == 1)
    #expect(optOuts.first?.hasPrefix("books:C1 ") == true)
    #expect(optOuts.first?.contains(#""kind":"twilio""#) == true)
  }
}
