import Outbox
import Receivables
import State
import Testing

/// E-mail addresses are mailboxes, however they are written, and a customer may have several.
struct MailboxTests {
  private static let rent = """
    - name: rent
      when: { balance: overdue, over: 500 }
      levels: [{ notify: [[email, sms]] }]
    """

  private func recipients(_ scenario: Scenario) async -> [String?] {
    await scenario.world.taken.map(\.recipient)
  }

  @Test("A refused address stays refused in capitals, and another mailbox is not it")
  func refusedInCapitals() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600, C1 phone none, email refuses c1@tenants.test | email C1 crossed failed
      day 2  | C1 email C1@Tenants.TEST                                  | C1 suppressed
      day 3  | C1 email c2@tenants.test                                  | email C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("Who opted out in capitals has opted out in small letters")
  func optedOutInCapitals() async throws {
    let scenario = try Scenario(rules: Self.rent)
    try await optOut("Aroha.Ngata@Example.com", scenario)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 phone none, C1 email aroha.ngata@example.com | C1 suppressed
      day 2 | C1 email aroha.ngata@EXAMPLE.com                             | C1 suppressed
      """
    )
    #expect(problems == [])
  }

  private func optOut(_ address: String, _ scenario: Scenario) async throws {
    try await scenario.state.apply(
      [
        .optedOut(
          kind: "email", address: address, why: "unsubscribed",
          audit: AuditEntry(kind: .optOut, subject: "books:C1", body: "{}"))
      ], pass: nil, at: scenario.now(day: 1).instant)
  }

  @Test("Who opts out while a message waits does not get it")
  func optedOutMeanwhile() async throws {
    let scenario = try Scenario(
      rules: Self.rent, more: "hours: { customer: { from: \"08:00\", to: \"18:00\" } }")
    let evening = """
      day 1 20:00 | C1 owes 600, C1 phone none | email C1 crossed held hours
      """
    #expect(try await scenario.play(evening) == [])
    try await optOut("C1@tenants.test", scenario)
    let morning = """
      day 2 | | email C1 crossed cancelled
      day 3 | | C1 suppressed
      """
    #expect(try await scenario.play(morning) == [])
    #expect(await recipients(scenario) == [])
  }

  @Test("An address that only changed its case is the one that the message was planned for")
  func onlyTheCaseChanged() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, email down                 | email C1 crossed pending, exit 75
      day 2 | C1 email C1@TENANTS.test, email works   | email C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("A day's limit counts the mailbox, however it is written")
  func perDay() async throws {
    let scenario = try Scenario(
      rules: Self.rent, more: "limits: { per_recipient_per_day: 1 }")
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 email one@tenants.test, C2 owes 600, C2 email One@Tenants.test | email C1 crossed, email C2 crossed held recipient_day
      """
    )
    #expect(problems == [])
  }

  // MARK: Several

  @Test("A customer with several addresses gets one message to all of them, each once")
  func several() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 email a@tenants.test;b@tenants.test;A@tenants.test | email C1 crossed
      """
    )
    #expect(problems == [])
    #expect(await recipients(scenario) == ["a@tenants.test, b@tenants.test"])
    let text = await scenario.world.taken[0].text
    #expect(text.contains("To: Tenant C1 <a@tenants.test>, Tenant C1 <b@tenants.test>\r\n"))
    // One message, counted for each of them.
    let day = await scenario.now(day: 1)
    let counts = try await scenario.state.sentCounts(since: day.zone.instant(of: day.today))
    #expect(counts.values.sorted() == [1, 1])
  }

  @Test("Of several, one that opted out is left out, and the others are told")
  func oneOptedOut() async throws {
    let scenario = try Scenario(rules: Self.rent)
    try await optOut("b@tenants.test", scenario)
    let problems = try await scenario.play(
      "day 1 | C1 owes 600, C1 email a@tenants.test;B@tenants.test | email C1 crossed")
    #expect(problems == [])
    #expect(await recipients(scenario) == ["a@tenants.test"])
  }

  @Test("When one of several is refused, each gets a message of its own, and only that one is bad")
  func oneRefused() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 email a@tenants.test;b@tenants.test, email refuses b@tenants.test | email C1 crossed cancelled, email C1 crossed, email C1 crossed failed
      day 8 |                                                                                   | email C1 persisting
      """
    )
    #expect(problems == [])
    #expect(await recipients(scenario) == ["a@tenants.test", "a@tenants.test"])
    #expect(
      try await scenario.state.badAddresses()
        == [BadAddress(channel: "email", address: "b@tenants.test")])
  }

  @Test("Only when all of several are refused does the next channel take over")
  func allRefused() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 email a@tenants.test;b@tenants.test, email refuses b@tenants.test, email refuses a@tenants.test | email C1 crossed cancelled, email C1 crossed failed, email C1 crossed failed, sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("One of several that the books have no more is not written to any more")
  func oneIsGone() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 email a@tenants.test;b@tenants.test, email down | email C1 crossed pending, exit 75
      day 2 | C1 email b@tenants.test, email works                            | email C1 crossed, email C1 crossed cancelled
      day 3 |                                                                 |
      """
    )
    #expect(problems == [])
    #expect(await recipients(scenario) == ["b@tenants.test"])
  }
}
