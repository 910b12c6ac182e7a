import Outbox
import Pass
import Receivables
import State
import Testing

/// Laws over random timelines. The seed is the case's name: the same one gives the same days.
struct PropertyTests {
  private static let rules = """
    - name: rent
      when: { balance: overdue, over: 500 }
      clear_under: 400
      repeat: 3d
      levels:
        - { after: 0d, notify: [hook, sms] }
        - { after: 5d, notify: [email, log] }
        - { days_overdue: 20, notify: [digest] }
      on_resolved: { notify: [tasks] }
    - name: large
      when: { balance: total, at_least: 1000 }
      repeat: 24h
      levels: [{ notify: [sms, log] }]
    """

  /// What happens on each day.
  private static func days(_ count: Int, _ chance: inout Chance) -> [[String]] {
    (1...count).map { _ in
      (1...5).compactMap { number in
        switch chance.below(8) {
        case 0: "C\(number) pays"
        case 1: "C\(number) owes 450"
        case 2: "C\(number) owes 600"
        case 3: "C\(number) owes 1500"
        case 4: "C\(number) vanishes"
        default: nil
        }
      }
    }
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func manyPassesADayTellWhatOneWould(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let days = Self.days(18, &chance)
    let one = try Scenario(rules: Self.rules)
    let many = try Scenario(rules: Self.rules)
    var problems: [String] = []
    for (index, events) in days.enumerated() {
      for event in events {
        _ = await one.happen(event)
        _ = await many.happen(event)
      }
      problems += try await one.pass(options(one, index + 1, 9)).problems
      for hour in [9, 10 + chance.below(8), 23] {
        problems += try await many.pass(options(many, index + 1, hour)).problems
      }
    }
    #expect(problems == [])
    let told = try await one.state.deliveries().map { "\($0.createdAt) \($0.channel) \($0.id)" }
    let toldMany = try await many.state.deliveries().map {
      "\($0.createdAt) \($0.channel) \($0.id)"
    }
    #expect(told.count > 20)
    #expect(told == toldMany)
    #expect(await one.world.taken.count == many.world.taken.count)
  }

  /// Platforms fail, lose requests and lose answers; sources fail; people pay. Each pass is as its
  /// preview said, nobody who has paid is reminded, and once all is well nothing is left over.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func whateverFailsNobodyIsRemindedInVain(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let scenario = try Scenario(rules: Self.rules)
    let troubles = ["works", "works", "down", "loses answers", "loses requests", "answers 503"]
    var problems: [String] = []
    for (index, events) in Self.days(20, &chance).enumerated() {
      for event in events { _ = await scenario.happen(event) }
      for channel in ["hook", "sms", "email", "log", "digest", "tasks"] {
        let once = chance.below(2) == 0 ? " once" : ""
        let trouble = troubles[chance.below(troubles.count)]
        _ = await scenario.happen("\(channel) \(trouble)\(trouble == "works" ? "" : once)")
      }
      _ = await scenario.happen(chance.below(5) == 0 ? "books fails" : "books works")
      problems += try await scenario.pass(options(scenario, index + 1, 9)).problems
    }
    #expect(problems == [])
    for channel in ["hook", "sms", "email", "log", "digest", "tasks", "books"] {
      _ = await scenario.happen("\(channel) works")
    }
    for number in 1...5 { _ = await scenario.happen("C\(number) pays") }
    for day in 21...25 { _ = try await scenario.pass(options(scenario, day, 9)) }
    #expect(try await scenario.state.openDeliveries().map(\.why) == [])
    // A file can be searched: a line for each that was sent, and no line twice.
    let lines = await scenario.world.taken.filter { $0.channel == "log" }.map(\.id)
    let sent = try await scenario.state.deliveries(statuses: [.sent]).filter { $0.channel == "log" }
    #expect(Set(lines).count == lines.count)
    #expect(Set(lines) == Set(sent.map { $0.messageID }))
  }

  /// A backup does not know whom later passes told. Until a person has looked, no customer hears of
  /// anything; from then on all is as it was.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func afterARestoreNoCustomerIsToldBeforeAPersonHasLooked(_ seed: UInt64) async throws {
    var chance = Chance(seed)
    let scenario = try Scenario(rules: Self.rules)
    var backup: StateFile?
    for (index, events) in Self.days(6, &chance).enumerated() {
      for event in events { _ = await scenario.happen(event) }
      // One of its messages still waits when the backup is made.
      if index == 4 { _ = await scenario.happen("C7 owes 800") }
      _ = await scenario.happen(index == 4 ? "sms down" : "sms works")
      _ = try await scenario.pass(options(scenario, index + 1, 9))
      if index == 4 { backup = try await scenario.state.copied() }
    }
    for number in 1...5 { _ = await scenario.happen("C\(number) owes 700") }
    try await scenario.restore(#require(backup))
    func customers() async -> Int {
      await scenario.world.taken.count { ["hook", "sms", "email"].contains($0.channel) }
    }
    let before = await customers()
    #expect(try await scenario.pass(options(scenario, 7, 9)).problems == [])
    #expect(await customers() == before)
    let held = try await scenario.state.deliveries(statuses: [.held])
    #expect(held.contains { $0.account.id == "C7" && $0.channel == "sms" })
    let chosen = try #require(held.last { $0.account.id != "C7" })
    #expect(held.allSatisfy { $0.audience == .customer && $0.hold == .approval })
    #expect(try await scenario.state.openDeliveries().map(\.id) == held.map(\.id))
    // A person lets one go, and drops the others.
    let looked = held.map { delivery in
      var delivery = delivery
      delivery.hold = nil
      delivery.status = delivery.id == chosen.id ? .pending : .cancelled
      return delivery
    }
    try await scenario.state.apply(
      [.settled(looked, audit: [])], pass: nil, at: scenario.now(day: 7, second: 40_000).instant)
    #expect(try await scenario.pass(options(scenario, 8, 9)).problems == [])
    let sent = Set(try await scenario.state.deliveries(statuses: [.sent]).map(\.id))
    #expect(held.filter { sent.contains($0.id) }.map(\.id) == [chosen.id])
    _ = await scenario.happen("C6 owes 900")
    _ = try await scenario.pass(options(scenario, 9, 9))
    #expect(
      try await scenario.state.deliveries(statuses: [.sent]).contains {
        $0.account.id == "C6" && $0.audience == .customer
      })
  }

  private func options(_ scenario: Scenario, _ day: Int, _ hour: Int) async -> PassOptions {
    PassOptions(now: await scenario.now(day: day, second: hour * 3600), isReplay: true)
  }
}

/// Numbers that look random, and are the same for the same seed (SplitMix64).
struct Chance {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(limit))
  }
}
