import Foundation
import Synchronization

/// Answers every request from recorded exchanges and opens no connection.
public final class ReplayTransport: Transport {
  private let index: Mutex<ExchangeIndex>
  private let local: any Transport
  private let redactor: Redactor

  /// - Parameters:
  ///   - folder: read whole, with its subfolders.
  ///   - redactor: what must not stand in an error.
  ///   - local: does what is done for real in replay too: appending to, searching, reading files.
  /// - Throws: `ExchangeError` for the first malformed file.
  public init(
    folder: String,
    redactor: Redactor = Redactor(secrets: []),
    local: any Transport = LocalTransport()
  ) throws(ExchangeError) {
    self.index = Mutex(ExchangeIndex(try ExchangeFolder.entries(below: folder)))
    self.local = local
    self.redactor = redactor
  }

  public func perform(
    _ request: Request,
    timeout: Duration
  ) async throws(WireError) -> Response {
    guard let asked = AskedRequest(request) else {
      return try await local.perform(request, timeout: timeout)
    }
    guard let entry = index.withLock({ $0.take(asked) }) else {
      if asked.isSignIn, index.withLock({ !$0.knows(asked) }) { return Self.signIn }
      throw .noRecording(redactor.redact(index.withLock { $0.explain(asked, redactor) }))
    }
    return try response(entry)
  }

  /// A sign-in that was not recorded is stood in for: a recording made with a token that was still
  /// good has none, and no recording holds a real token anyway.
  private static let signIn = Response(
    status: 200,
    headers: [Header("Content-Type", "application/json")],
    text: #"{"access_token":"replayed","token_type":"Bearer","expires_in":3600}"#
  )

  private func response(_ entry: ExchangeFolder.Entry) throws(WireError) -> Response {
    let exchange = entry.exchange
    var response = Response(status: exchange.status, headers: exchange.responseHeaders)
    switch exchange.responseBody {
    case .text(let text): response.body = Array(text.utf8)
    case .json(let json):
      response.body = Array(json.compactText.utf8)
      if response.header("Content-Type") == nil {
        response.headers.append(Header("Content-Type", "application/json"))
      }
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: entry.path(of: path)) else {
        throw .noRecording("\(entry.name): $.response.body_file: \(path) cannot be read")
      }
      response.body = [UInt8](data)
    case nil: break
    }
    return response
  }
}

/// The exchanges, found without comparing with each of them: a recorded pass has thousands.
private struct ExchangeIndex: Sendable {
  private let entries: [ExchangeFolder.Entry]
  private var used: [Int]
  /// Places in `entries`, in order, by method, URL and body; by method and URL; of any URL.
  private var byBody: [String: [Int]] = [:]
  private var byURL: [String: [Int]] = [:]
  private var loose: [Int] = []
  private var explained = 0

  init(_ entries: [ExchangeFolder.Entry]) {
    self.entries = entries
    used = Array(repeating: 0, count: entries.count)
    for (place, entry) in entries.enumerated() {
      let exchange = entry.exchange
      let url = ComparedURL(exchange.url)
      if hasWildcard(url.host + url.path) || url.query.contains(where: hasWildcard) {
        loose.append(place)
        continue
      }
      let key = Self.key(exchange.method, url)
      let bodies = Self.bodyKeys(exchange.requestBody)
      if bodies.isEmpty { byURL[key, default: []].append(place) }
      for body in bodies { byBody[key + body, default: []].append(place) }
    }
  }

  /// Whether anything was recorded of that address.
  func knows(_ asked: AskedRequest) -> Bool {
    let url = ComparedURL(asked.url)
    return entries.contains {
      let other = ComparedURL($0.exchange.url)
      return other.host == url.host && other.path == url.path
    }
  }

