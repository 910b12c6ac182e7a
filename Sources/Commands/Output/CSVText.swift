import Outbox
import Pass
import Receivables
import Rules

/// RFC 4180, with the formulas of spreadsheets disarmed.
enum CSVText {
  static func row(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

  private static func cell(_ text: String) -> String {
    var text = Output.printable(text)
    // A name that begins so would be run by a spreadsheet; amounts do not.
    if let first = text.first, "=+@\t".contains(first) || first == "-" && Int(text.prefix(2)) == nil
    {
      text = "'" + text
    }
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
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
