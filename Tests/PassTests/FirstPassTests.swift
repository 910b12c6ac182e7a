import Foundation
import Outbox
import Pass
import Receivables
import State
import Support
import Synchronization
import Testing

/// A state that knows of no earlier pass may be a state that was lost: customers' messages wait
/// until a person says that these are people who were not told yet.
struct FirstPassTests {
  private static let rules = AlertTests.rent.replacing("[sms]", with: "[sms, team]")

  private static func pass(
    _ scenario: Scenario,
    day: Int,
    only: String? = nil,
    _ change: (inout PassOptions) -> Void = { _ in }
  ) async throws -> PassReport {
    var options = await PassOptions(now: scenario.now(day: day), only: only, isReplay: true)
    options.holdsFirstPass = true
    change(&options)
    return try await scenario.run(options)
  }

  /// `sms C1 held first pass`.
  private static func shown(_ report: PassReport) -> [String] {
    report.deliveries.map { delivery in
      [
        delivery.channel, delivery.account.id, delivery.status.rawValue,
        delivery.hold?.rawValue ?? "",
      ].filter { !$0.isEmpty }.joined(separator: " ")
    }.sorted()
  }

  private static func town() async throws -> Scenario {
    let scenario = try Scenario(rules: rules, more: "ops: [team]")
    await scenario.happens("C1 owes 600, C2 owes 600")
    return scenario
  }

  @Test func theFirstPassHoldsCustomersAndTellsTheTeam() async throws {
    let scenario = try await Self.town()
    let report = try await Self.pass(scenario, day: 1)
    #expect(
      Self.shown(report) == [
        "sms C1 held first pass", "sms C2 held first pass", "team C1 sent", "team C2 sent",
      ])
    #expect(report.verdict == .partly)
    #expect(report.waiting.map(\.kind) == ["first pass"])
    for way in ["run --first", "baseline", "approve"] {
      #expect(report.waiting[0].sentence.contains("balancealert \(way)"))
    }
    #expect(report.told == ["team of 1"])
    // The next pass goes on holding them, and says so again; what is new waits with them.
    await scenario.happens("C3 owes 600")
    let next = try await Self.pass(scenario, day: 2)
    #expect(
      Self.shown(next) == [
        "sms C1 held first pass", "sms C2 held first pass", "sms C3 held first pass",
        "team C3 sent",
      ])
    #expect(next.verdict == .partly)
  }

  @Test func runFirstSendsWhatTheFirstPassHeld() async throws {
    let scenario = try await Self.town()
    _ = try await Self.pass(scenario, day: 1)
    let report = try await Self.pass(scenario, day: 2) {
      $0.holdsFirstPass = false
      $0.releasesFirstPass = true
    }
    #expect(Self.shown(report) == ["sms C1 sent", "sms C2 sent"])
    #expect(report.verdict == .done)
    #expect(Self.shown(try await Self.pass(scenario, day: 3)) == [])
  }

  @Test func whatIsReleasedKeepsToTheLimit() async throws {
    let scenario = try Scenario(
      rules: Self.rules, more: "limits: { customer_messages_per_pass: 1 }")
    await scenario.happens("C1 owes 600, C2 owes 600")
    _ = try await Self.pass(scenario, day: 1)
    let report = try await Self.pass(scenario, day: 2) {
      $0.holdsFirstPass = false
      $0.releasesFirstPass = true
    }
    #expect(Self.shown(report) == ["sms C1 held limit", "sms C2 held limit"])
    #expect(report.deliveries.allSatisfy { $0.why.contains("over the limit of 1") })
    let allowed = try await Self.pass(scenario, day: 2) { $0.allow = 2 }
    #expect(Self.shown(allowed) == ["sms C1 sent", "sms C2 sent"])
  }

  @Test func aBaselineTakesWhatTheFirstPassHeldAsTold() async throws {
    let scenario = try await Self.town()
    _ = try await Self.pass(scenario, day: 1)
    _ = try await Self.pass(scenario, day: 2) {
      $0.baseline = PassOptions.Baseline(author: "dana")
    }
    let rejected = try await scenario.state.deliveries().filter { $0.channel == "sms" }
    #expect(rejected.allSatisfy { $0.status == .cancelled })
    #expect(rejected.allSatisfy { $0.why == "rejected by dana, by baseline" })
    #expect(Self.shown(try await Self.pass(scenario, day: 3)) == [])
    // When the window has passed they are told as if they had been told then.
    let later = try await Self.pass(scenario, day: 9)
    #expect(Self.shown(later).filter { $0.hasPrefix("sms") } == ["sms C1 sent", "sms C2 sent"])
  }

  @Test func aFirstPassThatDiedIsStillTheFirst() async throws {
    let scenario = try await Self.town()
    let state = await scenario.state
    let disk = Mutex<StateFile?>(nil)
    await scenario.world.onTry { tried, wasTaken in
      if tried == 1, !wasTaken { disk.withLock { $0 = try? state.copied() } }
    }
    _ = try await Self.pass(scenario, day: 1)
    let copy = try #require(disk.withLock { $0 })
    await scenario.revive(copy)
    await scenario.happens("C3 owes 600")
    let report = try await Self.pass(scenario, day: 2)
    let held = report.deliveries.filter { $0.hold == .firstPass }.map(\.account.id)
    #expect(held == ["C1", "C2", "C3"])
  }

  @Test func aSourceThatNoPassHasReadYetHasAFirstPassOfItsOwn() async throws {
    let scenario = try Scenario(Scenario.Parts(rules: Self.rules, sources: ["books", "annex"]))
    await scenario.happens("C1 owes 600, X1 owes 600, annex fails")
    let first = try await Self.pass(scenario, day: 1)
    #expect(first.deliveries.filter { $0.hold == .firstPass }.map(\.account.id) == ["C1"])
    await scenario.happens("annex works")
    let second = try await Self.pass(scenario, day: 2)
    #expect(second.deliveries.filter { $0.hold == .firstPass }.map(\.account.id) == ["C1", "X1"])
  }
}

extension Scenario {
  /// `C1 owes 600, C2 pays`.
  func happens(_ events: String) async {
    for event in events.split(separator: ",") {
      let isUnderstood = await happen(event.trimmingCharacters(in: .whitespaces))
      #expect(isUnderstood, "\(event)")
    }
  }
}
