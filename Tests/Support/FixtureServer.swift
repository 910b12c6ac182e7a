public import Foundation

/// Answers on 127.0.0.1 from recorded exchanges: by method, path and query; the host does not
/// matter. What is not recorded gets 404 with its target, so that a test shows what was asked.
public final class FixtureServer: Sendable {
  private struct Recorded: Sendable {
    let method: String
    let target: String
    let status: Int
    let headers: [String]
    let body: [UInt8]
  }

  public let server: LoopbackServer
  public var url: String { server.url }

  /// - Parameters:
  ///   - folders: of exchanges; the first that matches answers.
  ///   - first: asked before them; `nil` leaves the request to the recordings.
  public init(
    _ folders: [URL],
    first: @escaping @Sendable (LoopbackServer.Asked) -> LoopbackServer.Reply? = { _ in nil }
  ) throws {
    let recorded = try folders.flatMap(Self.exchanges)
    server = try LoopbackServer { asked in
      if let reply = first(asked) { return reply }
      let found = recorded.first {
        $0.method == asked.method && Self.words($0.target) == Self.words(asked.target)
      }
      guard let found else { return .text("not recorded: \(asked.target)", status: 404) }
      return .answer(found.status, headers: found.headers, body: found.body)
    }
  }

  public func stop() { server.stop() }

  /// Path and query parameters, which may stand in any order and be escaped in several ways.
  private static func words(_ target: String) -> [String] {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let query = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
    return [parts.first ?? ""] + query.map { $0.removingPercentEncoding ?? $0 }.sorted()
  }

  private static func exchanges(_ folder: URL) throws -> [Recorded] {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder,
      includingPropertiesForKeys: nil
    )
    return try files.sorted { $0.path() < $1.path() }.compactMap { file in
      let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
      guard let request = json?["request"] as? [String: Any],
        let response = json?["response"] as? [String: Any],
        let url = request["url"] as? String, let start = url.firstRange(of: "://"),
        let status = response["status"] as? Int
      else { return nil }
      let body = response["body"]
      let bytes: [UInt8]
      if let text = body as? String {
        bytes = Array(text.utf8)
      } else if let body {
        bytes = Array(try JSONSerialization.data(withJSONObject: body))
      } else {
        bytes = []
      }
      let headers = (response["headers"] as? [String: String] ?? [:]).map { "\($0): \($1)" }
      return Recorded(
        method: request["method"] as? String ?? "GET",
        target: String(url[start.upperBound...].drop { $0 != "/" }),
        status: status,
        headers: headers.sorted(),
        body: bytes
      )
    }
  }
}
