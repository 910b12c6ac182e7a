import Support
import Testing

@testable import Pass

/// Rows of the directory about accounts that their source never had.
struct StrangerTests {
  @Test("Ops hear once of a row that forbids something for an account that nobody knows")
  func opsHearOnce() async throws {
    let scenario = try OpsTests.scenario()
    let problems = try await scenario.play(
      """
      day 1 | C1 owes 10, C9 disputes |
      day 2 |                         |
      """
    )
    #expect(problems == [])
    var told = await OpsTests.told(scenario)
    #expect(told.count == 1)
    #expect(told[0].contains("books never had such an account"))
    #expect(told[0].contains("holds for nobody"))
    // It is known from now on, even when it owes nothing any more.
    let more = try await scenario.play(
      """
      day 3 | C9 owes 600 | C9 suppressed
      day 4 | C9 pays     |
      """
    )
    #expect(more == [])
    told = await OpsTests.told(scenario)
    #expect(told.count == 1)
    #expect(await scenario.last?.prepared.notices == [])
  }

  @Test(
    "What spreadsheets and people change of an id is seen through",
    arguments: [
      ("00123", "123"), ("123", "00123"), ("C-007", "C-7"), ("c1", "C1"), ("C 1", "C1"),
      ("C\u{A0}1", "C 1"), ("C\u{200B}1", "C1"), ("0", "000"),
    ])
  func isMeant(id: String, written: String) {
    #expect(Stranger.essence(of: id) == Stranger.essence(of: written))
  }

  @Test(
    "And nothing else",
    arguments: [
      ("123", "1230"), ("100", "1"), ("C10", "C1"), ("C1", "C2"), ("1-01", "11"), ("1.50", "1.5"),
    ])
  func isNotMeant(id: String, written: String) {
    #expect(Stranger.essence(of: id) != Stranger.essence(of: written))
  }
}
