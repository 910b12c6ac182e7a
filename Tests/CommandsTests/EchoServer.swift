import Foundation
import Support
import Synchronization

/// A platform that sends back all that it was told, in every form that it may have it in, and never
/// means well.
final class EchoServer: Sendable {
  enum Mood: Int, Sendable, CaseIterable { case fault, page, redirect, refusal, agreement }

  static let accessToken = "AccTok~aB3+/<x9End"
  static let refreshToken = "RefTok~aB3+/<y9End"

  private let server: LoopbackServer
  private let mood: Holder

  private final class Holder: Sendable { let now = Mutex(Mood.fault) }

  init() throws {
    let mood = Holder()
    self.mood = mood
    server = try LoopbackServer { Self.reply(to: $0, in: mood.now.withLock { $0 }) }
  }

  var url: String { server.url }
  var requests: [LoopbackServer.Asked] { server.requests }
  func stop() { server.stop() }
  func turn(_ mood: Mood) { self.mood.now.withLock { $0 = mood } }

  private static func reply(to asked: LoopbackServer.Asked, in mood: Mood) -> LoopbackServer.Reply {
    let text = echo(asked)
    if asked.target.hasSuffix("/token"), mood != .refusal, mood != .page {
      return .text(
        #"{"access_token":"\#(accessToken)","refresh_token":"\#(refreshToken)","#
          + #""token_type":"Bearer","expires_in":1800}"#)
    }
    let echoed = headers(asked)
    switch mood {
    case .fault: return .text(json(text), status: 500, headers: echoed)
    case .page:
      let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
      return .text("<html><p>\(escaped)</p></html>", status: 401, headers: echoed)
    case .redirect:
      return .text(text, status: 302, headers: ["Location: \(asked.target)"] + echoed)
    case .refusal: return .text(json(text), status: 400, headers: echoed)
    case .agreement: return .text(json(text), headers: echoed)
    }
  }

  /// Single values first: the excerpts that are kept of an answer are short.
  private static func echo(_ asked: LoopbackServer.Asked) -> String {
    let values = asked.headers.filter { !["Host", "Accept", "Content-Type"].contains($0.name) }
      .map(\.value)
    let named = asked.headers.map { "\($0.name): \($0.value)" }
    let decoded = [asked.target, asked.text].map { $0.removingPercentEncoding ?? "" }
    let query = asked.target.split { "?&=/".contains($0) }.map(String.init).suffix(2)
    var all = Array(query)
    all += values
    all += named
    all += [asked.target, asked.text]
    all += decoded
    return all.joined(separator: "\n")
  }

  private static func headers(_ asked: LoopbackServer.Asked) -> [String] {
    var headers = ["Content-Type: application/json", "X-Asked: \(asked.target)"]
    if let header = asked.header("Authorization") { headers.append("X-Request-Id: \(header)") }
    return headers
  }

  private static func json(_ text: String) -> String {
    let parts: [String: Any] = [
      "message": text, "detail": text, "error_description": text, "code": 20003,
      "error": ["message": text, "type": "invalid", "code": text],
      "errors": [["message": text, "detail": text, "title": text, "code": text]],
      "Message": text, "Fault": ["Error": [["Message": text, "Detail": text, "code": "3200"]]],
      "response": ["errors": [["message": text, "errno": 1003]]],
    ]
    let data = try? JSONSerialization.data(withJSONObject: parts)
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
