import Foundation
import Outbox
import Pass
import Receivables
import State
import Support
import Testing
import Wire

/// What the people of `ops` are told, and when.
struct OpsTests {
  static func scenario(
    _ rules: String = AlertTests.rent,
    ops: String = "[team]",
    more: String = "",
    sources: [String] = ["books"],
    channels: String = Scenario.channels
  ) throws -> Scenario {
    var parts = Scenario.Parts(rules: rules, more: "ops: \(ops)\n\(more)")
    parts.sources = sources
    parts.channels = channels
    return try Scenario(parts)
  }

  /// What came to the channel since the last time, as one text.
  static func told(_ scenario: Scenario, _ channel: String = "team") async -> [String] {
    await scenario.world.taken.filter { $0.channel == channel }.map(\.text)
  }

  // MARK: Sources

  @Test func aSourceThatFailsThreeTimesIsToldOnceADayAndWhenItIsBack() async throws {
    let scenario = try Self.scenario()
    _ = await scenario.happen("books fails")
    for hour in 9...10 {
      _ = try await scenario.run(
        PassOptions(now: await scenario.now(day: 1, second: hour * 3600), isReplay: true))
    }
    #expect(await Self.told(scenario) == [])
    for hour in 11...20 {
      _ = try await scenario.run(
        PassOptions(now: await scenario.now(day: 1, second: hour * 3600), isReplay: true))
    }
    var told = await Self.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("books could not be polled in 3 passes in a row"))
    _ = try await scenario.run(day: 2)
    told = await Self.told(scenario)
    #expect(told.count == 2)
    #expect(told[1].contains("in 13 passes in a row"))
    _ = await scenario.happen("books works")
    let report = try await scenario.run(day: 3)
    #expect(report.told == ["team of 1"])
    _ = try await scenario.run(day: 4)
    told = await Self.told(scenario)
    #expect(told.count == 3)
    #expect(told[2].contains("books is polled again"))
    #expect(!told[2].contains("could not"))
  }

  @Test func aSourceThatFailedTwiceIsNoMatterForOps() async throws {
    let scenario = try Self.scenario()
    _ = await scenario.happen("books fails")
    for day in 1...2 { _ = try await scenario.run(day: day) }
    _ = await scenario.happen("books works")
    for day in 3...4 { _ = try await scenario.run(day: day) }
    #expect(await Self.told(scenario) == [])
  }

  @Test func aSourceThatWasNotAskedForIsNeitherFailingNorBack() async throws {
    let scenario = try Self.scenario(sources: ["books", "annex"])
    _ = await scenario.happen("annex fails")
    for day in 1...3 { _ = try await scenario.run(day: day) }
    #expect(await Self.told(scenario).count == 1)
    _ = await scenario.happen("annex works")
    var options = PassOptions(now: await scenario.now(day: 4), isReplay: true)
    options.only = "books"
    _ = try await scenario.run(options)
    #expect(await Self.told(scenario).count == 1)
    _ = try await scenario.run(day: 5)
    #expect(await Self.told(scenario).last?.contains("annex is polled again") == true)
  }

  // MARK: Deliveries

  @Test func aRefusedAddressIsToldOnceWithWhatToDo() async throws {
    let scenario = try Self.scenario()
    _ = try await scenario.play("day 1 | C1 owes 600, sms rejects C1 | sms C1 crossed failed")
    for day in 2...4 { _ = try await scenario.run(day: day) }
    let told = await Self.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("(books:C1), rule rent, through sms +"))
    #expect(told[0].contains("not tried again until it changes in books or in the directory"))
  }

  @Test func anUncertainDeliveryIsToldWithHowToRetryIt() async throws {
    let scenario = try Self.scenario(
      AlertTests.rent.replacing("[sms]", with: "[email]"))
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, email loses answers | email C1 crossed uncertain, exit 75
      day 2 |                                  | exit 75
      """
    )
    #expect(problems == [])
    let told = await Self.told(scenario)
    #expect(told.count == 2)
    #expect(told[0].contains("perhaps not delivered"))
    #expect(told[1].contains("still uncertain, 1 of earlier passes"))
    let id = try #require(try await scenario.state.deliveries().first).id
    #expect(told[0].contains("balancealert retry \(id)"))
  }

  @Test func manyOfOneFateAreOneLineAndManyLinesAreCut() async throws {
    let scenario = try Self.scenario(
      AlertTests.rent.replacing("[sms]", with: "[hook, sms]"),
      more: "limits: { customer_messages_per_pass: 1000 }"
    )
    let accounts = 1...40
    for number in accounts { _ = await scenario.happen("C\(number) owes 600") }
    for number in accounts { _ = await scenario.happen("sms rejects C\(number)") }
    _ = await scenario.happen("hook answers 422")
    _ = try await scenario.run(day: 1)
    let told = await Self.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("not delivered: 40 messages through hook"))
    #expect(told[0].contains("41 notices"))
    #expect(told[0].components(separatedBy: "not tried again until").count > 5)
    #expect(told[0].firstMatch(of: /and [0-9]+ more: see balancealert history/) != nil)
    // The alerts that nobody got are tried again by every pass, and told again on another day.
    _ = try await scenario.run(
      PassOptions(now: await scenario.now(day: 1, second: 50_000), isReplay: true))
    #expect(await Self.told(scenario).count == 1)
    for second in [30_000, 40_000] {
      _ = try await scenario.run(
        PassOptions(now: await scenario.now(day: 2, second: second), isReplay: true))
    }
    #expect(await Self.told(scenario).count == 2)
  }

  @Test func whatIsNotToldStaysToBeToldAndIsANoticeAnd75() async throws {
    let scenario = try Self.scenario()
    _ = await scenario.happen("team down")
    _ = try await scenario.play("day 1 | C1 owes 600, sms rejects C1 |")
    let report = try #require(await scenario.last)
    #expect(report.verdict == .partly)
    #expect(report.notices.contains { $0.hasPrefix("team: ops could not be told: ") })
    #expect(report.count(.failed) == 1 && report.told == [])
    _ = try await scenario.run(day: 2)
    #expect(await Self.told(scenario) == [])
    _ = await scenario.happen("team works")
    let third = try await scenario.run(day: 3)
    #expect(third.verdict == .done)
    #expect(await Self.told(scenario).first?.contains("(books:C1)") == true)
    _ = try await scenario.run(day: 4)
    #expect(await Self.told(scenario).count == 1)
  }

  @Test func ofTwoChannelsEachIsToldForItself() async throws {
    let scenario = try Self.scenario(ops: "[team, log]")
    _ = await scenario.happen("team down")
    _ = try await scenario.play("day 1 | C1 owes 600, sms rejects C1 |")
    #expect(await Self.told(scenario, "log").count == 1)
    _ = await scenario.happen("team works")
    _ = try await scenario.run(day: 2)
    #expect(await Self.told(scenario, "log").count == 1)
    #expect(await Self.told(scenario).count == 1)
  }

  @Test func aChannelThatIsNewToOpsIsNotToldOfLongAgo() async throws {
    let scenario = try Scenario(rules: AlertTests.rent)
    _ = try await scenario.play("day 1 | C1 owes 600, sms rejects C1 |")
    try await scenario.change { $0.more = "ops: [team]" }
    for day in 2...3 { _ = try await scenario.run(day: day) }
    #expect(await Self.told(scenario) == [])
  }

  @Test func whatACrashKeptFromBeingToldIsToldByTheNextPass() async throws {
    let scenario = try Self.scenario()
    _ = try await scenario.play("day 1 | C1 owes 100 |")
    // As if the pass had been killed after the delivery was settled.
    try await scenario.change { $0.more = "" }
    _ = try await scenario.play("day 2 | C1 owes 600, sms rejects C1 | sms C1 crossed failed")
    try await scenario.change { $0.more = "ops: [team]" }
    _ = try await scenario.run(day: 3)
    #expect(await Self.told(scenario).count == 1)
  }

  // MARK: What holds messages back

  @Test func whatTheLimitHoldsIsToldOnceADayWithHowToReleaseIt() async throws {
    let scenario = try Self.scenario(more: "limits: { customer_messages_per_pass: 1 }")
    _ = try await scenario.play("day 1 | C1 owes 600, C2 owes 600 |")
    _ = try await scenario.run(
      PassOptions(now: await scenario.now(day: 1, second: 50_000), isReplay: true))
    let told = await Self.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("balancealert run --allow 2"))
    _ = try await scenario.run(day: 2)
    #expect(await Self.told(scenario).count == 2)
  }

  @Test func aChannelThatIsRefusedIsToldOnceADay() async throws {
    let scenario = try Self.scenario()
    _ = try await scenario.play("day 1 | C1 owes 600, sms answers 302 |")
    _ = try await scenario.run(
      PassOptions(now: await scenario.now(day: 1, second: 50_000), isReplay: true))
    let told = await Self.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("sms sends nothing until it is mended"))
  }

  @Test func aChannelThatNeedsASignInIsToldOnceADay() async throws {
    let scenario = try Self.scenario()
    _ = try await scenario.play("day 1 | C1 owes 600, sms answers 401 |")
    let report = try #require(await scenario.last)
    #expect(report.verdict == .signInNeeded)
    _ = try await scenario.run(
      PassOptions(now: await scenario.now(day: 1, second: 50_000), isReplay: true))
    let told = await Self.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("sms sends nothing until its sign-in is mended"))
  }
}
