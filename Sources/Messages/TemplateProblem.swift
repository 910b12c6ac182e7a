/// Something wrong in a template, with its place and how to mend it.
public struct TemplateProblem: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Severity: Sendable, Hashable { case error, warning }

  public let severity: Severity
  /// As it was found below the template folder, with the folder.
  public let file: String
  /// From 1; the column counts bytes.
  public let line: Int
  public let column: Int
  public let message: String

  init(
    _ severity: Severity = .error,
    file: String,
    line: Int = 1,
    column: Int = 1,
    _ message: String
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String { "\(file):\(line):\(column): \(message)" }
}

/// ` (nearest: …)`, or nothing when no candidate is near.
func suggestion(for word: String, among candidates: [String]) -> String {
  nearest(to: word, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
}

/// By edits; first of all a candidate whose last part is the word itself: `account.pay_url`.
func nearest(to word: String, among candidates: [String]) -> String? {
  if let same = candidates.first(where: { $0.hasSuffix("." + word) }) { return same }
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let distance = editDistance(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  guard let best, best.distance <= max(1, word.count / 3 + 1) else { return nil }
  return best.name
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var previous = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, previous + (x == y ? 0 : 1))
      previous = above
    }
  }
  return row[b.count]
}
