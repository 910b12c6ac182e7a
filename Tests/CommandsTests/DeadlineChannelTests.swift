import Foundation
import Support
import Synchronization
import Testing

/// A channel that hangs: nothing is said to be sent that was not accepted, and what may have been
/// is never sent again blindly.
@Suite(.timeLimit(.minutes(3))) struct DeadlineChannelTests {
  private static let ok: @Sendable (LoopbackServer.Asked) -> LoopbackServer.Reply = { _ in
    .text("ok")
  }

  @Test(.serialized, arguments: Silence.allCases)
  func anIdempotentChannelGetsTheSameAgain(_ silence: Silence) async throws {
    let platform = try HangingPlatform(silence, answer: Self.ok)
    defer { platform.stop() }
    let world = try HangingWorld()
    try world.configure(way: "{ type: webhook, url: \"\(platform.url)/in\", audience: customer }")
    let first = try await world.pass()
    #expect(platform.connections > 0)
    #expect(first.exit == 75)
    #expect(first.statuses == ["sending"])
    platform.work()
    try world.configure(way: "{ type: webhook, url: \"\(platform.url)/in\", audience: customer }")
    let second = try await world.pass()
    #expect(second.exit == 0)
    #expect(second.statuses == ["sent"])
    // The last of them is the one that was answered.
    let requests = platform.requests
    #expect(requests.count == (silence == .atOnce ? 1 : 2))
    #expect(Set(requests.map { $0.header("Idempotency-Key") }).count == 1)
    #expect(Set(requests.map(\.body)).count == 1)
  }

  @Test(.serialized, arguments: Silence.allCases)
  func aChannelThatCannotBeAskedIsUncertain(_ silence: Silence) async throws {
    let platform = try HangingPlatform(silence, answer: Self.ok)
    defer { platform.stop() }
    let world = try HangingWorld()
    func configure() throws {
      try world.configure(
        way: "{ type: slack, webhook_url: \"\(platform.url)/in\", on_uncertain: hold }")
    }
    try configure()
    let first = try await world.pass()
    #expect(platform.connections > 0)
    #expect(first.exit == 75)
    #expect(first.statuses == ["uncertain"])
    platform.work()
    try configure()
    let second = try await world.pass()
    #expect(second.statuses == [])
    #expect(second.notices.contains { $0.hasPrefix("still uncertain, 1 of earlier passes: C1") })
    #expect(platform.requests.count == (silence == .atOnce ? 0 : 1))
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
    """
  }

  private static func list(_ text: String?) -> LoopbackServer.Reply {
    .answer(
      200, body: TwilioList.page(text.map { [("SM1", $0, TwilioList.date())] } ?? []))
  }

  private static func text(_ asked: LoopbackServer.Asked) -> String? { formOf(asked.text)["Body"] }

  /// The message hangs, then the question about it; the platform had taken it all the same, which
  /// the third pass hears.
  @Test(.serialized, arguments: Silence.allCases)
  func whatIsAskedInVainIsAskedAgain(_ silence: Silence) async throws {
    let kept = Mutex<String?>(nil)
    let platform = try HangingPlatform(silence) { asked in
      Self.list(kept.withLock { $0 })
    }
    let first = try HangingPlatform(.afterTheRequest, answer: Self.ok)
    defer {
      platform.stop()
      first.stop()
    }
    let world = try HangingWorld()
    let now = ISO8601DateFormatter().string(from: .now)
    try world.configure(way: Self.twilio(first.url))
    let sent = try await world.pass(now: now, environment: ["KEY": "token"])
    #expect(sent.exit == 75)
    #expect(sent.statuses == ["sending"])
    let message = try #require(first.requests.first.flatMap(Self.text))
    kept.withLock { $0 = message }

    try world.configure(way: Self.twilio(platform.url))
    let asked = try await world.pass(now: now, environment: ["KEY": "token"])
    #expect(platform.connections > 0)
    #expect(asked.exit == 75)
    #expect(asked.statuses == ["sending"])

    platform.work()
    try world.configure(way: Self.twilio(platform.url))
    let found = try await world.pass(now: now, environment: ["KEY": "token"])
    #expect(found.statuses == ["sent"], "\(found.deliveries)")
    let messages = (first.requests + platform.requests).filter { !Self.isSearch($0) }
    #expect(messages.count == 1)
  }

  // MARK: Mail

  private static let steps: [(SMTPServer.Step?, isSent: Bool)] = [
    (nil, false), (.hello, false), (.login, false), (.sender, false), (.recipient, false),
    (.data, false), (.message, true),
  ]

  @Test(.serialized, arguments: steps)
  func aMailServerThatHangs(_ step: SMTPServer.Step?, isSent: Bool) async throws {
    let mute = try Listener()
    mute.accept { $0.waitForEnd() }
    let hanging = try SMTPServer(step.map { [$0: .never] } ?? [:])
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
          + " username: u, password: \"env:KEY\" }")
    }
    try configure(step == nil ? mute.port : hanging.port)
    let first = try await world.pass(environment: ["KEY": "swordfish"])
    #expect(step == nil ? mute.connections > 0 : !hanging.lines.isEmpty)
    #expect(first.exit == 75)
    // Before its text was asked for, and sent, no server has taken a mail.
    #expect(first.statuses == [isSent ? "uncertain" : "pending"], "\(first.deliveries)")
    try configure(working.port)
    // Whatever was put off has waited by then.
    let second = try await world.pass(
      now: "2025-03-03T14:00:00Z", environment: ["KEY": "swordfish"])
    #expect(working.mails.count == (isSent ? 0 : 1), "\(second.deliveries)")
    #expect(second.exit == 0)
  }
}
