import Foundation
import Wire

/// What a web server hands to a CGI program (RFC 3875).
struct CGIRequest {
  /// Webhooks are small; the largest that is documented has some hundred events.
  static let maxBytes = 1 << 20

  let method: String
  let query: String
  let headers: [Header]
  /// As the client said; `nil` where it said nothing.
  let length: Int?
  let lastPathComponent: String

  /// `nil` when no web server runs us.
  init?(_ environment: [String: String]) {
    guard environment["GATEWAY_INTERFACE"]?.hasPrefix("CGI/") == true else { return nil }
    method = environment["REQUEST_METHOD"] ?? "GET"
    query = environment["QUERY_STRING"] ?? ""
    length = environment["CONTENT_LENGTH"].flatMap { Int($0) }
    let path = environment["PATH_INFO"].flatMap { $0.isEmpty ? nil : $0 } ?? ""
    lastPathComponent = path.split(separator: "/").last.map(String.init) ?? ""
    var headers = environment.compactMap { name, value -> Header? in
      guard name.hasPrefix("HTTP_") else { return nil }
      return Header(String(name.dropFirst(5)).replacing("_", with: "-"), value)
    }.sorted { $0.name < $1.name }
    if let type = environment["CONTENT_TYPE"], !type.isEmpty {
      headers.append(Header("Content-Type", type))
    }
    self.headers = headers
  }

  /// Standard input, byte for byte.
  /// - Parameter length: so many bytes and no more; `nil`: to its end.
  /// - Returns: `nil` when there is more than `limit`, or less than was promised.
  static func read(_ length: Int? = nil, limit: Int) -> [UInt8]? {
    let wanted = min(length ?? limit + 1, limit + 1)
    var bytes: [UInt8] = []
    while bytes.count < wanted {
      guard let data = try? FileHandle.standardInput.read(upToCount: wanted - bytes.count),
        !data.isEmpty
      else { break }
      bytes += data
    }
    if let length, bytes.count < length { return nil }
    return bytes.count > limit ? nil : bytes
  }

  static func answer(_ status: Int, _ body: String) -> String {
    let words = [
      200: "OK", 401: "Unauthorized", 404: "Not Found", 413: "Content Too Large",
      503: "Service Unavailable",
    ]
    return "Status: \(status) \(words[status] ?? "")\r\nContent-Type: text/plain\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
}
