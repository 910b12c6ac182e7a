import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State
import Support
import Wire

/// One year of passes over a town, out of one seed: faults are the normal case.
struct SimYear {
  /// What was met on the way.
  struct Tally: Sendable {
    var days = 0
    var passes = 0
    var previews = 0
    var deaths = 0
    var losses = 0
    var sourceFaults = 0
    var channelFaults = 0
    var edits = 0
    var clockJumps = 0
    var silences = 0
    var messages = 0
    var alerts = 0

    static func += (a: inout Tally, b: Tally) {
      a.days += b.days
      a.passes += b.passes
      a.previews += b.previews
      a.deaths += b.deaths
      a.losses += b.losses
      a.sourceFaults += b.sourceFaults
      a.channelFaults += b.channelFaults
      a.edits += b.edits
      a.clockJumps += b.clockJumps
      a.silences += b.silences
      a.messages += b.messages
      a.alerts += b.alerts
    }
  }

  let seed: UInt64
  private(set) var tally = Tally()
  /// What must not have been, with the day.
  private(set) var problems: [String] = []

  private var chance: SplitMix64
  private var town = SimTown(customers: 7)
  private let world = SimWorld()
  private var config = SimConfig()
  private var assembly: Assembly
  private var state: StateFile
  private var witness = MemoryWitness()
  private var loss = SimLoss()
  private var laws = SimLaws()
  /// Channel or source to the day on which it works again.
  private var faults: [String: Day] = [:]
  private var lastFault = Day(number: 0)
  private var now: Now
  private let zone: Zone

  static let channels = ["hook", "sms", "hold", "team"]
  static let sources = ["books", "annex"]

  init(seed: UInt64) throws {
    self.seed = seed
    chance = SplitMix64(seed: seed)
    zone = try SimConfig.zone()
    // In the past of this machine, so that a platform's list is old enough to be believed.
    let first = Day(number: 11_000 + chance.int(0...4000))
    now = Now(zone.instant(of: first, second: 32_400), in: zone)
    assembly = try config.assembly()
    state = try StateFile(copyOf: nil, recalledBy: witness)
    try state.vouch(at: now.instant, audit: Self.entry)
  }

  mutating func play(days: Int = 365, verbose: Bool = false) async throws {
    let last = now.today.adding(days: days)
    while now.today < last {
      try await live()
      if verbose { say("\(now.today) \(problems.count) problems, \(tally)") }
      if problems.count > 5 { return }
    }
    try await settle()
    if let flaw = try state.auditFlaw() { problems.append("audit: \(flaw)") }
    if let flaw = try state.rowFlaw() { problems.append("log and rows: \(flaw)") }
    if await world.mismatches > 0 { problems.append("bytes changed under one key") }
    tally.days += days
    tally.messages += await world.taken.count
  }

  // MARK: A day

  private mutating func live() async throws {
    for _ in 0..<chance.int(0...3) { town.live(now.today, &chance) }
    try await misbehave()
    if chance.once(in: 40) {
      config.edit(&chance)
      assembly = try config.assembly()
      tally.edits += 1
    }
    if chance.once(in: 25) { try silence() }
    switch chance.int(0...19) {
    case 0: break  // Nobody starts a pass.
    case 1, 2:
      try await pass()
      now = Now(now.instant.adding(seconds: Int64(chance.int(1...30_000))), in: zone)
      try await pass()
    default: try await pass()
    }
    // Tomorrow, at about the same hour; sometimes the machine sleeps, or its clock jumps ahead.
    var ahead = 1
    if chance.once(in: 60) {
      ahead = chance.int(2...30)
      tally.clockJumps += 1
    }
    let second = chance.once(in: 10) ? chance.int(0...86_399) : 32_400 + chance.int(-5...5)
    now = Now(zone.instant(of: now.today.adding(days: ahead), second: second), in: zone)
  }

  private mutating func misbehave() async throws {
    for (name, until) in faults where until <= now.today {
      faults[name] = nil
      if Self.channels.contains(name) { await world.set(name, .works) }
    }
    if chance.once(in: 12) {
      let channel = chance.pick(Self.channels)
      let behaviours: [SimWorld.Behaviour] = [
        .isDown, .losesAnswers, .losesRequests, .answers(503, after: nil),
        .answers(429, after: 3600), .nonsense,
      ]
      await world.set(channel, chance.pick(behaviours))
      faults[channel] = now.today.adding(days: chance.pick([1, 1, 1, 2, 7]))
      tally.channelFaults += 1
    }
    if chance.once(in: 15) {
      faults[chance.pick(Self.sources)] = now.today.adding(days: chance.pick([1, 1, 3]))
      tally.sourceFaults += 1
    }
    if !faults.isEmpty { lastFault = now.today }
    await world.set(unreadable: Set(Self.sources.filter { faults[$0] != nil }.map { "\($0).csv" }))
  }

  private mutating func silence() throws {
    let name = chance.pick(town.names)
    let until = now.today.adding(days: chance.int(0...12))
    _ = try state.add(
      Silence(
        createdAt: now.instant, author: "sim", reason: "asked for", until: until,
        matcher: Silence.Matcher(source: town.source(of: name), account: name))
    ) {
      AuditEntry(
        kind: .person, subject: name,
        body: "{\"did\":\"silenced\",\"reason\":\"asked for\",\"silence\":\($0.id),"
          + "\"until\":\"\(until)\",\"who\":\"sim\"}")
    }
    laws.silences[name] = max(laws.silences[name] ?? until, until)
    tally.silences += 1
  }

