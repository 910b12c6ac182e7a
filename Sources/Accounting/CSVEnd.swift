/// How a file ends: whether it was cut off while it was written or copied.
struct CSVEnd {
  /// An empty file counts as ended.
  private let endsALine: Bool

  /// Whether the last number has fewer decimals than all before it in that column have.
  private let endsShort: Bool

  init(_ bytes: [UInt8]) {
    endsALine = bytes.last.map { $0 == 10 || $0 == 13 } ?? true
    endsShort = !endsALine && Self.isShort(bytes)
  }

  /// Says it only where at least two rows before agree, so that a short one is no coincidence.
  private static func isShort(_ bytes: [UInt8]) -> Bool {
    let lines = bytes.suffix(64 << 10).split { $0 == 10 || $0 == 13 }.suffix(101)
    let cells = lines.map { line in
      line.lastIndex { [0x2C, 0x3B, 0x09].contains($0) }
        .map { line.suffix(from: $0 + 1) } ?? line
    }
    guard let last = cells.last, last.allSatisfy(isOfANumber) else { return false }
    let numbers = cells.dropLast().filter { !$0.isEmpty && $0.allSatisfy(isOfANumber) }
    let counts = Set(numbers.map(decimals))
    guard numbers.count >= 2, counts.count == 1, let usual = counts.first else { return false }
    return decimals(last) < usual
  }

  private static func isOfANumber(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || byte == 0x2E || byte == 0x2D
  }

  private static func decimals(_ cell: ArraySlice<UInt8>) -> Int {
    cell.lastIndex(of: 0x2E).map { cell.endIndex - $0 - 1 } ?? 0
  }

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
