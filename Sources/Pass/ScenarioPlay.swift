public import Configuration
import Foundation
import Outbox
public import Receivables
import Rules
import State

/// A scenario as it went: its days, and where they are not as expected.
public struct ScenarioPlay: Sendable {
  public struct Today: Sendable {
    public let day: Day
    /// What happened before the pass.
    public let happenings: [Clause]
    public let report: PassReport
    public let told: [Told]
    /// Expected alerts that did not come.
    public var missing: [RuleScenario.Expectation] = []
    /// Alerts that nobody expected.
    public var surplus: [Told] = []
  }

  /// What happened, in words.
  public struct Clause: Sendable, Equatable {
    /// The id of whom it is about; `nil` where it is nobody's alone.
    public let account: String?
    public let words: String
  }

  /// One alert of one rule, sent, held or suppressed.
  public struct Told: Sendable, Equatable {
    public let account: String
    public let rule: String
    /// A reason; `suppressed` or `held` where nothing of it went out.
    public let what: String
    public let level: Int
    /// Channels through which it went out, or waits.
    public let via: [String]
    public let why: String
  }

  public let scenario: RuleScenario
  public private(set) var days: [Today] = []

  public var differences: Int { days.reduce(0) { $0 + $1.missing.count + $1.surplus.count } }

  /// Plays it with the rules of the config.
  /// - Throws: `StateError`; `ScenarioProblem` when a payment is for an invoice that is not there.
  public static func play(
    _ scenario: RuleScenario,
    _ assembly: Assembly
  ) async throws -> ScenarioPlay {
    let rehearsal = try Rehearsal(assembly, rulesAlone: false)
    var books = ScenarioBooks(scenario, sources: assembly.sources.map(\.name))
    var play = ScenarioPlay(scenario: scenario)
    var day = scenario.from
    while day <= scenario.to {
      let zone = assembly.setup.zone
      let now = Now(zone.instant(of: day, second: scenario.at), in: zone)
      let happenings = scenario.days[day] ?? []
      var clauses: [Clause] = []
      for happening in happenings {
        clauses.append(books.clause(happening))
        try books.obey(happening, on: day)
        if case .silence(let account, let until, let reason, let promised) = happening {
          let promise = try promised.map {
            try rehearsal.promise($0, of: books.key(account), books, on: day)
          }
          try rehearsal.silence(books.key(account), until: until, reason, promise, now)
        }
      }
      let report = try await rehearsal.pass(
        at: now, books.snapshots, events: books.takeEvents(at: now.instant),
        directory: books.directory)
      if happenings.contains(.approve) { try rehearsal.approveAll(now.instant) }
      play.days.append(Self.today(day, clauses, report, scenario.expected[day] ?? []))
      day = day.adding(days: 1)
    }
    return play
  }

  private static func today(
    _ day: Day,
    _ happenings: [Clause],
    _ report: PassReport,
    _ expected: [RuleScenario.Expectation]
  ) -> Today {
    let told = report.alertsTold
    var surplus = told
    var missing: [RuleScenario.Expectation] = []
    for expectation in expected {
      if let index = surplus.firstIndex(where: expectation.matches) {
        surplus.remove(at: index)
      } else {
        missing.append(expectation)
      }
    }
    return Today(
      day: day, happenings: happenings, report: report, told: told, missing: missing,
      surplus: surplus)
  }
}

extension RuleScenario.Expectation {
  fileprivate func matches(_ told: ScenarioPlay.Told) -> Bool {
    account == told.account && what == told.what && (rule ?? told.rule) == told.rule
      && (level ?? told.level) == told.level
      && (via.map { Set($0) == Set(told.via) } ?? true)
  }
}

extension PassReport {
  /// The alerts of this pass, each once; what went out of those of earlier passes too.
  var alertsTold: [ScenarioPlay.Told] {
    rows.compactMap { row -> ScenarioPlay.Told? in
      guard let rule = row.rule, let level = row.level else { return nil }
      let out = row.deliveries.filter { $0.status != .suppressed }
      let isHeld = !out.isEmpty && out.allSatisfy { $0.status == .held }
      let via = isHeld ? out : out.filter { $0.status != .held }
      return ScenarioPlay.Told(
        account: row.facts.account.key.id,
        rule: rule,
        what: isHeld ? "held" : row.decision,
        level: level,
        via: via.map(\.channel),
        why: isHeld ? out[0].why : row.why
      )
    }
      + Dictionary(
        grouping: deliveries.filter { $0.createdAt < now.instant && $0.status == .sent }
      ) { "\($0.rule) \($0.account) \($0.currency) \($0.part) \($0.alertNumber)" }
      .sorted { $0.key < $1.key }.map { _, released in
        ScenarioPlay.Told(
          account: released[0].account.id,
          rule: released[0].rule,
          what: released[0].reason.rawValue,
          level: released[0].level,
          via: released.map(\.channel),
          why: "held since \(now.zone.day(of: released[0].createdAt))"
        )
      }
  }
}

extension Rehearsal {
  /// As `silence add --promise` takes it.
  fileprivate func promise(
    _ promised: RuleScenario.Promised,
    of account: AccountKey,
    _ books: ScenarioBooks,
    on day: Day
  ) throws -> Silence.Promise {
    var amount: Money?
    if case .amount(let money) = promised { amount = money }
    let source = assembly.sources.first { $0.name == account.source }
    let owed = try books.owed(
      by: account.id, in: amount?.currency, aging: assembly.setup.aging,
      credits: source?.credits ?? .oldestFirst, on: day)
    guard let owed else {
      throw ScenarioProblem("\(day): \(account.id) owes nothing that could be promised")
    }
    let promise = try Silence.Promise(amount, of: owed)
    guard promise.isPossible else {
      throw ScenarioProblem(
        "\(day): \(account.id) promises \(promise.amount), and owes \(promise.openThen)")
    }
    return promise
  }

  fileprivate func silence(
    _ account: AccountKey,
    until: Day,
    _ reason: String,
    _ promise: Silence.Promise?,
    _ now: Now
  ) throws {
    _ = try state.add(
      Silence(
        createdAt: now.instant,
        author: "scenario",
        reason: reason,
        until: until,
        matcher: Silence.Matcher(source: account.source, account: account.id),
        promise: promise
      )
    ) { AuditEntry(kind: .person, subject: "\(account)", body: "{\"silence\":\($0.id)}") }
  }

  /// Releases what waits for a person: the next pass sends it.
  fileprivate func approveAll(_ now: Instant) throws {
    let released = try state.openDeliveries().filter(\.waitsForPerson).map { $0.queued(at: now) }
    try state.apply([.settled(released, audit: [])], pass: nil, at: now)
  }
}

/// A scenario asks for what cannot be.
public struct ScenarioProblem: Error, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
