/// How a file ends: whether it was cut off while it was written or copied.
struct CSVEnd {
  /// An empty file counts as ended.
  private let endsALine: Bool

  init(_ bytes: [UInt8]) {
    endsALine = bytes.last.map { $0 == 10 || $0 == 13 } ?? true
  }

  /// For the cursor, so that the next poll knows how this file ended.
  var mark: String { endsALine ? Self.ended : "" }

  private static let ended = "."

  /// Why the file seems cut off; `nil` where it does not. A program that ended its last line once
  /// does so each time.
  /// - Parameter cursor: of the last good poll.
  func isCutOff(after cursor: String?) -> String? {
    guard !endsALine, cursor?.hasSuffix(Self.ended) ?? false else { return nil }
    return "the last line does not end, and the last export's did: the file is cut off, or still"
      + " being written. Export it again"
  }
}
