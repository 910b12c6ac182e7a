import Foundation
import Receivables
import State

enum HistoryOutput {
  static func text(
    _ entries: [HistoryEntry], _ format: OutputFormat, zone: Zone, names: [String: String]
  ) -> String {
    switch format {
    case .table: return entries.map { line($0, zone, names) }.joined()
    case .csv:
      return CSVText.row(["seq", "time", "pass", "kind", "subject", "account", "what", "hash"])
        + entries.map { entry in
          CSVText.row([
            String(entry.record.seq), entry.record.time.description,
            entry.record.pass.map { String($0) } ?? "", entry.record.kind, entry.record.subject,
            entry.account ?? "", entry.sentence, entry.record.hash,
          ])
        }.joined()
    case .json: return entries.map(json).joined()
    }
  }

  private static func line(_ entry: HistoryEntry, _ zone: Zone, _ names: [String: String]) -> String
  {
    let moment = PreviewTable.local(Now(entry.record.time, in: zone))
    let about = entry.account.map { names[$0] ?? $0 } ?? entry.record.subject
    let head =
      "\(moment)  \(entry.record.kind.padding(to: 9)) \(Table.cut(about, to: 24).padding(to: 25)) "
    return Output.line(head + entry.sentence) + "\n"
  }

  /// One object a line; the body as it stands in the log.
  private static func json(_ entry: HistoryEntry) -> String {
    let record = entry.record
    var object: [String: Any] = [
      "seq": record.seq, "time": record.time.description, "kind": record.kind,
      "subject": record.subject, "body": entry.body, "hash": record.hash,
    ]
    if let pass = record.pass { object["pass"] = pass }
    let data = try? JSONSerialization.data(
      withJSONObject: object,
      options: [.sortedKeys, .withoutEscapingSlashes]
    )
    return String(decoding: data ?? Data("{}".utf8), as: UTF8.self) + "\n"
  }
}
