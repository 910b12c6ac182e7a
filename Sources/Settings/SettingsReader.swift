/// Reads one block of settings. An adapter's initialiser asks for each key once, with a help text,
/// and does not throw: unknown, missing and wrong keys come out together, each with its place. The
/// same initialiser over `.describing()` yields what it would have asked for.
public struct SettingsReader {
  /// Resolves a secret reference (`env:NAME`, …) to its value, or says why it cannot.
  public typealias ResolveSecret = @Sendable (String) -> Result<Secret, SecretProblem>

  public struct SecretProblem: Error, Sendable {
    public let message: String
    public init(_ message: String) { self.message = message }
  }

  public let block: SettingsBlock
  public internal(set) var problems: [SettingsProblem] = []
  public internal(set) var descriptions: [SettingDescription] = []
  /// Every secret that was read, for redaction.
  public internal(set) var secrets: [Secret] = []
  /// Every URL that was read, or its default, by its key.
  public internal(set) var urls: [String: String] = [:]
  public let isDescribing: Bool
  let folder: String
  let resolve: ResolveSecret
  var asked: Set<String> = []

  /// - Parameter folder: what relative paths are relative to: the folder of the config file.
  public init(
    _ block: SettingsBlock,
    folder: String,
    resolve: @escaping ResolveSecret
  ) {
    self.block = block
    self.folder = folder
    self.resolve = resolve
    isDescribing = false
  }

  init() {
    block = SettingsBlock(path: "", position: Position(line: 0, column: 0), entries: [])
    folder = ""
    resolve = { .success(Secret($0)) }
    isDescribing = true
  }

  /// A reader that answers every question with a harmless value and remembers the questions.
  public static func describing() -> SettingsReader { SettingsReader() }

  /// Whether the key is written in the block.
  public func has(_ key: String) -> Bool { block[key] != nil }

  /// Notes a problem with a key's value that only the adapter can see.
  public mutating func reject(_ key: String, _ message: String) {
    if isDescribing { return }
    problems.append(
      SettingsProblem(
        at: block[key]?.node.position ?? block.position,
        path: block.path(of: key),
        message
      )
    )
  }

  public mutating func warn(_ key: String, _ message: String) {
    if isDescribing { return }
    problems.append(
      SettingsProblem(
        .warning,
        at: block[key]?.node.position ?? block.position,
        path: block.path(of: key),
        message
      )
    )
  }

  /// Call when all was asked: whatever else stands in the block is unknown.
  public mutating func finish() {
    if isDescribing { return }
    for entry in block.entries where !asked.contains(entry.key) {
      var message = "unknown key"
      if let name = nearest(to: entry.key, among: asked.sorted()) {
        message += "; did you mean `\(name)`?"
      } else {
        message += "; known here: \(asked.sorted().joined(separator: ", "))"
      }
      problems.append(
        SettingsProblem(at: entry.position, path: block.path(of: entry.key), message)
      )
    }
  }

  // MARK: How

  /// What was wanted, for the sentence "must be …".
  struct Wrong: Error {
    let wanted: String
    init(_ wanted: String) { self.wanted = wanted }
  }

  mutating func note(
    _ key: String,
    _ kind: SettingDescription.Kind,
    required: Bool,
    fallback: String? = nil,
    help: String
  ) -> SettingsNode? {
    let isFirst = asked.insert(key).inserted
    if isDescribing {
      if isFirst {
        descriptions.append(
          SettingDescription(
            key: key,
            kind: kind,
            isRequired: required,
            defaultText: fallback,
            help: help
          )
        )
      }
      return nil
    }
    guard let entry = block[key], entry.node.value != .null else {
      if required { missing(key, help) }
      return nil
    }
    return entry.node
  }

  mutating func ask<T>(
    _ key: String,
    _ kind: SettingDescription.Kind,
    required: Bool,
    fallback: String? = nil,
    help: String,
    parse: (String) throws(Wrong) -> T
  ) -> T? {
    guard let node = note(key, kind, required: required, fallback: fallback, help: help) else {
      return nil
    }
    guard case .scalar(let text, _) = node.value else {
      reject(key, "must be a single value")
      return nil
    }
    do throws(Wrong) {
      return try parse(text)
    } catch {
      reject(key, "`\(text)` must be \(error.wanted)")
      return nil
    }
  }

  /// For the JSON Schema: what a value of the key looks like.
  public mutating func describe(
    _ key: String,
    pattern: String? = nil,
    range: ClosedRange<Int>? = nil
  ) {
    guard isDescribing, let index = descriptions.lastIndex(where: { $0.key == key }) else { return }
    descriptions[index].pattern = pattern ?? descriptions[index].pattern
    descriptions[index].range = range ?? descriptions[index].range
  }

  mutating func readSecret(_ key: String, required: Bool, help: String) -> Secret? {
    guard let node = note(key, .secret, required: required, help: help) else { return nil }
    guard case .scalar(let text, _) = node.value else {
      reject(key, "must be a single value")
      return nil
    }
    switch resolve(text) {
    case .success(let secret):
      secrets.append(secret)
      if !["env:", "file:", "exec:", "cred:"].contains(where: text.hasPrefix) {
        warn(key, "a secret stands in the config itself; use env:NAME, file:PATH, exec: or cred:")
      }
      return secret
    case .failure(let problem):
      reject(key, problem.message)
      return nil
    }
  }

  mutating func missing(_ key: String, _ help: String) {
    problems.append(
      SettingsProblem(
        at: block.position,
        path: block.path(of: key),
        "missing: \(help)"
      )
    )
  }

  mutating func requireLastDescription() {
    guard let last = descriptions.popLast() else { return }
    descriptions.append(
      SettingDescription(
        key: last.key,
        kind: last.kind,
        isRequired: true,
        defaultText: last.defaultText,
        help: last.help
      )
    )
  }
}
