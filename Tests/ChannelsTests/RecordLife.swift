import Channels
import Foundation
import Messages
import Outbox
import Support
import Testing
import Wire

/// Where a connection is cut: at the k-th call that changes something, before or after the platform
/// has taken it.
struct Cut: Sendable, CustomTestStringConvertible {
  let write: Int
  let isTaken: Bool

  static func all(_ count: Int) -> [Cut] {
    (1...count).flatMap { [Cut(write: $0, isTaken: false), Cut(write: $0, isTaken: true)] }
  }

  var testDescription: String { "write \(write), \(isTaken ? "taken" : "not taken")" }
}

/// A year of one account, as the rule engine tells it.
enum RecordLife {
  struct Alert: Sendable {
    let time: String
    let reason: String
    let level: Int
    let overdue: String
  }

  /// Crosses, lasts, is paid in part, escalates, lasts, clears, crosses again.
  static let year = [
    Alert(time: "2026-01-12T08:00:00Z", reason: "crossed", level: 1, overdue: "900.00"),
    Alert(time: "2026-01-19T08:00:00Z", reason: "persisting", level: 1, overdue: "900.00"),
    Alert(time: "2026-01-26T08:00:00Z", reason: "persisting", level: 1, overdue: "650.00"),
    Alert(time: "2026-02-02T08:00:00Z", reason: "escalated", level: 2, overdue: "1250.00"),
    Alert(time: "2026-02-09T08:00:00Z", reason: "persisting", level: 2, overdue: "1250.00"),
    Alert(time: "2026-02-20T08:00:00Z", reason: "resolved", level: 2, overdue: "0.00"),
    Alert(time: "2026-09-01T08:00:00Z", reason: "crossed", level: 1, overdue: "700.00"),
  ]

  static func message(
    _ number: Int,
    for channel: ChannelCase,
    to recipient: String?,
    account: String = "C-1042"
  ) -> Message {
    let alert = year[number]
    var message = Sample.reminder(for: channel)
    message.deliveryID = "ba1-\(account.lowercased())-\(number)"
    message.recipient = recipient
    message.time = alert.time
    message.alerts[0].accountID = account
    message.alerts[0].reason = alert.reason
    message.alerts[0].level = alert.level
    message.alerts[0].alertNumber = number + 1
    let amount = Amount(decimal: alert.overdue, formatted: "NZ$\(alert.overdue)")
    (message.alerts[0].overdueBalance, message.alerts[0].balance) = (amount, amount)
    message.forms[.title] = "Reminder: NZ$\(alert.overdue) overdue"
    return message
  }

  /// By the rules of the delivery machine: sent again what was not accepted, asked about what may
  /// have been.
  /// - Parameter channel: makes the adapter of one pass, which a lost connection ends where
  ///   `crashing`.
  static func deliver(
    _ message: Message,
    crashing: Bool,
    over transport: any Transport,
    _ channel: () throws -> any SearchableChannel
  ) async throws -> Outcome {
    var adapter = try channel()
    let session = Session.ofOneTry(transport)
    for _ in 0..<4 {
      let outcome = await adapter.send(message, over: session)
      switch outcome {
      case .notAccepted: if crashing { adapter = try channel() }
      case .unknown:
        if crashing { adapter = try channel() }
        let found = await adapter.search(
          for: message,
          startedAt: message.time,
          now: message.time,
          over: session
        )
        if case .found(let id) = found { return .accepted(id: id) }
        #expect(found == .absent)
      default: return outcome
      }
    }
    return .unknown(why: "in vain")
  }
}

/// A platform in small, that keeps what it is told and whose connection can be cut.
protocol CutSimulator: Actor, Transport {
  var cut: Cut? { get set }
  /// Calls so far that change something.
  var writes: Int { get set }
  var answered: [Answered] { get set }
  func answer(_ http: HTTPRequest) -> Response
}

extension CutSimulator {
  var calls: [String] { answered.map(\.line) }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .http(let http) = request else { throw .forbidden("not HTTP") }
    if http.method != .GET {
      writes += 1
      if let cut, cut.write == writes {
        self.cut = nil
        if cut.isTaken { _ = answer(http) }
        throw .sentThenLost("cut")
      }
    }
    let response = answer(http)
    answered.append(Answered(request: http, response: response))
    return response
  }
}

/// What a simulator was asked and answered.
struct Answered: Sendable {
  let request: HTTPRequest
  let response: Response

  var isRead: Bool { request.method == .GET }
  /// `GET boards/…`, without the query.
  var line: String {
    let path = request.url.split(separator: "?")[0].split(separator: "/").dropFirst(3)
    return "\(request.method.rawValue) \(path.joined(separator: "/"))"
  }
}

/// An answer as the platforms give it.
func jsonAnswer(_ value: Any, status: Int = 200) -> Response {
  let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
  return Response(
    status: status,
    headers: [Header("Content-Type", "application/json")],
    body: Array(data ?? Data())
  )
}
