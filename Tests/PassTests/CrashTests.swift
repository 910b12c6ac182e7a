import Foundation
import Outbox
import Pass
import Receivables
import State
import Support
import Synchronization
import Testing

/// A pass that dies at any point is finished by the next one: nothing is lost, and nothing is
/// doubled where the platform lets us know. The state as it lay on the disk is copied at each
/// point, before and after every message, and a new process is stood in for by opening the copy.
struct CrashTests {
  private static let parts = Scenario.Parts(
    rules: """
      - name: rent
        when: { balance: overdue, over: 500 }
        levels: [{ notify: [hook, sms, email, digest, log] }]
      """
  )
  private static let names = ["C1", "C2", "C3"]

  /// The disk and the world at the moment of a crash.
  private struct Wreck: Sendable {
    let folder: TemporaryFolder
    let taken: [World.Sent]
    let point: String
  }

  @Test func whereverAPassDiesTheNextOneFinishesIt() async throws {
    let wrecks = try await wrecks()
    // Before and after each of 3 accounts in 4 channels, and of 1 digest.
    #expect(wrecks.count == 2 * (3 * 4 + 1))
    for wreck in wrecks {
      let world = World()
      await world.remember(wreck.taken)
      let scenario = try Scenario(Self.parts, folder: wreck.folder, world: world)
      for name in Self.names { _ = await scenario.happen("\(name) owes 600") }
      var problems: [String] = []
      for hour in 10...12 {
        let now = await scenario.now(day: 1, second: hour * 3600)
        problems += try await scenario.pass(PassOptions(now: now, isReplay: true)).problems
      }
      let deliveries = try await scenario.state.deliveries()
      problems += Self.flaws(await world.taken, deliveries)
      #expect(problems == [], "\(wreck.point)")
    }
  }

  private func wrecks() async throws -> [Wreck] {
    let folder = try TemporaryFolder()
    let scenario = try Scenario(Self.parts, folder: folder)
    for name in Self.names { _ = await scenario.happen("\(name) owes 600") }
    let wrecks = Wrecks()
    let world = scenario.world
    await world.onTry { tried, wasTaken in
      let taken = await world.taken
      wrecks.add {
        let copy = try TemporaryFolder()
        for name in ["state.sqlite", "state.sqlite-wal"] {
          try FileManager.default.copyItem(atPath: folder.file(name), toPath: copy.file(name))
        }
        let point = "\(wasTaken ? "after" : "before") message \(tried)"
        return Wreck(folder: copy, taken: taken, point: point)
      }
    }
    let report = try await scenario.run(day: 1)
    #expect(report.count(.sent) == 15)
    return try wrecks.all()
  }

  /// Gathers copies; the first error is kept.
  private final class Wrecks: Sendable {
    private let list = Mutex<Result<[Wreck], any Error>>(.success([]))
    func add(_ make: () throws -> Wreck) {
      list.withLock { list in
        list = Result { try list.get() + [make()] }
      }
    }
    func all() throws -> [Wreck] { try list.withLock { $0 }.get() }
  }

  private static func flaws(_ taken: [World.Sent], _ deliveries: [Delivery]) -> [String] {
    var flaws: [String] = []
    func of(_ channel: String) -> [World.Sent] { taken.filter { $0.channel == channel } }
    // Idempotent: at least once, and the same key is always the same message.
    if Set(of("hook").map(\.id)).count != 3 { flaws.append("hook: lost") }
    if Set(of("hook").map(\.bytes)).count != 3 { flaws.append("hook: another message, same key") }
    // Searchable: exactly once.
    for channel in ["sms", "log"]
    where of(channel).count != 3 || Set(of(channel).map(\.bytes)).count != 3 {
      flaws.append("\(channel): \(of(channel).count) messages for 3")
    }
    // Neither, to a customer: at most once, and `uncertain` says when it may not have arrived.
    let uncertain = deliveries.filter { $0.status == .uncertain }
    let mails = Set(of("email").map(\.recipient))
    if mails.count != of("email").count { flaws.append("email: doubled") }
    if mails.count < 3 - uncertain.count { flaws.append("email: lost") }
    if uncertain.contains(where: { $0.channel != "email" }) || uncertain.count > 2 {
      flaws.append("uncertain: \(uncertain.map(\.channel))")
    }
    // Neither, to the team: at least once.
    let digests = of("digest").filter { text in names.allSatisfy { text.text.contains($0) } }
    if digests.isEmpty { flaws.append("digest: lost") }
    if digests.count > 2 { flaws.append("digest: \(digests.count) times") }
    let open = deliveries.filter { $0.status.isOpen }
    if !open.isEmpty { flaws.append("left over: \(open.map(\.channel))") }
    return flaws
  }
}
