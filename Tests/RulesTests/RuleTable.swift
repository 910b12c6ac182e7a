import Foundation
import Receivables
import Rules
import Support

/// Plays a table of `Tables/`: each row is a day on which a pass ran.
///
/// Given columns: `date` (or `2026-03-02T08:30`; else the pass is at `at`), and what is owed,
/// either `owes` (`300@45,200@-3,-50`: see `ScenarioAccount`) or `balance`, `overdue` and `late`.
/// Optional: `dispatch` (what becomes of the alert: `sent`, `failed`, `waiting`, `suppressed`;
/// later `released` or `dropped` for one that was waiting), `terms` (`changed`: seen to change that
/// day), `polled` (`no`: the source failed).
/// Results: `step`, `alert` (its number), `level`, `reason`, `next`, `why`.
struct RuleTable {
  struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private var table: ScenarioTable
  private let rule: Rule
  private let zone: Zone
  private let hour: Int
  private var account: ScenarioAccount

  init(_ text: String) throws {
    guard let table = ScenarioTable(text) else { throw Wrong("there is no table") }
    self.table = table
    let settings = table.settings
    let known = [
      "zone", "at", "currency", "aging", "limit", "balance", "over", "at_least", "days_overdue",
      "credit_used_over", "terms_changed_within", "due_within", "clear_under", "repeat",
      "max_alerts", "levels", "jump", "on_resolved",
    ]
    if let key = settings.keys.first(where: { !known.contains($0) }) {
      throw Wrong("unknown setting \(key)")
    }
    guard let zone = Zone(settings["zone"] ?? "Pacific/Auckland") else { throw Wrong("zone") }
    self.zone = zone
    hour = try Self.second(settings["at"] ?? "08:00")
    let currency = try Currency(settings["currency"] ?? "NZD")
    let aging = settings["aging"].map {
      Aging(bounds: $0.split(separator: " ").compactMap { Int($0) })
    }
    let limit = try settings["limit"].map { try Money($0, currency: currency) }
    account = ScenarioAccount(
      Account(key: AccountKey(source: "books", id: "A1"), name: "Ada", creditLimit: limit),
      currency: currency,
      aging: aging ?? .standard
    )
    rule = try Self.rule(settings, aging: account.aging)
  }

  /// The text of the table with its results.
  mutating func play() throws -> String {
    var timeline = Timeline(rule)
    for (index, line) in table.lines.enumerated() {
      guard case .row(var row) = line else { continue }
      let now = Now(try instant(row["date"] ?? ""), in: zone)
      if row["polled"] == "no" { continue }
      if row["terms"] == "changed" { account.termsChangedOn = now.today }
      let dispatch = row["dispatch"].flatMap(Timeline.Dispatch.init)
      let decision = try timeline.pass(facts(row, now), at: now, dispatch ?? .sent)
      switch row["dispatch"] {
      case "released": timeline.settle(.sent, at: now.instant)
      case "dropped": timeline.settle(.failed, at: now.instant)
      case nil, "-": break
      case let text? where dispatch == nil: throw Wrong("unknown dispatch \(text)")
      default: break
      }
      row["step"] = decision.step.rawValue
      row["alert"] = decision.alert.map { String($0.number) }
      row["level"] = decision.alert.map { String($0.level) }
      row["reason"] = decision.alert?.reason.rawValue
      row["next"] = decision.nextDate?.description
      row["why"] = decision.why
      table.lines[index] = .row(row)
    }
    return table.text
  }

  private func facts(_ row: [String: String], _ now: Now) throws -> Facts {
    if let owes = row["owes"] { return try account.facts(owes == "-" ? "" : owes, on: now.today) }
    func amount(_ column: String) throws -> Money {
      try Money(row[column].flatMap { $0 == "-" ? nil : $0 } ?? "0", currency: account.currency)
    }
    let overdue = try amount("overdue")
    let rest =
      try row["balance"] == nil
      ? overdue.subtracting(overdue)
      : amount("balance").subtracting(overdue)
    guard rest.minorUnits >= 0 else { throw Wrong("more is overdue than owed") }
    var cells: [String] = []
    if overdue.isPositive { cells.append("\(overdue.decimalString)@\(row["late"] ?? "1")") }
    if rest.isPositive { cells.append("\(rest.decimalString)@-10") }
    return try account.facts(cells.joined(separator: ","), on: now.today)
  }

  private func instant(_ text: String) throws -> Instant {
    let parts = text.split(separator: "T")
    guard let date = parts.first, let day = Day(date) else { throw Wrong("no date: \(text)") }
    return zone.instant(
      of: day,
      second: parts.count == 1 ? hour : try Self.second(String(parts[1]))
    )
  }

  private static func second(_ text: String) throws -> Int {
    let parts = text.split(separator: ":").compactMap { Int($0) }
    guard parts.count >= 2 else { throw Wrong("no time: \(text)") }
    return parts[0] * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0)
  }

  // MARK: The rule

  private static func rule(_ settings: [String: String], aging: Aging) throws -> Rule {
    func period(_ key: String) throws -> Period? {
      try settings[key].map { text in
        guard let period = Period(text) else { throw Wrong("\(key): \(text)") }
        return period
      }
    }
    func number(_ key: String) -> Int? { settings[key].flatMap { Int($0) } }
    guard let basis = BalanceBasis(settings["balance"] ?? "overdue", aging: aging) else {
      throw Wrong("balance: \(settings["balance"] ?? "")")
    }
    let due = try period("due_within")
    let atLeast = settings["at_least"].map(thresholds)
    let repeats = settings["repeat"] == "never" ? nil : try period("repeat") ?? .days(7)
    return Rule(
      name: "rule",
      when: Condition(
        basis: basis,
        comparison: atLeast == nil ? .over : .atLeast,
        threshold: atLeast ?? settings["over"].map(thresholds) ?? .zero,
        daysOverdue: number("days_overdue"),
        creditUsedOver: number("credit_used_over"),
        termsChangedWithin: try period("terms_changed_within"),
        dueWithinDays: due.flatMap { if case .days(let days) = $0 { days } else { nil } }
      ),
      clearUnder: settings["clear_under"].map(thresholds),
      repeatAfter: repeats,
      maxAlerts: number("max_alerts"),
      levels: try (settings["levels"] ?? "0d").split(separator: " ").map(level),
      onResolved: settings["on_resolved"] == "yes" ? .init(notify: [["team"]], template: "") : nil,
      jump: settings["jump"] == "yes"
    )
  }

  /// `14d`, `6h`, or `overdue:30` for a level that comes when the oldest invoice is so late.
  private static func level(_ text: Substring) throws -> Rule.Level {
    let notice = Rule.Notice(notify: [["team"]], template: "reminder")
    if text.hasPrefix("overdue:"), let days = Int(text.dropFirst(8)) {
      return Rule.Level(trigger: .daysOverdue(days), notice: notice)
    }
    guard let period = Period(text) else { throw Wrong("level \(text)") }
    return Rule.Level(trigger: .after(period), notice: notice)
  }

  /// `500`, or `NZD=500 default=300`.
  private static func thresholds(_ text: String) -> Thresholds {
    guard text.contains("=") else { return Thresholds(fallback: text) }
    var thresholds = Thresholds(fallback: nil)
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "=").map(String.init)
      if parts[0] == "default" {
        thresholds.fallback = parts[1]
      } else {
        thresholds.byCurrency[parts[0]] = parts[1]
      }
    }
    return thresholds
  }
}
