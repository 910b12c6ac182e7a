import Receivables
import State
import Testing

/// What is remembered of what ops was told.
struct OpsStoreTests {
  private let noon = Instant(seconds: 1_741_003_200)

  @Test func whatWasToldIsKeptByItsSubjectAndForgottenByIt() throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    #expect(try state.opsTold() == [:])
    try state.saveOpsTold(["team source books": 20_150, "team log": 7], forgetting: [])
    try state.saveOpsTold(["team source books": 20_151], forgetting: ["team log"])
    #expect(try state.opsTold() == ["team source books": 20_151])
    try state.saveOpsTold(["team source books": 20_152], forgetting: ["team source books"])
    #expect(try state.opsTold() == ["team source books": 20_152])
  }

  @Test func aStateWithoutPassesHasNothingToCount() throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    #expect(try state.counts(without: nil) == StateCounts())
    #expect(try state.newestAuditEntry() == 0)
    #expect(try state.troubles(after: 0) == [])
  }

  @Test func passesAreCountedByHowTheyEndedAndTheOneUnderWayIsNot() throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    for exit in [0, 75, 0] as [Int32] {
      let pass = try state.beginPass(at: noon)
      try state.finishPass(pass, exitCode: exit, summary: "{}", at: noon)
    }
    _ = try state.beginPass(at: noon)
    let present = try state.beginPass(at: noon)
    let counts = try state.counts(without: present)
    #expect(counts.passes == [0: 2, 75: 1, nil: 1])
    #expect(counts.lastSuccess == noon)
    #expect(try state.newestPassID() == present)
  }
}
