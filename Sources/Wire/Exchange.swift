/// One request and its answer, as a fixture file holds it (SPEC.md "Fixtures").
struct Exchange: Sendable {
  enum Body: Sendable, Equatable {
    case json(JSON)
    case text(String)
    /// A path, beside the fixture unless absolute.
    case file(String)

    static func == (a: Body, b: Body) -> Bool {
      switch (a, b) {
      case (.json(let a), .json(let b)): a.canonicalText == b.canonicalText
      case (.text(let a), .text(let b)), (.file(let a), .file(let b)): a == b
      default: false
      }
    }
  }

  var method: String
  var url: String
  var requestHeaders: [Header]
  var requestBody: Body?
  var status: Int
  var responseHeaders: [Header]
  var responseBody: Body?
  /// How often it may answer; `nil` for ever.
  var times: Int?

  init(
    method: String,
    url: String,
    requestHeaders: [Header] = [],
    requestBody: Body? = nil,
    status: Int,
    responseHeaders: [Header] = [],
    responseBody: Body? = nil,
    times: Int? = nil
  ) {
    self.method = method
    self.url = url
    self.requestHeaders = requestHeaders
    self.requestBody = requestBody
    self.status = status
    self.responseHeaders = responseHeaders
    self.responseBody = responseBody
    self.times = times
  }
}

/// What is wrong with a fixture file.
public struct ExchangeError: Error, Sendable, Equatable, CustomStringConvertible {
  public let file: String
  /// Where in the file: `$.response.status`.
  public let path: String
  public let message: String

  public init(file: String, path: String, _ message: String) {
    self.file = file
    self.path = path
    self.message = message
  }

  public var description: String { "\(file): \(path): \(message)" }
}

extension Exchange {
  /// - Parameters:
  ///   - file: for errors.
  ///   - path: of `json` within the file.
  init(_ json: JSON, file: String, path: String) throws(ExchangeError) {
    let top = try ExchangeReader(json, file, path, keys: ["request", "response", "times", "note"])
    let request = try top.reader("request", keys: ["method", "url", "headers", "body"])
    let response = try top.reader("response", keys: ["status", "headers", "body", "body_file"])
    method = try request.text("method")
    url = try request.text("url")
    requestHeaders = try request.headers()
    requestBody = request.body()
    status = try response.integer("status", 100...999)
    responseHeaders = try response.headers()
    responseBody = response.body()
    if response.has("body_file") {
      if responseBody != nil { throw response.error("has both body and body_file") }
      responseBody = .file(try response.text("body_file"))
    }
    times = try top.has("times") ? top.integer("times", 1...Int.max) : nil
    if method.isEmpty || method != method.uppercased() {
      throw request.error("must be a method in capitals: GET, POST, MAIL, EXEC", at: "method")
    }
    if !url.contains(":") { throw request.error("must be an absolute URL", at: "url") }
  }

  /// Readable JSON with a line end, as `record` writes it.
  var text: String {
    var request = ["\"method\": \(jsonQuoted(method))", "\"url\": \(jsonQuoted(url))"]
    request += Self.lines(requestHeaders, requestBody)
    var response = ["\"status\": \(status)"]
    response += Self.lines(responseHeaders, responseBody)
    func block(_ name: String, _ lines: [String]) -> String {
      "  \"\(name)\": {\n    \(lines.joined(separator: ",\n    "))\n  }"
    }
    var blocks = [block("request", request), block("response", response)]
    if let times { blocks.append("  \"times\": \(times)") }
    return "{\n\(blocks.joined(separator: ",\n"))\n}\n"
  }

  private static func lines(_ headers: [Header], _ body: Body?) -> [String] {
    var lines: [String] = []
    if !headers.isEmpty {
      // A name that stands twice (Set-Cookie) becomes a list.
      var names: [String] = []
      for header in headers
      where !names.contains(where: { $0.lowercased() == header.name.lowercased() }) {
        names.append(header.name)
      }
      let entries = names.map { name in
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }
          .map { jsonQuoted($0.value) }
        let list = values.joined(separator: ", ")
        return "\(jsonQuoted(name)): \(values.count == 1 ? list : "[\(list)]")"
      }
      lines.append("\"headers\": { \(entries.joined(separator: ", ")) }")
    }
    switch body {
    case .json(let json): lines.append("\"body\": \(json.compactText)")
    case .text(let text): lines.append("\"body\": \(jsonQuoted(text))")
    case .file(let path): lines.append("\"body_file\": \(jsonQuoted(path))")
    case nil: break
    }
    return lines
  }
}

/// Reads one object of a fixture strictly: a misspelt key would be a requirement that nobody
/// checks.
private struct ExchangeReader {
  private let json: JSON
  private let file: String
  private let path: String

  init(_ json: JSON, _ file: String, _ path: String, keys: [String]) throws(ExchangeError) {
    self.json = json
    self.file = file
    self.path = path
    guard let members = json.object else {
      throw ExchangeError(file: file, path: path, "must be an object")
    }
    for member in members where !keys.contains(member.key) {
      throw ExchangeError(
        file: file,
        path: "\(path).\(member.key)",
        "unknown key; known here: \(keys.joined(separator: ", "))"
      )
    }
  }

  func has(_ key: String) -> Bool { json[key].map { !$0.isNull } ?? false }

  func error(_ message: String, at key: String? = nil) -> ExchangeError {
    ExchangeError(file: file, path: key.map { "\(path).\($0)" } ?? path, message)
  }

  func reader(_ key: String, keys: [String]) throws(ExchangeError) -> ExchangeReader {
    guard let value = json[key] else { throw error("missing", at: key) }
    return try ExchangeReader(value, file, "\(path).\(key)", keys: keys)
  }

  func text(_ key: String) throws(ExchangeError) -> String {
    guard let value = json[key] else { throw error("missing", at: key) }
    guard let text = value.string else { throw error("must be a text", at: key) }
    return text
  }

  func integer(_ key: String, _ range: ClosedRange<Int>) throws(ExchangeError) -> Int {
    guard let value = json[key] else { throw error("missing", at: key) }
    guard let number = value.integer, range.contains(number) else {
      let limits = range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range)"
      throw error("must be a whole number, \(limits)", at: key)
    }
    return number
  }

  func headers() throws(ExchangeError) -> [Header] {
    guard has("headers"), let value = json["headers"] else { return [] }
    guard let members = value.object else { throw error("must be an object", at: "headers") }
    var headers: [Header] = []
    for (name, value) in members {
      let values = value.array.map { Array($0) } ?? [value]
      for value in values {
        guard let text = value.string ?? value.numberText else {
          throw error("must be a text or a list of texts", at: "headers.\(name)")
        }
        headers.append(Header(name, text))
      }
    }
    return headers
  }

  func body() -> Exchange.Body? {
    guard let value = json["body"], !value.isNull else { return nil }
    return value.string.map { .text($0) } ?? .json(value)
  }
}
