/// Secrets to be found in a text, however the text escapes them: as a URL, JSON, HTML or YAML, and
/// as one of these within another.
struct Needles: Sendable {
  /// By their first byte, the longest first.
  private var byStart = [[[UInt8]]](repeating: [], count: 256)

  /// Fewer bytes of a secret that was cut off say nothing of it.
  private static let leastRest = 6
  /// What an escape takes at most: `&amp;amp;#x27;`.
  private static let longestEscape = 16
  private static let ellipses = [
    "…", "...", "[...]", "\\u2026", "&hellip;", "&#8230;", "%E2%80%A6",
  ].map { Array($0.utf8) }

  /// - Parameter secrets: an empty one is passed over.
  mutating func add(_ secrets: [String]) {
    for secret in secrets.map({ Array($0.utf8) }) {
      guard let first = secret.first, !byStart[Int(first)].contains(secret) else { continue }
      byStart[Int(first)].append(secret)
      byStart[Int(first)].sort { $0.count > $1.count }
    }
  }

  /// - Returns: how many bytes from `place` on are a secret, or what is left of one where the text
  ///   ends, or was cut with `…`; `nil` for none.
  func length(in bytes: [UInt8], at place: Int) -> Int? {
    var found = length(in: bytes, at: place, of: bytes[place])
    // Most bytes end here.
    guard Self.mayEscape(bytes[place]) else { return found }
    let starts = Set(Escapes.readings(bytes, place).compactMap(\.bytes.first))
    for start in starts where start != bytes[place] {
      found = [found, length(in: bytes, at: place, of: start)].compactMap { $0 }.max()
    }
    return found
  }

  /// - Parameter start: what the text begins with at `place`, as it stands or as it is meant.
  private func length(in bytes: [UInt8], at place: Int, of start: UInt8) -> Int? {
    let same = byStart[Int(start)]
    if same.isEmpty { return nil }
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0
    let isPlain = bytes[place] == start && !Self.mayEscape(bytes[place]) && !Self.mayEscape(next)
    var rest: Int?
    for index in same.indices {
      if isPlain, same[index].count > 1, same[index][1] != next { continue }
      var trial = Try(same[index], in: bytes)
      guard let match = trial.match(from: 0, at: place) else { continue }
      if match.isWhole { return match.end - place }
      rest = max(rest ?? 0, match.end - place)
    }
    return rest
  }

  private struct Match {
    let end: Int
    /// Else the text was cut.
    let isWhole: Bool
  }

  /// Tries of one needle at one place. What was found once is known: an escape may be read in two
  /// ways, and a row of them in two to its power.
  private struct Try {
    let needle: [UInt8]
    let bytes: [UInt8]
    private var known: [Place: Match?] = [:]

    private struct Place: Hashable {
      let index: Int
      let at: Int
    }

    init(_ needle: [UInt8], in bytes: [UInt8]) { (self.needle, self.bytes) = (needle, bytes) }

    /// The needle from its byte `start` on, at `place` of the text.
    mutating func match(from start: Int, at place: Int) -> Match? {
      var (index, at) = (start, place)
      var found: Match?
      while index < needle.count, at < bytes.count {
        if needle[index] == 92, bytes[at] == 92 { return run(from: index, at: at) }
        // `&amp;` may be an escaped `&`, or the secret has `&amp;` itself.
        for reading in Needles.mayEscape(bytes[at]) ? Escapes.readings(bytes, at) : []
        where needle[index...].starts(with: reading.bytes) {
          let next = index + reading.bytes.count
          guard let match = remembered(from: next, at: reading.end) else { continue }
          if match.isWhole { return match }
          found = match
        }
        guard
          bytes[at] == needle[index] || Needles.isBlank(bytes[at]) && Needles.isBlank(needle[index])
        else {
          break
        }
        index += 1
        at += 1
      }
      if index == needle.count { return Match(end: at, isWhole: true) }
      return Needles.cut(bytes, at, of: index) ?? found
    }

    private mutating func remembered(from index: Int, at place: Int) -> Match? {
      let key = Place(index: index, at: place)
      if let match = known[key] { return match }
      let match = match(from: index, at: place)
      known[key] = match
      return match
    }

    /// Both go on with backslashes: those of the text are as many, or more the deeper they lie, and
    /// the last may belong to what follows.
    private mutating func run(from start: Int, at place: Int) -> Match? {
      let wanted = needle[start...].prefix { $0 == 92 }.count
      let there = bytes[place...].prefix(wanted * Needles.longestEscape).prefix { $0 == 92 }.count
      if there < wanted { return Needles.cut(bytes, place + there, of: start + there) }
      var found: Match?
      for count in Set([there, there - 1, wanted]) where count >= wanted && count <= there {
        guard let match = remembered(from: start + wanted, at: place + count) else { continue }
        if match.isWhole { return match }
        found = match
      }
      return found
    }
  }

  /// - Parameter count: how much of the needle was there.
  private static func cut(_ bytes: [UInt8], _ place: Int, of count: Int) -> Match? {
    guard count >= leastRest else { return nil }
    var end = place
    // An escape may have been cut with it.
    if !ellipses.contains(where: { bytes[end...].starts(with: $0) }), end < bytes.count,
      isEscape(bytes[end])
    {
      while end < bytes.count, end - place < longestEscape, bytes[end] > 32, bytes[end] < 127 {
        end += 1
      }
    }
    let isCut = end == bytes.count || ellipses.contains { bytes[end...].starts(with: $0) }
    return isCut ? Match(end: end, isWhole: false) : nil
  }

  private static func isEscape(_ byte: UInt8) -> Bool { byte == 37 || byte == 38 || byte == 92 }

  /// Line ends of a secret are blanks where its text was put on one line.
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 10 || byte == 13 }

  private static func mayEscape(_ byte: UInt8) -> Bool { Escapes.mayBegin(byte) }
}
