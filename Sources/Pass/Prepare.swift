import Accounting
import Configuration
public import Outbox
import Receivables
public import Rules
public import State
import Wire

/// Steps 2 to 4: from snapshots to promises. Nothing is written and nothing is sent here; `preview`
/// shows this and stops.
public struct Prepared: Sendable {
  public let outcomes: [PollOutcome]
  public let ledger: Ledger
  public let plan: Plan
  public let promises: Promises
  /// The decision of each rule on each account that was polled.
  public let decisions: [EpisodeKey: Decision]
  /// Everything that may go out in this pass, as it will stand once the plan is written.
  public let queue: [Delivery]
  /// Of what was in flight when a pass was cut short: why it must not be sent again.
  let untrue: [DeliveryID: String]
  /// Accounts and rules that could not be worked out.
  public let notices: [String]
  /// Sources that were polled well: only their accounts may be spoken to.
  public let polled: Set<String>

  init(
    _ outcomes: [PollOutcome],
    assembly: Assembly,
    directory: Directory,
    state: StateFile,
    options: PassOptions
  ) throws(StateError) {
    let now = options.now
    let episodes = try state.openEpisodes()
    let earlier = try state.openDeliveries()
    let ledger = Ledger(
      outcomes,
      assembly: assembly,
      directory: directory,
      terms: try state.termsRecords(),
      expecting: Set(episodes.keys).union(earlier.map(EpisodeKey.init)),
      today: now.today
    )
    let polled = Set(outcomes.filter(\.isGood).map(\.name))
    let decided = Self.decide(assembly.setup.rules, ledger, episodes, now)
    notices = ledger.notices + decided.notices
    let limits = Limits(
      customerMessagesPerPass: options.allow ?? assembly.setup.limits.customerMessagesPerPass,
      perRecipientPerDay: assembly.setup.limits.perRecipientPerDay
    )
    // Episodes of rules that are gone; of a source that was not polled, nothing changes.
    let rules = Set(assembly.setup.rules.map(\.name))
    let orphans = episodes.keys.filter { !rules.contains($0.rule) }
    decisions = Dictionary(
      decided.decisions.map { (EpisodeKey($0), $0) },
      uniquingKeysWith: { first, _ in first }
    )
    let queue = Queue(
      decisions: decisions,
      orphans: Set(orphans),
      polled: polled,
      assembly: assembly,
      limits: limits,
      sentToday: try state.sentCounts(since: now.zone.instant(of: now.today)),
      now: now
    )
    let old = queue.judged(earlier)
    untrue = Dictionary(
      old.deliveries.compactMap { delivery in
        guard delivery.status == .sending else { return nil }
        return queue.untruth(of: delivery).map { (delivery.id, $0) }
      },
      uniquingKeysWith: { first, _ in first }
    )
    let planner = Planner(
      channels: assembly.channels.mapValues(\.profile),
      owners: assembly.setup.owners,
      badAddresses: try state.badAddresses(),
      hours: assembly.setup.hours,
      limits: limits,
      heldByLimit: old.deliveries.filter { $0.hold == .limit }.count,
      sentToday: old.told,
      lastEpisode: try state.lastEpisodeNumbers(),
      now: now
    )
    plan = planner.plan(decided.decisions)
    self.outcomes = outcomes
    self.ledger = ledger
    self.polled = polled
    self.queue = queue.deliveries(old.deliveries, and: plan)
    let before = Dictionary(uniqueKeysWithValues: earlier.map { ($0.id, $0) })
    let judged = self.queue.filter { delivery in
      before[delivery.id].map { $0 != delivery } ?? false
    }
    let (changed, audit) = Self.changes(plan, since: try state.decisionRecords())
    promises = Promises(
      plan: plan,
      orphans: orphans,
      terms: ledger.changedTerms,
      decisions: changed,
      judged: judged,
      audit: audit
        + judged.map {
          AuditEntry(
            kind: .delivery,
            subject: $0.id.text,
            body: AuditBody.delivery($0, digest: nil)
          )
        }
    )
  }

  /// Decisions that are not as they were, and what the log says of them.
  private static func changes(
    _ plan: Plan,
    since known: [EpisodeKey: DecisionRecord]
  ) -> ([(key: EpisodeKey, record: DecisionRecord)], [AuditEntry]) {
    var changed: [(key: EpisodeKey, record: DecisionRecord)] = []
    var audit: [AuditEntry] = []
    for entry in plan.entries {
      let decision = entry.decision
      let key = EpisodeKey(decision)
      let record = DecisionRecord(
        step: standing(of: entry),
        why: decision.why,
        suppressed: entry.suppressed,
        nextDate: decision.nextDate
      )
      guard known[key] != record else { continue }
      changed.append((key, record))
      // A changed wording (a day more overdue) is kept for `explain`; the log has what changed.
      if known[key]?.step != record.step || known[key]?.suppressed != record.suppressed,
        decision.step != .outside || known[key] != nil
      {
        audit.append(
          AuditEntry(
            kind: .decision,
            subject: key.account.description,
            body: AuditBody.decision(decision, suppressed: entry.suppressed)
          )
        )
      }
      if let alert = decision.alert, entry.suppressed == nil {
        audit.append(
          AuditEntry(
            kind: .alert,
            subject: key.account.description,
            body: AuditBody.alert(decision, alert, entry.deliveries)
          )
        )
      }
    }
    return (changed, audit)
  }

  /// Step 3: every rule on every account.
  private static func decide(
    _ rules: [Rule],
    _ ledger: Ledger,
    _ episodes: [EpisodeKey: Episode],
    _ now: Now
  ) -> (decisions: [Decision], notices: [String]) {
    var decisions: [Decision] = []
    var notices: [String] = []
    decisions.reserveCapacity(rules.count * ledger.facts.count)
    for facts in ledger.facts {
      for rule in rules {
        let seen =
          rule.includesAutomatic ? ledger.factsWithAutomatic[Ledger.Key(facts)] ?? facts : facts
        let key = EpisodeKey(
          rule: rule.name,
          account: facts.account.key,
          currency: facts.currency
        )
        do throws(MoneyError) {
          decisions.append(
            try Evaluator.decide(rule, seen, episode: episodes[key], now: now)
          )
        } catch {
          notices.append("\(key.account): \(rule.name): \(error)")
        }
      }
    }
    return (decisions, notices)
  }

  /// What is audited when it changes: the step, and for an alert its reason.
  private static func standing(of entry: Plan.Entry) -> String {
    entry.decision.alert.map {
      "\(entry.decision.step.rawValue) \($0.reason.rawValue) \($0.number)"
    }
      ?? entry.decision.step.rawValue
  }
}

extension EpisodeKey {
  init(_ decision: Decision) {
    self.init(rule: decision.rule, account: decision.account, currency: decision.currency)
  }

  init(_ delivery: Delivery) {
    self.init(rule: delivery.rule, account: delivery.account, currency: delivery.currency)
  }
}
