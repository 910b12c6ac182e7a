import Outbox
import Pass
import Receivables
import Rules

/// Where the columns of `preview` stand. What is told at one moment is one line; the first stands
/// behind the account where all of them fit there, else below it. Names of accounts are cut, and
/// nothing else.
struct PreviewLayout {
  let width: Int
  /// Of an account: figures, its source where there are several, and its name.
  let account: [Table.Column]
  /// Of a way in which it is told: channel, moment, recipient.
  let ways: [Table.Column]
  /// Whether the ways are below their account.
  let isNarrow: Bool
  /// Whether the source is below the account, as nothing would be left for the name.
  let isSourceBelow: Bool

  private static let indent = 4
  private static let shortestName = 14
  /// Of channels: one list that is longer does not push away all others' moments.
  private static let longestPadding = 30

  init(_ rows: [DecisionRow], sources: [String], width: Int, now: Now) {
    self.width = width
    let accounts = PreviewWays.accounts(in: rows).map { PreviewWays($0, now) }
    func widest(_ texts: [String], _ least: Int) -> Int {
      max(least, texts.map { Table.width(of: $0) }.max() ?? 0)
    }
    func figures(_ overdue: Int, _ balance: Int) -> [Table.Column] {
      [
        .init("Overdue", widest(rows.map(\.facts.overdueBalance.withCode), overdue), right: true),
        .init("Balance", widest(rows.map(\.facts.balance.grouped), balance), right: true),
        .init("Days", widest(rows.map { String($0.facts.daysOverdue) }, 4), right: true),
        .init("Lv", 2, right: true),
      ]
    }
    func columns(_ ways: [PreviewWays.Way]) -> [Table.Column] {
      [
        .init("Channel", widest(ways.map(\.channel), 7)),
        .init("When", widest(ways.map(\.when), 7)),
        .init("Recipient", widest(ways.map(\.recipient), 9)),
      ]
    }
    let source =
      sources.count > 1 ? [Table.Column("Source", widest(sources, 6) + 1)] : []
    ways = columns(accounts.flatMap(\.each))
    let tight = figures(7, 7)
    for head in [figures(16, 13) + source, tight + source] {
      let name = width - Self.room(head) - Self.room(ways)
      if name < Self.shortestName { continue }
      isNarrow = false
      isSourceBelow = false
      account = head + [.init("Account", name)]
      return
    }
    isNarrow = true
    isSourceBelow =
      !source.isEmpty && width - Self.room(tight + source) < Self.shortestName
    let head = tight + (isSourceBelow ? [] : source)
    account = head + [.init("Account", max(Self.shortestName, width - Self.room(head)))]
  }

  /// What columns take up when another follows.
  static func room(_ columns: [Table.Column]) -> Int {
    columns.reduce(0) { $0 + $1.width + 1 }
  }

  var rule: String { String(repeating: "-", count: width) }

  /// The lines of accounts, below a header.
  func lines(_ accounts: [(cells: [String], source: String, told: PreviewWays, why: [String])])
    -> [String]
  {
    var table = Table(isNarrow ? account : account + ways)
    let headers = [table.header] + (isNarrow ? below(ways.map(\.title)) : [])
    for (cells, source, told, why) in accounts {
      let blank = account.map { _ in "" }
      for (index, way) in told.each.enumerated() where !isNarrow {
        table.add((index == 0 ? cells : blank) + way.cells)
      }
      if isNarrow { table.add(cells) }
      if isSourceBelow { table.add(line: indented("source \(source)")) }
      for way in told.each where isNarrow {
        for line in below(way.cells) { table.add(line: line) }
      }
      for line in why { table.add(line: line) }
    }
    return headers + [rule] + table.lines
  }

  func indented(_ text: String) -> String { String(repeating: " ", count: Self.indent) + text }

  /// Ways on a line of their own; recipients below it where they do not fit behind.
  private func below(_ cells: [String]) -> [String] {
    var line = indented("")
    for (column, cell) in zip(ways, cells.dropLast()) {
      let fill = max(0, min(column.width, Self.longestPadding) - Table.width(of: cell))
      line += cell + String(repeating: " ", count: fill) + " "
    }
    let recipient = cells.last ?? ""
    if Table.width(of: line) + Table.width(of: recipient) <= width { return [line + recipient] }
    return Table.wrapped(
      cells.dropLast().joined(separator: " "), indent: indented(""), width: width)
      + Table.wrapped(recipient, indent: indented("  "), width: width)
  }
}

/// The ways in which an account is told, those of one moment together.
struct PreviewWays {
  struct Way {
    let channel: String
    let when: String
    let recipient: String

    var cells: [String] { [channel, when, recipient] }
  }

  /// Those that go out, or wait; all where none does. One line each.
  let each: [Way]

  init(_ rows: [DecisionRow], _ now: Now) {
    let all = rows.flatMap(\.deliveries)
    let alive = all.filter { $0.status != .suppressed }
    let shown = alive.isEmpty ? all : alive
    let ways = Self.unique(shown.map { Self.moment($0, now) }).map { moment in
      let those = shown.filter { Self.moment($0, now) == moment }
      let recipients = Self.unique(those.compactMap(\.recipient)).joined(separator: ", ")
      return Way(
        channel: Self.unique(those.map(\.channel)).joined(separator: ", "), when: moment,
        recipient: recipients.isEmpty ? (alive.isEmpty ? "-" : "(the channel)") : recipients)
    }
    each = ways.isEmpty ? [Way(channel: "-", when: "-", recipient: "-")] : ways
  }

  private static func unique(_ texts: [String]) -> [String] {
    var found: [String] = []
    for text in texts where !found.contains(text) { found.append(text) }
    return found
  }

  /// Rows of one account, currency and part together, in the order of the first of each.
  static func accounts(in rows: [DecisionRow]) -> [[DecisionRow]] {
    var order: [String] = []
    var groups: [String: [DecisionRow]] = [:]
    for row in rows {
      let key = "\(row.facts.account.key) \(row.facts.currency) \(row.facts.part)"
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(row)
    }
    return order.compactMap { groups[$0] }
  }

  private static func moment(_ delivery: Delivery, _ now: Now) -> String {
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
        return "\(PreviewTable.two(second / 3600)):\(PreviewTable.two(second / 60 % 60))"
      }
      return "\(PreviewTable.two(day.civil.day))/\(PreviewTable.two(day.civil.month))"
    case (.suppressed, _): return "never"
    default: return delivery.status.rawValue
    }
  }
}
