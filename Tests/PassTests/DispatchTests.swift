import Outbox
import Pass
import Testing
import Wire

/// What becomes of a delivery, whatever its platform does.
struct DispatchTests {
  private static func rules(_ channels: String) -> String {
    AlertTests.rent.replacing("[sms]", with: "[\(channels)]")
  }
  private static let one =
    "    hook: { type: webhook, url: https://hook.test/in, audience: customer,"
    + " max_concurrency: 1 }"

  /// - Returns: the problems, how many messages were tried, and which were taken.
  private func play(
    _ channels: String,
    _ table: String
  ) async throws -> (problems: [String], tried: Int, taken: [World.Sent]) {
    let scenario = try Scenario(rules: Self.rules(channels))
    let problems = try await scenario.play(table)
    return (problems, await scenario.world.tried.count, await scenario.world.taken)
  }

  // MARK: Not accepted

  @Test func aPauseIsRetriedWithinThePass() async throws {
    let (problems, tried, taken) = try await play(
      "hook",
      "day 1 | C1 owes 600, hook answers 503 once, hook answers 429 after 5 once | hook C1 crossed"
    )
    #expect(problems == [] && tried == 3 && taken.count == 1)
  }

  @Test func aLongPauseIsKeptByLaterPasses() async throws {
    let (problems, tried, taken) = try await play(
      "hook",
      """
      day 1 09:00 | C1 owes 600, hook answers 429 after 3600 once | hook C1 crossed pending, exit 75
      day 1 09:59 |                                               | exit 75
      day 1 10:00 |                                               | hook C1 crossed
      """
    )
    #expect(problems == [] && tried == 2 && taken.count == 1)
  }

  @Test(arguments: ["hook", "sms", "email", "team", "digest", "tasks", "log"])
  func whatNeverLeftIsTriedInLaterPasses(_ channel: String) async throws {
    let (problems, tried, taken) = try await play(
      channel,
      """
      day 1 | C1 owes 600, \(channel) down | \(channel) C1 crossed pending, exit 75
      day 2 |                              | exit 75
      day 3 | \(channel) works             | \(channel) C1 crossed
      """
    )
    #expect(problems == [] && tried == 9 && taken.count == 1)
  }

  @Test func triesEndAndTheWindowIsNotUsedUp() async throws {
    let (problems, _, taken) = try await play(
      "sms",
      """
      day 1 | C1 owes 600, sms down | sms C1 crossed pending, exit 75
      day 3 |                       | exit 75
      day 4 |                       | sms C1 crossed failed
      day 5 | sms works             | sms C1 crossed
      """
    )
    #expect(problems == [] && taken.count == 1)
  }

  // MARK: Unknown outcome

  @Test func anIdempotentPlatformGetsTheSameBytesAgain() async throws {
    let (problems, _, taken) = try await play(
      "hook",
      """
      day 1 | C1 owes 600, hook loses answers once | hook C1 crossed
      day 2 | C2 owes 600, hook loses answers      | hook C2 crossed sending, exit 75
      day 3 | hook works                           | hook C2 crossed
      """
    )
    #expect(problems == [])
    #expect(taken.count == 2 + 4 + 1 && Set(taken.map(\.bytes)).count == 2)
    #expect(Set(taken.map(\.id)).count == 2)
  }

  @Test(arguments: ["sms", "log"])
  func aSearchablePlatformIsAskedFirst(_ channel: String) async throws {
    let (problems, tried, taken) = try await play(
      channel,
      "day 1 | C1 owes 600, \(channel) loses answers once | \(channel) C1 crossed"
    )
    #expect(problems == [] && tried == 1 && taken.count == 1)
  }

  @Test func whatThePlatformSurelyHasNotIsSentAgain() async throws {
    let (problems, tried, taken) = try await play(
      "sms",
      """
      day 1 | C1 owes 600, sms loses requests once | sms C1 crossed sending, exit 75
      day 2 |                                      | sms C1 crossed
      """
    )
    #expect(problems == [] && tried == 2 && taken.count == 1)
  }

  @Test func whatIsLostAgainAndAgainWaitsForTheNextPass() async throws {
    let (problems, tried, taken) = try await play(
      "log",
      """
      day 1 | C1 owes 600, log loses requests | log C1 crossed pending, exit 75
      day 2 | log works                       | log C1 crossed
      """
    )
    #expect(problems == [] && tried == 5 && taken.count == 1)
  }

  @Test func toTheTeamItIsRepeated() async throws {
    let (problems, _, taken) = try await play(
      "team",
      "day 1 | C1 owes 600, team loses answers once | team C1 crossed"
    )
    #expect(problems == [] && taken.count == 2)
  }

  @Test func toACustomerItIsUncertainAndNotRepeated() async throws {
    let (problems, tried, _) = try await play(
      "email",
      """
      day 1 | C1 owes 600, email loses answers once | email C1 crossed uncertain, exit 75
      day 2 |                                       | exit 75
      day 8 |                                       | email C1 persisting
      """
    )
    #expect(problems == [] && tried == 2)
  }

  // MARK: Refusals

