import Receivables

/// Keys with one value, or a list of plain ones.
extension SettingsReader {
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
      guard let value = writtenNumber(text), range.contains(value) else {
        throw Wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    describe(key, range: range)
    return read ?? fallback
  }

  /// `nil` when the key is not written.
  public mutating func optionalNumber(
    _ key: String,
    help: String,
    in range: ClosedRange<Int>
  ) -> Int? {
    defer { describe(key, range: range) }
    return ask(key, .number, required: false, help: help) { (text) throws(Wrong) -> Int in
      guard let value = writtenNumber(text), range.contains(value) else {
        throw Wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
  }

  /// A whole percentage from 0 to 100, with its sign: `80%`.
  public mutating func percentage(_ key: String, help: String, default fallback: Int) -> Int {
    defer { describe(key, pattern: "^(100|[0-9]{1,2})%$") }
    return ask(key, .text, required: false, fallback: "\(fallback)%", help: help) {
      (text) throws(Wrong) -> Int in
      guard text.hasSuffix("%"), let value = Int(text.dropLast()), (0...100).contains(value) else {
        throw Wrong("a percentage such as 80%")
      }
      return value
    } ?? fallback
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
      guard let unit = text.last.flatMap({ units[$0] }), let count = writtenNumber(text.dropLast()),
        count <= 1_000_000
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
      guard parts.count == 2, let count = writtenNumber(parts[0]), count > 0,
        let per = units[parts[1]]
      else { throw Wrong("a rate such as 60/min, 1/s or 5000/day") }
      return (count, per)
    }
    return read.map { (count: $0.0, per: $0.1) } ?? fallback
  }

  /// An https URL, or http to a loopback address; without a trailing slash.
  public mutating func url(_ key: String, help: String, default fallback: String?) -> String {
    let read =
      ask(key, .url, required: fallback == nil, fallback: fallback, help: help) {
        (text) throws(Wrong) -> String in
        guard isAcceptableURL(text) else {
          throw Wrong("an https:// URL (http:// only to 127.0.0.1, [::1] or localhost)")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
      } ?? fallback ?? ""
    urls[key] = read
    return read
  }

  /// A URL that is itself the credential.
  public mutating func secretURL(_ key: String, help: String) -> Secret {
    let secret = readSecret(key, required: true, help: help) ?? Secret("")
    if !isDescribing, !secret.reveal().isEmpty, !isAcceptableURL(secret.reveal()) {
      reject(key, "is not an https:// URL (http:// only to a loopback address)")
    }
    urls[key] = secret.reveal()
    return secret
  }

  public mutating func emailAddress(_ key: String, help: String) -> String {
    ask(key, .emailAddress, required: true, help: help, parse: Self.address) ?? ""
  }

  public mutating func optionalEmailAddress(_ key: String, help: String) -> String? {
    ask(key, .emailAddress, required: false, help: help, parse: Self.address)
  }

  private static func address(_ text: String) throws(Wrong) -> String {
    do throws(EmailAddress.Problem) { return try EmailAddress(text).text } catch {
      throw Wrong("an e-mail address: it \(error.why)")
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
}
