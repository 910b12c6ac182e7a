import Foundation

/// A request as fixtures see it: of whatever kind, it has a method, a URL, headers and a body.
struct AskedRequest: Sendable {
  let method: String
  let url: String
  let headers: [Header]
  let body: [UInt8]?

  /// `nil` for what replay does for real, on local files.
  init?(_ request: Request) {
    switch request {
    case .http(let http):
      method = http.method.rawValue
      url = http.url
      headers = http.headers
      body = http.body
    case .mail(let mail):
      method = "MAIL"
      url = "smtp://\(mail.host):\(mail.port)"
      headers = [
        Header("MAIL FROM", mail.sender),
        Header("RCPT TO", mail.recipients.joined(separator: ", ")),
      ]
      body = mail.message
    case .command(let words):
      method = "EXEC"
      url = "exec:" + words.joined(separator: " ")
      headers = []
      body = nil
    case .append, .find, .file: return nil
    }
  }

  /// The body as text; a mail's CRLF and a fixture's LF are the same line end.
  var text: String? {
    body.map { String(decoding: $0, as: UTF8.self).replacingLineEnds }
  }

  /// A question to a token endpoint (RFC 6749).
  var isSignIn: Bool {
    method == "POST" && isForm && text?.contains("grant_type=") == true
  }

  var isForm: Bool {
    headers.value(of: "Content-Type")?.lowercased()
      .hasPrefix("application/x-www-form-urlencoded") ?? false
  }
}

/// A URL in the parts that are compared: query parameters in any order, escapes resolved.
struct ComparedURL: Sendable, Equatable {
  let host: String
  let path: String
  let query: [String]

  init(_ url: String) {
    guard !url.hasPrefix("exec:"), let colon = url.range(of: "://") else {
      (host, path, query) = ("", url, [])
      return
    }
    let rest = url[colon.upperBound...].prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let scheme = url[..<colon.lowerBound].lowercased()
    var host = "\(scheme)://\(authority.lowercased())"
    for (name, port) in [("https", ":443"), ("http", ":80")] where scheme == name {
      if host.hasSuffix(port) { host.removeLast(port.count) }
    }
    let target = rest.dropFirst(authority.count)
    let path = target.prefix { $0 != "?" }
    self.host = host
    self.path = path.isEmpty ? "/" : String(path)
    self.query = formFields(target.dropFirst(path.count + 1)).map { "\($0.name)=\($0.value)" }
      .sorted()
  }
}

/// What sets a request apart from a recorded one, with how far apart that sets them.
struct Difference {
  let weight: Int
  let text: String
}

extension Exchange {
  /// Everything in which `asked` is not what was recorded; empty when it matches.
  func differences(to asked: AskedRequest) -> [Difference] {
    var found = urlDifferences(to: asked)
    for header in requestHeaders {
      let value = asked.headers.value(of: header.name)
      if !(value.map { matches(header.value, $0) } ?? false) {
        found.append(difference(2, "header \(header.name)", header.value, value))
      }
    }
    if let requestBody { found += bodyDifferences(requestBody, asked) }
    return found
  }

  /// Without headers and body: cheap.
  func urlDifferences(to asked: AskedRequest) -> [Difference] {
    var found: [Difference] = []
    if method != asked.method { found.append(difference(25, "method", method, asked.method)) }
    if url == asked.url { return found }
    let (mine, other) = (ComparedURL(url), ComparedURL(asked.url))
    if !matches(mine.host, other.host) {
      found.append(difference(100, "host", mine.host, other.host))
    }
    if !matches(mine.path, other.path) {
      let (a, b) = (mine.path.split(separator: "/"), other.path.split(separator: "/"))
      let common = zip(a, b).prefix { $0 == $1 }.count
      let apart = max(a.count, b.count) - common
      found.append(difference(20 + 10 * apart, "path", mine.path, other.path))
    }
    found += listDifferences("query", mine.query, other.query)
    return found
  }

  private func listDifferences(
    _ what: String,
    _ mine: [String],
    _ other: [String]
  ) -> [Difference] {
    var left = other
    var missing: [String] = []
    for field in mine {
      if let place = left.firstIndex(of: field) ?? left.firstIndex(where: { matches(field, $0) }) {
        left.remove(at: place)
      } else {
        missing.append(field)
      }
    }
    return missing.map { Difference(weight: 3, text: "\(what): recorded \(shown($0)), not asked") }
      + left.map { Difference(weight: 3, text: "\(what): asked \(shown($0)), not recorded") }
  }

