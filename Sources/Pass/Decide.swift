import Accounting
import Configuration
import Crypto
import Outbox
import Receivables
import Rules
import State

/// Steps 2 and 3: from snapshots and what is remembered to decisions. Pure: a stored pass that is
/// evaluated again comes to the same.
struct Decided {
  let ledger: Ledger
  let decisions: [Decision]
  let byKey: [EpisodeKey: Decision]
  /// Accounts and rules that could not be worked out.
  let notices: [String]
  let unknown: UnknownSums

  init(
    _ outcomes: [PollOutcome],
    _ assembly: Assembly,
    _ directory: Directory,
    _ memory: Memory,
    _ now: Now
  ) {
    let ledger = Ledger(
      outcomes,
      assembly: assembly,
      directory: directory,
      terms: memory.terms,
      expecting: memory.expected,
      parts: memory.parts,
      today: now.today
    )
    var decisions: [Decision] = []
    var notices: [String] = []
    var unknown: Set<EpisodeKey> = []
    decisions.reserveCapacity(assembly.setup.rules.count * ledger.facts.count)
    let promises = memory.silences.filter { $0.promise != nil && $0.until < now.today }
    for whole in ledger.facts {
      for rule in assembly.setup.rules {
        let promise =
          promises.isEmpty
          ? nil
          : promises.lazy.filter { $0.matcher.matches(rule.name, whole) }
            .compactMap { $0.broken(whole, on: now.today) }.max { $0.promisedFor < $1.promisedFor }
        for facts in ledger.facts(whole, for: rule) {
          let key = EpisodeKey(
            rule: rule.name,
            account: facts.account.key,
            currency: facts.currency,
            part: facts.part
          )
          do throws(MoneyError) {
            if let events = rule.events {
              let new = ledger.events[Ledger.Key(facts)] ?? []
              decisions += try Evaluator.decide(
                rule,
                facts,
                events: new.filter { events.types.contains($0.type) },
                episode: memory.episodes[key],
                now: now
              )
            } else {
              decisions.append(
                try Evaluator.decide(
                  rule, facts, episode: memory.episodes[key], promise: promise, now: now)
              )
            }
          } catch {
            unknown.insert(key)
            notices.append("\(key.account): \(rule.name): \(error)")
          }
        }
      }
    }
    var byKey: [EpisodeKey: Decision] = [:]
    byKey.reserveCapacity(decisions.count)
    for decision in decisions { byKey[EpisodeKey(decision)] = decision }
    self.ledger = ledger
    self.decisions = decisions
    self.byKey = byKey
    self.notices = ledger.notices + notices
    self.unknown = UnknownSums(debts: ledger.unknown, decisions: unknown)
  }
}

extension Decided {
  /// Those about accounts that have an episode; of the many others nothing is to be said.
  var lasting: [Decision] { decisions.filter { $0.step != .none && $0.step != .outside } }

  /// SHA-256 over what was decided about every account that has an episode, in their order.
  var fingerprint: String {
    var hash = SHA256()
    for decision in lasting {
      let alert = decision.alert.map { "\($0.number) \($0.level) \($0.reason.rawValue)" } ?? ""
      for part in [
        decision.rule, decision.account.description, decision.currency.code, decision.part,
        decision.step.rawValue, alert, decision.why,
      ] {
        hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
      }
    }
    return hexadecimal(Array(hash.finalize()))
  }
}

/// What evaluation knows of earlier passes.
struct Memory {
  /// The open ones.
  var episodes: [EpisodeKey: Episode]
  var silences: [Silence]
  var terms: [AccountKey: TermsRecord]
  /// Accounts that are looked at though they may owe nothing any more.
  var expected: Set<Ledger.Key>
  /// What messages of earlier passes that still wait are about.
  var awaited: Set<EpisodeKey> = []

  init(
    episodes: [EpisodeKey: Episode],
    silences: [Silence],
    terms: [AccountKey: TermsRecord],
    expected: Set<Ledger.Key>
  ) {
    self.episodes = episodes
    self.silences = silences
    self.terms = terms
    self.expected = expected.union(episodes.keys.map(Ledger.Key.init))
  }

  init(
    _ assembly: Assembly,
    _ state: StateFile,
    _ earlier: [Delivery]
  ) throws(StateError) {
    self.init(
      episodes: try state.openEpisodes(),
      silences: try state.silences(),
      terms: try state.termsRecords(),
      expected: Set(earlier.map { Ledger.Key(EpisodeKey($0)) })
        .union(try Self.synced(assembly, state))
    )
    awaited = Set(earlier.map(EpisodeKey.init))
  }

  /// As it is once waiting messages to addresses that changed are dropped: an alert of which
  /// nothing is left is decided again, in this very pass.
  /// - Parameter old: open deliveries of earlier passes, judged.
  /// - Returns: `nil` where no alert is.
  func withoutMoved(_ old: [Delivery]) -> Memory? {
    struct Alert: Hashable {
      let key: EpisodeKey
      let number: Int
      init(_ delivery: Delivery) {
        key = EpisodeKey(delivery)
        number = delivery.alertNumber
      }
    }
    let moved = Set(old.filter(Queue.hasMoved).map(Alert.init))
    if moved.isEmpty { return nil }
    let alive = Set(old.filter { $0.status.isOpen }.map(Alert.init))
    var memory = self
    for alert in moved.subtracting(alive) {
      guard
        let index = memory.episodes[alert.key]?.alerts.firstIndex(where: {
          $0.number == alert.number && $0.standing == .waiting
        }), let past = memory.episodes[alert.key]?.alerts[index]
      else { continue }
      memory.episodes[alert.key]?.alerts[index] = PastAlert(
        number: past.number,
        level: past.level,
        reason: past.reason,
        at: past.at,
        standing: .failed,
        documentID: past.documentID
      )
    }
    return memory
  }

  /// Parts of accounts with an open episode, or a waiting message.
  var parts: [Ledger.Key: Set<String>] {
    var parts: [Ledger.Key: Set<String>] = [:]
    for key in awaited.union(episodes.keys) where !key.part.isEmpty {
      parts[Ledger.Key(key), default: []].insert(key.part)
    }
    return parts
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
}
