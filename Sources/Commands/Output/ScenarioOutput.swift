import Configuration
import Pass
import Receivables
import Settings

/// `rules test`: a line for each scenario, and one for each difference.
enum ScenarioOutput {
  static func text(_ play: ScenarioPlay, file: String) -> String {
    let scenario = play.scenario
    let days = counted(scenario.to.days(since: scenario.from) + 1, "day")
    let alerts = play.days.reduce(0) { $0 + $1.told.count }
    let verdict =
      play.differences == 0
      ? "as expected" : counted(play.differences, "difference")
    var lines = ["\(scenario.title) (\(file)): \(days), \(counted(alerts, "alert")): \(verdict)"]
    for today in play.days where !today.missing.isEmpty || !today.surplus.isEmpty {
      lines.append(
        "  \(today.day)" + (today.happenings.isEmpty ? "" : "  (\(clauses(today.happenings)))"))
      for missing in today.missing {
        lines.append("    - expected  \(missing.words)  [line \(missing.position.line)]")
        let actual = today.report.rows.filter { $0.facts.account.key.id == missing.account }
        for row in actual where row.rule != nil && (missing.rule ?? row.rule) == row.rule {
          lines.append("                \(row.rule ?? ""): \(row.decision): \(row.why)")
        }
      }
      for surplus in today.surplus {
        lines.append("    + told      \(surplus.words)")
        lines.append("                \(surplus.why)")
      }
    }
    return lines.map { Output.line($0) + "\n" }.joined()
  }

  static func clauses(_ happenings: [ScenarioPlay.Clause]) -> String {
    happenings.map(\.words).joined(separator: "; ")
  }
}

extension RuleScenario.Expectation {
  fileprivate var words: String {
    [
      "\(account) \(what)", level.map { "level \($0)" }, rule.map { "rule \($0)" },
      via.map { "via \($0.joined(separator: ", "))" },
    ].compactMap { $0 }.joined(separator: " ")
  }
}

extension ScenarioPlay.Told {
  fileprivate var words: String {
    "\(account) \(what) level \(level) rule \(rule)"
      + (via.isEmpty ? "" : " via \(via.joined(separator: ", "))")
  }
}
