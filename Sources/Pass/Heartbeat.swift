import Outbox
import Receivables
import Settings
import Wire

/// A sign of life to a monitor of scheduled jobs: `URL/start`, then `URL`, or `URL/75` with the
/// exit code. healthchecks.io/docs/http_api, healthchecks.io/docs/signaling_failures
struct Heartbeat: Sendable {
  let url: Secret
  let transport: any Transport
  let redactor: Redactor
  /// How long a monitor may take to answer, and keep a pass that has ended from its end.
  let timeout: Duration
  /// How much of that the start may take, if it is still under way.
  let patience: Duration
  let overtime: Overtime

  /// Under way while the pass goes on: nothing waits for it.
  func start() -> Task<String?, Never> {
    Task { await ping("start", "balancealert: a pass begins\n", within: timeout) }
  }

  /// - Parameter started: the start, which must not come after the end.
  /// - Returns: what went wrong, a sentence each.
  func end(
    exit: Int32,
    body: String,
    after started: Task<String?, Never>?
  ) async -> [String] {
    let end = ContinuousClock.now + overtime.left(of: timeout)
    var problems: [String] = []
    if let problem = await started?.value(cancelledAfter: patience) ?? nil {
      problems.append(problem)
    }
    if let problem = await ping(exit == 0 ? nil : "\(exit)", body, within: end - .now) {
      problems.append(problem)
    }
    return problems
  }

  /// - Returns: what went wrong.
  private func ping(_ word: String?, _ body: String, within timeout: Duration) async -> String? {
    let request = HTTPRequest(
      .POST,
      Self.url(url.reveal(), word),
      headers: [Header("Content-Type", "text/plain; charset=utf-8")],
      body: Array(body.utf8.prefix(10_000))
    )
    let name = word.map { "heartbeat_url/\($0)" } ?? "heartbeat_url"
    do throws(WireError) {
      let answer = try await transport.perform(.http(request), timeout: timeout)
      if (200..<300).contains(answer.status) { return nil }
      // Monitors that know no start: the end will show whether the address is right.
      if word == "start", [404, 405].contains(answer.status) { return nil }
      return "\(name): HTTP \(answer.status)"
    } catch {
      return "\(name): \(redactor.redact(error.description))"
    }
  }

  /// Before the query, if there is one.
  private static func url(_ base: String, _ word: String?) -> String {
    guard let word else { return base }
    let path = base.prefix { $0 != "?" }
    let trimmed = path.hasSuffix("/") ? path.dropLast() : path
    return "\(trimmed)/\(word)\(base.dropFirst(path.count))"
  }
}

extension PassReport {
  /// For a monitor elsewhere: numbers, and no name of anybody.
  var summary: String {
    var counts: [String] = []
    for status in Set(deliveries.map(\.status)).sorted(by: { $0.rawValue < $1.rawValue }) {
      counts.append("\(count(status)) \(status.rawValue)")
    }
    let failed = sources.count {
      if case .failed = $0.status { true } else { false }
    }
    return """
      exit \(verdict.rawValue)
      sources: \(sources.count { $0.isGood }) polled, \(failed) failed
      alerts: \(alerts)
      deliveries: \(counts.isEmpty ? "none" : counts.joined(separator: ", "))
      notices: \(notices.count)
      took \(milliseconds) ms

      """
  }
}
