import Messages
import Pass
import Receivables
import State

/// The log as one page that loads nothing.
enum AuditPage {
  static func html(
    _ entries: [HistoryEntry],
    _ messages: [(key: String, value: String)],
    zone: Zone,
    names: [String: String],
    flaw: String?
  ) -> String {
    let known = Set(messages.map(\.key))
    var page = head
    page +=
      "<h1>Audit log</h1>\n<p>\(counted(entries.count, "entry", "entries")), times in"
      + " \(escaped("\(zone)")). "
    page +=
      flaw.map { "<strong>The chain is not whole: \(escaped($0)).</strong>" }
      ?? "The chain is unbroken."
    page += " How to verify it stands in README.txt.</p>\n"
    page += "<table>\n<thead><tr><th>No.</th><th>Time</th><th>Pass</th><th>Kind</th>"
    page += "<th>About</th><th>What</th><th>Hash</th></tr></thead>\n<tbody>\n"
    for entry in entries { page += row(entry, zone, names, known) }
    page += "</tbody></table>\n<h2>Messages</h2>\n"
    for (id, body) in messages { page += message(id, SentMessage(body)) }
    return page + "</body></html>\n"
  }

  private static func row(
    _ entry: HistoryEntry,
    _ zone: Zone,
    _ names: [String: String],
    _ messages: Set<String>
  ) -> String {
    let record = entry.record
    let about = entry.account.map { names[$0] ?? $0 } ?? record.subject
    var what = escaped(entry.sentence)
    if let id = entry.text("message_id"), messages.contains(id) {
      what += " <a href=\"#\(escaped(id))\">message</a>"
    }
    let cells = [
      "\(record.seq)", escaped(PreviewTable.local(Now(record.time, in: zone))),
      record.pass.map { "\($0)" } ?? "", escaped(record.kind), escaped(about), what,
      "<code title=\"\(escaped(record.hash))\">\(escaped(String(record.hash.prefix(12))))</code>",
    ]
    return "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
  }

  private static func message(_ id: String, _ message: SentMessage) -> String {
    var text = "<section id=\"\(escaped(id))\"><h3>\(escaped(message.channel ?? "")) "
    text += "\(escaped(message.recipient ?? "(the channel)"))</h3>\n"
    text += "<p><code>\(escaped(id))</code>, SHA-256 <code>\(message.digest)</code></p>\n"
    for form in message.forms {
      text += "<h4>\(escaped(form.name))</h4>\n<pre>\(escaped(form.text))</pre>\n"
    }
    return text + "</section>\n"
  }

  private static func escaped(_ text: String) -> String {
    Escaping.html(Output.printable(text))
  }

  private static let head = """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Audit log</title>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width">
    <style>
    body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
      color: #1c2024; background: #fff; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
      border-bottom: 1px solid #d8dce1; }
    th { position: sticky; top: 0; background: #fff; }
    td:nth-child(1), td:nth-child(2), td:nth-child(3) { white-space: nowrap;
      font-variant-numeric: tabular-nums; }
    td:nth-child(6) { overflow-wrap: anywhere; }
    pre { white-space: pre-wrap; background: #f4f6f8; padding: .8rem; border-radius: 4px; }
    section:target { outline: 2px solid #1a56a8; outline-offset: 8px; }
    @media (prefers-color-scheme: dark) { body, th { background: #16191d; color: #e4e7ea; }
      th, td { border-color: #363c43; } pre { background: #22262b; } a { color: #8ab4f8; } }
    </style></head><body>

    """
}
