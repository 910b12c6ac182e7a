import Outbox
import Receivables
import Rules
import Testing

struct BatchingTests {
  private let at = Instant(seconds: 1_772_400_000)

  private func batches(_ deliveries: [Delivery]) -> [[String]] {
    Batch.batches(of: deliveries, isDigest: { $0 == "credit-team" })
      .map { $0.deliveries.map(\.id.text) }
  }

  @Test("Rules that tell one customer of one account speak once, at the highest level")
  func rideAlong() throws {
    let deliveries = try [
      sampleDelivery(id: "a", rule: "due-soon", level: 1, createdAt: at),
      sampleDelivery(id: "b", rule: "rent", level: 3, createdAt: at),
      sampleDelivery(id: "c", rule: "large", level: 3, createdAt: at),
    ]
    #expect(batches(deliveries) == [["b", "c", "a"]])
  }

  @Test("Another account, currency, channel or recipient is another message; so is good news")
  func apart() throws {
    let deliveries = try [
      sampleDelivery(id: "a", createdAt: at),
      sampleDelivery(id: "b", account: "A2", createdAt: at),
      sampleDelivery(id: "c", currency: "AUD", createdAt: at),
      sampleDelivery(id: "d", channel: "sms", createdAt: at),
      sampleDelivery(id: "e", recipient: "bo@harbour.example", createdAt: at),
      sampleDelivery(id: "f", reason: .resolved, createdAt: at),
      sampleDelivery(id: "g", account: "A2", createdAt: at),
    ]
    #expect(batches(deliveries) == [["a"], ["b", "g"], ["c"], ["d"], ["e"], ["f"]])
  }

  @Test("The team hears of each alert in a message of its own, unless it takes a digest")
  func team() throws {
    let deliveries = try [
      sampleDelivery(id: "a", channel: "tasks", audience: .team, recipient: nil, createdAt: at),
      sampleDelivery(id: "b", channel: "tasks", audience: .team, recipient: nil, createdAt: at),
      sampleDelivery(id: "c", channel: "tasks", audience: .owner, createdAt: at),
      sampleDelivery(id: "d", channel: "tasks", audience: .owner, createdAt: at),
    ]
    #expect(batches(deliveries) == [["a"], ["b"], ["c"], ["d"]])
    let digest = try [
      sampleDelivery(id: "a", level: 1, channel: "credit-team", audience: .team, createdAt: at),
      sampleDelivery(id: "b", account: "A2", createdAt: at),
      sampleDelivery(id: "c", level: 2, channel: "credit-team", audience: .team, createdAt: at),
    ]
    #expect(batches(digest) == [["a", "c"], ["b"]])
    #expect(
      Batch.batches(of: digest, isDigest: { $0 == "credit-team" }).map(\.isDigest) == [true, false]
    )
  }

  @Test("With nothing to say there is no message") func nothing() {
    #expect(batches([]).isEmpty)
  }
}