  @Test func aSignInThatIsNeededClosesTheChannel() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules("hook"), channels: Self.one))
    var problems = try await scenario.play(
      "day 1 | C1 owes 600, hook answers 401 | hook C1 crossed pending, exit 77"
    )
    problems += try await scenario.play(
      """
      day 2 | C2 owes 600, C3 owes 600 | hook C2 crossed pending, hook C3 crossed pending, exit 77
      day 3 | hook works               | hook C1 crossed, hook C2 crossed, hook C3 crossed
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.tried.count == 1 + 1 + 3)
  }

  @Test("It is no message's fault", arguments: [301, 302, 404, 410])
  func aRefusedChannelStopsItsBatch(status: Int) async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules("hook"), channels: Self.one))
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 600, hook answers \(status) | hook C1 crossed pending, hook C2 crossed pending, exit 75
      day 2 | hook works                                 | hook C1 crossed, hook C2 crossed
      """
    )
    #expect(problems == [])
    #expect(await scenario.world.tried.count == 1 + 2)
  }

  @Test func aRequestWithoutARecordingIsBadInput() async throws {
    let (problems, _, _) = try await play(
      "hook",
      "day 1 | C1 owes 600, hook unrecorded | hook C1 crossed failed, exit 65"
    )
    #expect(problems == [])
  }

  // MARK: No longer true

  @Test func whoPaysBetweenTwoTriesIsNotReminded() async throws {
    let (problems, _, taken) = try await play(
      "hook",
      """
      day 1 | C1 owes 600, hook down | hook C1 crossed pending, exit 75
      day 2 | C1 pays, hook works    | hook C1 crossed cancelled
      """
    )
    #expect(problems == [] && taken.isEmpty)
  }

  @Test func whoPaysWhileTheOutcomeIsUnknownIsNotReminded() async throws {
    let (problems, _, taken) = try await play(
      "hook, sms",
      """
      day 1 | C1 owes 600, hook loses requests, sms loses requests | hook C1 crossed sending, sms C1 crossed sending, exit 75
      day 2 | C1 pays, hook works, sms works | hook C1 crossed uncertain, sms C1 crossed cancelled, exit 75
      day 3 |                                |
      """
    )
    #expect(problems == [] && taken.isEmpty)
  }

  @Test func aMessageThatDidArriveIsFoundAlthoughItIsPaid() async throws {
    let (problems, _, taken) = try await play(
      "sms",
      """
      day 1 | C1 owes 600, sms loses requests once, sms answers 500 | sms C1 crossed sending, exit 75
      day 2 | sms works                                             | sms C1 crossed
      """
    )
    #expect(problems == [] && taken.count == 1)
  }

  @Test func aRemovedRuleCancelsItsMessages() async throws {
    let scenario = try Scenario(rules: Self.rules("hook"))
    var problems = try await scenario.play(
      "day 1 | C1 owes 600, hook down | hook C1 crossed pending, exit 75"
    )
    try await scenario.change { $0.rules = $0.rules.replacing("rent", with: "other") }
    problems += try await scenario.play(
      "day 2 | hook works | hook C1 crossed, hook C1 crossed cancelled"
    )
    #expect(problems == [])
  }

  @Test func aRemovedChannelCancelsItsMessages() async throws {
    let scenario = try Scenario(rules: Self.rules("hook, sms"))
    var problems = try await scenario.play(
      """
      day 1 | C1 owes 600, hook down, sms loses requests | hook C1 crossed pending, sms C1 crossed sending, exit 75
      """
    )
    try await scenario.change { parts in
      parts.rules = Self.rules("team")
      parts.channels = "    team: { type: slack, webhook_url: https://team.test/services/T/B/X }"
    }
    problems += try await scenario.play(
      """
      day 2 | | hook C1 crossed cancelled, sms C1 crossed uncertain, exit 75
      day 3 | | exit 75
      """
    )
    #expect(problems == [])
  }

  // MARK: Cut short

  @Test func aPassThatIsStoppedLeavesTheRestToTheNext() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules("hook"), channels: Self.one))
    for number in 1...5 { _ = await scenario.happen("C\(number) owes 600") }
    let stopper = Stopper()
    await scenario.world.onTry { tried, wasTaken in
      if tried == 2, wasTaken { stopper.stop(because: "SIGTERM came") }
    }
    let report = try await scenario.run(day: 1, stopper: stopper)
    #expect(report.verdict == .partly && report.stopped == "SIGTERM came")
    #expect(report.count(.sent) == 2 && report.count(.pending) == 3)
    let problems = try await scenario.play(
      "day 1 10:00 | | hook C3 crossed, hook C4 crossed, hook C5 crossed"
    )
    #expect(problems == [])
  }

  @Test func aPassThatIsUrgedCancelsWhatIsInFlight() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules("hook"), channels: Self.one))
    for number in 1...3 { _ = await scenario.happen("C\(number) owes 600") }
    let stopper = Stopper()
    await scenario.world.onTry { _, _ in
      if stopper.why != nil { return }
      stopper.stop(because: "SIGTERM came")
      stopper.hurry()
      while !Task.isCancelled { await Task.yield() }
    }
    let report = try await scenario.run(day: 1, stopper: stopper)
    #expect(report.verdict == .partly && report.stopped == "SIGTERM came")
    #expect(report.count(.sent) == 1 && report.count(.pending) == 2)
    #expect(try await scenario.play("day 2 | | hook C2 crossed, hook C3 crossed") == [])
  }

  @Test func afterADeadlineTheNextPassSendsWhatIsLeft() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules("hook"), channels: Self.one))
    for number in 1...3 { _ = await scenario.happen("C\(number) owes 600") }
    let now = await scenario.now(day: 1)
    _ = try await scenario.run(PassOptions(now: now, deadline: .now, isReplay: true))
    let report = try await scenario.run(day: 2)
    #expect(report.verdict == .done)
    #expect(Set(await scenario.world.taken.map(\.id)).count == 3)
    #expect(await scenario.world.taken.count == 3)
  }
}
