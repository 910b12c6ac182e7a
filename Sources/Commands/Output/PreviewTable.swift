import Outbox
import Pass
import Receivables
import Rules

/// `preview` for an accountant at a terminal: one line an account and way, the largest overdue
/// balance first.
struct PreviewTable {
  private let report: PassReport
  private let shown: Selection
  private let showsAll: Bool
  private let showsWhy: Bool
  private let width: Int
  private let columns: [Table.Column]
  /// Sources are named where there are several.
  private let namesSource: Bool

  init(_ report: PassReport, _ shown: Selection, showsAll: Bool, showsWhy: Bool) {
    self.report = report
    self.shown = shown
    self.showsAll = showsAll
    self.showsWhy = showsWhy
    width = Terminal.width
    namesSource = report.sources.count > 1
    let told = report.rows.filter { shown.includes($0.facts.account.key) }
    let lines = Self.accounts(in: told).map(Self.Ways.init)
    let channels = min(max(lines.map { Table.width(of: $0.channels) }.max() ?? 0, 7), 30)
    let recipients = max(lines.map { Table.width(of: $0.recipients) }.max() ?? 0, 9)
    let source = namesSource ? (report.sources.map(\.name.count).max() ?? 0) + 1 : 0
    // Amounts, days, level and time take 52 columns, an address what it needs, and a name the rest.
    let rest = width - 52 - source - channels - min(recipients, 40)
    columns =
      [
        .init("Overdue", 16, right: true), .init("Balance", 13, right: true),
        .init("Days", 4, right: true), .init("Lv", 2, right: true),
      ] + (namesSource ? [.init("Source", source)] : [])
      + [
        .init("Account", max(14, rest)), .init("Channel", channels), .init("When", 7),
        .init("Recipient", recipients),
      ]
  }

  /// Rows of one account, currency and part together, in the order of the first of each.
  private static func accounts(in rows: [DecisionRow]) -> [[DecisionRow]] {
    var order: [String] = []
    var groups: [String: [DecisionRow]] = [:]
    for row in rows {
      let key = "\(row.facts.account.key) \(row.facts.currency) \(row.facts.part)"
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(row)
    }
    return order.compactMap { groups[$0] }
  }

  /// The ways in which an account is told, on one line.
  private struct Ways {
    /// Those that go out, or wait; all where none does.
    let deliveries: [Delivery]
    let channels: String
    let recipients: String

    init(_ rows: [DecisionRow]) {
      let all = rows.flatMap(\.deliveries)
      let alive = all.filter { $0.status != .suppressed }
      deliveries = alive.isEmpty ? all : alive
      channels = Self.each(deliveries.map(\.channel)) ?? "-"
      recipients =
        Self.each(deliveries.compactMap(\.recipient))
        ?? (alive.isEmpty ? "-" : "(the channel)")
    }

    static func each(_ texts: [String]) -> String? {
      var found: [String] = []
      for text in texts where !found.contains(text) { found.append(text) }
      return found.isEmpty ? nil : found.joined(separator: ", ")
    }
  }

