/// How a file ends: whether it was cut off while it was written or copied.
struct CSVEnd {
  /// An empty file counts as ended.
  private let endsALine: Bool

  /// Whether the last number has fewer decimals than all before it in that column have.
  private let endsShort: Bool

  /// What to tell where a last number without cents has too few before it to be compared with.
  let doubt: String?

  init(_ bytes: [UInt8]) {
    endsALine = bytes.last.map { $0 == 10 || $0 == 13 } ?? true
    let (last, before) = endsALine ? (nil, .none) : Self.ending(bytes)
    let decimals = last.map(Self.decimals) ?? 0
    if case .decimals(let usual) = before {
      endsShort = decimals < usual
    } else {
      endsShort = false
    }
    if let last, case .tooFew = before, decimals < 2 {
      doubt =
        "the last line does not end, and too few rows stand before it to tell whether its last"
        + " number, `\(String(decoding: last, as: UTF8.self))`, is whole or cut off; end the line"
    } else {
      doubt = nil
    }
  }

  /// The last cell, where it is a number, and how many decimals those before it have. Fewer than
  /// two that agree say nothing: a short one may be a coincidence.
  private static func ending(_ bytes: [UInt8]) -> (last: ArraySlice<UInt8>?, End) {
    let lines = bytes.suffix(64 << 10).split { $0 == 10 || $0 == 13 }.suffix(101)
    let cells = lines.map { line in
      line.lastIndex { [0x2C, 0x3B, 0x09].contains($0) }
        .map { line.suffix(from: $0 + 1) } ?? line
    }
    guard lines.count > 1, let last = cells.last, !last.isEmpty, last.allSatisfy(isOfANumber) else {
      return (nil, .none)
    }
    let numbers = cells.dropLast().filter { !$0.isEmpty && $0.allSatisfy(isOfANumber) }
    if numbers.count < 2 { return (last, .tooFew) }
    let counts = Set(numbers.map(decimals))
    return (last, counts.count == 1 ? counts.first.map(End.decimals) ?? .none : .none)
  }

  private enum End { case decimals(Int), tooFew, none }

  private static func isOfANumber(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || byte == 0x2E || byte == 0x2D
  }

  private static func decimals(_ cell: ArraySlice<UInt8>) -> Int {
    cell.lastIndex(of: 0x2E).map { cell.endIndex - $0 - 1 } ?? 0
  }

  func notices(_ file: String) -> [String] { doubt.map { ["\(file): \($0)"] } ?? [] }

  /// For the cursor, so that the next poll knows how this file ended.
  var mark: String { endsALine ? Self.ended : "" }

  private static let ended = "."

  /// Why the file seems cut off; `nil` where it does not. A program that ended its last line once
  /// does so each time.
  /// - Parameter cursor: of the last good poll.
  func isCutOff(after cursor: String?) -> String? {
    if endsShort {
      return "the last line does not end, and its last number has fewer decimals than all before"
        + " it: the file is cut off, or still being written. Export it again, or end that line if"
        + " it is whole"
    }
    guard !endsALine, cursor?.hasSuffix(Self.ended) ?? false else { return nil }
    return "the last line does not end, and the last export's did: the file is cut off, or still"
      + " being written. Export it again"
  }
}
