import Outbox
import Pass
import Receivables
import Rules

/// `preview` for an accountant at a terminal of 100 columns.
enum PreviewTable {
  private static let width = 100

  static func text(_ report: PassReport, _ shown: Selection, showsAll: Bool) -> String {
    let rows = report.rows.filter { shown.includes($0.facts.account.key) }
      .map { (name: $0.facts.account.name.lowercased(), row: $0) }
      .sorted { $0.name < $1.name }
      .map(\.row)
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
    var lines = ["Preview at \(local(report.now)) (\(report.now.zone)). Nothing is sent.", ""]
    lines += sources(report)
    if report.isFirstPass, !now.isEmpty || !waiting.isEmpty {
      let accounts = Set((now + waiting).map(\.facts.account.key)).count
      lines += [
        "",
        "First run: \(counted(accounts, "account")) would be told; see `balancealert baseline`.",
      ]
    }
    lines += silences(report)
    lines += section("Would be sent", now, report)
    lines += section("Held", waiting, report)
    lines += earlier(report, shown)
    lines += section("Suppressed", suppressed, report)
    lines += plain("Open, nothing due now", open)
    lines += plain("Would close", closed)
    if showsAll { lines += plain("Not alerted", quiet) }
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
    return lines.joined(separator: "\n") + "\n"
  }

  private static var table: Table {
    Table([
      .init("Account", 22), .init("Balance", 13, right: true), .init("Overdue", 13, right: true),
      .init("Days", 4, right: true), .init("Lv", 2, right: true), .init("Channel", 11),
      .init("Recipient", 21), .init("When", 7),
    ])
  }

  private static func sources(_ report: PassReport) -> [String] {
    report.sources.map { Summary.line(for: $0) }
  }

  private static func section(
    _ title: String,
    _ rows: [DecisionRow],
    _ report: PassReport
  ) -> [String] {
    if rows.isEmpty { return [] }
    var table = table
    for row in rows {
      var isFirst = true
      for delivery in row.deliveries {
        table.add(
          (isFirst ? figures(row) : ["", "", "", "", ""]) + [
            delivery.channel,
            delivery.recipient ?? (delivery.status == .suppressed ? "-" : "(the channel)"),
            when(delivery, report.now),
          ]
        )
        isFirst = false
      }
      if row.deliveries.isEmpty { table.add(figures(row) + ["-", "-", "-"]) }
      let rule = row.rule.map { "\($0): " } ?? ""
      let obstacles = row.deliveries.filter {
        $0.status != .pending && row.decision != "suppressed"
      }
      .map { "\($0.channel) \($0.status.rawValue): \($0.why) [\($0.id.text.prefix(8))]" }
      for line in obstacles.flatMap({ Table.wrapped($0, indent: "    ", width: width) }) {
        table.add(line: line)
      }
      for line in Table.wrapped(rule + row.why, indent: "    ", width: width) {
        table.add(line: line)
      }
    }
    return ["", "\(title) (\(rows.count))", table.header, String(repeating: "-", count: width)]
      + table.lines
  }

  private static func silences(_ report: PassReport) -> [String] {
    let active = report.prepared.silences
    guard let first = active.map(\.until).min() else { return [] }
    return [
      "",
      "\(counted(active.count, "silence")) in force, the next ends with \(first)"
        + " (`balancealert silence list`).",
    ]
  }

  /// Deliveries of earlier passes that are still in the queue.
  private static func earlier(_ report: PassReport, _ shown: Selection) -> [String] {
    let old = report.deliveries.filter {
      $0.createdAt != report.now.instant && shown.includes($0.account)
    }
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

  private static func plain(_ title: String, _ rows: [DecisionRow]) -> [String] {
    if rows.isEmpty { return [] }
    var table = Table([
      .init("Account", 22), .init("Balance", 13, right: true), .init("Overdue", 13, right: true),
      .init("Days", 4, right: true), .init("Next", 10), .init("Rule", 30),
    ])
    for row in rows {
      let figures = figures(row)
      table.add(
        Array(figures.prefix(4)) + [row.nextDate?.description ?? "-", row.rule ?? "-"]
      )
      for line in Table.wrapped(row.why, indent: "    ", width: width) { table.add(line: line) }
    }
    return ["", "\(title) (\(rows.count))", table.header, String(repeating: "-", count: width)]
      + table.lines
  }

  private static func figures(_ row: DecisionRow) -> [String] {
    let facts = row.facts
    return [
      facts.account.name, facts.balance.withCode, facts.overdueBalance.grouped,
      String(facts.daysOverdue), row.level.map { String($0) } ?? "",
    ]
  }

  private static func when(_ delivery: Delivery, _ now: Now) -> String {
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
        return "\(two(second / 3600)):\(two(second / 60 % 60))"
      }
      return "\(two(day.civil.day))/\(two(day.civil.month))"
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
