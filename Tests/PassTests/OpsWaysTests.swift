import Outbox
import Pass
import State
import Testing
import Wire

/// How ops is told: to whom, in what words, and what comes of it when it cannot be.
struct OpsWaysTests {
  @Test func aPassThatIsStoppedTellsOpsToo() async throws {
    let scenario = try OpsTests.scenario()
    _ = await scenario.happen("books fails")
    for day in 1...2 { _ = try await scenario.run(day: day) }
    let stopper = Stopper()
    stopper.stop(because: "SIGTERM came")
    let report = try await scenario.run(day: 3, stopper: stopper)
    #expect(report.stopped == "SIGTERM came" && report.told == ["team of 1"])
  }

  @Test(arguments: [
    ("team answers 401", Verdict.signInNeeded), ("team answers 500", .partly),
    ("team answers 404", .partly), ("team loses answers", .partly), ("team unrecorded", .badInput),
  ])
  func whatKeepsOpsFromBeingToldDecidesTheExitCode(_ event: String, _ verdict: Verdict)
    async throws
  {
    let scenario = try OpsTests.scenario()
    _ = await scenario.happen(event)
    _ = await scenario.happen("C1 owes 600")
    _ = await scenario.happen("sms rejects C1")
    let report = try await scenario.run(day: 1)
    #expect(report.verdict == verdict)
    #expect(report.notices.contains { $0.hasPrefix("team: ops could not be told: ") })
  }

  @Test func aPreviewSaysWhatOpsWouldBeToldAndTellsNobody() async throws {
    let scenario = try OpsTests.scenario()
    _ = await scenario.happen("books fails")
    for day in 1...2 { _ = try await scenario.run(day: day) }
    let before = try await scenario.state.opsTold()
    let foreseen = try await scenario.preview(
      PassOptions(now: await scenario.now(day: 3), isReplay: true))
    #expect(
      foreseen.notices.contains {
        $0.hasPrefix("team: ops would be told: books could not be polled in 3 passes in a row")
      })
    #expect(await OpsTests.told(scenario) == [])
    #expect(try await scenario.state.opsTold() == before)
    #expect(foreseen.verdict == .noSourcePolled)
  }

  @Test func fixedRecipientsAreEachTold() async throws {
    let channels =
      Scenario.channels
      + "\n  desk: { type: smtp, host: desk.test, from: a@b.test, audience: team, "
      + "to: [c@d.test, e@f.test] }"
    let scenario = try OpsTests.scenario(ops: "[desk]", channels: channels)
    _ = try await scenario.play("day 1 | C1 owes 600, sms rejects C1 |")
    let sent = await scenario.world.taken.filter { $0.channel == "desk" }
    #expect(sent.map(\.recipient) == ["c@d.test", "e@f.test"])
    #expect(sent[0].text.contains("Subject: balancealert, Harbour Lettings: 1 notice"))
  }

  @Test func aSecretInAnErrorIsNotTold() async throws {
    let scenario = try OpsTests.scenario()
    let words = #"{"code":21211,"message":"AC1:twilio-token is not valid"}"#
    _ = await scenario.happen("C1 owes 600")
    await scenario.world.set("sms", .answers(Response(status: 400, text: words)))
    let report = try await scenario.run(day: 1)
    #expect(report.count(.failed) == 1)
    let told = await OpsTests.told(scenario)
    #expect(told.count == 1)
    #expect(!told[0].contains("twilio-token"))
    #expect(told[0].contains("[secret]"))
  }

  @Test func aPlatformsWordsCannotInjectAnything() async throws {
    let scenario = try OpsTests.scenario()
    let words = #"{"code":21211,"message":"<!channel> *Ana* <https://evil.test|pay>"}"#
    _ = await scenario.happen("C1 owes 600")
    await scenario.world.set("sms", .answers(Response(status: 400, text: words)))
    _ = try await scenario.run(day: 1)
    let text = try #require(await OpsTests.told(scenario).first)
    #expect(text.contains("channel"))
    #expect(!text.contains("<!channel>") && !text.contains("<https://evil.test"))
  }

  @Test func withNothingToTellNothingIsSentAndWithoutOpsNothingIsKept() async throws {
    let scenario = try OpsTests.scenario()
    _ = try await scenario.play("day 1 | C1 owes 600 | sms C1 crossed")
    #expect(await OpsTests.told(scenario) == [])
    let other = try Scenario(rules: AlertTests.rent)
    _ = try await other.play("day 1 | C1 owes 600, sms rejects C1 |")
    #expect(try await other.state.opsTold() == [:])
  }
}
