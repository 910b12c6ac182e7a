import Outbox
import Receivables
import Support
import Testing

/// A dispatcher that does what machines ask for, over a platform that may do anything, through
/// passes that may die anywhere.
struct DeliveryMachineLawTests {
  /// What the platform really has, by message id.
  private struct Platform {
    let guarantee: Guarantee
    var messages: [String: Int] = [:]
    /// A refusal that was heard, not one that was lost with the pass.
    var refused = false

    /// How many messages the recipient sees.
    var seen: Int {
      guarantee == .idempotent ? messages.count : messages.values.reduce(0, +)
    }

    mutating func send(_ id: String, _ random: inout SplitMix64) -> Outcome {
      switch random.int(0...9) {
      case 0...2:
        messages[id, default: 0] += 1
        return .accepted(id: id)
      case 3, 4:
        messages[id, default: 0] += 1
        return .unknown(why: "cut after it was written")
      case 5: return .unknown(why: "cut before it was read")
      case 6: return .notAccepted(after: nil, why: "503")
      case 7: return .notAccepted(after: .seconds(random.int(1...4000)), why: "429")
      case 8:
        // A refusal of what it has already would be a lie.
        if messages[id] != nil { return .accepted(id: id) }
        return .refused(.message, why: "no")
      default: return .signInNeeded(why: "401")
      }
    }

    func search(_ random: inout SplitMix64) -> DeliveryMachine.Event {
      if random.once(in: 4) { return .cannotTell(why: "503") }
      return messages.isEmpty ? .absent : .found(platformID: "x")
    }
  }

  @Test("Nothing is doubled where the platform or the config forbids it, and no status lies")
  func dispatch() throws {
    for seed in RandomSeeds.first(3_000) {
      var random = SplitMix64(seed: seed)
      let policy = samplePolicy(
        random.pick([.idempotent, .searchable, .neither]),
        random.pick([.hold, .resend]),
        retries: random.int(0...3)
      )
      let start = try sampleNow()
      var platform = Platform(guarantee: policy.guarantee)
      var delivery = try sampleDelivery(createdAt: start.instant)
      var sends = 0
      for pass in 0..<8 where delivery.status.isOpen {
        let now = Now(start.instant.adding(seconds: Int64(pass) * 43_200), in: start.zone)
        // A digest is another message in each pass, unless it is the one that was in flight.
        run(&delivery, policy, now, "m\(pass)", &platform, &sends, &random)
      }
      let text = "seed \(seed): \(delivery.status) after \(platform.messages), \(delivery.why)"
      let mayDouble = policy.guarantee == .neither && policy.onUncertain == .resend
      if !mayDouble { law(platform.seen <= 1, "doubled: \(text)") }
      switch delivery.status {
      case .sent: law(platform.seen >= 1, "sent, and not there: \(text)")
      case .failed where !mayDouble: law(platform.seen == 0, "failed, and there: \(text)")
      case .pending where !mayDouble: law(platform.seen == 0, "pending, and there: \(text)")
      default: break
      }
      law(!platform.refused || delivery.status == .failed, "refused is final: \(text)")
      law(sends == delivery.attempts || delivery.status == .sending, "tries are counted: \(text)")
    }
  }

  private func law(_ holds: Bool, _ text: String) {
    if !holds { Issue.record("\(text)") }
  }

  /// One pass over one delivery. It may die, which leaves the delivery as it was last written.
  private func run(
    _ delivery: inout Delivery,
    _ policy: DeliveryPolicy,
    _ now: Now,
    _ freshID: String,
    _ platform: inout Platform,
    _ sends: inout Int,
    _ random: inout SplitMix64
  ) {
    var machine = DeliveryMachine(delivery, policy: policy, now: now)
    let isInFlight = delivery.status == .sending
    let messageID = isInFlight ? delivery.messageID ?? freshID : freshID
    var action = machine.apply(isInFlight ? .foundSending : .taken)
    var steps = 0
    while action != .rest {
      steps += 1
      if steps > 40 {
        Issue.record("a pass without end: \(machine.delivery.why)")
        return
      }
      if random.once(in: 12) { return }
      switch action {
      case .rest: break
      case .send, .retry, .resend:
        _ = machine.apply(.handedOver(messageID: messageID))
        delivery = machine.delivery
        if platform.refused { Issue.record("sent again after a refusal") }
        let outcome = platform.send(messageID, &random)
        sends += 1
        if random.once(in: 12) { return }
        if case .refused = outcome { platform.refused = true }
        action = machine.apply(.answered(outcome))
      case .search:
        action = machine.apply(platform.search(&random))
      }
    }
    delivery = machine.delivery
  }

  @Test("What was sent, cancelled or given up as uncertain stays so, whatever event comes")
  func terminal() throws {
    let now = try sampleNow()
    let events: [DeliveryMachine.Event] = [
      .taken, .noLongerTrue(why: "paid"), .handedOver(messageID: "m"),
      .answered(.accepted(id: "y")), .answered(.notAccepted(after: nil, why: "503")),
      .answered(.unknown(why: "cut")), .answered(.refused(.message, why: "no")),
      .answered(.signInNeeded(why: "401")), .foundSending, .found(platformID: "z"), .absent,
      .cannotTell(why: "?"), .putOff(why: "no time"),
    ]
    for guarantee in [Guarantee.idempotent, .searchable, .neither] {
      for status in [Delivery.Status.sent, .cancelled, .uncertain, .suppressed] {
        let delivery = try sampleDelivery(createdAt: now.instant, status: status)
        for first in events {
          for second in events {
            var machine = DeliveryMachine(
              delivery,
              policy: samplePolicy(guarantee, .resend),
              now: now
            )
            #expect(machine.apply(first) == .rest)
            #expect(machine.apply(second) == .rest)
            #expect(machine.delivery == delivery)
          }
        }
      }
    }
  }
}
