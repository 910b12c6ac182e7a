import Outbox
import Receivables
import Rules
import Testing

/// Which addresses of a customer a message goes to.
struct RecipientTests {
  private func lines(
    _ email: String,
    takesSeveral: Bool = true,
    _ change: (inout Planner) -> Void = { _ in }
  ) throws -> [String] {
    let now = try sampleNow()
    var planner = Planner(
      channels: [
        "email": ChannelProfile(
          name: "email", type: "smtp", audience: .customer, address: .email,
          takesSeveral: takesSeveral, policy: samplePolicy())
      ],
      now: now
    )
    change(&planner)
    let decision = try sampleDecision(now: now) { $0.email = email }
    let entry = try #require(planner.plan([decision]).entries.first)
    return entry.deliveries.map {
      [$0.recipient ?? "-", $0.status.rawValue, $0.why].filter { !$0.isEmpty }
        .joined(separator: " ")
    }
  }

  @Test("Several are the recipients of one delivery, each once")
  func several() throws {
    #expect(
      try lines("a@x.example; B@x.example, A@X.example")
        == ["a@x.example, B@x.example pending"])
    #expect(
      try lines("a@x.example; b@x.example", takesSeveral: false)
        == ["a@x.example pending", "b@x.example pending"])
  }

  @Test("Who opted out or was refused is left out; when that is everyone, each is said")
  func leftOut() throws {
    let email = "a@x.example; b@x.example"
    let optedOut = BadAddress(channel: "email", address: "B@x.example")
    let refused = BadAddress(channel: "email", address: "A@x.example")
    #expect(try lines(email) { $0.optedOut = [optedOut] } == ["a@x.example pending"])
    #expect(try lines(email) { $0.badAddresses = [refused] } == ["b@x.example pending"])
    let neither = try lines(email) {
      $0.optedOut = [optedOut]
      $0.badAddresses = [refused]
    }
    #expect(
      neither == [
        "a@x.example suppressed a@x.example was refused by email before,"
          + " b@x.example asked for no more messages of this kind"
      ])
  }

  @Test("What is no address among them is passed over; the rest is told")
  func oddOnes() throws {
    #expect(try lines("bob; a@x.example") == ["a@x.example pending"])
    #expect(try lines("bob; c@d") == ["- suppressed the e-mail address is invalid"])
  }
}