  var text: String {
    let rows = report.rows.filter { shown.includes($0.facts.account.key) }.sorted(by: Self.isSooner)
    let now = rows.filter { row in row.deliveries.contains { $0.status == .pending } }
    let waiting = rows.filter { row in
      !row.deliveries.contains { $0.status == .pending }
        && row.deliveries.contains { $0.status == .held }
    }
    let suppressed = rows.filter { $0.decision == "suppressed" }
    let told = ["crossed", "escalated", "persisting", "resolved", "suppressed"]
    let open = rows.filter { $0.decision == "open" }
    let closed = rows.filter { $0.decision == "closed" }
    let quiet = rows.filter {
      !told.contains($0.decision) && !["open", "closed"].contains($0.decision)
    }
    var lines = ["Preview at \(Self.local(report.now)) (\(report.now.zone)). Nothing is sent.", ""]
    lines += report.sources.map { Summary.line(for: $0) }
    if report.isFirstPass, !now.isEmpty || !waiting.isEmpty {
      let accounts = Set((now + waiting).map(\.facts.account.key)).count
      lines += [
        "",
        "First run: \(counted(accounts, "account")) would be told; see `balancealert baseline`.",
      ]
    }
    lines += silences
    lines += section("Would be sent", now)
    lines += section("Held", waiting)
    lines += earlier
    lines += section("Suppressed", suppressed)
    lines += plain("Open, nothing due now", open)
    lines += plain("Would close", closed)
    if showsAll { lines += plain("Not alerted", quiet) }
    lines += totals(of: now + waiting)
    let chosen = report.deliveries.filter { shown.includes($0.account) }
    let ready = chosen.count { $0.status == .pending }
    let held = chosen.count { $0.status == .held }
    lines += [
      "",
      "\(counted(ready, "delivery", "deliveries")) now, \(held) held,"
        + " \(counted(suppressed.count, "alert")) suppressed,"
        + " \(open.count) open with nothing due,"
        + " \(quiet.count) not alerted\(showsAll ? "" : " (list them with --all)").",
    ]
    if !showsWhy, !rows.isEmpty { lines.append("The reasons are with --why.") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// By currency, then what is overdue, then the balance, the largest first; then by name.
  private static func isSooner(_ a: DecisionRow, _ b: DecisionRow) -> Bool {
    let (x, y) = (a.facts, b.facts)
    if x.currency != y.currency { return x.currency < y.currency }
    if x.overdueBalance.minorUnits != y.overdueBalance.minorUnits {
      return x.overdueBalance.minorUnits > y.overdueBalance.minorUnits
    }
    if x.balance.minorUnits != y.balance.minorUnits {
      return x.balance.minorUnits > y.balance.minorUnits
    }
    let (one, other) = (x.account.name.lowercased(), y.account.name.lowercased())
    if one != other { return one < other }
    return (x.account.key.description, a.rule ?? "") < (y.account.key.description, b.rule ?? "")
  }

  private func section(_ title: String, _ rows: [DecisionRow]) -> [String] {
    if rows.isEmpty { return [] }
    var table = Table(columns)
    let accounts = Self.accounts(in: rows)
    for rows in accounts {
      guard let first = rows.first else { continue }
      let ways = Ways(rows)
      let moments = Ways.each(ways.deliveries.map { when($0, report.now) }) ?? "-"
      let level = rows.compactMap(\.level).max()
      table.add(figures(first, level: level) + [ways.channels, moments, ways.recipients])
      if showsWhy { for line in rows.flatMap(reasons) { table.add(line: line) } }
    }
    return ["", "\(title) (\(accounts.count))", table.header, String(repeating: "-", count: width)]
      + table.lines
  }

  private func reasons(_ row: DecisionRow) -> [String] {
    let obstacles = row.deliveries.filter { $0.status != .pending && row.decision != "suppressed" }
      .map { "\($0.channel) \($0.status.rawValue): \($0.why) [\($0.id.text.prefix(8))]" }
    let rule = row.rule.map { "\($0): " } ?? ""
    return (obstacles + [rule + row.why]).flatMap {
      Table.wrapped($0, indent: "    ", width: width)
    }
  }

  private var silences: [String] {
    let active = report.prepared.silences
    guard let first = active.map(\.until).min() else { return [] }
    return [
      "",
      "\(counted(active.count, "silence")) in force, the next ends with \(first)"
        + " (`balancealert silence list`).",
    ]
  }

  /// Deliveries of earlier passes that are still in the queue, or uncertain.
  private var earlier: [String] {
    let new = Set(report.rows.flatMap(\.deliveries).map(\.id))
    let old = report.deliveries.filter { !new.contains($0.id) && shown.includes($0.account) }
    if old.isEmpty { return [] }
    var lines = ["", "From earlier passes (\(old.count))"]
    for delivery in old {
      let why = delivery.why.isEmpty ? "" : ": \(delivery.why)"
      lines += Table.wrapped(
        "\(delivery.accountName), \(delivery.rule), level \(delivery.level), \(delivery.channel)"
          + " \(delivery.recipient ?? ""): \(delivery.status.rawValue)\(why)"
          + " [\(delivery.id.text.prefix(8))]",
        indent: "  ",
        width: width
      )
    }
    return lines
  }

  private func plain(_ title: String, _ rows: [DecisionRow]) -> [String] {
    if rows.isEmpty { return [] }
    let head = Array(columns.prefix { $0.title != "Lv" })
    let names = columns.filter { ["Source", "Account"].contains($0.title) }
    var table = Table(head + names + [.init("Next", 10), .init("Rule", 30)])
    for row in rows {
      let figures = figures(row, level: nil)
      table.add(
        Array(figures.prefix(3)) + figures.dropFirst(4)
          + [row.nextDate?.description ?? "-", row.rule ?? "-"])
      if showsWhy {
        for line in Table.wrapped(row.why, indent: "    ", width: width) { table.add(line: line) }
      }
    }
    return ["", "\(title) (\(rows.count))", table.header, String(repeating: "-", count: width)]
      + table.lines
  }

  private func figures(_ row: DecisionRow, level: Int?) -> [String] {
    let facts = row.facts
    return [
      facts.overdueBalance.withCode, facts.balance.grouped, String(facts.daysOverdue),
      level.map { String($0) } ?? "",
    ] + (namesSource ? [facts.account.key.source] : []) + [facts.account.name]
  }

  private func totals(of rows: [DecisionRow]) -> [String] {
    let sums: [Currency: PreviewTotals.Sum]
    do throws(MoneyError) {
      sums = try PreviewTotals(report.rows).sums(of: rows)
    } catch {
      return ["", "What is owed in all is more than can be represented."]
    }
    if sums.isEmpty { return [] }
    var table = Table(Array(columns.prefix(2)) + [.init("", 40)])
    for (_, sum) in sums.sorted(by: { $0.key < $1.key }) {
      table.add([
        sum.overdue.withCode, sum.balance.grouped,
        "in all, of \(counted(sum.accounts, "account")) to be told",
      ])
    }
    return [""] + table.lines
  }

  private func when(_ delivery: Delivery, _ now: Now) -> String {
    switch (delivery.status, delivery.hold) {
    case (.pending, _): return "now"
    case (.held, .approval): return "approve"
    case (.held, .firstPass): return "first"
    case (.held, .limit): return "limit"
    case (.held, _):
      guard let until = delivery.notBefore else { return "held" }
      let second = now.zone.secondOfDay(until)
      let day = now.zone.day(of: until)
      if day == now.today {
        return "\(Self.two(second / 3600)):\(Self.two(second / 60 % 60))"
      }
      return "\(Self.two(day.civil.day))/\(Self.two(day.civil.month))"
    case (.suppressed, _): return "never"
    default: return delivery.status.rawValue
    }
  }

  static func local(_ now: Now) -> String {
    let second = now.zone.secondOfDay(now.instant)
    return "\(now.today) \(two(second / 3600)):\(two(second / 60 % 60))"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