  private func bodyDifferences(_ body: Body, _ asked: AskedRequest) -> [Difference] {
    guard let text = asked.text else {
      return [Difference(weight: 5, text: "body: recorded one, asked without")]
    }
    switch body {
    case .file: return []
    case .text(let recorded):
      if recorded == "*" || recorded.replacingLineEnds == text { return [] }
      if asked.isForm {
        return listDifferences("body", fields(formFields(recorded)), fields(formFields(text)))
      }
      if matches(recorded.replacingLineEnds, text) { return [] }
      return [difference(5, "body", recorded, text)]
    case .json(let recorded):
      if asked.isForm, let members = recorded.object {
        let wanted = members.map { ($0.key, $0.value.string ?? $0.value.compactText) }
        return listDifferences("body", fields(wanted), fields(formFields(text)))
      }
      guard let json = try? JSON(parsing: Array(text.utf8)) else {
        return [Difference(weight: 5, text: "body: recorded JSON, asked \(shown(text))")]
      }
      return jsonDifferences(recorded, json, "$")
    }
  }

  private func fields(_ pairs: [(String, String)]) -> [String] {
    pairs.map { "\($0)=\($1)" }.sorted()
  }

  private func jsonDifferences(_ mine: JSON, _ other: JSON, _ path: String) -> [Difference] {
    if let pattern = mine.string, pattern == "*" { return [] }
    if let members = mine.object, other.object != nil {
      var found: [Difference] = []
      var names: Set<String> = []
      for (name, value) in members where names.insert(name).inserted {
        guard let same = other[name] else {
          found.append(difference(1, "body \(path).\(name)", value.compactText, nil))
          continue
        }
        found += jsonDifferences(mine[name] ?? value, same, "\(path).\(name)")
      }
      for (name, value) in other.object ?? .init(of: other) where !names.contains(name) {
        found.append(difference(1, "body \(path).\(name)", nil, value.compactText))
      }
      return found
    }
    if let a = mine.array, let b = other.array {
      guard a.count == b.count else {
        return [difference(2, "body \(path), length", "\(a.count)", "\(b.count)")]
      }
      return zip(a, b).enumerated().flatMap { index, pair in
        jsonDifferences(pair.0, pair.1, "\(path)[\(index)]")
      }
    }
    if let a = mine.string, let b = other.string {
      return matches(a, b) ? [] : [difference(1, "body \(path)", a, b)]
    }
    if mine.canonicalText == other.canonicalText { return [] }
    return [difference(1, "body \(path)", mine.compactText, other.compactText)]
  }

  private func difference(
    _ weight: Int,
    _ what: String,
    _ recorded: String?,
    _ asked: String?
  ) -> Difference {
    let recorded = recorded.map(shown) ?? "none"
    return Difference(
      weight: weight,
      text: "\(what): recorded \(recorded), asked \(asked.map(shown) ?? "none")"
    )
  }

  private func shown(_ text: String) -> String {
    let line = text.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    return "`\(line.count > 100 ? line.prefix(100) + "…" : line)`"
  }
}

/// Whether a recorded text stands for `asked`: `*` for anything, `name=*` for any value of a field,
/// `[secret]` for whatever was hidden there when it was recorded.
func matches(_ recorded: String, _ asked: String) -> Bool {
  if recorded == asked || recorded == "*" { return true }
  if recorded.hasSuffix("=*") { return asked.hasPrefix(recorded.dropLast()) }
  guard recorded.contains(Redactor.mark) else { return false }
  let parts = recorded.split(
    separator: Redactor.mark,
    omittingEmptySubsequences: false
  )
  guard parts.count > 1, let first = parts.first, let last = parts.last,
    asked.hasPrefix(first), asked.count >= first.count + last.count, asked.hasSuffix(last)
  else { return false }
  var rest = asked.dropFirst(first.count).dropLast(last.count)
  for part in parts.dropFirst().dropLast() where !part.isEmpty {
    guard let range = rest.range(of: part) else { return false }
    rest = rest[range.upperBound...]
  }
  return true
}

extension String {
  var replacingLineEnds: String {
    // Swift takes CRLF for one character, so it is looked for in the bytes.
    guard utf8.contains(13) else { return self }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count)
    for byte in utf8 {
      if byte == 10, bytes.last == 13 { bytes.removeLast() }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
