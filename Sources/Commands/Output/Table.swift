/// Columns of text for a terminal. Words are cut at their column's width, never wrapped;
/// figures are never cut.
struct Table {
  struct Column {
    let title: String
    let width: Int
    let alignsRight: Bool

    init(_ title: String, _ width: Int, right: Bool = false) {
      self.title = title
      self.width = width
      alignsRight = right
    }
  }

  let columns: [Column]
  private(set) var lines: [String] = []

  init(_ columns: [Column]) { self.columns = columns }

  var header: String { row(columns.map(\.title)) }

  mutating func add(_ cells: [String]) { lines.append(row(cells)) }
  mutating func add(line: String) { lines.append(Output.line(line)) }

  private func row(_ cells: [String]) -> String {
    var text = ""
    for (column, cell) in zip(columns, cells) {
      // A figure that is cut is a wrong figure: it pushes the line out instead.
      let line = Output.line(cell)
      let cut = column.alignsRight ? line : Self.cut(line, to: column.width)
      let fill = String(repeating: " ", count: max(0, column.width - Self.width(of: cut)))
      text += (column.alignsRight ? fill + cut : cut + fill) + " "
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  static func cut(_ text: String, to width: Int) -> String {
    if Self.width(of: text) <= width { return text }
    var result = ""
    var used = 0
    for character in text {
      let wide = Self.width(of: character)
      if used + wide > width - 1 { break }
      result.append(character)
      used += wide
    }
    return result + "…"
  }

  static func width(of text: some StringProtocol) -> Int {
    text.isPlain ? text.utf8.count : text.reduce(0) { $0 + width(of: $1) }
  }

  /// Two columns for what East Asian typography and emoji draw wide.
  private static func width(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// Text broken at blanks: the first line behind `head`, the others below it.
  static func hanging(_ head: String, _ text: String, width: Int) -> [String] {
    let room = Self.width(of: head)
    let blank = String(repeating: " ", count: room)
    return wrapped(text, indent: "", width: width - room).enumerated().map { index, line in
      (index == 0 ? head : blank) + line
    }
  }

  /// Text broken at blanks, each line behind `indent`.
  static func wrapped(_ text: String, indent: String, width: Int) -> [String] {
    let text = Output.line(text)
    if text.isEmpty { return [] }
    if Self.width(of: indent) + Self.width(of: text) <= width { return [indent + text] }
    var lines: [String] = []
    var line = indent
    var used = Self.width(of: indent)
    for word in text.split(separator: " ") {
      let wide = Self.width(of: word)
      if line != indent, used + 1 + wide > width {
        lines.append(line)
        line = indent
        used = Self.width(of: indent)
      }
      if line != indent {
        line += " "
        used += 1
      }
      line += word
      used += wide
    }
    if line != indent { lines.append(line) }
    return lines
  }
}
