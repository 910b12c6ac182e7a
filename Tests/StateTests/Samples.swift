import Foundation
import Outbox
import Receivables
import Rules
import State
import Support
import Testing

func permissions(_ path: String) throws -> Int? {
  let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
  return (mode as? NSNumber)?.intValue
}

/// Day `n` of the samples, 10:00 in Auckland; day 0 is 2 March 2026.
func sampleNow(_ day: Int = 0) throws -> Now {
  let zone = try #require(Zone("Pacific/Auckland"))
  let first = try #require(Day("2026-03-02"))
  return Now(zone.instant(of: first.adding(days: day), second: 36_000), in: zone)
}

/// Decisions, plans and promises over a real state file, as a pass makes them.
struct House {
  let state: StateFile
  var rule: Rule

  init(_ state: StateFile, approve: Bool = false) {
    self.state = state
    let levels = [0, 14].map { days in
      Rule.Level(
        trigger: .after(.days(days)),
        notice: .init(notify: [["email"], ["team"]], template: "reminder"),
        needsApproval: approve
      )
    }
    rule = Rule(
      name: "rent",
      levels: levels,
      onResolved: .init(notify: [["team"]], template: "resolved")
    )
  }

  func account(_ id: String = "A1") -> Account {
    Account(key: AccountKey(source: "books", id: id), name: "Ada", email: "ada@harbour.example")
  }

  func key(_ id: String = "A1") throws -> EpisodeKey {
    EpisodeKey(
      rule: rule.name,
      account: AccountKey(source: "books", id: id),
      currency: try Currency("NZD")
    )
  }

  func plan(_ id: String = "A1", owes: String, day: Int, disputed: Bool = false) throws -> Plan {
    let now = try sampleNow(day)
    var account = account(id)
    account.disputed = disputed
    let facts = try ScenarioAccount(account, currency: Currency("NZD")).facts(owes, on: now.today)
    let decision = try Evaluator.decide(
      rule,
      facts,
      episode: state.openEpisodes()[key(id)],
      now: now
    )
    func channel(_ name: String, _ audience: Audience) -> ChannelProfile {
      ChannelProfile(
        name: name,
        type: name,
        audience: audience,
        address: audience == .customer ? .email : .none,
        policy: DeliveryPolicy(guarantee: .neither, onUncertain: .hold)
      )
    }
    let planner = Planner(
      channels: ["email": channel("email", .customer), "team": channel("team", .team)],
      lastEpisode: try state.lastEpisodeNumbers(),
      now: now
    )
    return planner.plan([decision])
  }

  /// Plans and commits.
  /// - Returns: the new deliveries.
  @discardableResult
  func pass(
    _ id: String = "A1",
    owes: String,
    day: Int,
    disputed: Bool = false
  ) throws -> [Delivery] {
    let plan = try plan(id, owes: owes, day: day, disputed: disputed)
    try commit(plan, day: day)
    return plan.entries.flatMap { $0.suppressed == nil ? $0.deliveries : [] }
  }

  func commit(
    _ plan: Plan,
    orphans: [EpisodeKey] = [],
    terms: [TermsRecord] = [],
    decisions: [(key: EpisodeKey, record: DecisionRecord)] = [],
    judged: [Delivery] = [],
    audit: [AuditEntry] = [],
    day: Int
  ) throws {
    let now = try sampleNow(day).instant
    let pass = try state.beginPass(at: now)
    try state.commit(
      Promises(
        plan: plan,
        orphans: orphans,
        terms: terms,
        decisions: decisions,
        judged: judged,
        audit: audit
      ),
      pass: pass,
      at: now
    )
  }

  /// Writes the delivery as it stands after a dispatch.
  func settle(_ delivery: Delivery, _ status: Delivery.Status, day: Int) throws {
    var delivery = delivery
    delivery.status = status
    delivery.hold = status == .held ? .hours : nil
    let now = try sampleNow(day).instant
    delivery.sentAt = status == .sent ? now : nil
    try state.apply([.settled([delivery], audit: [])], pass: nil, at: now)
  }
}

/// A new state in a folder of its own.
func withState<T>(_ body: (StateFile, TemporaryFolder) throws -> T) throws -> T {
  let folder = try TemporaryFolder()
  return try body(StateFile(path: folder.file("state.sqlite"), mode: .readWrite), folder)
}
