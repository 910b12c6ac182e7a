import Accounting
import Receivables

@testable import Commands
@testable import Wire

/// Formats that are read from files, answers and web servers.
let formatTargets: [FuzzTarget] = [
  FuzzTarget(name: "csv", check: checkCSV),
  FuzzTarget(name: "directory", check: checkDirectory),
  FuzzTarget(name: "json", check: checkJSON),
  FuzzTarget(name: "exchange", check: checkExchange),
  FuzzTarget(name: "cgi", check: checkCGI),
]

// MARK: CSV

private func checkCSV(_ bytes: [UInt8]) async throws(Flaw) {
  guard let table = try? rows(bytes) else { return }
  // In quotes all of them, with their own doubled.
  let written = table.map { row in
    row.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") + "\r\n"
  }.joined()
  let again = try? rows(Array(written.utf8))
  try hold(again == table, "\(table) is read again as \(again as Any)")
}

/// The header and every record, as texts.
private func rows(_ bytes: [UInt8]) throws(SourceError) -> [[String]] {
  var parser = try CSVParser(bytes, file: "fuzz.csv")
  var rows = [parser.header]
  while try parser.next() {
    var row: [String] = []
    for column in parser.header.indices {
      row.append(try parser.text(column))
      _ = parser.place(column)
      _ = parser.isEmpty(column)
    }
    _ = parser.recordLine
    rows.append(row)
  }
  return rows
}

private func checkDirectory(_ bytes: [UInt8]) async throws(Flaw) {
  guard let directory = try? Directory(parsing: bytes, file: "fuzz.csv") else { return }
  for key in directory.entries.keys {
    guard let entry = directory[key] else { continue }
    let account = Account(key: key, name: "as the source says")
    for code in ["NZD", "JPY", "KWD"] {
      _ = try? entry.apply(to: account, currency: Currency(code))
    }
    if let applied = try? entry.apply(to: account) {
      try hold(applied.key == key, "\(key) becomes \(applied.key)")
    }
  }
}

// MARK: JSON

private func checkJSON(_ bytes: [UInt8]) async throws(Flaw) {
  guard let json = try? JSON(parsing: bytes) else { return }
  walk(json)
  for written in [json.compactText, json.canonicalText] {
    guard let again = try? JSON(parsing: Array(written.utf8)) else {
      throw Flaw("what was written cannot be read: \(written)")
    }
    try hold(again.canonicalText == json.canonicalText, "another is read from \(written)")
  }
}

private func walk(_ json: JSON) {
  _ = (json.kind, json.isNull, json.bool, json.string, json.numberText, json.integer)
  if let elements = json.array { for element in elements { walk(element) } }
  if let members = json.object {
    for (key, value) in members {
      _ = json[key]?.kind
      walk(value)
    }
  }
}

private func checkExchange(_ bytes: [UInt8]) async throws(Flaw) {
  guard let json = try? JSON(parsing: bytes),
    let exchange = try? Exchange(json, file: "fuzz.json", path: "$")
  else { return }
  let written = exchange.text
  guard let readable = try? JSON(parsing: Array(written.utf8)),
    let again = try? Exchange(readable, file: "fuzz.json", path: "$")
  else { throw Flaw("what was written cannot be read: \(written)") }
  try hold(again.text == written, "written as \(written), and then as \(again.text)")
  guard let method = HTTPRequest.Method(rawValue: exchange.method) else { return }
  let asked = HTTPRequest(
    method, exchange.url, headers: exchange.requestHeaders, body: Array("{\"a\": 1}".utf8))
  if let asked = AskedRequest(.http(asked)) { _ = exchange.differences(to: asked) }
}

// MARK: CGI

/// `NAME=value` lines, as a web server sets them.
private func checkCGI(_ bytes: [UInt8]) async throws(Flaw) {
  var environment: [String: String] = ["GATEWAY_INTERFACE": "CGI/1.1"]
  for line in bytes.split(separator: 10) {
    let pair = line.split(separator: UInt8(ascii: "="), maxSplits: 1)
    guard let name = pair.first else { continue }
    environment[text(Array(name))] = pair.count > 1 ? text(Array(pair[1])) : ""
  }
  guard let request = CGIRequest(environment) else { return }
  try hold(!request.lastPathComponent.contains("/"), "a source with a slash")
  for header in request.headers {
    try hold(!header.name.contains("_"), "\(header.name) would hide behind another header")
  }
  let answer = CGIRequest.answer(200, request.query)
  let halves = answer.utf8.split(separator: 13, maxSplits: 1)
  try hold(halves.first.map { $0.starts(with: "Status: 200".utf8) } == true, "no status line")
  try hold(answer.hasSuffix(request.query), "the body is cut")
}
