import Foundation
import Outbox
import Pass
import Receivables
import State
import Support
import Testing
import Wire

/// `on_bad_document: skip`: the account of a document that cannot be read is not spoken of, and
/// the others are.
struct LeftOutTests {
  private static let rules = AlertTests.rent + "\n  on_resolved: { notify: [team] }"

  private static func scenario(
    _ rules: String = LeftOutTests.rules,
    more: String = "",
    keys: String = "",
    folder: TemporaryFolder? = nil
  ) throws -> Scenario {
    var parts = Scenario.Parts(rules: rules, more: more)
    parts.sourceKeys = "on_bad_document: skip" + keys
    return try Scenario(parts, folder: folder)
  }

  @Test("Whoever is left out is neither alerted nor let off, and the others go on")
  func onlyTheOneIsLeftOut() async throws {
    let scenario = try Self.scenario()
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600, C2 owes 600                           | sms C1 crossed, sms C2 crossed
      day 2  | C1 garbled, C2 pays, C3 owes 600, C3 garbled       | team C2 resolved, exit 65
      day 9  | C4 owes 600                                        | sms C4 crossed, exit 65
      day 10 | C1 mended, C1 pays                                 | team C1 resolved, exit 65
      day 11 | C3 mended                                          | sms C3 crossed
      day 12 |                                                    |
      """
    )
    #expect(problems == [])
  }

  @Test("What waits for somebody who is left out goes on waiting, as it was")
  func whatWaitsStaysAsItIs() async throws {
    let scenario = try Self.scenario()
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 600, sms down | sms C1 crossed pending, sms C2 crossed pending, exit 75
      day 2 | C1 garbled, sms works              | sms C2 crossed, exit 65
      day 3 | C1 mended                          | sms C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("A message of unknown fate is not sent again meanwhile either")
  func ofUnknownFate() async throws {
    let scenario = try Self.scenario(AlertTests.rent.replacing("sms", with: "hook"))
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, hook loses requests | hook C1 crossed sending, exit 75
      day 2 | C1 garbled, hook works           | exit 65
      day 3 | C1 mended                        | hook C1 crossed
      """
    )
    #expect(problems == [])
  }

  @Test("A document that stays as bad as it was keeps its account out")
  func anUnchangedSourceStillLeavesOut() async throws {
    let scenario = try Self.scenario()
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 garbled, C2 owes 600 | sms C2 crossed, exit 65
      day 2 |                                      | exit 65
      """
    )
    #expect(problems == [])
    let source = try #require(await scenario.last?.sources.first)
    #expect(source.status == .unchanged)
    #expect(source.accountsLeftOut == 1)
    #expect(
      source.leftOut.map { "\($0.account) \($0.document ?? "-") \($0.why)" }
        == ["C1 C1-NZD books.csv:2:40: amount_due: `some` is not an amount (write it as 1234.50)"])
    let notices = await scenario.last?.notices ?? []
    #expect(notices.contains { $0.contains("books:C1") && $0.contains("left out") }, "\(notices)")
  }

  @Test("Whoever turns the policy back has the source read again, and fail")
  func backToFail() async throws {
    let scenario = try Self.scenario()
    let first = "day 1 | C1 owes 600, C1 garbled, C2 owes 600 | sms C2 crossed, exit 65"
    #expect(try await scenario.play(first) == [])
    try await scenario.change { $0.sourceKeys = "" }
    let problems = try await scenario.play(
      """
      day 2 | C2 pays   | exit 65
      day 3 | C1 mended | sms C1 crossed, team C2 resolved
      """
    )
    #expect(problems == [])
  }

  @Test("A parent is left out with the child whose documents cannot be read")
  func aParentIsLeftOutWithItsChild() async throws {
    let scenario = try Self.scenario(keys: ", roll_up: true")
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 100, C2 owes 450, C2 parent C1, C3 owes 600 | sms C1 crossed, sms C3 crossed
      day 2 | C2 garbled, C3 pays                                 | team C3 resolved, exit 65
      day 3 | C2 mended, C2 pays                                  | team C1 resolved
      """
    )
    #expect(problems == [])
  }

  @Test("Ops hear of it once a day")
  func opsHearOfIt() async throws {
    let scenario = try Self.scenario(more: "ops: [digest]")
    _ = await scenario.happen("C1 owes 600")
    _ = await scenario.happen("C1 garbled")
    for hour in 9...12 {
      _ = try await scenario.run(
        PassOptions(now: await scenario.now(day: 1, second: hour * 3600), isReplay: true))
    }
    let told = await OpsTests.told(scenario, "digest")
    #expect(told.count == 1)
    #expect(told[0].contains("books: account C1 left out"))
    #expect(told[0].contains("is not an amount"))
    _ = try await scenario.run(day: 2)
    #expect(await OpsTests.told(scenario, "digest").count == 2)
  }

  @Test("A plan of the time when somebody could be read sends them nothing now")
  func aPlanIsHeld() async throws {
    let scenario = try Self.scenario()
    for event in ["C1 owes 600", "C2 owes 600"] { _ = await scenario.happen(event) }
    var options = PassOptions(now: await scenario.now(day: 1), isReplay: true)
    let plan = try await scenario.plan(options)
    _ = await scenario.happen("C1 garbled")
    options.plan = plan
    let report = try await scenario.run(options)
    #expect(report.deliveries.filter { $0.status == .sent }.map(\.account.id) == ["C2"])
    #expect(report.verdict == .badInput)
  }

  @Test("Explain says who is left out, and why")
  func explained() async throws {
    let folder = try TemporaryFolder()
    try Data("account\n".utf8).write(to: URL(filePath: folder.file("directory.csv")))
    let scenario = try Self.scenario(folder: folder)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600             | sms C1 crossed
      day 2 | C1 garbled, C2 owes 600 | sms C2 crossed, exit 65
      """
    )
    #expect(problems == [])
    for (account, isOut) in [("C1", true), ("C2", false)] {
      let explanation = try await Explanation.of(
        AccountKey(source: "books", id: account), scenario.assembled, scenario.state,
        scenario.now(day: 2))
      #expect(explanation.leftOut?.contains("amount_due") ?? false == isOut)
      #expect(explanation.balances.map { $0.facts.balance.description } == ["NZD 600.00"])
    }
  }

  @Test("Every stored pass is decided again as it was", arguments: 1...3 as ClosedRange<UInt64>)
  func everyPassIsDecidedAgain(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let scenario = try Self.scenario(keys: ", roll_up: true")
    _ = await scenario.happen("C3 parent C1")
    let happenings = ["owes 600", "owes 100", "pays", "garbled", "mended", "disputes", "settles"]
    var leftOut = 0
    for day in 1...16 {
      for _ in 0..<3 {
        let event = happenings[chance.below(happenings.count)]
        _ = await scenario.happen("C\(1 + chance.below(4)) \(event)")
      }
      let report = try await scenario.run(day: day)
      leftOut += report.sources[0].accountsLeftOut
      #expect(report.verdict == (report.sources[0].accountsLeftOut > 0 ? .badInput : .done))
    }
    #expect(leftOut > 5)
    let state = await scenario.state
    for pass in try state.passes() {
      let replay = try PassReplay.of(pass.id, in: state, configPath: "./x.yaml")
      #expect(replay.differences == [], "seed \(seed), pass \(pass.id)")
    }
  }
}
