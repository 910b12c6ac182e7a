/// An aligned text table that a test reads, plays and writes again with its results:
///
///     Free text, and settings as `key: value` lines.
///
///     date        overdue | step   alert
///     2026-03-02  620     | open   1
///
/// Left of the bar stands what is given, right of it what comes out. `-` is an empty cell; the last
/// column takes the rest of its line. Blank lines and `#` lines are kept.
public struct ScenarioTable: Sendable {
  public enum Line: Sendable, Equatable {
    /// Kept as it is.
    case text(String)
    case row([String: String])
  }

  /// Lines before the table's header, as they stand.
  public let preamble: [String]
  public let given: [String]
  public let results: [String]
  public var lines: [Line]

  /// The `key: value` lines of the preamble.
  public var settings: [String: String] {
    var settings: [String: String] = [:]
    for line in preamble where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":"), !line[..<colon].contains(" ") else { continue }
      settings[String(line[..<colon])] = line[line.index(after: colon)...].trimmed
    }
    return settings
  }

  /// - Returns: `nil` when no line has a bar between two lists of columns.
  public init?(_ text: String) {
    let all = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let header = all.firstIndex(where: { $0.contains(" | ") && !$0.hasPrefix("#") }) else {
      return nil
    }
    let sides = all[header].split(separator: "|").map { $0.split(separator: " ").map(String.init) }
    guard sides.count == 2 else { return nil }
    preamble = Array(all[..<header])
    given = sides[0]
    results = sides[1]
    lines = []
    for line in all[(header + 1)...] {
      if line.trimmed.isEmpty || line.hasPrefix("#") {
        lines.append(.text(line))
        continue
      }
      let cells = (line.split(separator: "|").first ?? "").split(separator: " ").map(String.init)
      lines.append(.row(Dictionary(zip(sides[0], cells)) { first, _ in first }))
    }
  }

  /// The table with every column as wide as its widest cell.
  public var text: String {
    let columns = given + results
    var widths = columns.map(\.count)
    for case .row(let row) in lines {
      for (index, column) in columns.enumerated() {
        widths[index] = max(widths[index], (row[column] ?? "-").count)
      }
    }
    func render(_ cell: (String) -> String) -> String {
      var text = ""
      for (index, column) in columns.enumerated() {
        if index == given.count { text += "| " }
        let value = cell(column)
        let isLast = index == columns.count - 1
        text += value
        if !isLast {
          let gap = index == given.count - 1 ? 1 : 2
          text += String(repeating: " ", count: widths[index] - value.count + gap)
        }
      }
      return text
    }
    var all = preamble
    all.append(render { $0 })
    for line in lines {
      switch line {
      case .text(let text): all.append(text)
      case .row(let row):
        all.append(render { row[$0].flatMap { $0.isEmpty ? nil : $0 } ?? "-" })
      }
    }
    return all.joined(separator: "\n")
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    var rest = Substring(self)
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
