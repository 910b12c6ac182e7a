import Accounting
import Channels
import Configuration
import Messages
public import Outbox
import Receivables
public import Rules
import State
import Wire

/// Steps 2 to 4: from snapshots to promises. Nothing is written and nothing is sent here; `preview`
/// shows this and stops.
public struct Prepared: Sendable {
  public let outcomes: [PollOutcome]
  public let ledger: Ledger
  public let plan: Plan
  /// The decision of each rule on each account that was polled.
  public let decisions: [EpisodeKey: Decision]
  /// Everything that may go out in this pass, as it will stand once the plan is written.
  public let queue: [Delivery]
  /// Of deliveries that were in flight when a pass was cut short: why they must not be sent again.
  public let untrue: [DeliveryID: String]
  /// Accounts and rules that could not be worked out.
  public let notices: [String]
  private let unknown: UnknownSums
  /// Sources that were polled well: only their accounts may be spoken to.
  public let polled: Set<String>
  /// Open deliveries as earlier passes left them.
  let earlier: [Delivery]
  /// Open episodes whose rule is gone.
  let orphans: [EpisodeKey]
  /// Those that hold today.
  public let silences: [Silence]
  /// What came of the plan that the pass is held to.
  public let planOutcome: PlanOutcome?
  /// Not in that plan: they wait for the next pass.
  let withheld: Set<DeliveryID>
  let isBaseline: Bool
  /// The texts that the pass goes by, without secrets.
  let inputs: (config: String, directory: String?)
  /// SHA-256 over every decision that has an episode.
  let fingerprint: String
  /// Malformed rows of the directory.
  let flaws: Int
  /// Rows of the directory about accounts that nobody knows.
  let strangers: [Stranger]
  private let planner: Planner
  /// Pages about a debt on other platforms, as earlier passes left them.
  let records: [Ledger.Key: [AlertContent.RecordLink]]
  /// What digests said last.
  let digests: DigestMemory

  init(
    _ outcomes: [PollOutcome],
    assembly: Assembly,
    directory: Directory,
    state: StateFile,
    options: PassOptions
  ) throws(StateError) {
    let now = options.now
    let earlier = try state.openDeliveries()
    let memory = try Memory(assembly, state, earlier)
    let (directory, strangers, oddities) = assembly.looked(at: directory, outcomes)
    self.strangers = strangers
    var decided = Decided(outcomes, assembly, directory, memory, now)
    let polled = Set(outcomes.filter(\.isGood).map(\.name))
    let active = memory.silences.filter { $0.isActive(on: now.today) }
    let problems = assembly.setup.holidayProblems
    notices = decided.notices + problems + oddities + directory.sentences
    var limits = assembly.setup.limits
    limits.customerMessagesPerPass = options.allow ?? limits.customerMessagesPerPass
    // Episodes of rules that are gone; of a source that was not polled, nothing changes.
    let rules = Set(assembly.setup.rules.map(\.name))
    let orphans = memory.episodes.keys.filter { !rules.contains($0.rule) }
    let forgotten = try state.forgotten(polled)
    let queue = Queue(
      decided: decided,
      orphans: Set(orphans),
      polled: polled,
      assembly: assembly,
      limits: limits,
      silences: active,
      doubtful: directory.flaws,
      forgotten: forgotten,
      releasesFirstPass: options.releasesFirstPass,
      optedOut: try state.optedOut(),
      now: now
    )
    let old = earlier.map(queue.judged)
    if let memory = memory.withoutMoved(old) {
      decided = Decided(outcomes, assembly, directory, memory, now)
    }
    let firstTime = options.holdsFirstPass ? try state.unread(polled).union(Self.held(old)) : []
    let planner = try Self.planner(assembly, state, old, queue, firstTime)
    self.planner = planner
    records = try Self.records(assembly, state)
    digests = try DigestMemory(state, earlier)
    let whole = planner.plan(
      options.baseline.map { Self.baseline($0, decided.decisions, assembly.setup.rules, now) }
        ?? decided.decisions
    )
    let cut = options.plan.map { HeldToPlan($0, whole, old: old, decided, polled: polled) }
    plan = cut?.plan ?? whole
    withheld = cut?.withheld ?? []
    planOutcome = cut?.outcome
    self.outcomes = outcomes
    ledger = decided.ledger
    unknown = decided.unknown
    decisions = decided.byKey
    self.polled = polled
    self.earlier = earlier
    self.orphans = options.baseline == nil ? orphans : []
    self.queue =
      options.baseline.map { Self.taken($0, old, decided.byKey) }
      ?? queue.deliveries(old, and: plan)
    self.silences = active
    isBaseline = options.baseline != nil
    flaws = directory.flaws.count
    inputs = (assembly.configWithoutSecrets, directory.text)
    fingerprint = decided.fingerprint
    untrue = Self.untrue(earlier, queue, plan)
  }

  /// Sources whose first pass a person has yet to look at: what it could not decide waits as well.
  private static func held(_ earlier: [Delivery]) -> Set<String> {
    Set(earlier.filter { $0.hold == .firstPass }.map(\.account.source))
  }

  /// Of deliveries in flight those whose fate is found out, and that are not sent again.
  private static func untrue(
    _ earlier: [Delivery],
    _ queue: Queue,
    _ plan: Plan
  ) -> [DeliveryID: String] {
    let ways = Queue.ways(of: plan)
    var untrue: [DeliveryID: String] = [:]
    for delivery in earlier where delivery.status == .sending {
      untrue[delivery.id] =
        queue.untruth(of: delivery) ?? (ways.contains(Queue.Way(delivery)) ? Queue.newer : nil)
    }
    return untrue
  }

