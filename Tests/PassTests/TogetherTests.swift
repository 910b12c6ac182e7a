import Outbox
import Pass
import Testing

/// Alerts that share a message: digests, and one voice to one customer.
struct TogetherTests {
  private static let digest = AlertTests.rent.replacing("[sms]", with: "[digest]")

  @Test func aDigestIsOneMessageAPass() async throws {
    let scenario = try Scenario(rules: Self.digest)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 700, C3 owes 800 | digest C1 crossed, digest C2 crossed, digest C3 crossed
      day 2 |                                       |
      day 3 | C4 owes 900                           | digest C4 crossed
      """
    )
    #expect(problems == [])
    let taken = await scenario.world.taken
    #expect(taken.count == 2)
    #expect(taken.allSatisfy { $0.channel == "digest" })
    #expect((1...3).allSatisfy { taken[0].text.contains("Tenant C\($0)") })
  }

  @Test func aLongDigestIsSplitAndEachPartHasItsOwnFate() async throws {
    let scenario = try Scenario(rules: Self.digest)
    for number in 1...60 { _ = await scenario.happen("C\(number) owes 600") }
    await scenario.world.set("digest", .works, once: true)
    await scenario.world.set("digest", .isDown)
    let report = try await scenario.run(day: 1)
    let first = await scenario.world.taken
    #expect(first.count == 1)
    #expect(report.count(.sent) > 0 && report.count(.pending) > 0)
    #expect(report.count(.sent) + report.count(.pending) == 60)
    await scenario.world.set("digest", .works)
    let second = try await scenario.run(day: 2)
    #expect(second.count(.sent) == report.count(.pending))
    let taken = await scenario.world.taken
    for number in 1...60 {
      // Once each: the parts that went through are not said again.
      let parts = taken.count { $0.text.contains("Tenant C\(number)*") }
      #expect(parts == 1, "Tenant C\(number) stands in \(parts) messages")
    }
    #expect(Set(taken.map(\.id)).count == taken.count)
  }

  @Test func severalRulesSpeakToACustomerWithOneVoice() async throws {
    let scenario = try Scenario(
      rules: AlertTests.rent + """

        - name: large
          when: { balance: total, over: 1000 }
          levels: [{ notify: [sms] }]
        - name: anything
          when: { balance: total }
          levels: [{ notify: [team] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 2000 | sms C1 crossed, sms C1 crossed, team C1 crossed
      day 8 | C1 owes 900  | sms C1 persisting, team C1 persisting
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.taken.count == 4)
  }

  @Test func aRuleWithoutATitleIsNotNamedToACustomer() async throws {
    let scenario = try Scenario(
      rules: """
        - name: overdue_rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [email] }]
        - name: bad-payers
          when: { balance: total, over: 1000 }
          levels: [{ notify: [email], template: firm }]
        """
    )
    _ = await scenario.happen("C1 owes 2000")
    _ = try await scenario.run(day: 1)
    let mails = await scenario.world.taken.map(\.text)
    #expect(mails.count == 1)
    for words in ["bad", "payers", "overdue_rent", "also concerns"] {
      #expect(!mails[0].contains(words))
    }
  }

  @Test func theMessageNamesTheRulesThatRideAlong() async throws {
    let scenario = try Scenario(
      rules: """
        - name: overdue_rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [hook, email] }]
        - name: large
          title: Large balance
          when: { balance: total, over: 1000 }
          levels: [{ notify: [hook, email], template: firm }]
        """
    )
    _ = await scenario.happen("C1 owes 2000")
    _ = try await scenario.run(day: 1)
    _ = await scenario.happen("C2 owes 600")
    _ = try await scenario.run(day: 2)
    let taken = await scenario.world.taken
    let mails = taken.filter { $0.channel == "email" }.map(\.text)
    #expect(
      mails.map { $0.contains("This message also concerns: Large balance.") } == [true, false])
    #expect(mails.allSatisfy { !$0.contains("overdue_rent") })
    let hooks = taken.filter { $0.channel == "hook" }.map(\.text)
    let also =
      #""also":[{"rule":"large","title":"Large balance","level":1,"reason":"crossed"}]"#
    #expect(hooks.map { $0.contains(also) } == [true, false])
    #expect(!hooks[1].contains("also"))
  }

  @Test func whoWaitsInADigestDoesNotHoldUpTheOthers() async throws {
    let scenario = try Scenario(rules: Self.digest)
    let problems = try await scenario.play(
      """
      day 1 09:00 | C1 owes 600, digest answers 429 after 7200 once | digest C1 crossed pending, exit 75
      day 1 10:00 | C2 owes 600                                     | digest C2 crossed, exit 75
      day 1 11:00 |                                                 | digest C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test func whatIsGivenUpDoesNotRideAlong() async throws {
    let scenario = try Scenario(rules: Self.digest)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, digest down  | digest C1 crossed pending, exit 75
      day 3 | C2 owes 700               | digest C2 crossed pending, exit 75
      day 4 | digest works              | digest C1 crossed failed, digest C2 crossed
      day 5 |                           | digest C1 crossed
      """
    )
    #expect(problems == [])
  }
}
