import Accounting
import Configuration
public import Outbox
public import Receivables
public import Rules
public import State
import Wire

/// Why an account is, or is not, alerted: out of what the newest passes left in the state. Nothing
/// is asked of a platform.
public struct Explanation: Sendable {
  /// What one rule makes of the account.
  public struct Verdict: Sendable {
    public let rule: Rule
    public let decision: Decision
    /// What the next pass would do with it, as things stand.
    public let entry: Plan.Entry
    public let silence: Silence?
    /// Of the open episode, in the order of the rule's channels.
    public let deliveries: [Delivery]
  }

  /// One currency of the account.
  public struct Balance: Sendable {
    public let facts: Facts
    public let verdicts: [Verdict]
  }

  public let account: Account
  public let owner: Owner?
  public let now: Now
  public let aging: Aging
  /// Why the customer's messages are kept back: a malformed row of the directory.
  public let doubt: String?
  /// When its source was last polled well, failed passes in a row since, and the last error.
  public let polledAt: Instant?
  public let failures: Int
  public let lastError: String?
  /// Why passes leave the account out: a document that cannot be read.
  public let leftOut: String?
  /// Its topmost parent, where what it owes counts for that one.
  public let countsFor: AccountKey?
  public let balances: [Balance]
  /// Episodes that are over: when, and how many alerts they had.
  public let earlier: [PastEpisode]

  /// - Parameter account: one that is known, by `source:id`.
  /// - Throws: `StateError`; `SourceError` when the directory is not there or malformed.
  public static func of(
    _ key: AccountKey,
    _ assembly: Assembly,
    _ state: StateFile,
    _ now: Now
  ) async throws -> Explanation {
    let rows = try await assembly.directory(over: LocalTransport())
    let outcomes = try PollOutcome.stored(assembly, state)
    let directory = rows.doubting(
      assembly.strangers(in: rows, PollOutcome.knownAccounts(outcomes)))
    let prepared = try Prepared(
      outcomes,
      assembly: assembly,
      directory: directory,
      state: state,
      options: PassOptions(now: now)
    )
    let record = try state.sourceRecords()[key.source]
    let known = outcomes.first { $0.name == key.source }?.snapshot.accounts[key.id]
    let facts = prepared.ledger.facts.filter { $0.account.key == key }
    var account = facts.first?.account ?? known ?? Account(key: key, name: key.id)
    if facts.isEmpty { account = (try? directory[key]?.apply(to: account)) ?? account }
    let deliveries = try state.deliveries(of: key)
    let source = assembly.sources.first { $0.name == key.source }
    var family = Family(
      outcomes.first { $0.name == key.source }?.snapshot ?? Snapshot(source: key.source),
      rollsUp: source?.rollsUp ?? false, directory)
    let head = family.head(of: key.id)
    let leftOut = try state.leftOut(of: key.source).first {
      $0.account == key.id || family.head(of: $0.account) == key.id
    }
    return Explanation(
      account: account,
      owner: account.owner.flatMap { assembly.setup.owners[$0] },
      now: now,
      aging: assembly.setup.aging,
      doubt: directory.flaws[key],
      polledAt: record?.polledAt,
      failures: record?.failures ?? 0,
      lastError: record?.lastError,
      leftOut: leftOut?.why,
      countsFor: head == key.id ? nil : AccountKey(source: key.source, id: head),
      balances: facts.map { facts in
        Balance(
          facts: facts,
          verdicts: prepared.verdicts(on: facts, assembly.setup.rules, deliveries))
      },
      earlier: try state.closedEpisodes(of: key)
    )
  }
}

extension Rule {
  /// In the order in which the rule names its channels.
  fileprivate func place(of delivery: Delivery) -> Int {
    guard levels.indices.contains(delivery.level - 1) else { return .max }
    let names = levels[delivery.level - 1].notice.notify.joined()
    return Array(names).firstIndex(of: delivery.channel) ?? .max
  }
}

extension Prepared {
  fileprivate func verdicts(
    on facts: Facts,
    _ rules: [Rule],
    _ deliveries: [Delivery]
  ) -> [Explanation.Verdict] {
    let mine = plan.entries.filter {
      $0.decision.account == facts.account.key && $0.decision.currency == facts.currency
    }
    return rules.flatMap { rule in
      mine.filter { $0.decision.rule == rule.name }.map { entry in
        let decision = entry.decision
        return Explanation.Verdict(
          rule: rule,
          decision: decision,
          entry: entry,
          silence: Silence.holding(silences, rule.name, decision.facts),
          deliveries: deliveries.filter {
            EpisodeKey($0) == EpisodeKey(decision) && $0.episode == decision.episode?.number
          }.sorted { rule.place(of: $0) < rule.place(of: $1) }
        )
      }
    }
  }
}
