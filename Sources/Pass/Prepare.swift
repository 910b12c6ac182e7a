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
  /// Sources that were polled well: only their accounts may be spoken to.
  public let polled: Set<String>
  /// Open deliveries as earlier passes left them.
  let earlier: [Delivery]
  /// Open episodes whose rule is gone.
  let orphans: [EpisodeKey]
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
    let episodes = try state.openEpisodes()
    let earlier = try state.openDeliveries()
    let ledger = Ledger(
      outcomes,
      assembly: assembly,
      directory: directory,
      terms: try state.termsRecords(),
      expecting: Set(episodes.keys.map(Ledger.Key.init))
        .union(earlier.map { Ledger.Key(EpisodeKey($0)) })
        .union(try Self.synced(assembly, state)),
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
    var decisions: [EpisodeKey: Decision] = [:]
    decisions.reserveCapacity(decided.decisions.count)
    for decision in decided.decisions { decisions[EpisodeKey(decision)] = decision }
    let queue = Queue(
      decisions: decisions,
      orphans: Set(orphans),
      polled: polled,
      assembly: assembly,
      limits: limits,
      now: now
    )
    let old = earlier.map(queue.judged)
    let planner = Planner(
      channels: assembly.channels.mapValues(\.profile),
      owners: assembly.setup.owners,
      badAddresses: try state.badAddresses(),
      optedOut: try state.optedOut(),
      hours: assembly.setup.hours,
      limits: limits,
      heldByLimit: old.filter { $0.hold == .limit }.count,
      sentToday: try Self.toldToday(state, and: old, now),
      lastEpisode: try state.lastEpisodeNumbers(),
      now: now
    )
    self.planner = planner
    records = try Self.records(assembly, state)
    digests = try DigestMemory(state, earlier)
    plan = planner.plan(decided.decisions)
    self.outcomes = outcomes
    self.ledger = ledger
    self.decisions = decisions
    self.polled = polled
    self.earlier = earlier
    self.orphans = orphans
    self.queue = queue.deliveries(old, and: plan)
    untrue = Dictionary(
      uniqueKeysWithValues: earlier.filter { $0.status == .sending }.compactMap { delivery in
        queue.untruth(of: delivery).map { (delivery.id, $0) }
      }
    )
  }

  /// Records on other platforms that follow every change, and may say that something is owed.
  private static func synced(
    _ assembly: Assembly,
    _ state: StateFile
  ) throws(StateError) -> [Ledger.Key] {
    var keys: [Ledger.Key] = []
    for (name, channel) in assembly.channels where channel.sync == .everyChange {
      keys += try state.synced(name).map { Ledger.Key(account: $0.account, currency: $0.currency) }
    }
    return keys
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

  /// What goes out in place of a delivery whose address has just proved bad for good.
  func fallback(for failed: Delivery, _ rules: [Rule]) -> [Delivery] {
    guard let decision = decisions[EpisodeKey(failed)],
      let rule = rules.first(where: { $0.name == failed.rule })
    else { return [] }
    let level = rule.levels.indices.contains(failed.level - 1) ? rule.levels[failed.level - 1] : nil
    guard let notice = failed.reason == .resolved ? rule.onResolved : level?.notice else {
      return []
    }
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
      told[BadAddress(channel: first.channel, address: recipient), default: 0] += 1
    }
    return told
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
          if let events = rule.events {
            let new = ledger.events[Ledger.Key(facts)] ?? []
            decisions += try Evaluator.decide(
              rule,
              seen,
              events: new.filter { events.types.contains($0.type) },
              episode: episodes[key],
              now: now
            )
          } else {
            decisions.append(
              try Evaluator.decide(rule, seen, episode: episodes[key], now: now)
            )
          }
        } catch {
          notices.append("\(key.account): \(rule.name): \(error)")
        }
      }
    }
    return (decisions, notices)
  }
}

extension EpisodeKey {
  init(_ decision: Decision) {
    self.init(
      rule: decision.rule,
      account: decision.account,
      currency: decision.currency,
      part: decision.part
    )
  }

  init(_ delivery: Delivery) {
    self.init(
      rule: delivery.rule,
      account: delivery.account,
      currency: delivery.currency,
      part: delivery.part
    )
  }
}
