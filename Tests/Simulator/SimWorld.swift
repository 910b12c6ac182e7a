import Foundation
import Support
import Wire

/// The platforms of a simulated year: they work, fail, lie about failing, or are away for a week.
actor SimWorld: Transport {
  enum Behaviour: Sendable, Equatable {
    case works
    case isDown
    /// Takes the message, and its answer is lost.
    case losesAnswers
    case losesRequests
    case answers(Int, after: Int?)
    /// A page of a proxy, with a status that says nothing.
    case nonsense
  }

  struct Sent: Sendable {
    let channel: String
    /// The idempotency key, or the id that stands in the message.
    let id: String?
    let recipient: String?
    let body: [UInt8]
    /// The pass that brought it, and when that was.
    var pass = 0
    var time = ""
  }

  private(set) var taken: [Sent] = []
  private var files: [String: String] = [:]
  private var unreadable: Set<String> = []
  private var behaviour: [String: Behaviour] = [:]
  /// Of each key, the first body.
  private var keys: [String: [UInt8]] = [:]
  /// Keys that came again with other bytes.
  private(set) var mismatches = 0
  private(set) var requests = 0
  /// The machine dies at this request of the pass, before or after the platform has taken it.
  private var death: (at: Int, after: Bool, copy: @Sendable () -> Void)?
  private var isDead = false
  private var pass = 0
  private var time = ""
  /// Of this machine: by its clock a pass looks for what it has just sent itself.
  private let machineTime: String
  private let formatter: DateFormatter

  init() {
    formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
    machineTime = formatter.string(from: Date(timeIntervalSinceNow: 30))
  }

  func put(_ text: String, at name: String) { files[name] = text }
  func set(unreadable names: Set<String>) { unreadable = names }
  func set(_ channel: String, _ new: Behaviour) { behaviour[channel] = new }
  var isWell: Bool { unreadable.isEmpty && behaviour.values.allSatisfy { $0 == .works } }

  /// - Parameter seconds: since 1970, of the pass.
  func begin(
    at seconds: Int64,
    dying death: (at: Int, after: Bool, copy: @Sendable () -> Void)?
  ) {
    pass += 1
    time = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
    requests = 0
    isDead = false
    self.death = death
  }

  /// Whether the machine died in the pass.
  var hasDied: Bool { isDead }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    requests += 1
    if isDead { throw .notSent("the machine is off") }
    if let death, death.at == requests, !death.after { die(death.copy) }
    if isDead { throw .notSent("the machine is off") }
    let result = Result { () throws(WireError) in try answer(request) }
    if let death, death.at == requests, death.after { die(death.copy) }
    return try result.get()
  }

  private func die(_ copy: @Sendable () -> Void) {
    copy()
    isDead = true
  }

  private func answer(_ request: Request) throws(WireError) -> Response {
    switch request {
    case .file(let path):
      let name = (path as NSString).lastPathComponent
      if unreadable.contains(name) { throw .notSent("\(name): Input/output error") }
      return files[name].map { Response(status: 200, text: $0) } ?? Response(status: 404)
    case .http(let http): return try answer(http)
    default: throw .forbidden("there is no such thing here")
    }
  }

  private func answer(_ http: HTTPRequest) throws(WireError) -> Response {
    let channel = String(http.url.dropFirst("https://".count).prefix { $0 != "." && $0 != "/" })
    let body = http.body ?? []
    if http.method == .GET { return list(http.url) }
    let isSMS = http.url.contains("/2010-04-01/")
    let sent = Sent(
      channel: channel,
      id: http.header("Idempotency-Key") ?? (isSMS ? nil : Self.deliveryID(body)),
      recipient: isSMS ? formOf(String(decoding: body, as: UTF8.self))["To"] : nil,
      body: body
    )
    let success =
      isSMS
      ? Response(status: 201, text: #"{"sid":"SM\#(taken.count + 1)"}"#)
      : Response(status: 200, text: "ok")
    switch behaviour[channel] ?? .works {
    case .works:
      take(sent)
      return success
    case .isDown: throw .notSent("connection refused")
    case .losesAnswers:
      take(sent)
      throw .sentThenLost("the connection was cut after the request")
    case .losesRequests: throw .sentThenLost("the connection was cut in the request")
    case .answers(let status, let seconds):
      let headers = seconds.map { [Header("Retry-After", "\($0)")] } ?? []
      return Response(status: status, headers: headers, text: "no")
    case .nonsense: return Response(status: 502, text: "<html>bad gateway</html>")
    }
  }

  private func take(_ sent: Sent) {
    if sent.channel == "hook", let key = sent.id {
      if let known = keys[key] {
        if known != sent.body { mismatches += 1 }
        return
      }
      keys[key] = sent.body
    }
    var sent = sent
    sent.pass = pass
    sent.time = time
    taken.append(sent)
  }

  private func list(_ url: String) -> Response {
    let to = formOf(url.drop { $0 != "?" }.dropFirst())["To"]
    let found = taken.filter { $0.channel == "sms" && $0.recipient == to }.map { sent in
      let text = formOf(String(decoding: sent.body, as: UTF8.self))["Body"] ?? ""
      return (sid: "SM1", body: text, created: sent.pass == pass ? machineTime : sent.time)
    }
    return Response(status: 200, body: TwilioList.page(found))
  }

  private static func deliveryID(_ body: [UInt8]) -> String? {
    let text = String(decoding: body, as: UTF8.self)
    guard let start = text.range(of: "\"delivery_id\":\"") else { return nil }
    return String(text[start.upperBound...].prefix(32))
  }
}
