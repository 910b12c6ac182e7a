import Configuration
import Pass
import Receivables
import Rules

/// A scenario as a Markdown table: one for each account and rule, quiet days in a row as one line.
enum Story {
  static func text(_ play: ScenarioPlay) -> String {
    var text = ""
    for account in play.scenario.accounts {
      for rule in rules(about: account.key.id, play) {
        text += "**\(account.name)**, rule `\(rule)`\n\n"
        text += "| day | overdue | days late | decision | level | told through | why |\n"
        text += "|---|---|---|---|---|---|---|\n"
        text += lines(account.key.id, rule, play)
        text += "\n"
      }
    }
    return Output.printable(text)
  }

  /// Those that ever came to more than that they are not about the account.
  private static func rules(about account: String, _ play: ScenarioPlay) -> [String] {
    var rules: [String] = []
    for row in play.days.flatMap(\.report.rows)
    where row.facts.account.key.id == account && row.decision != "none" {
      if let rule = row.rule, !rules.contains(rule) { rules.append(rule) }
    }
    return rules
  }

  private struct Line {
    var first: Day
    var last: Day
    var overdue: String
    var days: ClosedRange<Int>
    var decision: String
    var level: String
    var via: String
    var why: String
    var isQuiet: Bool
  }

  private static func lines(_ account: String, _ rule: String, _ play: ScenarioPlay) -> String {
    var lines: [Line] = []
    for today in play.days {
      let mine = today.happenings.filter { $0.account == account }
      let row = today.report.rows.first {
        $0.facts.account.key.id == account && $0.rule == rule
      }
      guard let row else {
        if let last = lines.last, last.decision == "not polled", mine.isEmpty {
          lines[lines.count - 1].last = today.day
        } else if !today.report.sources.allSatisfy(\.isGood) {
          lines.append(
            Line(
              first: today.day, last: today.day, overdue: "", days: 0...0, decision: "not polled",
              level: "", via: "", why: ScenarioOutput.clauses(today.happenings), isQuiet: true))
        }
        continue
      }
      let told = today.told.filter { $0.account == account && $0.rule == rule }
      let facts = row.facts
      let line = Line(
        first: today.day,
        last: today.day,
        overdue: facts.overdueBalance.grouped,
        days: facts.daysOverdue...facts.daysOverdue,
        decision: told.first?.what ?? row.decision,
        level: (told.first?.level ?? row.level).map { String($0) } ?? "",
        via: told.flatMap(\.via).joined(separator: ", "),
        why: (mine.isEmpty ? "" : ScenarioOutput.clauses(mine) + ". ")
          + (told.first?.why ?? row.why),
        isQuiet: told.isEmpty && mine.isEmpty
      )
      if let last = lines.last, last.isQuiet, line.isQuiet, last.overdue == line.overdue,
        last.decision == line.decision,
        last.decision == "none" || plainDays(last.why) == plainDays(line.why)
      {
        lines[lines.count - 1].last = today.day
        lines[lines.count - 1].days = last.days.lowerBound...line.days.lowerBound
        lines[lines.count - 1].why = line.why
      } else {
        lines.append(line)
      }
    }
    return lines.map(markdown).joined()
  }

  private static func markdown(_ line: Line) -> String {
    let days =
      line.days.lowerBound == line.days.upperBound
      ? "\(line.days.lowerBound)" : "\(line.days.lowerBound)–\(line.days.upperBound)"
    let span =
      line.first == line.last ? short(line.first) : "\(short(line.first)) – \(short(line.last))"
    let cells = [span, line.overdue, days, line.decision, line.level, line.via, line.why]
    return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
  }

  /// Without the count of days, which differs every day.
  private static func plainDays(_ why: String) -> String {
    why.replacing(#/\d+ days? overdue/#, with: "so long overdue")
  }

  private static func short(_ day: Day) -> String {
    let names = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return "\(day.civil.day) \(names[day.civil.month - 1])"
  }
}
