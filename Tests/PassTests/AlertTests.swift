import Testing

/// Who is told when: SPEC.md "Evaluating", seen from outside.
struct AlertTests {
  static let rent = """
    - name: rent
      when: { balance: overdue, over: 500 }
      levels: [{ notify: [sms] }]
    """

  @Test func aBalanceThatCrossesIsToldOnceAWindow() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1       | C1 owes 500    |
      day 2       | C1 owes 500.01 | sms C1 crossed
      day 2 17:00 |                |
      day 8       |                |
      day 9 00:00 |                | sms C1 persisting
      day 9 09:00 | C1 owes 900    |
      day 40      |                | sms C1 persisting
      day 41      | C1 owes 500    |
      day 42      | C1 owes 501    | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func levelsComeOneAtATimeAndNotInARow() async throws {
    let scenario = try Scenario(
      rules: """
        - name: rent
          when: { balance: overdue, over: 500 }
          repeat: never
          levels:
            - { after: 0d, notify: [sms] }
            - { after: 14d, notify: [hook, team] }
            - { after: 28d, notify: [team] }
        """
    )
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600 | sms C1 crossed
      day 14 |             |
      day 15 |             | hook C1 escalated L2, team C1 escalated L2
      day 28 |             |
      day 29 | C2 owes 600 | sms C2 crossed, team C1 escalated L3
      day 90 |             | hook C2 escalated L2, team C2 escalated L2
      day 91 |             |
      day 104 |            | team C2 escalated L3
      """
    )
    #expect(problems == [])
  }

  @Test func aLevelMayComeWithTheAgeOfTheOldestInvoice() async throws {
    let scenario = try Scenario(
      rules: """
        - name: rent
          when: { balance: overdue }
          repeat: never
          levels: [{ days_overdue: 10, notify: [sms] }, { days_overdue: 30, notify: [team] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 2  | C1 owes 600 due 1 |
      day 10 |                   |
      day 11 |                   | sms C1 crossed
      day 30 |                   |
      day 31 |                   | team C1 escalated L2
      """
    )
    #expect(problems == [])
  }

  @Test func anEpisodeEndsBelowItsClearanceAndTheTeamHears() async throws {
    let scenario = try Scenario(
      rules: """
        - name: rent
          when: { balance: overdue, over: 500 }
          clear_under: 400
          levels: [{ notify: [sms] }]
          on_resolved: { notify: [team] }
        """
    )
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600 | sms C1 crossed
      day 2  | C1 owes 450 |
      day 9  |             |
      day 10 | C1 owes 600 | sms C1 persisting
      day 11 | C1 owes 400 |
      day 12 | C1 owes 399 | team C1 resolved
      day 13 |             |
      day 14 | C1 owes 450 |
      day 15 | C1 owes 501 | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func anAccountThatVanishesFromItsSourceOwesNothing() async throws {
    let scenario = try Scenario(
      rules: Self.rent + "\n  on_resolved: { notify: [team] }"
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 700 | sms C1 crossed, sms C2 crossed
      day 2 | C1 vanishes              | team C1 resolved
      day 8 |                          | sms C2 persisting
      day 9 | C1 owes 600              | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func currenciesAreNeverAdded() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 400 NZD, C1 owes 400 AUD |
      day 2 | C1 owes 600 AUD                  | sms C1 crossed AUD
      day 3 | C1 owes 600 NZD                  | sms C1 crossed
      day 4 | C1 pays AUD                      |
      day 9 |                                  |
      day 10 |                                 | sms C1 persisting
      """
    )
    #expect(problems == [])
  }

  @Test func changedTermsAreToldForAWhile() async throws {
    let scenario = try Scenario(
      rules: """
        - name: terms
          when: { balance: total, terms_changed_within: 30d }
          repeat: never
          levels: [{ notify: [team] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 10, C1 terms net30 |
      day 5  | C1 terms net60             | team C1 crossed
      day 35 |                            |
      day 36 |                            |
      day 40 | C1 terms net30             | team C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func anInvoiceThatFallsDueSoonIsToldBeforeItIsLate() async throws {
    let scenario = try Scenario(
      rules: """
        - name: soon
          when: { balance: total, due_within: 3d }
          repeat: never
          levels: [{ notify: [hook] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 6  | C1 owes 10 due 10, C2 owes 10 due 1, C2 owes 10 AUD due 10 |
      day 7  |             | hook C1 crossed, hook C2 crossed AUD
      day 10 |             |
      day 11 |             |
      day 12 | C1 owes 10 due 12 | hook C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func noMoreAlertsThanTheRuleAllows() async throws {
    let scenario = try Scenario(
      rules: Self.rent + "\n  max_alerts: 2\n  on_resolved: { notify: [team] }"
    )
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600 | sms C1 crossed
      day 8  |             | sms C1 persisting
      day 15 |             |
      day 16 | C1 pays     | team C1 resolved
      """
    )
    #expect(problems == [])
  }
}
