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
  /// Of deliveries that were in flight when a pass was cut short: why they must not be sent again.
  public let untrue: [DeliveryID: String]
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
    let planner = Planner(
      channels: assembly.channels.mapValues(\.profile),
      owners: assembly.setup.owners,
      badAddresses: try state.badAddresses(),
      hours: assembly.setup.hours,
      limits: limits,
      heldByLimit: earlier.filter { $0.hold == .limit }.count,
      sentToday: try state.sentCounts(since: now.zone.instant(of: now.today)),
      lastEpisode: try state.lastEpisodeNumbers(),
      now: now
    )
    let plan = planner.plan(decided.decisions)

    // Episodes of rules that are gone; of a source that was not polled, nothing changes.
    let rules = Set(assembly.setup.rules.map(\.name))
    let orphans = episodes.keys.filter { !rules.contains($0.rule) }
    let known = try state.decisionRecords()
    var decisions: [EpisodeKey: Decision] = [:]
    var changed: [(key: EpisodeKey, record: DecisionRecord)] = []
    var audit: [AuditEntry] = []
    decisions.reserveCapacity(plan.entries.count)
    for entry in plan.entries {
      let decision = entry.decision
      let key = EpisodeKey(decision)
      decisions[key] = decision
      let record = DecisionRecord(
        step: Self.standing(of: entry),
        why: decision.why,
        suppressed: entry.suppressed,
        nextDate: decision.nextDate
      )
      guard known[key] != record else { continue }
      changed.append((key, record))
      if let alert = decision.alert, entry.suppressed == nil {
        audit.append(
          AuditEntry(
            kind: .alert, subject: key.account.description,
            body: AuditBody.alert(decision, alert, entry.deliveries)))
      } else if decision.step != .outside || known[key] != nil,
        known[key].map({ Self.audited($0.step) }) != Self.audited(record.step)
          || known[key]?.suppressed != record.suppressed
      {
        // A changed wording (a day more overdue) is kept for `explain`; the log has what changed.
        audit.append(
          AuditEntry(
            kind: .decision, subject: key.account.description,
            body: AuditBody.decision(decision, suppressed: entry.suppressed)))
      }
    }
    self.outcomes = outcomes
    self.ledger = ledger
    self.plan = plan
    self.decisions = decisions
    self.polled = polled
    let queue = Queue(
      plan: plan,
      decisions: decisions,
      orphans: Set(orphans),
      polled: polled,
      assembly: assembly,
      limits: limits,
      now: now
    )
    self.queue = queue.deliveries(earlier)
    untrue = Dictionary(
      uniqueKeysWithValues: earlier.filter { $0.status == .sending }.compactMap { delivery in
        queue.untruth(of: delivery).map { (delivery.id, $0) }
      }
    )
    let before = Dictionary(uniqueKeysWithValues: earlier.map { ($0.id, $0) })
    let judged = self.queue.filter { delivery in
      before[delivery.id].map { $0 != delivery } ?? false
    }
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

  /// Whether there is an episode: an alert has an entry of its own.
  private static func audited(_ step: String) -> String {
    switch step.prefix(while: { $0 != " " }) {
    case "open", "stay": "open"
    case "close": "closed"
    default: "none"
    }
  }

  /// What is stored anew when it changes: the step, and for an alert its reason.
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
