import Foundation
import Support
import Synchronization

/// The platforms that a pass talks to, on the loopback interface, and what they have accepted.
final class Platforms: Sendable {
  struct Memory {
    /// Idempotency key to the body that came first under it.
    var hook: [String: [UInt8]] = [:]
    /// Requests under a key that was known, with other bytes: a platform would refuse them.
    var mismatches = 0
    /// Number to messages.
    var sms: [String: Int] = [:]
    /// Texts by number, as the list of messages shows them.
    var texts: [String: [String]] = [:]
    var hold: [String: Int] = [:]
    var resend: [String: Int] = [:]
    /// Refresh tokens that still work: as Xero, the old one until the new one is used.
    var refreshTokens: Set<String> = ["R0"]
    var accessToken = ""
    var rotations = 0
    var refusals = 0
    var requests = 0
  }

  let memory = Mutex(Memory())
  /// Called at each request, with its number.
  let watch = Mutex<(@Sendable (Int) -> Void)?>(nil)
  private let server = Mutex<Listener?>(nil)
  private let created: String

  init() throws {
    created = TwilioList.date()
    let listener = try Listener()
    server.withLock { $0 = listener }
    listener.accept { [self] in serve($0) }
  }

  var url: String { "http://127.0.0.1:\(server.withLock { $0?.port ?? 0 })" }
  func stop() { server.withLock { $0?.stop() } }

  private func serve(_ connection: Connection) {
    while let first = connection.line() {
      var length = 0
      var key = ""
      var bearer = ""
      while let line = connection.line(), !line.isEmpty {
        let lower = line.lowercased()
        if lower.hasPrefix("content-length:") {
          length = Int(lower.dropFirst(15).drop { $0 == " " }) ?? 0
        } else if lower.hasPrefix("idempotency-key:") {
          key = String(line.dropFirst(16).drop { $0 == " " })
        } else if lower.hasPrefix("authorization: bearer ") {
          bearer = String(line.dropFirst(22))
        }
      }
      guard let body = connection.bytes(length) else { return }
      let words = first.split(separator: " ").map(String.init)
      guard words.count == 3 else { return }
      let (status, text) = answer(words[0], words[1], key, bearer, body)
      let number = memory.withLock { memory in
        memory.requests += 1
        return memory.requests
      }
      watch.withLock { $0 }?(number)
      let head = "HTTP/1.1 \(status) X\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
      guard connection.write(Array((head + text).utf8)) else { return }
    }
  }

  private func answer(
    _ method: String,
    _ target: String,
    _ key: String,
    _ bearer: String,
    _ body: [UInt8]
  ) -> (Int, String) {
    let path = target.prefix { $0 != "?" }
    switch path {
    case "/hook":
      memory.withLock { memory in
        if let known = memory.hook[key] {
          if known != body { memory.mismatches += 1 }
        } else {
          memory.hook[key] = body
        }
      }
      return (200, "")
    case "/hold":
      memory.withLock { $0.hold[Self.deliveryID(body), default: 0] += 1 }
      return (200, "ok")
    case "/resend":
      memory.withLock { $0.resend[Self.deliveryID(body), default: 0] += 1 }
      return (200, "ok")
    case "/token": return token(body)
    case let path where path.hasPrefix("/2010-04-01/"):
      return method == "POST" ? sms(body) : (200, list(target))
    default: return books(String(path), bearer)
    }
  }

  private func sms(_ body: [UInt8]) -> (Int, String) {
    let form = formOf(String(decoding: body, as: UTF8.self))
    let to = form["To"] ?? ""
    let count = memory.withLock { memory in
      memory.sms[to, default: 0] += 1
      memory.texts[to, default: []].append(form["Body"] ?? "")
      return memory.sms.count
    }
    return (201, "{\"sid\":\"SM\(count)\",\"status\":\"queued\"}")
  }

  private func list(_ target: String) -> String {
    let to = formOf(target.drop { $0 != "?" }.dropFirst())["To"] ?? ""
    let texts = memory.withLock { $0.texts[to] ?? [] }
    return String(decoding: TwilioList.page(texts.map { ("SM1", $0, created) }), as: UTF8.self)
  }

  private func token(_ body: [UInt8]) -> (Int, String) {
    let form = formOf(String(decoding: body, as: UTF8.self))
    return memory.withLock { memory in
      guard let old = form["refresh_token"], memory.refreshTokens.contains(old) else {
        memory.refusals += 1
        return (400, #"{"error":"invalid_grant"}"#)
      }
      memory.rotations += 1
      // Once a token is used, those before it are dead.
      memory.refreshTokens = [old, "R\(memory.rotations)"]
      memory.accessToken = "A\(memory.rotations)"
      return (
        200,
        #"{"access_token":"\#(memory.accessToken)","refresh_token":"R\#(memory.rotations)","#
          + #""expires_in":1}"#
      )
    }
  }

  /// An empty Xero, for the sake of its tokens.
  private func books(_ path: String, _ bearer: String) -> (Int, String) {
    guard memory.withLock({ $0.accessToken == bearer }) else { return (401, "{}") }
    let collection = path.split(separator: "/").last.map(String.init) ?? ""
    let isOne = collection == "Organisation"
    let rows = isOne ? #"[{"Name":"Harbour"}]"# : "[]"
    let name = isOne ? "Organisations" : collection
    return (
      200,
      #"{"DateTimeUTC":"/Date(1795464000000)/","\#(name)":\#(rows),"#
        + #""pagination":{"page":1,"pageSize":1000,"pageCount":0,"itemCount":0}}"#
    )
  }

  private static func deliveryID(_ body: [UInt8]) -> String {
    let text = String(decoding: body, as: UTF8.self)
    guard let start = text.range(of: "\"delivery_id\":\"") else { return "" }
    return String(text[start.upperBound...].prefix(32))
  }
}
