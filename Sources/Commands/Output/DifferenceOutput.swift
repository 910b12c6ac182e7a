import Pass
import Receivables

/// `rules diff`: who would have been told earlier, later, newly, or no longer.
enum DifferenceOutput {
  static func text(_ difference: RuleDifference, _ format: OutputFormat) -> String {
    switch format {
    case .table: return table(difference)
    case .csv:
      return CSVText.row(["account", "name", "currency", "rule", "alert", "change", "old", "new"])
        + difference.lines.map { line in
          CSVText.row([
            line.account.description, line.name, line.currency.code, line.rule, line.what,
            line.kind.rawValue, line.old?.description ?? "", line.new?.description ?? "",
          ])
        }.joined()
    case .json: return Output.json(Document(difference)) + "\n"
    }
  }

  private static func table(_ difference: RuleDifference) -> String {
    guard let days = difference.days else {
      return "no stored pass since then has polled a source\n"
    }
    var lines = [
      "\(counted(difference.passes, "pass", "passes")) from \(days.first) to \(days.last):"
        + " \(counted(difference.oldAlerts, "alert")) under the old rules,"
        + " \(difference.newAlerts) under the new, \(difference.same) on the same day."
    ]
    for kind in RuleDifference.Line.Kind.allCases {
      let some = difference.lines.filter { $0.kind == kind }
      if some.isEmpty { continue }
      var table = Table([
        .init("Account", 26), .init("Rule", 22), .init("Alert", 22), .init("Old", 10),
        .init("New", 10), .init("", 9),
      ])
      for line in some {
        let shift = line.old.flatMap { old in line.new.map { $0.days(since: old) } }
        table.add([
          line.name, line.rule, line.what, line.old?.description ?? "-",
          line.new?.description ?? "-",
          shift.map { counted(abs($0), "day") } ?? "",
        ])
      }
      lines += ["", "\(kind.title) (\(some.count))", table.header] + table.lines
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private struct Document: Encodable {
    struct Row: Encodable {
      let source: String
      let accountId: String
      let accountName: String
      let currency: String
      let rule: String
      let alert: String
      let change: String
      let old: String?
      let new: String?
    }

    let passes: Int
    let oldAlerts: Int
    let newAlerts: Int
    let same: Int
    let differences: [Row]

    init(_ difference: RuleDifference) {
      passes = difference.passes
      oldAlerts = difference.oldAlerts
      newAlerts = difference.newAlerts
      same = difference.same
      differences = difference.lines.map { line in
        Row(
          source: line.account.source,
          accountId: line.account.id,
          accountName: line.name,
          currency: line.currency.code,
          rule: line.rule,
          alert: line.what,
          change: line.kind.rawValue,
          old: line.old?.description,
          new: line.new?.description
        )
      }
    }
  }
}

extension RuleDifference.Line.Kind {
  fileprivate var title: String {
    switch self {
    case .earlier: "Told earlier"
    case .later: "Told later"
    case .onlyOld: "No longer told"
    case .onlyNew: "Newly told"
    }
  }
}
