import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State
import Support
import Testing
import Wire

/// Laws of what a person controls, over random days. The seed is the case's name.
struct RulebookLawTests {
  private static let rules = """
    - name: rent
      when: { balance: overdue, over: 500 }
      repeat: 3d
      levels:
        - { after: 0d, notify: [sms, log] }
        - { after: 6d, notify: [email, log] }
      on_resolved: { notify: [log] }
    """

  private static func happenings(_ chance: inout Chance) -> [String] {
    (1...6).compactMap { number in
      switch chance.below(7) {
      case 0: "C\(number) pays"
      case 1: "C\(number) owes \(510 + chance.below(900))"
      case 2: "C\(number) owes 400"
      default: nil
      }
    }
  }

  private static func options(_ scenario: Scenario, _ day: Int, _ second: Int = 32_400) async
    -> PassOptions
  {
    PassOptions(now: await scenario.now(day: day, second: second), isReplay: true)
  }

  /// What was decided, whatever became of it.
  private static func decided(_ report: PassReport) -> [String] {
    report.prepared.plan.entries.map { entry -> String in
      let decision = entry.decision
      let alert = decision.alert.map { "\($0.number) \($0.level) \($0.reason.rawValue)" } ?? "-"
      let ids = entry.deliveries.map(\.id.text).joined(separator: " ")
      return "\(decision.account) \(decision.rule) \(decision.step.rawValue) \(alert) \(ids)"
    }.sorted()
  }

  @Test(
    "Hours hold back delivery, and never evaluation", arguments: 1...6 as ClosedRange<UInt64>)
  func hoursHoldBackDeliveryAlone(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    // The same state, looked at with hours and without.
    let scenario = try Scenario(rules: Self.rules)
    let hours = "hours: { customer: { days: [mon, wed, fri], from: \"10:00\", to: \"16:00\" } }"
    for day in 1...14 {
      for event in Self.happenings(&chance) { _ = await scenario.happen(event) }
      let options = await Self.options(scenario, day, chance.below(24) * 3600 + 1)
      let free = try await scenario.preview(options)
      try await scenario.change { $0.more = hours }
      let bound = try await scenario.preview(options)
      #expect(Self.decided(free) == Self.decided(bound), "seed \(seed), day \(day)")
      let held = bound.deliveries.filter { $0.hold == .hours }
      #expect(held.allSatisfy { $0.audience == .customer })
      #expect(held.allSatisfy { ($0.notBefore ?? options.now.instant) > options.now.instant })
      let ready = free.deliveries.count { $0.status == .pending }
      #expect(ready == held.count + bound.deliveries.count { $0.status == .pending })
      try await scenario.change { $0.more = "" }
      _ = try await scenario.run(options)
    }
  }

  @Test("A silence never uses up a window", arguments: 1...8 as ClosedRange<UInt64>)
  func aSilenceNeverUsesUpAWindow(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let scenario = try Scenario(rules: Self.rules)
    _ = await scenario.happen("C1 owes 600")
    let first = 1 + chance.below(4)
    let length = 1 + chance.below(6)
    let zone = await scenario.now(day: 1).zone
    var told: [Int] = []
    for day in 1...14 {
      let now = await scenario.now(day: day)
      if day == first {
        _ = try await scenario.state.add(
          Silence(
            createdAt: now.instant, author: "ada", reason: "on holiday",
            until: Town.day(first + length - 1), matcher: Silence.Matcher(account: "C1"))
        ) { _ in AuditEntry(kind: .person, subject: "books:C1", body: "{}") }
      }
      let (_, problems) = try await scenario.pass(await Self.options(scenario, day))
      #expect(problems == [], "seed \(seed), day \(day)")
      let sent = try await scenario.state.deliveries(statuses: [.sent])
      if sent.contains(where: { $0.sentAt.map { zone.day(of: $0) } == Town.day(day) }) {
        told.append(day)
      }
    }
    // Told on the first day, unless it is silent; then on each third day, or once the silence ends.
    var expected: [Int] = []
    for day in 1...14 where !(first..<(first + length)).contains(day) {
      let isDue = expected.last.map { day - $0 >= 3 } ?? true
      if isDue { expected.append(day) }
    }
    // The second level comes six days after the first was reached, and starts the window anew.
    let reached = expected[0] + 6
    var levelled = expected.filter { $0 < reached }
    var day = reached
    while day <= 14 {
      if !(first..<(first + length)).contains(day) {
        let isLevel = !levelled.contains { $0 >= reached }
        if isLevel || day - (levelled.last ?? 0) >= 3 { levelled.append(day) }
      }
      day += 1
    }
    #expect(told == levelled, "seed \(seed): silent from \(first) for \(length)")
  }

