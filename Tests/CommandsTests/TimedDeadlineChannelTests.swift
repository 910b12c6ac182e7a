import Foundation
import Support
import Synchronization
import Testing

/// A channel that hangs: nothing is said to be sent that was not accepted, and what may have been
/// is never sent again blindly.
@Suite(.serialized) struct TimedDeadlineChannelTests {
  private static let ok: @Sendable (LoopbackServer.Asked) -> LoopbackServer.Reply = { _ in
    .text("ok")
  }

  /// A pass that hangs at the channel, and the next, when its platform works again.
  /// - Parameter way: the channel's config after its address.
  /// - Returns: `nil` when the machine was too slow for the time.
  private static func twoPasses(
    _ silence: Silence, within time: Duration, way: (String) -> String
  ) async throws -> (
    first: HangingWorld.Passed, second: HangingWorld.Passed, requests: [LoopbackServer.Asked]
  )? {
    let platform = try HangingPlatform(silence, answer: ok)
    defer { platform.stop() }
    let world = try HangingWorld()
    try world.configure(way: way("\(platform.url)/in"))
    let first = try await world.pass(within: time) { platform.reached.date }
    guard let first else { return nil }
    platform.work()
    // It works at another address.
    try world.configure(way: way("\(platform.url)/in"))
    return (first, try await world.pass(), platform.requests)
  }

  @Test func anIdempotentChannelGetsTheSameAgain() async {
    await Pace.sideBySide(Silence.allCases) { silence in
      try await Pace.hanging { time in
        let passes = try await Self.twoPasses(silence, within: time) {
          "{ type: webhook, url: \"\($0)\", audience: customer, timeout: 1h }"
        }
        guard let (first, second, requests) = passes else { return nil }
        #expect(first.exit == 75)
        #expect(first.statuses == ["sending"], "\(silence): \(first)")
        #expect(second.exit == 0)
        #expect(second.statuses == ["sent"], "\(silence): \(second)")
        // The last of them is the one that was answered.
        #expect(requests.count == (silence == .atOnce ? 1 : 2), "\(silence)")
        #expect(Set(requests.map { $0.header("Idempotency-Key") }).count == 1)
        #expect(Set(requests.map(\.body)).count == 1)
      }
    }
  }

  @Test func aChannelThatCannotBeAskedIsUncertain() async {
    await Pace.sideBySide(Silence.allCases) { silence in
      try await Pace.hanging { time in
        let passes = try await Self.twoPasses(silence, within: time) {
          "{ type: slack, webhook_url: \"\($0)\", on_uncertain: hold, timeout: 1h }"
        }
        guard let (first, second, requests) = passes else { return nil }
        #expect(first.exit == 75)
        #expect(first.statuses == ["uncertain"], "\(silence): \(first)")
        #expect(second.statuses == [])
        #expect(
          second.notices.contains { $0.hasPrefix("still uncertain, 1 of earlier passes: C1") })
        #expect(requests.count == (silence == .atOnce ? 0 : 1), "\(silence)")
      }
    }
  }

  // MARK: Asking about what was sent

  private static func isSearch(_ asked: LoopbackServer.Asked) -> Bool { asked.method == "GET" }

  private static func twilio(_ url: String) -> String {
    """

        type: twilio
        base_url: "\(url)"
        account_sid: AC1
        auth_token: "env:KEY"
        from: "+6421000000"
        timeout: 1h
    """
  }

  private static func list(_ text: String?) -> LoopbackServer.Reply {
    .answer(
      200, body: TwilioList.page(text.map { [("SM1", $0, TwilioList.date())] } ?? []))
  }

  private static func text(_ asked: LoopbackServer.Asked) -> String? { formOf(asked.text)["Body"] }

  /// The message hangs, then the question about it; the platform had taken it all the same, which
  /// the third pass hears.
  @Test func whatIsAskedInVainIsAskedAgain() async {
    await Pace.sideBySide(Silence.allCases) { silence in
      try await Pace.hanging { try await Self.askedInVain(silence, within: $0) }
    }
  }

  private static func askedInVain(_ silence: Silence, within time: Duration) async throws -> Void? {
    let kept = Mutex<String?>(nil)
    let platform = try HangingPlatform(silence) { asked in list(kept.withLock { $0 }) }
    let first = try HangingPlatform(.afterTheRequest, answer: ok)
    defer {
      platform.stop()
      first.stop()
    }
    let world = try HangingWorld()
    let now = ISO8601DateFormatter().string(from: .now)
    let key = ["KEY": "token"]
    try world.configure(way: twilio(first.url))
    let sent = try await world.pass(within: time, now: now, environment: key) {
      first.reached.date
    }
    guard let sent else { return nil }
    #expect(sent.exit == 75)
    #expect(sent.statuses == ["sending"], "\(silence): \(sent)")
    let message = try #require(first.requests.first.flatMap(text))
    kept.withLock { $0 = message }

    try world.configure(way: twilio(platform.url))
    let asked = try await world.pass(within: time, now: now, environment: key) {
      platform.reached.date
    }
    guard let asked else { return nil }
    #expect(asked.exit == 75)
    #expect(asked.statuses == ["sending"], "\(silence): \(asked)")

    platform.work()
    try world.configure(way: twilio(platform.url))
    let found = try await world.pass(now: now, environment: key)
    #expect(found.statuses == ["sent"], "\(silence): \(found)")
    let messages = (first.requests + platform.requests).filter { !isSearch($0) }
    #expect(messages.count == 1, "\(silence)")
    return ()
  }

  // MARK: Mail

  private static let steps: [SMTPServer.Step?] = [
    nil, .hello, .login, .sender, .recipient, .data, .message,
  ]

  @Test func aMailServerThatHangs() async {
    await Pace.sideBySide(Self.steps) { step in
      try await Pace.hanging { try await Self.mailHangs(at: step, within: $0) }
    }
  }

  private static func mailHangs(
    at step: SMTPServer.Step?, within time: Duration
  ) async throws -> Void? {
    let reached = Reached()
    let mute = try Listener()
    mute.accept { connection in
      reached.now()
      connection.waitForEnd()
    }
    let hanging = try SMTPServer(step.map { [$0: .never] } ?? [:]) { reached.now() }
    let working = try SMTPServer()
    defer {
      mute.stop()
      hanging.stop()
      working.stop()
    }
    let world = try HangingWorld()
    func configure(_ port: Int) throws {
      try world.configure(
        way: "{ type: smtp, host: 127.0.0.1, port: \(port), tls: none, from: a@b.test,"
          + " username: u, password: \"env:KEY\", timeout: 1h }")
    }
    try configure(step == nil ? mute.port : hanging.port)
    let key = ["KEY": "swordfish"]
    let first = try await world.pass(within: time, now: nil, environment: key) { reached.date }
    guard let first else { return nil }
    #expect(first.exit == 75)
    // Before its text was asked for, and sent, no server has taken a mail.
    let isSent = step == .message
    let what = "\(step.map { "\($0)" } ?? "greeting"): \(first)"
    #expect(first.statuses == [isSent ? "uncertain" : "pending"], "\(what)")
    try configure(working.port)
    // Whatever was put off has waited by then.
    let later = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 7200))
    let second = try await world.pass(now: later, environment: key)
    #expect(working.mails.count == (isSent ? 0 : 1), "\(what) \(second.deliveries)")
    // What is uncertain waits for a person, in each pass.
    #expect(second.exit == (isSent ? 75 : 0))
    return ()
  }
}
