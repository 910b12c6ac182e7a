import Channels
import Foundation
import Messages
import Outbox
import Support
import Testing
import Wire

/// What a CRM holds: records, and the automation that watches one of their fields.
struct CRMState: Sendable {
  var records: [String: [String: String]] = [:]
  /// The field that the automation watches.
  var watched: String
  /// How often it started: once for each new value.
  private(set) var starts = 0
  /// What was done that no second call undoes (mails, flows).
  var acts: [String] = []

  mutating func set(_ id: String, _ fields: [String: String]) {
    var record = records[id] ?? [:]
    if let value = fields[watched], value != record[watched] { starts += 1 }
    record.merge(fields) { _, new in new }
    records[id] = record
  }
}

/// A platform's side of a test. Its wire can be cut, before a call arrives or after.
actor CRMWorld: Transport {
  typealias Platform = @Sendable (HTTPRequest, inout CRMState) throws -> Response
  enum Cut: Sendable, Equatable {
    case before(Int)
    case after(Int)
  }

  private(set) var state: CRMState
  private(set) var exchanges: [(HTTPRequest, Response)] = []
  private let platform: Platform
  private var cut: Cut?
  private var calls = 0

  init(_ state: CRMState, cut: Cut? = nil, _ platform: @escaping Platform) {
    self.state = state
    self.cut = cut
    self.platform = platform
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .http(let http) = request else { throw .notSent("not HTTP") }
    calls += 1
    if cut == .before(calls) { throw .sentThenLost("cut") }
    let response: Response
    do {
      response = try platform(http, &state)
    } catch {
      throw .forbidden("the world cannot answer \(http.method) \(http.url): \(error)")
    }
    exchanges.append((http, response))
    if cut == .after(calls) { throw .sentThenLost("cut") }
    return response
  }

  /// The next messages go over a whole wire.
  func mend() { cut = nil }
}

extension CRMWorld {
  /// Each exchange as a file, in their order: `01-find.json`.
  func tell(_ steps: [String], of channel: ChannelCase) throws {
    try #require(exchanges.count == steps.count, "\(exchanges.map { $0.0.url })")
    let secrets = try channel.set(up: nil).secrets
    for (exchange, step) in zip(exchanges, steps) {
      let text = try exchangeText(exchange.0, exchange.1, secrets: secrets)
      let path = "../Fixtures/channels/\(channel.name)/exchanges/\(step).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }
}

/// A JSON answer.
func answer(_ body: Any, status: Int = 200) throws -> Response {
  Response(
    status: status,
    headers: [Header("Content-Type", "application/json;charset=utf-8")],
    body: Array(try JSONSerialization.data(withJSONObject: body, options: [.sortedKeys]))
  )
}

func object(_ request: HTTPRequest?) throws -> [String: Any] {
  let value = try JSONSerialization.jsonObject(with: Data(request?.body ?? []))
  return try #require(value as? [String: Any])
}

/// Reads a sample of a platform's contract as the fixtures keep it.
extension Sample {
  /// An alert about another account, or another one about the same.
  static func message(
    for channel: ChannelCase,
    delivery: String,
    account: String = "C-1042",
    email: String? = "accounts@tenant.example",
    balance: String = "1840.50",
    number: Int = 3,
    level: Int = 2,
    reason: String = "persisting"
  ) -> Message {
    var message = reminder(for: channel)
    message.deliveryID = delivery
    message.alerts[0].deliveryID = delivery
    message.alerts[0].accountID = account
    message.alerts[0].email = email
    message.alerts[0].balance = Amount(decimal: balance, formatted: "NZ$\(balance)")
    message.alerts[0].alertNumber = number
    message.alerts[0].level = level
    message.alerts[0].reason = reason
    return message
  }
}
