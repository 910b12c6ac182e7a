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
  public private(set) var problems: [SettingsProblem] = []
  public private(set) var descriptions: [SettingDescription] = []
  /// Every secret that was read, for redaction.
  public private(set) var secrets: [Secret] = []
  public let isDescribing: Bool
  private let folder: String
  private let resolve: ResolveSecret
  private var asked: Set<String> = []

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

  private init() {
    block = SettingsBlock(path: "", position: Position(line: 0, column: 0), entries: [])
    folder = ""
    resolve = { .success(Secret($0)) }
    isDescribing = true
  }

  /// A reader that answers every question with a harmless value and remembers the questions.
  public static func describing() -> SettingsReader { SettingsReader() }

  // MARK: Asking

  public mutating func text(_ key: String, help: String, default fallback: String? = nil) -> String
  {
    ask(key, .text, required: fallback == nil, fallback: fallback, help: help) { $0 }
      ?? fallback ?? ""
  }

  public mutating func optionalText(_ key: String, help: String) -> String? {
    ask(key, .text, required: false, help: help) { $0 }
  }

  public mutating func secret(_ key: String, help: String) -> Secret {
    readSecret(key, required: true, help: help) ?? Secret("")
  }

  public mutating func optionalSecret(_ key: String, help: String) -> Secret? {
    readSecret(key, required: false, help: help)
  }

  public mutating func number(
    _ key: String,
    help: String,
    default fallback: Int,
    in range: ClosedRange<Int>
  ) -> Int {
    let read = ask(
      key,
      .number,
      required: false,
      fallback: String(fallback),
      help: help
    ) { (text) throws(Wrong) -> Int in
      guard let value = Int(text), range.contains(value) else {
        throw Wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    return read ?? fallback
  }

  /// `nil` when the key is not written.
  public mutating func optionalNumber(
    _ key: String,
    help: String,
    in range: ClosedRange<Int>
  ) -> Int? {
    ask(key, .number, required: false, help: help) { (text) throws(Wrong) -> Int in
      guard let value = Int(text), range.contains(value) else {
        throw Wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
  }

  public mutating func flag(_ key: String, help: String, default fallback: Bool) -> Bool {
    let read = ask(
      key,
      .flag,
      required: false,
      fallback: fallback ? "true" : "false",
      help: help
    ) { (text) throws(Wrong) -> Bool in
      switch text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: throw Wrong("true or false")
      }
    }
    return read ?? fallback
  }

  /// A whole span of exact time: `90s`, `10m`, `6h`, `7d`, `2w`.
  public mutating func duration(
    _ key: String,
    help: String,
    default fallback: Duration?
  ) -> Duration? {
    let shown = fallback.map { "\($0.components.seconds)s" }
    return ask(key, .duration, required: false, fallback: shown, help: help) {
      (text) throws(Wrong) -> Duration in
      let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
      guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
        count >= 0, count <= 1_000_000
      else { throw Wrong("a duration such as 90s, 10m, 6h, 7d or 2w") }
      return .seconds(count * unit)
    } ?? fallback
  }

  /// `60/min`: at most so many in so long.
  public mutating func rate(
    _ key: String,
    help: String,
    default fallback: (count: Int, per: Duration)?
  ) -> (count: Int, per: Duration)? {
    let shown = fallback.map { "\($0.count) per \($0.per)" }
    let units: [String: Duration] = [
      "s": .seconds(1), "sec": .seconds(1), "second": .seconds(1), "min": .seconds(60),
      "minute": .seconds(60), "m": .seconds(60), "h": .seconds(3600), "hour": .seconds(3600),
      "day": .seconds(86_400), "d": .seconds(86_400),
    ]
    if asked.contains(key) { return fallback }
    let read: (Int, Duration)? = ask(key, .rate, required: false, fallback: shown, help: help) {
      (text) throws(Wrong) -> (Int, Duration) in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let count = Int(parts[0]), count > 0, let per = units[parts[1]]
      else { throw Wrong("a rate such as 60/min, 1/s or 5000/day") }
      return (count, per)
    }
    return read.map { (count: $0.0, per: $0.1) } ?? fallback
  }

  /// An https URL, or http to a loopback address; without a trailing slash.
  public mutating func url(_ key: String, help: String, default fallback: String?) -> String {
    ask(key, .url, required: fallback == nil, fallback: fallback, help: help) {
      (text) throws(Wrong) -> String in
      guard isAcceptableURL(text) else {
        throw Wrong("an https:// URL (http:// only to 127.0.0.1, [::1] or localhost)")
      }
      return text.hasSuffix("/") ? String(text.dropLast()) : text
    } ?? fallback ?? ""
  }

  /// A URL that is itself the credential.
  public mutating func secretURL(_ key: String, help: String) -> Secret {
    let secret = readSecret(key, required: true, help: help) ?? Secret("")
    if !isDescribing, !secret.reveal().isEmpty, !isAcceptableURL(secret.reveal()) {
      reject(key, "is not an https:// URL (http:// only to a loopback address)")
    }
    return secret
  }

  public mutating func emailAddress(_ key: String, help: String) -> String {
    ask(key, .emailAddress, required: true, help: help) { (text) throws(Wrong) -> String in
      guard isEmailAddress(text) else { throw Wrong("an e-mail address") }
      return text
    } ?? ""
  }

  public mutating func optionalEmailAddress(_ key: String, help: String) -> String? {
    ask(key, .emailAddress, required: false, help: help) { (text) throws(Wrong) -> String in
      guard isEmailAddress(text) else { throw Wrong("an e-mail address") }
      return text
    }
  }

  /// A file, made absolute against the config's folder.
  public mutating func optionalPath(_ key: String, help: String) -> String? {
    let folder = folder
    return ask(key, .path, required: false, help: help) {
      $0.hasPrefix("/") || folder.isEmpty ? $0 : "\(folder)/\($0)"
    }
  }

  public mutating func path(_ key: String, help: String) -> String {
    if !isDescribing, block[key] == nil {
      asked.insert(key)
      missing(key, help)
      return ""
    }
    let read = optionalPath(key, help: help)
    if isDescribing { requireLastDescription() }
    return read ?? ""
  }

  public mutating func choice<T: RawRepresentable & CaseIterable>(
    _ key: String,
    help: String,
    default fallback: T
  ) -> T where T.RawValue == String {
    optionalChoice(key, help: help, shown: fallback.rawValue) ?? fallback
  }

  public mutating func optionalChoice<T: RawRepresentable & CaseIterable>(
    _ key: String,
    help: String,
    shown: String? = nil
  ) -> T? where T.RawValue == String {
    let names = T.allCases.map(\.rawValue)
    return ask(key, .choice(names), required: false, fallback: shown, help: help) {
      (text) throws(Wrong) -> T in
      guard let value = T(rawValue: text) else {
        throw Wrong("one of \(names.joined(separator: ", "))")
      }
      return value
    }
  }

  /// A list of texts; one text stands for a list of one.
  public mutating func texts(_ key: String, help: String) -> [String] {
    guard let node = note(key, .texts, required: false, help: help) else { return [] }
    switch node.value {
    case .null: return []
    case .scalar(let text, _): return [text]
    case .list(let nodes):
      return nodes.compactMap { node in
        guard case .scalar(let text, _) = node.value else {
          problems.append(
            SettingsProblem(at: node.position, path: block.path(of: key), "must be a text")
          )
          return nil
        }
        return text
      }
    case .block:
      reject(key, "must be a list of texts")
      return []
    }
  }

  /// `{ Their_Name: our.field }`, in the order written.
  public mutating func mapping(_ key: String, help: String) -> [(name: String, value: String)] {
    guard let node = note(key, .mapping, required: false, help: help) else { return [] }
    guard case .block(let block) = node.value else {
      reject(key, "must be a block of `name: value` pairs")
      return []
    }
    return block.entries.compactMap { entry in
      guard case .scalar(let text, _) = entry.node.value else {
        problems.append(
          SettingsProblem(
            at: entry.node.position,
            path: block.path(of: entry.key),
            "must be a text"
          )
        )
        return nil
      }
      return (entry.key, text)
    }
  }

  /// Reads a nested block; `nil` when it is not there (a problem if it is required).
  public mutating func nested<T>(
    _ key: String,
    help: String,
    required: Bool = false,
    read: (inout SettingsReader) -> T
  ) -> T? {
    if isDescribing {
      var inner = SettingsReader()
      let value = read(&inner)
      _ = note(key, .block(inner.descriptions), required: required, help: help)
      return value
    }
    guard let node = note(key, .block([]), required: required, help: help) else { return nil }
    guard case .block(let nestedBlock) = node.value else {
      reject(key, "must be a block of keys")
      return nil
    }
    var inner = SettingsReader(nestedBlock, folder: folder, resolve: resolve)
    let value = read(&inner)
    inner.finish()
    problems += inner.problems
    secrets += inner.secrets
    return value
  }

  /// `key: [ {…}, {…} ]`. Each block's path is `key[1]`, `key[2]`, ….
  public mutating func list<T>(
    _ key: String,
    help: String,
    required: Bool = false,
    read: (inout SettingsReader) -> T
  ) -> [T] {
    if isDescribing {
      var inner = SettingsReader()
      _ = read(&inner)
      _ = note(key, .list(inner.descriptions), required: required, help: help)
      return []
    }
    guard let node = note(key, .list([]), required: required, help: help) else { return [] }
    guard case .list(let nodes) = node.value else {
      reject(key, "must be a list of blocks")
      return []
    }
    return nodes.enumerated().compactMap { index, node in
      inside(node, path: "\(block.path(of: key))[\(index + 1)]", finishing: true, read: read)
    }
  }

  /// `key: { name: {…}, name: {…} }`, in the order written.
  /// - Parameter finishing: whether keys that `read` did not ask for are unknown.
  public mutating func named<T>(
    _ key: String,
    help: String,
    kind: SettingDescription.Kind? = nil,
    required: Bool = false,
    finishing: Bool = true,
    read: (String, inout SettingsReader) -> T
  ) -> [(name: String, value: T)] {
    if isDescribing {
      var inner = SettingsReader()
      _ = read("", &inner)
      _ = note(key, kind ?? .named(inner.descriptions), required: required, help: help)
      return []
    }
    guard let node = note(key, .named([]), required: required, help: help) else { return [] }
    guard case .block(let entries) = node.value else {
      reject(key, "must be a block of names")
      return []
    }
    return entries.entries.compactMap { entry in
      inside(entry.node, path: block.path(of: "\(key).\(entry.key)"), finishing: finishing) {
        read(entry.key, &$0)
      }.map { (entry.key, $0) }
    }
  }

  /// A key with a form of its own.
  /// - Parameter parse: returns `nil` after it has called its second argument with place and
  ///   problem.
  public mutating func custom<T>(
    _ key: String,
    _ kind: SettingDescription.Kind,
    required: Bool = false,
    help: String,
    parse: (SettingsNode, (Position, String) -> Void) -> T?
  ) -> T? {
    guard let node = note(key, kind, required: required, help: help) else { return nil }
    var found: [SettingsProblem] = []
    let path = block.path(of: key)
    let value = parse(node) { found.append(SettingsProblem(at: $0, path: path, $1)) }
    problems += found
    return value
  }

  private mutating func inside<T>(
    _ node: SettingsNode,
    path: String,
    finishing: Bool,
    read: (inout SettingsReader) -> T
  ) -> T? {
    guard case .block(let block) = node.value else {
      problems.append(
        SettingsProblem(at: node.position, path: path, "must be a block of keys")
      )
      return nil
    }
    var inner = SettingsReader(block, folder: folder, resolve: resolve)
    let value = read(&inner)
    if finishing { inner.finish() }
    problems += inner.problems
    secrets += inner.secrets
    return value
  }

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
  private struct Wrong: Error {
    let wanted: String
    init(_ wanted: String) { self.wanted = wanted }
  }

  private mutating func note(
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

  private mutating func ask<T>(
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

  private mutating func readSecret(_ key: String, required: Bool, help: String) -> Secret? {
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

  private mutating func missing(_ key: String, _ help: String) {
    problems.append(
      SettingsProblem(
        at: block.position,
        path: block.path(of: key),
        "missing: \(help)"
      )
    )
  }

  private mutating func requireLastDescription() {
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

/// https anywhere, http to a loopback address.
public func isAcceptableURL(_ text: String) -> Bool {
  guard !text.unicodeScalars.contains(where: { $0.value <= 32 || $0.value == 127 }) else {
    return false
  }
  if text.hasPrefix("https://") {
    return text.dropFirst(8).first.map { $0 != "/" && $0 != ":" } ?? false
  }
  guard text.hasPrefix("http://") else { return false }
  let rest = text.dropFirst(7)
  let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  if authority.contains("@") { return false }
  if authority.hasPrefix("[") { return authority == "[::1]" || authority.hasPrefix("[::1]:") }
  let host = authority.prefix { $0 != ":" }
  return host == "localhost" || host == "127.0.0.1"
}

/// A plain address as mail systems accept it: one @, no blanks or control characters, a host.
public func isEmailAddress(_ text: String) -> Bool {
  let parts = text.split(separator: "@", omittingEmptySubsequences: false)
  guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64, parts[1].count >= 3,
    parts[1].contains("."), !parts[1].hasPrefix("."), !parts[1].hasSuffix("."),
    !parts[1].contains("..")
  else { return false }
  return !text.unicodeScalars.contains {
    $0.value <= 32 || $0.value == 127 || "<>()[],;:\\\"".unicodeScalars.contains($0)
  }
}
