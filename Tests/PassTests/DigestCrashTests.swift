import Foundation
import Outbox
import Pass
import Receivables
import State
import Support
import Synchronization
import Testing

/// A pass that dies when the platform has taken its digest, and before it knows.
struct DigestCrashTests {
  @Test func theNextPassSaysTheSameToTheByteAndNothingTwice() async throws {
    let rules = AlertTests.rent.replacing("[sms]", with: "[digest]")
    let folder = try TemporaryFolder()
    let wreck = try TemporaryFolder()
    let scenario = try Scenario(.init(rules: rules), folder: folder)
    var problems = try await scenario.play(
      """
      day 1 | C1 owes 600, C2 owes 700 | digest C1 crossed, digest C2 crossed
      """
    )
    let failure = Mutex<(any Error)?>(nil)
    await scenario.world.onTry { _, wasTaken in
      guard wasTaken else { return }
      do {
        for name in ["state.sqlite", "state.sqlite-wal"] {
          try FileManager.default.copyItem(atPath: folder.file(name), toPath: wreck.file(name))
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    for event in ["C1 owes 900", "C2 pays"] { _ = await scenario.happen(event) }
    _ = try await scenario.run(day: 8)
    #expect(failure.withLock { $0 } == nil)
    let before = await scenario.world.taken

    let world = World()
    await world.remember(before)
    let next = try Scenario(.init(rules: rules), folder: wreck, world: world)
    #expect(try await next.state.digestLines().map(\.balance.minorUnits) == [60_000, 70_000])
    problems += try await next.play(
      """
      day 8 10:00 | C1 owes 900, C3 owes 800 | digest C1 persisting, digest C3 crossed
      day 15      |                          | digest C1 persisting, digest C3 persisting
      """
    )
    #expect(problems == [])
    let taken = await world.taken
    #expect(taken.count == before.count + 3)
    #expect(taken.count { $0.bytes == before.last?.bytes } == 2)
    let cleared = try await DigestTests.digests(next).filter { $0.joined().contains("Cleared") }
    #expect(cleared.count == 2, "the message and its repeat, and no other")
    #expect(try await next.state.digestLines().map(\.balance.minorUnits) == [90_000, 80_000])
    let last = try await DigestTests.digests(next).last ?? []
    #expect(last.count == 2 && last.allSatisfy { $0.hasSuffix("unchanged") })
  }
}
