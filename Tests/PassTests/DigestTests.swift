import Channels
import Foundation
import Messages
import Outbox
import State
import Support
import Testing
import Wire

@testable import Pass

/// What a digest says of the one before: new, grown, partly paid, unchanged, cleared.
struct DigestTests {
  private static let rent = AlertTests.rent.replacing("[sms]", with: "[digest]")

  @Test func eachAlertSaysWhatChangedSinceTheLastDigest() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1  | C1 owes 600, C2 owes 700 | digest C1 crossed, digest C2 crossed
      day 8  |                          | digest C1 persisting, digest C2 persisting
      day 15 | C1 owes 900, C2 pays     | digest C1 persisting
      day 22 | C1 owes 550, C3 owes 501 | digest C1 persisting, digest C3 crossed
      day 29 | C1 pays                  | digest C3 persisting
      day 36 |                          | digest C3 persisting
      """
    )
    #expect(problems == [])
    #expect(
      try await Self.digests(scenario) == [
        // Since the same moment: the larger debt first.
        [
          "Tenant C2: $700.00 overdue of $700.00, 10 days, level 1, crossed, new",
          "Tenant C1: $600.00 overdue of $600.00, 10 days, level 1, crossed, new",
        ],
        [
          "Tenant C2: $700.00 overdue of $700.00, 17 days, level 1, persisting, unchanged",
          "Tenant C1: $600.00 overdue of $600.00, 17 days, level 1, persisting, unchanged",
        ],
        [
          "Tenant C1: $900.00 overdue of $900.00, 24 days, level 1, persisting,"
            + " grown, balance was $600.00",
          "Cleared since the last digest: Tenant C2: owed $700.00",
        ],
        [
          "Tenant C3: $501.00 overdue of $501.00, 31 days, level 1, crossed, new",
          "Tenant C1: $550.00 overdue of $550.00, 31 days, level 1, persisting,"
            + " partly paid, balance was $900.00",
        ],
        [
          "Tenant C3: $501.00 overdue of $501.00, 38 days, level 1, persisting, unchanged",
          "Cleared since the last digest: Tenant C1: owed $550.00",
        ],
        ["Tenant C3: $501.00 overdue of $501.00, 45 days, level 1, persisting, unchanged"],
      ]
    )
  }

  @Test func whatIsBelowTheThresholdIsClearedAndSaysWhatIsLeft() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600                           | digest C1 crossed
      day 2 | C1 owes 300                           |
      day 3 | C2 owes 700                           | digest C2 crossed
      day 4 | C1 owes 800                           | digest C1 crossed
      day 5 | C2 owes 100, C1 vanishes, C3 owes 900 | digest C3 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(
      digests[1].last == "Cleared since the last digest: Tenant C1: owed $600.00, now $300.00")
    #expect(digests[2].first?.hasSuffix("crossed, new") == true)
    #expect(
      digests[3].last == "Cleared since the last digest: Tenant C1: owed $800.00,"
        + " Tenant C2: owed $700.00, now $100.00"
    )
  }

  @Test func whatIsListedAsResolvedIsNotClearedAsWell() async throws {
    let scenario = try Scenario(
      rules: """
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [digest] }]
          on_resolved: { notify: [digest] }
        - name: large
          when: { balance: total, over: 1000 }
          levels: [{ notify: [digest] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 2000 | digest C1 crossed, digest C1 crossed
      day 2 | C1 pays      | digest C1 resolved
      day 3 | C2 owes 700  | digest C2 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(
      digests[1] == [
        "Tenant C1: $0.00 overdue of $0.00, 0 days, level 1, resolved, balance was $2,000.00"
      ]
    )
    #expect(digests[2].count == 1)
  }

  @Test func anAccountThatAnotherRuleStillSpeaksOfIsNotCleared() async throws {
    let scenario = try Scenario(
      rules: Self.rent + """

        - name: large
          when: { balance: total, over: 1000 }
          levels: [{ notify: [digest] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 2000 | digest C1 crossed, digest C1 crossed
      day 2 | C1 owes 800  |
      day 3 | C2 owes 700  | digest C2 crossed
      day 4 | C1 pays      |
      day 5 | C3 owes 700  | digest C3 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(digests[1].count == 1)
    #expect(digests[2].last == "Cleared since the last digest: Tenant C1: owed $2,000.00")
  }

  @Test func aDigestThatFailedRemembersNothing() async throws {
    let scenario = try Scenario(rules: Self.rent)
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 700 | digest C1 crossed, digest C2 crossed
      day 2 | C2 pays, C3 owes 800, digest answers 400 once | digest C3 crossed failed
      day 3 |                          | digest C3 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(digests.count == 2)
    #expect(digests[1].first?.hasSuffix("crossed, new") == true)
    #expect(digests[1].last == "Cleared since the last digest: Tenant C2: owed $700.00")
  }

  @Test func aDigestOfUnknownFateRemembersNothing() async throws {
    let channels = Scenario.channels.replacing("digest: true }", with: "digest: true,")
      .replacing(
        "https://digest.test/services/T/B/X, digest: true,",
        with: "https://digest.test/services/T/B/X, digest: true, on_uncertain: hold }")
    let scenario = try Scenario(.init(rules: Self.rent, channels: channels))
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, digest loses requests once | digest C1 crossed uncertain, exit 75
      day 8 | C1 owes 700                             | digest C1 persisting
      """
    )
    #expect(problems == [])
    #expect(try await Self.digests(scenario)[0].first?.hasSuffix("persisting, new") == true)
  }

  @Test func ofASourceThatWasNotPolledNothingIsCleared() async throws {
    let scenario = try Scenario(.init(rules: Self.rent, sources: ["books", "annex"]))
    let problems = try await scenario.play(
      """
      day 1            | C1 owes 600, X1 owes 700              | digest C1 crossed, digest X1 crossed
      day 2            | X1 pays, annex fails, C2 owes 700     | digest C2 crossed, exit 75
      day 3 only books | annex works, C3 owes 700              | digest C3 crossed
      day 4            | C4 owes 700                           | digest C4 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(digests.prefix(3).allSatisfy { !$0.joined().contains("Cleared") })
    #expect(digests[3].last == "Cleared since the last digest: Tenant X1: owed $700.00")
  }

  @Test func theDebtsOfARuleThatWasRemovedAreClearedOnceTheyArePaid() async throws {
    let scenario = try Scenario(rules: Self.rent)
    var problems = try await scenario.play("day 1 | C1 owes 600 | digest C1 crossed")
    try await scenario.change {
      $0.rules = $0.rules.replacing("name: rent", with: "name: arrears")
        .replacing("over: 500", with: "over: 650")
    }
    problems += try await scenario.play(
      """
      day 2 | C2 owes 700          | digest C2 crossed
      day 3 | C1 pays, C3 owes 700 | digest C3 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(digests[1].count == 1)
    #expect(digests[2].last == "Cleared since the last digest: Tenant C1: owed $600.00")
  }

  @Test func onlyTheLastPartSaysWhatIsClearedAndEachPartIsRememberedForItself() async throws {
    let scenario = try Scenario(rules: Self.rent)
    _ = await scenario.happen("C99 owes 600")
    _ = try await scenario.run(day: 1)
    _ = await scenario.happen("C99 pays")
    for number in 1...60 { _ = await scenario.happen("C\(number) owes 600") }
    await scenario.world.set("digest", .works, once: true)
    await scenario.world.set("digest", .isDown)
    let report = try await scenario.run(day: 2)
    #expect(report.count(.sent) > 0 && report.count(.pending) > 0)
    // The line of C99 is still there: what says that it is cleared did not arrive.
    #expect(try await scenario.state.digestLines().count == report.count(.sent) + 1)
    await scenario.world.set("digest", .works)
    _ = try await scenario.run(day: 3)
    #expect(try await scenario.state.digestLines().count == 60)
    let digests = try await Self.digests(scenario)
    #expect(digests.count == 3)
    #expect(digests.map { $0.contains { $0.hasPrefix("Cleared") } } == [false, false, true])
  }

  @Test func aPartOfAnAccountIsToldAndClearedByItself() async throws {
    let scenario = try Scenario(
      rules: """
        - name: rent
          group_by: lease
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [digest] }]
        """
    )
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C1 tags lease:12A, C2 owes 700 | digest C1 crossed, digest C2 crossed
      day 2 | C1 pays, C3 owes 700                        | digest C3 crossed
      day 3 | C2 pays, C4 owes 700                        | digest C4 crossed
      """
    )
    #expect(problems == [])
    let digests = try await Self.digests(scenario)
    #expect(
      digests[1].last == "Cleared since the last digest: Tenant C1 (lease 12A): owed $600.00")
    #expect(digests[2].last == "Cleared since the last digest: Tenant C2: owed $700.00")
  }

  @Test func whatWasToldInPartsIsNotOverBecauseTheRuleLooksAtTheWholeNow() async throws {
    let scenario = try Scenario(rules: Self.rent + "\n  group_by: lease")
    var problems = try await scenario.play(
      "day 1 | C1 owes 600, C1 tags lease:12A | digest C1 crossed")
    try await scenario.change { $0.rules = Self.rent }
    problems += try await scenario.play(
      "day 2 | C2 owes 700 | digest C1 crossed, digest C2 crossed")
    #expect(problems == [])
    #expect(try await Self.digests(scenario)[1].count == 2)
  }

  @Test func theDigestThatAPreviewShowsIsTheOneThatIsSent() async throws {
    let scenario = try Scenario(rules: Self.rent)
    _ = try await scenario.play("day 1 | C1 owes 600, C2 owes 700 | digest C1 crossed")
    for event in ["C1 owes 900", "C2 pays", "C3 owes 650"] { _ = await scenario.happen(event) }
    let options = PassOptions(now: await scenario.now(day: 8), isReplay: true)
    let lines = try await scenario.state.digestLines()
    let preview = try await scenario.preview(options)
    let batches = Batch.batches(of: preview.deliveries) { $0 == "digest" }
    let message = try #require(try preview.builder.message(batches[0]))
    let adapter = try #require(preview.builder.assembly.channels["digest"]?.adapter)
    #expect(message.cleared?.map(\.accountID) == ["C2"])
    #expect(try await scenario.state.digestLines() == lines)
    _ = try await scenario.run(options)
    guard case .http(let request) = try adapter.request(for: message) else { return }
    #expect(await scenario.world.taken.last?.bytes == request.body)
  }

  /// The lines of each digest that was taken, without their markup and addresses.
  static func digests(_ scenario: Scenario) async throws -> [[String]] {
    try await scenario.world.taken.map { sent in
      let body = try JSONSerialization.jsonObject(with: Data(sent.bytes)) as? [String: Any]
      let blocks = body?["blocks"] as? [[String: Any]] ?? []
      return blocks.filter { $0["type"] as? String == "section" }.compactMap { block in
        let text = (block["text"] as? [String: Any])?["text"] as? String
        var lines =
          text?.replacing("*", with: "")
          .replacing("NZ$", with: "$").split(separator: "\n").map(String.init) ?? []
        guard let head = lines.first else { return nil }
        lines.removeFirst()
        let name = head.prefix { $0 != "(" }.trimmingCharacters(in: .whitespaces)
        return "\(name): " + lines.map { $0.replacing("• ", with: "") }.joined(separator: ", ")
      }
    }
  }
}