  @Test("The limit never loses a message", arguments: 1...6 as ClosedRange<UInt64>)
  func theLimitLosesNothing(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let limit = 1 + chance.below(4)
    let scenario = try Scenario(
      rules: Self.rules, more: "limits: { customer_messages_per_pass: \(limit) }")
    for day in 1...12 {
      for event in Self.happenings(&chance) { _ = await scenario.happen(event) }
      var options = await Self.options(scenario, day)
      if chance.below(4) == 0 { options.allow = 100 }
      let before = await scenario.world.taken.count
      let report = try await scenario.run(options)
      let customers = report.deliveries.count { $0.audience == .customer && $0.status == .sent }
      #expect(customers <= options.allow ?? limit, "seed \(seed), day \(day)")
      // The team is told all the same.
      #expect(report.deliveries.allSatisfy { $0.audience == .customer || $0.status != .held })
      #expect(await scenario.world.taken.count - before >= customers)
      if report.deliveries.contains(where: { $0.hold == .limit }) {
        #expect(report.verdict == .partly)
      }
    }
    for number in 1...6 { _ = await scenario.happen("C\(number) owes 900") }
    var options = await Self.options(scenario, 13)
    options.allow = 100
    _ = try await scenario.run(options)
    // What was held has gone out, or was no longer true when its turn came.
    let left = try await scenario.state.openDeliveries()
    #expect(left.map(\.why) == [])
    for delivery in try await scenario.state.deliveries(statuses: [.cancelled]) {
      #expect(!delivery.why.isEmpty)
    }
  }

  @Test("A plan applied at once equals the run", arguments: 1...6 as ClosedRange<UInt64>)
  func aPlanAppliedAtOnceIsTheRun(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let free = try Scenario(rules: Self.rules)
    let bound = try Scenario(rules: Self.rules)
    for day in 1...10 {
      for event in Self.happenings(&chance) {
        _ = await free.happen(event)
        _ = await bound.happen(event)
      }
      let options = await Self.options(free, day)
      let run = try await free.run(options)
      var held = options
      held.plan = try await bound.plan(options)
      let applied = try await bound.run(held)
      #expect(applied.prepared.planOutcome?.changed == [], "seed \(seed), day \(day)")
      #expect(applied.prepared.planOutcome?.new == [])
      #expect(applied.deliveries.map(\.id) == run.deliveries.map(\.id))
      #expect(applied.deliveries.map(\.status) == run.deliveries.map(\.status))
    }
    let ids = try await bound.state.deliveries().map(\.id)
    #expect(try await free.state.deliveries().map(\.id) == ids)
    #expect(await free.world.words == bound.world.words)
  }

  @Test("What changed since the plan is not sent, and said", arguments: [1, 2] as [UInt64])
  func whatChangedSinceThePlanStays(_ seed: UInt64) async throws {
    let scenario = try Scenario(rules: Self.rules)
    for name in ["C1", "C2", "C3", "C4"] { _ = await scenario.happen("\(name) owes 800") }
    var options = await Self.options(scenario, 1)
    options.plan = try await scenario.plan(options)
    for event in ["C1 pays", "C2 owes 600", "C3 owes 900", "C5 owes 700"] {
      _ = await scenario.happen(event)
    }
    let report = try await scenario.run(options)
    let outcome = try #require(report.prepared.planOutcome)
    #expect(Set(report.deliveries.filter { $0.status == .sent }.map(\.account.id)) == ["C4"])
    #expect(
      Set(outcome.changed.map(\.why)) == [
        "nothing is owed any more (800.00 then)",
        "NZD 200.00 was paid since (800.00 then, 600.00 now)",
        "the balance rose since: 800.00 then, 900.00 now",
      ])
    #expect(outcome.new.map(\.item) == ["Tenant C5, rent"])
    #expect(report.verdict == .partly)
    // The next run tells what was left, as if the first had not been.
    let next = try await scenario.run(await Self.options(scenario, 1, 32_460))
    #expect(
      Set(next.deliveries.filter { $0.status == .sent }.map(\.account.id)) == ["C2", "C3", "C5"])
  }

  @Test("Every stored pass is decided again as it was", arguments: 1...4 as ClosedRange<UInt64>)
  func everyPassIsDecidedAgain(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let scenario = try Scenario(rules: Self.rules)
    let troubles = ["works", "works", "down", "loses answers", "answers 503"]
    for day in 1...16 {
      for event in Self.happenings(&chance) { _ = await scenario.happen(event) }
      for channel in ["sms", "email", "log"] {
        _ = await scenario.happen("\(channel) \(troubles[chance.below(troubles.count)])")
      }
      _ = await scenario.happen(chance.below(5) == 0 ? "books fails" : "books works")
      _ = try await scenario.run(await Self.options(scenario, day))
    }
    var decisions = 0
    for pass in try await scenario.state.passes() {
      let state = await scenario.state
      let replay = try PassReplay.of(pass.id, in: state, configPath: "./x.yaml")
      #expect(replay.differences == [], "seed \(seed), pass \(pass.id)")
      decisions += replay.decisions
    }
    #expect(decisions > 20)
  }
}

extension World {
  /// What people got to see, whichever came first.
  fileprivate var words: [String] {
    taken.map { "\($0.channel) \($0.recipient ?? "") \($0.text)" }.sorted()
  }
}

extension Scenario {
  /// As `preview --out` writes it, and `run --plan` reads it.
  func plan(_ options: PassOptions) async throws -> PlanFile {
    let report = try await preview(options)
    let written = PlanFile(report, assembled, afterPass: try state.newestPassID())
    let read = try PlanFile(written.json, file: "plan.json")
    try read.check(assembled, state, file: "plan.json")
    return read
  }
}
