public import Outbox
public import Receivables
import Rules

/// What a pass came to; the exit code of `run` and `preview`.
public enum Verdict: Int32, Sendable {
  case done = 0
  /// A fixture or a file that is the only source is malformed.
  case badInput = 65
  case noSourcePolled = 69
  /// The next pass goes on.
  case partly = 75
  case signInNeeded = 77
  /// A source asks for what is not there: a file, a tenant.
  case badConfig = 78

  /// Exit codes, those of other commands among them; what needs a person sooner comes first
  /// (SPEC.md "Commands").
  public static let codesByUrgency: [Int32] = [78, 77, 73, 76, 70, 69, 65, 75, 0]

  func orWorse(_ other: Verdict) -> Verdict {
    Self.codesByUrgency.first { $0 == rawValue || $0 == other.rawValue } == rawValue ? self : other
  }
}

/// Step 7: all that a pass, or a preview of one, has to say.
public struct PassReport: Sendable {
  public let now: Now
  /// `nil` for a preview.
  public let pass: Int64?
  public let prepared: Prepared
  /// As they stand at the end: planned, sent, held, failed, cancelled. Suppressed ones last.
  public let deliveries: [Delivery]
  /// The words of each delivery, from the newest facts.
  public let builder: MessageBuilder
  public let aging: Aging
  /// Things a person should know.
  public internal(set) var notices: [String]
  /// What waits for a person, and how it is released.
  public let waiting: [Waiting]
  /// Why it ended early, if it did.
  public let stopped: String?
  public let milliseconds: Int64
  public internal(set) var verdict: Verdict
  /// Whether there was any state before: the first run tells everyone at once.
  public let isFirstPass: Bool
  /// Channels of `ops` that were told something: `credit-team of 3`.
  public internal(set) var told: [String] = []

  public var sources: [PollOutcome] { prepared.outcomes }
  /// The names of the config's channels.
  public var channels: [String] { builder.assembly.channels.keys.sorted() }

  public func count(_ status: Delivery.Status) -> Int {
    deliveries.count { $0.status == status }
  }

  /// Alerts that were decided in this pass and not suppressed.
  public var alerts: Int {
    prepared.plan.entries.count { $0.decision.alert != nil && $0.suppressed == nil }
  }
}

extension Plan {
  /// What earlier passes left, the oldest first, then what this one promised, as it was planned:
  /// the order in which the platforms answered is nobody's.
  func inItsOrder(_ deliveries: [Delivery]) -> [Delivery] {
    let places = Dictionary(
      entries.lazy.flatMap(\.deliveries).enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    func place(_ delivery: Delivery) -> (Int, Instant, String, String) {
      let name = "\(delivery.accountName) \(delivery.channel)"
      return (places[delivery.id] ?? -1, delivery.createdAt, name, delivery.id.description)
    }
    return deliveries.map { (place($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
  }
}

/// A line of the preview: one rule's decision on one account.
public struct DecisionRow: Sendable {
  public let facts: Facts
  /// `nil` when no rule is about the account.
  public let rule: String?
  /// `crossed`, `escalated`, `persisting`, `resolved`, `suppressed`, `open`, `closed`, `none`.
  public let decision: String
  public let why: String
  public let nextDate: Day?
  public let deliveries: [Delivery]
  public let level: Int?
}

extension PassReport {
  /// Every polled account with every rule that is about it; once with none where no rule is.
  public var rows: [DecisionRow] {
    var rows: [DecisionRow] = []
    var isCovered: Set<Ledger.Key> = []
    let current = Dictionary(grouping: deliveries.filter { $0.createdAt == now.instant }) {
      EpisodeKey($0)
    }
    for entry in prepared.plan.entries where entry.decision.step != .outside {
      let decision = entry.decision
      isCovered.insert(Ledger.Key(decision.facts))
      let mine = (current[EpisodeKey(decision)] ?? []).filter {
        $0.alertNumber == decision.alert?.number
      }
      rows.append(
        DecisionRow(
          facts: decision.facts,
          rule: decision.rule,
          decision: entry.word,
          why: entry.suppressed.map { "\($0) (\(decision.why))" } ?? decision.why,
          nextDate: decision.nextDate,
          deliveries: mine.isEmpty ? entry.deliveries : mine,
          level: decision.alert?.level
        )
      )
    }
    for facts in prepared.ledger.facts where !isCovered.contains(Ledger.Key(facts)) {
      rows.append(
        DecisionRow(
          facts: facts,
          rule: nil,
          decision: "none",
          why: "no rule is about this account",
          nextDate: nil,
          deliveries: [],
          level: nil
        )
      )
    }
    return rows
  }
}

extension Plan.Entry {
  /// The decision in one word.
  public var word: String {
    if suppressed != nil { return "suppressed" }
    if let alert = decision.alert { return alert.reason.rawValue }
    switch decision.step {
    case .none, .outside: return "none"
    case .open, .stay: return "open"
    case .close: return "closed"
    }
  }
}