  // MARK: A pass

  private mutating func pass() async throws {
    for source in Self.sources { await world.put(town.ledger(source), at: "\(source).csv") }
    await world.put(town.directory, at: "directory.csv")
    var options = PassOptions(now: now, isReplay: true)
    // Somebody looks into books that shrank, sooner or later.
    if chance.once(in: 2) { options.acceptsShrink = Set(Self.sources) }
    try loss.settle(state, at: now.instant)
    var foreseen: PassReport?
    await world.begin(at: now.instant.seconds, dying: nil)
    if chance.once(in: 12) {
      foreseen = try await PassRunner(
        assembly, state: state, transport: world, options: options
      ).preview()
      tally.previews += 1
    }
    let copy = CopiedState()
    let dies = chance.once(in: 9)
    // Sometimes what it wrote last is lost as well: the disk, or somebody who tidies up.
    let older = dies && chance.once(in: 2) ? try state.copied() : nil
    let inFlight = Set(
      try state.openDeliveries().filter { $0.status == .sending }.compactMap(\.messageID))
    await world.begin(
      at: now.instant.seconds,
      dying: dies
        ? (
          chance.int(1...8), chance.int(0...1) == 0,
          { [state, witness] in copy.take(state, witness) }
        ) : nil)
    let before = await world.taken.count
    let runner = PassRunner(assembly, state: state, transport: world, options: options)
    var report: PassReport?
    do { report = try await runner.run() } catch {
      // A dead machine reads no directory.
      if await !world.hasDied { throw error }
    }
    tally.passes += 1
    let sent = Array(await world.taken.dropFirst(before))
    let told = sent.map { ($0.channel, laws.account(of: $0, town)) }
    problems += loss.judge(told).map { "\(now.today): \($0)" }
    let died = await world.hasDied
    if let report {
      problems += laws.judge(
        sent, report, town, config, now, inFlight: inFlight, died: died
      ).map {
        "\(now.today): \($0)"
      }
    }
    guard let report, !died else {
      tally.deaths += 1
      if older != nil { loss.add(told, at: before) }
      try restart(from: copy, older)
      lastFault = now.today
      return
    }
    loss.read { name in
      report.sources.contains { $0.name == town.source(of: name) && $0.isGood }
    }
    tally.alerts += report.alerts
    if let foreseen { problems += laws.compare(foreseen, report).map { "\(now.today): \($0)" } }
    if await world.isWell, now.today.days(since: lastFault) >= 4 {
      let read = Set(report.sources.filter(\.isGood).map(\.name))
      problems += try laws.told(state, town, config, now, read: read).map {
        "\(now.today): \($0)"
      }
    }
  }

  /// What the dead machine wrote after is gone, and of what it wrote before perhaps the last.
  private mutating func restart(from copy: CopiedState, _ older: StateFile?) throws {
    guard let survivor = copy.state, let found = copy.witnesses else {
      problems.append("\(now.today): the state could not be copied")
      return
    }
    if older != nil { tally.losses += 1 }
    // A witness that is gone as well tells nothing: that is not promised.
    witness =
      older == nil && chance.once(in: 8)
      ? MemoryWitness() : chance.once(in: 2) ? found.sealed : found.noted
    state = try StateFile(copyOf: older ?? survivor, recalledBy: witness)
    try state.vouch(at: now.instant, audit: Self.entry)
  }

  private static func entry(_ doubt: StateDoubt) -> AuditEntry {
    AuditEntry(kind: .state, subject: "state", body: "{}")
  }

  /// All works again for some days: what was promised comes to its end.
  private mutating func settle() async throws {
    for channel in Self.channels { await world.set(channel, .works) }
    faults = [:]
    await world.set(unreadable: [])
    town.settle()
    for _ in 0..<6 {
      now = Now(zone.instant(of: now.today.adding(days: 1), second: 36_000), in: zone)
      for source in Self.sources { await world.put(town.ledger(source), at: "\(source).csv") }
      await world.put(town.directory, at: "directory.csv")
      var last = PassOptions(now: now, isReplay: true)
      last.acceptsShrink = Set(Self.sources)
      await world.begin(at: now.instant.seconds, dying: nil)
      try loss.settle(state, at: now.instant)
      _ = try await PassRunner(
        assembly, state: state, transport: world,
        options: last
      ).run()
    }
    for delivery in try state.openDeliveries() {
      problems.append("\(now.today): still open: \(delivery.channel) \(delivery.why)")
    }
    let deliveries = try state.deliveries()
    let bodies = try state.messages(Set(deliveries.compactMap(\.messageID)))
    problems += await laws.doubled(world.taken, unknown: loss.unknown, deliveries, bodies)
  }
}

/// The state as it was when the machine died.
final class CopiedState: @unchecked Sendable {
  private(set) var state: StateFile?
  /// As it outlives the process alone, and a power cut.
  private(set) var witnesses: (noted: MemoryWitness, sealed: MemoryWitness)?

  func take(_ other: StateFile, _ seen: MemoryWitness) {
    state = try? other.copied()
    witnesses = (seen.copied(powerCut: false), seen.copied(powerCut: true))
  }
}