  /// The first exchange in the order of paths that matches and is not used up.
  mutating func take(_ asked: AskedRequest) -> ExchangeFolder.Entry? {
    let key = Self.key(asked.method, ComparedURL(asked.url))
    var keys = Self.bodyKeys(asked).map { key + $0 }
    var places = (byURL[key] ?? []).first { fits($0, asked) }
    keys.removeAll { byBody[$0] == nil }
    for key in keys {
      if let place = byBody[key]?.first(where: { fits($0, asked) }) {
        places = min(places ?? place, place)
      }
    }
    if let place = loose.first(where: { fits($0, asked) }) {
      places = min(places ?? place, place)
    }
    guard let place = places else { return nil }
    used[place] += 1
    if isUsedUp(place) {
      // Out of the lists, so that a long sequence is not walked again and again.
      byURL[key]?.removeAll { $0 == place }
      for key in keys { byBody[key]?.removeAll { $0 == place } }
    }
    return entries[place]
  }

  /// The request, and the recorded ones that are nearest to it.
  mutating func explain(_ asked: AskedRequest, _ redactor: Redactor) -> String {
    var lines = ["no recorded exchange answers this request:", "  \(asked.method) \(asked.url)"]
    for header in redactor.headers(asked.headers) {
      lines.append("  \(header.name): \(header.value)")
    }
    if let text = asked.text, !text.isEmpty {
      lines += text.prefix(2000).split(separator: "\n", omittingEmptySubsequences: false)
        .map { "  \($0)" }
    }
    explained += 1
    // Of a hundred such errors nobody reads the neighbours, and finding them takes its time.
    if explained > 100 { return lines.joined(separator: "\n") }
    let near = nearest(to: asked)
    lines.append(near.isEmpty ? "nothing is recorded" : "nearest recorded:")
    for (place, differences) in near {
      let entry = entries[place]
      lines.append("  \(entry.name): \(entry.exchange.method) \(entry.exchange.url)")
      for difference in differences.prefix(5) { lines.append("    \(difference.text)") }
      if differences.isEmpty { lines.append("    used up (times: \(used[place]))") }
    }
    return lines.joined(separator: "\n")
  }

  private func nearest(to asked: AskedRequest) -> [(place: Int, differences: [Difference])] {
    func weight(_ differences: [Difference]) -> Int { differences.reduce(0) { $0 + $1.weight } }
    // By the URL first, which is cheap; bodies are compared for the best of these alone.
    return entries.indices.map { ($0, weight(entries[$0].exchange.urlDifferences(to: asked))) }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(50)
      .map { (place: $0.0, differences: entries[$0.0].exchange.differences(to: asked)) }
      .sorted { (weight($0.differences), $0.place) < (weight($1.differences), $1.place) }
      .prefix(3).map { $0 }
  }

  private func fits(_ place: Int, _ asked: AskedRequest) -> Bool {
    !isUsedUp(place) && entries[place].exchange.differences(to: asked).isEmpty
  }

  private func isUsedUp(_ place: Int) -> Bool {
    entries[place].exchange.times.map { used[place] >= $0 } ?? false
  }

  private static func key(_ method: String, _ url: ComparedURL) -> String {
    "\(method) \(url.host)\(url.path)?\(url.query.joined(separator: "&"))\n"
  }

  /// Under which bodies a recorded one is found; none when it may be any.
  private static func bodyKeys(_ body: Exchange.Body?) -> [String] {
    switch body {
    case nil, .file: return []
    case .text(let text):
      if hasWildcard(text) { return [] }
      return ["T\(text.replacingLineEnds)", formKey(formFields(text))]
    case .json(let json):
      if hasWildcard(json.compactText) { return [] }
      var keys = ["J\(json.canonicalText)"]
      if let members = json.object {
        keys.append(formKey(members.map { ($0.key, $0.value.string ?? $0.value.compactText) }))
      }
      return keys
    }
  }

  private static func bodyKeys(_ asked: AskedRequest) -> [String] {
    guard let text = asked.text else { return [] }
    var keys = ["T\(text)"]
    if asked.isForm { keys.append(formKey(formFields(text))) }
    if let json = try? JSON(parsing: Array(text.utf8)) { keys.append("J\(json.canonicalText)") }
    return keys
  }

  private static func formKey(_ fields: [(name: String, value: String)]) -> String {
    "F" + formEncoded(fields.sorted { ($0.name, $0.value) < ($1.name, $1.value) })
  }
}

private func hasWildcard(_ text: String) -> Bool {
  text.contains("*") || text.contains(Redactor.mark)
}