  private static func planner(
    _ assembly: Assembly,
    _ state: StateFile,
    _ old: [Delivery],
    _ queue: Queue,
    _ firstTime: Set<String>
  ) throws(StateError) -> Planner {
    let now = queue.now
    return Planner(
      channels: assembly.channels.mapValues(\.profile),
      owners: assembly.setup.owners,
      badAddresses: try state.badAddresses(),
      optedOut: try state.optedOut(),
      hours: assembly.setup.hours,
      limits: queue.limits,
      heldByLimit: old.filter { $0.hold == .limit }.count,
      sentToday: try Self.toldToday(state, and: old, now),
      personsToldToday: try Self.personsToldToday(state, and: old, assembly.setup, now),
      personRules: assembly.setup.personRules,
      silences: queue.silences,
      doubtful: queue.doubtful,
      forgotten: queue.forgotten,
      firstTime: firstTime,
      toldByClosed: try state.toldByClosed(since: now.instant.adding(seconds: -86_400)),
      lastEpisode: try state.lastEpisodeNumbers(),
      now: now
    )
  }

  private static func records(
    _ assembly: Assembly,
    _ state: StateFile
  ) throws(StateError) -> [Ledger.Key: [AlertContent.RecordLink]] {
    let channels = assembly.channels.compactMapValues { $0.adapter as? any RecordChannel }
    var links: [Ledger.Key: [AlertContent.RecordLink]] = [:]
    let ids = try state.platformIDs(through: channels.keys.sorted())
    for found in ids.sorted(by: { $0.channel < $1.channel }) {
      guard let channel = channels[found.channel], let url = channel.recordURL(of: found.id) else {
        continue
      }
      links[Ledger.Key(account: found.account, currency: found.currency), default: []].append(
        AlertContent.RecordLink(title: type(of: channel).traits.title, url: url)
      )
    }
    return links
  }

  /// Why nothing is said about an account in this pass; `nil` where it may be.
  func silence(about key: EpisodeKey) -> String? {
    let source = key.account.source
    if !polled.contains(source) { return "\(source) was not polled in this pass" }
    if let why = ledger.leftOut[key.account] { return "left out of this pass: \(why)" }
    return unknown.contains(key)
      ? "left out of this pass: what it owes in \(key.currency) could not be worked out" : nil
  }

  /// Whether anybody is not spoken of, since what they owe could not be read or worked out.
  var leavesOut: Bool {
    !ledger.leftOut.isEmpty || !unknown.isEmpty
  }

  /// What goes out in place of a delivery whose address has just proved bad for good.
  /// - Parameter bad: addresses that have proved bad by now.
  func fallback(
    for failed: Delivery,
    _ rules: [Rule],
    bad: Set<BadAddress>
  ) -> [Delivery] {
    guard let decision = decisions[EpisodeKey(failed)],
      let rule = rules.first(where: { $0.name == failed.rule })
    else { return [] }
    let level = rule.levels.indices.contains(failed.level - 1) ? rule.levels[failed.level - 1] : nil
    guard let notice = failed.reason == .resolved ? rule.onResolved : level?.notice else {
      return []
    }
    var planner = planner
    planner.badAddresses.formUnion(bad)
    return planner.fallback(for: failed, notice, decision)
  }

  /// Customer messages of today by channel and address; what was released for today counts like
  /// what was sent today.
  private static func toldToday(
    _ state: StateFile,
    and old: [Delivery],
    _ now: Now
  ) throws(StateError) -> [BadAddress: Int] {
    var told = try state.sentCounts(since: now.zone.instant(of: now.today))
    let released = old.filter { $0.status == .pending && $0.audience == .customer }
    for batch in Batch.batches(of: released, isDigest: { _ in false }) {
      guard let first = batch.deliveries.first, let recipient = first.recipient else { continue }
      for address in Contact.recipients(recipient) {
        told[BadAddress(channel: first.channel, address: address), default: 0] += 1
      }
    }
    return told
  }

  /// The same by person, for rules that count so.
  private static func personsToldToday(
    _ state: StateFile,
    and old: [Delivery],
    _ setup: Setup,
    _ now: Now
  ) throws(StateError) -> [AccountKey: Int] {
    if setup.personRules.isEmpty { return [:] }
    var told = try state.personCounts(since: now.zone.instant(of: now.today))
    let released = old.filter { $0.status == .pending && $0.audience == .customer }
    for account in Set(released.map(\.account)) { told[account, default: 0] += 1 }
    return told
  }

  /// Of all that was decided only the episodes that open, as told already.
  private static func baseline(
    _ baseline: PassOptions.Baseline,
    _ decisions: [Decision],
    _ rules: [Rule],
    _ now: Now
  ) -> [Decision] {
    let byName = Dictionary(rules.map { ($0.name, $0) }) { first, _ in first }
    return decisions.compactMap { decision in
      guard let rule = byName[decision.rule], rule.events == nil else { return nil }
      guard baseline.takes(decision.facts) else { return nil }
      return Evaluator.adopted(decision, rule, now: now)
    }
  }
}

extension Prepared {
  /// What the first pass held and a baseline takes as told; it leaves all else that waits as it is.
  private static func taken(
    _ baseline: PassOptions.Baseline,
    _ old: [Delivery],
    _ decisions: [EpisodeKey: Decision]
  ) -> [Delivery] {
    old.compactMap { delivery in
      guard delivery.hold == .firstPass, let decision = decisions[EpisodeKey(delivery)],
        baseline.takes(decision.facts)
      else { return nil }
      var delivery = delivery
      delivery.status = .cancelled
      delivery.hold = nil
      delivery.why = "\(Delivery.rejectedBy)\(baseline.author), by baseline"
      return delivery
    }
  }
}
