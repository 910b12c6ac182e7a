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
  private let layout: PreviewLayout
  private var width: Int { layout.width }
  /// Sources are named where there are several.
  private let namesSource: Bool

  init(_ report: PassReport, _ shown: Selection, showsAll: Bool, showsWhy: Bool) {
    self.report = report
    self.shown = shown
    self.showsAll = showsAll
    self.showsWhy = showsWhy
    namesSource = report.sources.count > 1
    layout = PreviewLayout(
      report.rows.filter { shown.includes($0.facts.account.key) },
      sources: report.sources.map(\.name), width: Terminal.width, now: report.now)
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
    let accounts = PreviewWays.accounts(in: rows).compactMap { rows in
      rows.first.map { first in
        (
          cells: figures(first, level: rows.compactMap(\.level).max()),
          source: first.facts.account.key.source, told: PreviewWays(rows, report.now),
          why: showsWhy ? rows.flatMap(reasons) : []
        )
      }
    }
    return ["", "\(title) (\(accounts.count))"] + layout.lines(accounts)
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
    let last = [
      Table.Column("Next", 10),
      .init("Rule", rows.map { Table.width(of: $0.rule ?? "-") }.max() ?? 0),
    ]
    var columns = layout.account.filter { $0.title != "Lv" }
    let spare = width - PreviewLayout.room(columns + last) + 1
    // Names are as wide as above, or narrower where the rule would not fit.
    let name = columns.removeLast()
    let isBelow = layout.isNarrow || name.width + min(spare, 0) < 14
    columns.append(.init(name.title, name.width + (isBelow ? 0 : min(spare, 0))))
    var table = Table(isBelow ? columns : columns + last)
    let header = table.header
    for row in rows {
      var cells = figures(row, level: nil)
      cells.remove(at: 3)
      let (next, rule) = (row.nextDate?.description ?? "-", row.rule ?? "-")
      table.add(isBelow ? cells : cells + [next, rule])
      if layout.isSourceBelow {
        table.add(line: layout.indented("source \(row.facts.account.key.source)"))
      }
      if isBelow { table.add(line: layout.indented("next \(next), rule \(rule)")) }
      if showsWhy {
        for line in Table.wrapped(row.why, indent: "    ", width: width) { table.add(line: line) }
      }
    }
    return ["", "\(title) (\(rows.count))", header, layout.rule] + table.lines
  }

  private func figures(_ row: DecisionRow, level: Int?) -> [String] {
    let facts = row.facts
    return [
      facts.overdueBalance.withCode, facts.balance.grouped, String(facts.daysOverdue),
      level.map { String($0) } ?? "",
    ] + (namesSource && !layout.isSourceBelow ? [facts.account.key.source] : []) + [
      facts.account.name
    ]
  }

  private func totals(of rows: [DecisionRow]) -> [String] {
    let sums: [Currency: PreviewTotals.Sum]
    do throws(MoneyError) {
      sums = try PreviewTotals(report.rows).sums(of: rows)
    } catch {
      return ["", "What is owed in all is more than can be represented."]
    }
    if sums.isEmpty { return [] }
    let figures = layout.account.prefix(2).map(\.width)
    let overdue = max(
      figures[0], sums.values.map { Table.width(of: $0.overdue.withCode) }.max() ?? 0)
    let balance = max(
      figures[1], sums.values.map { Table.width(of: $0.balance.grouped) }.max() ?? 0)
    let texts = sums.mapValues { "in all, of \(counted($0.accounts, "account")) to be told" }
    let longest = texts.values.map { Table.width(of: $0) }.max() ?? 0
    let fits = overdue + balance + 2 + longest <= width
    var table = Table([
      .init("", overdue, right: true), .init("", balance, right: true), .init("", longest),
    ])
    for (currency, sum) in sums.sorted(by: { $0.key < $1.key }) {
      let text = texts[currency] ?? ""
      table.add([sum.overdue.withCode, sum.balance.grouped, fits ? text : ""])
      if !fits { table.add(line: layout.indented(text)) }
    }
    return [""] + table.lines
  }

  static func local(_ now: Now) -> String {
    let second = now.zone.secondOfDay(now.instant)
    return "\(now.today) \(two(second / 3600)):\(two(second / 60 % 60))"
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
