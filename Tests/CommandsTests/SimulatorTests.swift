import Foundation
import Support
import Testing

/// A few simulated years; `.ci/run` plays more, in a release build.
struct SimulatorTests {
  @Test func everyLawHoldsForSomeYears() async throws {
    let binary = try Binary()
    let ended = try await Running(
      "\(binary.folder)/simulate", ["3", "500"], in: TemporaryFolder(), [:]
    ).end()
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    #expect(ended.output.contains("every law held"))
    #expect(ended.output.contains("1095 days"))
  }
}
