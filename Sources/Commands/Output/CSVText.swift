import Outbox
import Pass
import Receivables
import Rules

/// RFC 4180, with the formulas of spreadsheets disarmed.
enum CSVText {
  static func row(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

  /// Looks at scalars: to Swift a comma with a combining sign after it is another character than a
  /// comma, to a spreadsheet it is not.
  static func cell(_ text: String) -> String {
    var text = Printable.lines(text)
    if isFormula(text) { text = "'" + text }
    let scalars = text.unicodeScalars
    guard scalars.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" }) else { return text }
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in scalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar)
    }
    quoted.append("\"")
    return String(quoted)
  }

  /// Whether a spreadsheet might run it: it begins so, or after what cannot be seen. Numbers with a
  /// minus are none.
  private static func isFormula(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first(where: { !isInvisible($0) }) else { return false }
    switch first {
    case "=", "+", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF20}", "\u{FF0D}", "\u{2212}": return true
    case "-": return !isNumber(text)
    default: return false
    }
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint {
      return true
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .spacingMark: return true
    default: return scalar == "\u{FFFD}"
    }
  }

  /// `-12` or `-12.50`, and nothing else.
  private static func isNumber(_ text: String) -> Bool {
    let parts = text.utf8.dropFirst().split(separator: 46, omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

/// `--format csv` of a pass: a line for each delivery, and for each decision without one.
enum PassCSV {
  static func text(_ report: PassReport, _ shown: Selection = Selection()) -> String {
    var text = CSVText.row([
      "source", "account_id", "account_name", "currency", "balance", "overdue_balance",
      "days_overdue", "rule", "decision", "level", "channel", "recipient", "status", "not_before",
      "why", "next_date", "delivery_id",
    ])
    for row in report.rows where shown.includes(row.facts.account.key) {
      let facts = row.facts
      let start = [
        facts.account.key.source, facts.account.key.id, facts.account.name, facts.currency.code,
        facts.balance.decimalString, facts.overdueBalance.decimalString,
        String(facts.daysOverdue), row.rule ?? "", row.decision,
        row.level.map { String($0) } ?? "",
      ]
      let next = row.nextDate?.description ?? ""
      if row.deliveries.isEmpty {
        text += CSVText.row(start + ["", "", "", "", row.why, next, ""])
      }
      for delivery in row.deliveries {
        text += CSVText.row(
          start + [
            delivery.channel, delivery.recipient ?? "", delivery.status.rawValue,
            delivery.notBefore?.description ?? "", delivery.why.isEmpty ? row.why : delivery.why,
            next, delivery.id.text,
          ]
        )
      }
    }
    let shownIDs = Set(report.rows.flatMap(\.deliveries).map(\.id))
    for delivery in report.deliveries
    where shown.includes(delivery.account) && !shownIDs.contains(delivery.id) {
      text += CSVText.row([
        delivery.account.source, delivery.account.id, delivery.accountName, delivery.currency.code,
        "", "", "", delivery.rule, "earlier", String(delivery.level), delivery.channel,
        delivery.recipient ?? "", delivery.status.rawValue, delivery.notBefore?.description ?? "",
        delivery.why, "", delivery.id.text,
      ])
    }
    return text
  }
}
