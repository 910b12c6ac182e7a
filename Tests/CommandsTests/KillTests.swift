import Foundation
import Support
import Testing

/// The real program, killed: at every failpoint, and at random. `Tests/Killer` counts; the long
/// runs are in docs/guarantees.md.
@Suite(.serialized) struct KillTests {
  private func killer(_ arguments: [String]) async throws -> Binary.Ended {
    let binary = try Binary()
    return try await Running(
      "\(binary.folder)/killer", ["\(binary.folder)/balancealert"] + arguments,
      in: TemporaryFolder(), [:]
    ).end()
  }

  @Test func killedAtAnyFailpointNothingIsLostAndNothingDoubled() async throws {
    let ended = try await killer(["failpoints", "8"])
    #expect(ended.status == 0, "\(ended.output)")
    #expect(ended.output.contains("`token.middle`"))
    #expect(!ended.output.contains("not met"))
  }

  @Test func killedAtRandomNothingIsLostAndNothingDoubled() async throws {
    let ended = try await killer(["random", "12", "60", "3"])
    #expect(ended.status == 0, "\(ended.output)")
    #expect(ended.output.contains("12 kills"))
  }
}
