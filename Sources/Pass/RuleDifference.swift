import Configuration
import Outbox
public import Receivables
public import State

/// Who would have been told when, under two sets of rules.
public struct RuleDifference: Sendable {
  /// One alert that comes of both, or of one alone.
  public struct Line: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
      case earlier, later, onlyOld = "no longer", onlyNew = "newly"
    }

    public let kind: Kind
    public let account: AccountKey
    public let name: String
    public let currency: Currency
    public let rule: String
    /// In its episode: `crossed`, level 1.
    public let what: String
    public let old: Day?
    public let new: Day?
  }

  public private(set) var lines: [Line] = []
  /// Passes that were looked at, the first and the last day, and alerts under each.
  public private(set) var passes = 0
  public private(set) var days: (first: Day, last: Day)?
  public private(set) var oldAlerts = 0
  public private(set) var newAlerts = 0
  public private(set) var same = 0

  /// Plays every stored pass since a day under both.
  /// - Throws: `StateError`; `SourceError` when a stored directory is malformed.
  public static func between(
    _ old: Assembly,
    _ new: Assembly,
    over state: StateFile,
    since: Day
  ) async throws -> RuleDifference {
    let start = old.setup.zone.instant(of: since)
    var difference = RuleDifference()
    var before = try History(old)
    var after = try History(new)
    for pass in try state.passes(since: start) {
      var snapshots: [String: Snapshot] = [:]
      var events: [String: [SourceEvent]] = [:]
      for source in try state.sourcesPolled(by: pass.id) {
        snapshots[source] = try state.snapshot(of: source, seenBy: pass.id)
        events[source] = try state.events(of: source, decidedBy: pass.id)
      }
      if snapshots.isEmpty { continue }
      try await before.take(pass, snapshots, events)
      try await after.take(pass, snapshots, events)
      difference.passes += 1
      let day = old.setup.zone.day(of: pass.now)
      difference.days = (difference.days?.first ?? day, day)
    }
    difference.compare(before.alerts, after.alerts)
    return difference
  }

  private mutating func compare(_ old: [History.Alert], _ new: [History.Alert]) {
    oldAlerts = old.count
    newAlerts = new.count
    let before = Dictionary(grouping: old, by: \.place)
    let after = Dictionary(grouping: new, by: \.place)
    for place in Set(before.keys).union(after.keys) {
      // The nth of the same kind stands beside the nth.
      let (a, b) = (before[place] ?? [], after[place] ?? [])
      for index in 0..<max(a.count, b.count) {
        let first = a.indices.contains(index) ? a[index] : nil
        let second = b.indices.contains(index) ? b[index] : nil
        guard let any = first ?? second else { continue }
        let kind: Line.Kind
        switch (first?.day, second?.day) {
        case (let x?, let y?) where x == y:
          same += 1
          continue
        case (let x?, let y?): kind = y < x ? .earlier : .later
        case (_, nil): kind = .onlyOld
        case (nil, _): kind = .onlyNew
        }
        lines.append(
          Line(
            kind: kind, account: any.place.account, name: any.name, currency: any.place.currency,
            rule: any.place.rule, what: any.place.what, old: first?.day, new: second?.day))
      }
    }
    lines.sort {
      let a = $0.old ?? $0.new
      let b = $1.old ?? $1.new
      return a == b
        ? ($0.account, $0.rule, $0.what) < ($1.account, $1.rule, $1.what)
        : (a?.number ?? 0) < (b?.number ?? 0)
    }
  }
}

/// The alerts of one set of rules, pass by pass.
private struct History {
  struct Place: Hashable {
    let account: AccountKey
    let currency: Currency
    let rule: String
    let what: String
  }

  struct Alert {
    let place: Place
    let name: String
    let day: Day
  }

  private let rehearsal: Rehearsal
  private let zone: Zone
  private(set) var alerts: [Alert] = []

  init(_ assembly: Assembly) throws(StateError) {
    rehearsal = try Rehearsal(assembly, rulesAlone: true)
    zone = assembly.setup.zone
  }

  mutating func take(
    _ pass: StoredPass,
    _ snapshots: [String: Snapshot],
    _ events: [String: [SourceEvent]]
  ) async throws {
    let now = Now(pass.now, in: zone)
    let report = try await rehearsal.pass(
      at: now, snapshots, events: events, directory: pass.directory)
    for row in report.rows {
      guard let rule = row.rule, let level = row.level,
        row.deliveries.contains(where: { $0.status == .sent })
      else { continue }
      let place = Place(
        account: row.facts.account.key, currency: row.facts.currency, rule: rule,
        what: "\(row.decision), level \(level)")
      alerts.append(Alert(place: place, name: row.facts.account.name, day: now.today))
    }
  }
}
