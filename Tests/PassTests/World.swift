import Foundation
import Support
import Wire

/// The world outside a pass: files that can be read, and platforms that take messages, lose them or
/// refuse them as a scenario says. The first part of a host's name is the channel's.
actor World: Transport {
  /// A message that came to a platform.
  struct Sent: Sendable, Equatable {
    let channel: String
    /// The idempotency key, or the id that the message carries; `nil` for an SMS.
    let id: String?
    let recipient: String?
    let bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  enum Behaviour: Sendable {
    case works
    case answers(Response)
    case isDown
    /// It takes the message, and its answer is lost.
    case losesAnswers
    /// The request is lost on its way.
    case losesRequests
    /// Nobody recorded an answer.
    case unrecorded
  }

  /// Every message that reached a platform, taken or not.
  private(set) var tried: [Sent] = []
  /// Those that it took: what people got to see.
  private(set) var taken: [Sent] = []
  private(set) var files: [String: String] = [:]
  private var unreadable: Set<String> = []
  private var standing: [String: Behaviour] = [:]
  private var once: [String: [Behaviour]] = [:]
  private var refusals: [String: Response] = [:]
  /// Called before a message is taken, and once it was, before its sender knows.
  private var watch: (@Sendable (_ tried: Int, _ wasTaken: Bool) async -> Void)?

  func put(_ text: String, at name: String) { files[name] = text }
  func hide(_ name: String) { unreadable.insert(name) }
  func show(_ name: String) { unreadable.remove(name) }

  func set(_ channel: String, _ behaviour: Behaviour, once isOnce: Bool = false) {
    if isOnce {
      once[channel, default: []].append(behaviour)
    } else {
      standing[channel] = behaviour
    }
  }

  func refuse(_ address: String, with response: Response) { refusals[address] = response }

  func onTry(_ action: @escaping @Sendable (_ tried: Int, _ wasTaken: Bool) async -> Void) {
    watch = action
  }

  /// As if these had been taken before.
  func remember(_ earlier: [Sent]) { taken += earlier }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    switch request {
    case .file(let path): return try read(Self.name(path))
    case .find(let text, let path):
      let isThere = taken.contains { $0.channel == Self.channel(path) && $0.text.contains(text) }
      return Response(status: isThere ? 200 : 404)
    case .append(let append):
      guard case .file(let path) = append.destination else { return Response(status: 200) }
      let sent = Sent(
        channel: Self.channel(path),
        id: Self.field("delivery_id", append.bytes),
        recipient: nil,
        bytes: append.bytes
      )
      return try await take(sent, Response(status: 200))
    case .mail(let mail):
      let text = String(decoding: mail.message, as: UTF8.self)
      let sent = Sent(
        channel: Self.label(mail.host),
        id: Self.header("X-Balancealert-Delivery", text),
        recipient: mail.recipients.joined(separator: ", "),
        bytes: mail.message
      )
      return try await take(sent, Response(status: 250, text: "2.0.0 queued as A1"))
    case .http(let http): return try await answer(http)
    case .command: throw .forbidden("no programs here")
    }
  }

  private func read(_ name: String) throws(WireError) -> Response {
    if unreadable.contains(name) { throw .notSent("\(name): Input/output error") }
    return files[name].map { Response(status: 200, text: $0) } ?? Response(status: 404)
  }

  private func answer(_ http: HTTPRequest) async throws(WireError) -> Response {
    let channel = Self.label(String(http.url.dropFirst("https://".count)))
    let body = http.body ?? []
    guard http.url.contains("/2010-04-01/") else {
      let sent = Sent(
        channel: channel,
        id: http.header("Idempotency-Key") ?? Self.slackID(body),
        recipient: nil,
        bytes: body
      )
      return try await take(sent, Response(status: 200, text: "ok"))
    }
    if http.method == .GET {
      let query = formOf(String(http.url.drop { $0 != "?" }.dropFirst()))
      return list(channel, to: query["To"])
    }
    let form = formOf(String(decoding: body, as: UTF8.self))
    let sent = Sent(channel: channel, id: nil, recipient: form["To"], bytes: body)
    let created = Response(status: 201, text: #"{"sid":"SM\#(tried.count + 1)"}"#)
    return try await take(sent, created)
  }

  private func take(_ sent: Sent, _ success: Response) async throws(WireError) -> Response {
    tried.append(sent)
    let number = tried.count
    await watch?(number, false)
    var behaviour = standing[sent.channel] ?? .works
    if var queue = once[sent.channel], !queue.isEmpty {
      behaviour = queue.removeFirst()
      once[sent.channel] = queue
    }
    for address in sent.recipient?.split(separator: ", ") ?? [] {
      if let refusal = refusals[String(address)] { behaviour = .answers(refusal) }
    }
    switch behaviour {
    case .works:
      taken.append(sent)
      await watch?(number, true)
      return success
    case .answers(let response): return response
    case .isDown: throw .notSent("connection refused")
    case .losesAnswers:
      taken.append(sent)
      throw .sentThenLost("the connection was cut after the request")
    case .losesRequests: throw .sentThenLost("the connection was cut in the request")
    case .unrecorded: throw .noRecording("no recorded exchange matches")
    }
  }

  /// Twilio's list of messages.
  private func list(_ channel: String, to recipient: String?) -> Response {
    let now = TwilioList.date()
    let found = taken.enumerated().filter {
      $0.element.channel == channel && $0.element.recipient == recipient
    }
    return Response(
      status: 200,
      body: TwilioList.page(
        found.map { ("SM\($0.offset)", formOf($0.element.text)["Body"] ?? "", now) }))
  }

  // MARK: Names and fields

  private static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

  private static func channel(_ path: String) -> String {
    (name(path) as NSString).deletingPathExtension
  }

  private static func label(_ host: String) -> String {
    String(host.prefix { $0 != "." && $0 != "/" })
  }

  private static func object(_ bytes: [UInt8]) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
  }

  private static func field(_ key: String, _ bytes: [UInt8]) -> String? {
    object(bytes)[key] as? String
  }

  private static func slackID(_ bytes: [UInt8]) -> String? {
    let metadata = object(bytes)["metadata"] as? [String: Any]
    return (metadata?["event_payload"] as? [String: Any])?["delivery_id"] as? String
  }

  private static func header(_ name: String, _ mail: String) -> String? {
    mail.replacing("\r\n", with: "\n").split(separator: "\n").first { $0.hasPrefix("\(name): ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }
}
