/// Something wrong in the config, with its place and how to mend it.
public struct SettingsProblem: Sendable, Hashable {
  public enum Severity: Sendable, Hashable { case error, warning }

  public let severity: Severity
  public let position: Position
  /// `channels.email.api_key`.
  public let path: String
  public let message: String

  public init(
    _ severity: Severity = .error,
    at position: Position,
    path: String,
    _ message: String
  ) {
    self.severity = severity
    self.position = position
    self.path = path
    self.message = message
  }
}

/// What a reader was asked for: the material of the JSON Schema, the doc tables and `init`.
public struct SettingDescription: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case text, secret, number, flag, duration, rate, url, emailAddress, path
    case choice([String])
    case texts
    /// Names of the platform's side to values or field names of ours.
    case mapping
    /// One name that needs no other, or such a pair.
    case textOrMapping
    case block([SettingDescription])
    /// A list of blocks.
    case list([SettingDescription])
    /// Blocks by a name of the user's choice.
    case named([SettingDescription])
    /// A block a name, or a list of them.
    case namedLists([SettingDescription])
    /// A block whose keys depend on its `type`.
    case adapters
    /// One amount, or amounts by currency with a `default`.
    case amounts
    /// A list whose entries are names or lists of names.
    case nestedTexts
  }

  public let key: String
  public let kind: Kind
  public let isRequired: Bool
  public let defaultText: String?
  public let help: String
  /// A regular expression that every value's text matches; `nil` where none says it.
  public internal(set) var pattern: String?
  /// Of whole numbers.
  public internal(set) var range: ClosedRange<Int>?

  init(
    key: String,
    kind: Kind,
    isRequired: Bool,
    defaultText: String?,
    help: String
  ) {
    self.key = key
    self.kind = kind
    self.isRequired = isRequired
    self.defaultText = defaultText
    self.help = help
  }
}

/// The candidate nearest to `word` by edits, if any is near enough to be meant.
public func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
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
