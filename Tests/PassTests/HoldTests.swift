import Pass
import Testing

/// What is held back, and what lets it go.
struct HoldTests {
  private static let hours =
    #"hours: { customer: { days: [mon, tue, wed, thu, fri], from: "08:30", to: "18:00" } }"#

  @Test func tooManyCustomerMessagesAreAllHeldUntilSomeoneAllowsThem() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent.replacing("[sms]", with: "[sms, team]"),
      more: "limits: { customer_messages_per_pass: 2 }"
    )
    let problems = try await scenario.play(
      """
      day 1         | C1 owes 600, C2 owes 600 | sms C1 crossed, sms C2 crossed, team C1 crossed, team C2 crossed
      day 2         | C3 owes 600, C4 owes 600, C5 owes 600 | sms C3 crossed held limit, sms C4 crossed held limit, sms C5 crossed held limit, team C3 crossed, team C4 crossed, team C5 crossed, exit 75
      day 3         |                          | exit 75
      day 4 allow 3 |                          | sms C3 crossed, sms C4 crossed, sms C5 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func theLimitReleasesWhatIsLeftOnceEnoughHavePaid() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent,
      more: "limits: { customer_messages_per_pass: 1 }"
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 600 | sms C1 crossed held limit, sms C2 crossed held limit, exit 75
      day 2 | C1 pays                  | sms C1 crossed cancelled, sms C2 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func everyPassSaysHowToReleaseWhatTheLimitHolds() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent,
      more: "limits: { customer_messages_per_pass: 1 }"
    )
    _ = try await scenario.play("day 1 | C1 owes 600, C2 owes 600 |")
    let report = try await scenario.run(day: 2)
    #expect(report.waiting.map(\.kind) == ["limit"])
    #expect(report.waiting[0].sentence.contains("run --allow 2"))
  }

  @Test func outsideTheHoursNothingGoesToCustomers() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent.replacing("[sms]", with: "[sms, team]"),
      more: Self.hours
    )
    let problems = try await scenario.play(
      """
      day 1 07:00 | C1 owes 600, C2 owes 600 | sms C1 crossed held hours, sms C2 crossed held hours, team C1 crossed, team C2 crossed
      day 1 08:29 |             |
      day 1 08:30 | C2 pays     | sms C1 crossed, sms C2 crossed cancelled
      day 6 12:00 | C3 owes 600 | sms C3 crossed held hours, team C3 crossed
      day 7 12:00 |             |
      day 8 08:30 |             | sms C1 persisting, sms C3 crossed, team C1 persisting
      """
    )
    #expect(problems == [])
  }

  @Test func aMessageThatWaitsForARetryKeepsTheHoursToo() async throws {
    let scenario = try Scenario(rules: AlertTests.rent, more: Self.hours)
    let problems = try await scenario.play(
      """
      day 1 17:50 | C1 owes 600, sms down | sms C1 crossed pending, exit 75
      day 1 23:00 | sms works             | sms C1 crossed held hours
      day 2 09:00 |                       | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func releasedByHandAtNightItStillKeepsTheHours() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent,
      more: Self.hours + "\nlimits: { customer_messages_per_pass: 1 }"
    )
    let problems = try await scenario.play(
      """
      day 1 12:00 | C1 owes 600, C2 owes 600 | sms C1 crossed held limit, sms C2 crossed held limit, exit 75
      day 1 23:00 allow 5 |                  | sms C1 crossed held hours, sms C2 crossed held hours
      day 2 09:00 allow 5 |                  | sms C1 crossed, sms C2 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func aRecipientIsToldSoOftenADay() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent + """

        - name: large
          when: { balance: total, over: 1000 }
          levels: [{ notify: [sms] }]
        """,
      more: "limits: { per_recipient_per_day: 1 }"
    )
    let problems = try await scenario.play(
      """
      day 1 09:00 | C1 owes 600  | sms C1 crossed
      day 1 12:00 | C1 owes 1600 | sms C1 crossed held recipient_day
      day 2 09:00 |              | sms C1 crossed
      day 2 12:00 | C2 owes 2000 | sms C2 crossed, sms C2 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func twoCurrenciesAreTwoMessagesToOneRecipient() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent,
      more: "limits: { per_recipient_per_day: 1 }"
    )
    let problems = try await scenario.play(
      """
      day 1       | C1 owes 600 NZD, C1 owes 600 AUD | sms C1 crossed AUD, sms C1 crossed held recipient_day
      day 2       |                                  | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func aLevelThatWantsApprovalWaitsForIt() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent.replacing("[sms] }", with: "[sms], approve: true }")
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600 | sms C1 crossed held approval, exit 75
      day 9 |             | exit 75
      day 10 | C1 pays    | sms C1 crossed cancelled
      """
    )
    #expect(problems == [])
  }
}
