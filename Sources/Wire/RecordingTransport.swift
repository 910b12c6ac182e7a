import Foundation
import Host
import Synchronization

/// Passes requests on, and writes each exchange into a folder, with its secrets hidden, in the form
/// that `ReplayTransport` reads.
public final class RecordingTransport: Transport {
  private let next: any Transport
  private let folder: String
  private let redactor: Redactor
  private let state = Mutex(State())

  private struct State {
    var count = 0
    /// The newest file of each request, to be limited when the same request comes again.
    var newest: [String: (file: String, exchange: Exchange)] = [:]
  }

  /// - Parameter folder: made when it is not there; its files are readable by their owner alone.
  /// - Throws: when the folder cannot be made.
  public init(_ next: any Transport, folder: String, redactor: Redactor) throws {
    self.next = next
    self.folder = folder
    self.redactor = redactor
    try PrivateFolder.make(folder)
  }

  public func perform(
    _ request: Request,
    timeout: Duration
  ) async throws(WireError) -> Response {
    let response = try await next.perform(request, timeout: timeout)
    guard let asked = AskedRequest(request) else { return response }
    do {
      try record(asked, response)
    } catch {
      // The request has been made: a caller that is told of a failure might make it again.
      throw .sentThenLost("the answer could not be recorded: \(error)")
    }
    return response
  }

  private func record(_ asked: AskedRequest, _ response: Response) throws {
    var exchange = Exchange(
      method: asked.method,
      url: redactor.redact(asked.url),
      requestBody: asked.body.flatMap { body($0) },
      status: response.status,
      responseHeaders: redactor.headers(response.headers.filter { keeps($0.name) }),
      responseBody: body(response.body)
    )
    // One at a time, so that files are numbered in the order of the answers.
    try state.withLock { state in
      state.count += 1
      let number = String(state.count)
      let stem = String(repeating: "0", count: max(0, 5 - number.count)) + number
      let file = "\(stem)-\(slug(exchange))"
      if exchange.responseBody == nil, !response.body.isEmpty {
        try write(Data(response.body), "\(file).body")
        exchange.responseBody = .file("\(file).body")
      }
      let key = requestKey(exchange)
      if var before = state.newest[key] {
        // The same request again: each of them answers once, so that they replay as a sequence.
        before.exchange.times = 1
        try write(Data(before.exchange.text.utf8), before.file)
      }
      try write(Data(exchange.text.utf8), "\(file).json")
      state.newest[key] = ("\(file).json", exchange)
    }
  }

  private func write(_ data: Data, _ name: String) throws {
    try WholeFile.put(data, at: "\(folder)/\(name)", mode: 0o600)
  }

  /// JSON where it is JSON, else text; `nil` for what is neither.
  private func body(_ bytes: [UInt8]) -> Exchange.Body? {
    guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let clean = redactor.redact(text)
    if let first = text.utf8.first(where: { $0 > 32 }), first == 123 || first == 91,
      let json = try? JSON(parsing: Array(clean.utf8))
    {
      return .json(json)
    }
    return .text(clean)
  }

  /// What says nothing any more once the body is unpacked, and what is of one connection.
  private func keeps(_ name: String) -> Bool {
    let name = name.lowercased()
    return !Redactor.secretHeaders.contains(name)
      && ![
        "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive",
        "date", "server", "strict-transport-security", "vary", "via", "alt-svc",
      ].contains(name)
  }

  private func requestKey(_ exchange: Exchange) -> String {
    let body =
      switch exchange.requestBody {
      case .json(let json): json.canonicalText
      case .text(let text), .file(let text): text
      case nil: ""
      }
    return "\(exchange.method) \(exchange.url)\n\(body)"
  }

  private func slug(_ exchange: Exchange) -> String {
    let url = ComparedURL(exchange.url)
    let words = (exchange.method + " " + url.host + " " + url.path).lowercased()
      .split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      .filter { $0 != "https" && $0 != "http" }
    return String(words.joined(separator: "-").prefix(60))
  }
}
