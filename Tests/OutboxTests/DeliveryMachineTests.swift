import Outbox
import Receivables
import Support
import Testing

struct DeliveryMachineTests {
  private typealias Event = DeliveryMachine.Event
  private typealias Action = DeliveryMachine.Action

  private static let sent: [Event] = [.taken, .handedOver(messageID: "m")]

  private func machine(
    _ policy: DeliveryPolicy,
    status: Delivery.Status = .pending,
    readyDaysAgo: Int = 0,
    notBefore: Instant? = nil
  ) throws -> DeliveryMachine {
    let now = try sampleNow()
    let delivery = try sampleDelivery(
      createdAt: now.instant.adding(seconds: Int64(-readyDaysAgo) * 86_400),
      status: status,
      notBefore: notBefore
    )
    return DeliveryMachine(delivery, policy: policy, now: now)
  }

  /// Feeds the events; what the last one asks for, and the status then.
  private func after(
    _ events: [Event],
    _ machine: DeliveryMachine
  ) -> (action: Action, status: Delivery.Status) {
    var machine = machine
    var action = Action.rest
    for event in events { action = machine.apply(event) }
    return (action, machine.delivery.status)
  }

  private func expect(
    _ policy: DeliveryPolicy,
    _ events: [Event],
    _ action: Action,
    _ status: Delivery.Status,
    readyDaysAgo: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = after(events, try machine(policy, readyDaysAgo: readyDaysAgo))
    #expect(found.action == action, sourceLocation: sourceLocation)
    #expect(found.status == status, sourceLocation: sourceLocation)
  }

  private let everyPolicy = [
    samplePolicy(.idempotent), samplePolicy(.searchable), samplePolicy(.neither, .hold),
    samplePolicy(.neither, .resend),
  ]

  @Test("Whatever the guarantee: accepted is sent, refused is failed")
  func plain() throws {
    for policy in everyPolicy {
      try expect(policy, [.taken], .send, .pending)
      try expect(policy, Self.sent, .rest, .sending)
      try expect(policy, Self.sent + [.answered(.accepted(id: "x"))], .rest, .sent)
      for refusal in [Refusal.message, .recipient, .optedOut] {
        try expect(policy, Self.sent + [.answered(.refused(refusal, why: "no"))], .rest, .failed)
      }
      // It is not the message that is refused: it waits, though not for ever.
      let closed = Self.sent + [.answered(.refused(.channel, why: "no"))]
      try expect(policy, closed, .rest, .pending)
      try expect(policy, closed, .rest, .failed, readyDaysAgo: 3)
      try expect(
        policy,
        Self.sent + [.answered(.notAccepted(after: nil, why: "503"))],
        .retry(afterSeconds: 1),
        .pending
      )
      try expect(
        policy,
        Self.sent + [.answered(.signInNeeded(why: "401"))],
        .rest,
        .pending
      )
    }
  }

  @Test("What was sent keeps the platform's id and the time, and forgets earlier trouble")
  func record() throws {
    let now = try sampleNow()
    var machine = try machine(samplePolicy())
    for event in Self.sent { _ = machine.apply(event) }
    _ = machine.apply(.answered(.notAccepted(after: nil, why: "503")))
    _ = machine.apply(.handedOver(messageID: "m2"))
    _ = machine.apply(.answered(.accepted(id: "SM1")))
    #expect(machine.delivery.platformID == "SM1")
    #expect(machine.delivery.sentAt == now.instant)
    #expect(machine.delivery.attempts == 2)
    #expect(machine.delivery.messageID == "m2")
    #expect(machine.delivery.why == "")
    #expect(machine.delivery.notBefore == nil)
  }

  @Test("An unknown outcome: repeated to the byte, asked about, held, or sent again")
  func unknown() throws {
    let cut = Self.sent + [Event.answered(.unknown(why: "cut"))]
    try expect(samplePolicy(.idempotent), cut, .resend(afterSeconds: 1), .sending)
    try expect(samplePolicy(.searchable), cut, .search(afterSeconds: 2), .sending)
    try expect(samplePolicy(.neither, .hold), cut, .rest, .uncertain)
    try expect(samplePolicy(.neither, .resend), cut, .retry(afterSeconds: 1), .pending)
  }

  @Test("A delivery that a dead pass left as sending is an unknown outcome too")
  func foundSending() throws {
    func found(_ policy: DeliveryPolicy) throws -> (action: Action, status: Delivery.Status) {
      after([.foundSending], try machine(policy, status: .sending))
    }
    #expect(try found(samplePolicy(.idempotent)) == (.resend(afterSeconds: 1), .sending))
    #expect(try found(samplePolicy(.searchable)) == (.search(afterSeconds: 0), .sending))
    #expect(try found(samplePolicy(.neither, .hold)) == (.rest, .uncertain))
    #expect(try found(samplePolicy(.neither, .resend)) == (.retry(afterSeconds: 1), .pending))
  }

  @Test("A platform that was asked: found is sent, absent is sent again, no answer is asked again")
  func search() throws {
    let cut = Self.sent + [Event.answered(.unknown(why: "cut"))]
    let policy = samplePolicy(.searchable)
    try expect(policy, cut + [.found(platformID: "x")], .rest, .sent)
    try expect(policy, cut + [.absent], .retry(afterSeconds: 0), .pending)
    try expect(policy, cut + [.cannotTell(why: "?")], .search(afterSeconds: 3), .sending)
    try expect(
      policy,
      cut + [.cannotTell(why: "?"), .cannotTell(why: "?")],
      .rest,
      .sending
    )
  }

  @Test("A platform that cuts every try off and has none of them is not asked without end")
  func absentForEver() throws {
    var machine = try machine(samplePolicy(.searchable, retries: 2))
    var action = machine.apply(.taken)
    var sends = 0
    while action != .rest, sends < 100 {
      sends += 1
      _ = machine.apply(.handedOver(messageID: "m"))
      _ = machine.apply(.answered(.unknown(why: "cut")))
      action = machine.apply(.absent)
    }
    #expect(sends == 3)
    #expect(machine.delivery.status == .pending)
  }

  @Test("In doubt about one try, a later one that is not taken proves nothing about the first")
  func staysInDoubt() throws {
    let cut = Self.sent + [Event.answered(.unknown(why: "cut")), .handedOver(messageID: "m")]
    let policy = samplePolicy(.idempotent)
    // The same bytes again, or none: rendered afresh it would be another message.
    try expect(
      policy,
      cut + [.answered(.notAccepted(after: nil, why: "429"))],
      .resend(afterSeconds: 2),
      .sending
    )
    try expect(
      policy,
      cut + [.answered(.notAccepted(after: .seconds(600), why: "429"))],
      .rest,
      .sending
    )
    try expect(policy, cut + [.answered(.signInNeeded(why: "401"))], .rest, .sending)
    try expect(
      policy,
      cut + [.answered(.signInNeeded(why: "401"))],
      .rest,
      .uncertain,
      readyDaysAgo: 3
    )
    // Where it may be sent blindly, or the platform denied having it, there is no doubt to keep.
    try expect(
      samplePolicy(.neither, .resend),
      cut + [.answered(.notAccepted(after: nil, why: "429"))],
      .retry(afterSeconds: 2),
      .pending
    )
  }

  @Test("A wait that was asked for holds for a delivery in doubt, too")
  func waitInDoubt() throws {
    let later = try sampleNow().instant.adding(seconds: 60)
    let machine = try machine(samplePolicy(.idempotent), status: .sending, notBefore: later)
    #expect(after([.foundSending], machine) == (.rest, .sending))
  }

  @Test("Tries within a pass end: so many retries, or a wait that is too long")
  func retries() throws {
    let refusal = Event.answered(.notAccepted(after: nil, why: "503"))
    var machine = try machine(samplePolicy())
    var waits: [Action] = []
    _ = machine.apply(.taken)
    for _ in 0..<4 {
      _ = machine.apply(.handedOver(messageID: "m"))
      waits.append(machine.apply(refusal))
    }
    #expect(waits.dropLast().allSatisfy { if case .retry = $0 { true } else { false } })
    #expect(waits.last == .rest)
    #expect(machine.delivery.status == .pending)
    let notBefore = try #require(machine.delivery.notBefore)
    #expect(notBefore.seconds - (try sampleNow()).instant.seconds >= 60)
  }

  @Test("Retry-After is obeyed: within the pass when it is short, in a later one when it is long")
  func retryAfter() throws {
    func answered(_ after: Duration) throws -> (Action, Int64?) {
      var machine = try machine(samplePolicy())
      for event in Self.sent { _ = machine.apply(event) }
      let action = machine.apply(.answered(.notAccepted(after: after, why: "429")))
      let now = try sampleNow().instant
      return (action, machine.delivery.notBefore.map { $0.seconds - now.seconds })
    }
    #expect(try answered(.seconds(20)) == (.retry(afterSeconds: 20), nil))
    #expect(try answered(.milliseconds(1500)) == (.retry(afterSeconds: 2), nil))
    #expect(try answered(.seconds(30)) == (.retry(afterSeconds: 30), nil))
    #expect(try answered(.seconds(31)).0 == .rest)
    #expect(try answered(.seconds(7200)) == (.rest, 7200))
  }

  @Test("Before its time a delivery rests")
  func notBefore() throws {
    let now = try sampleNow().instant
    let early = try machine(samplePolicy(), notBefore: now.adding(seconds: 1))
    #expect(after([.taken], early) == (.rest, .pending))
    let ripe = try machine(samplePolicy(), notBefore: now)
    #expect(after([.taken], ripe) == (.send, .pending))
  }

  @Test("Out of tries after three days: failed, or uncertain where it may have arrived")
  func expiry() throws {
    let refused = [
      Event.taken, .handedOver(messageID: "m"),
      .answered(.notAccepted(after: .seconds(7200), why: "429")),
    ]
    for policy in everyPolicy {
      try expect(policy, [.taken], .send, .pending, readyDaysAgo: 2)
      // A machine that slept has tried nothing: what is still true goes out late.
      try expect(policy, [.taken], .send, .pending, readyDaysAgo: 9)
      try expect(policy, refused + [.taken], .rest, .failed, readyDaysAgo: 3)
    }
    let handedOver = [Event.handedOver(messageID: "m")]
    let cut = handedOver + [.answered(.unknown(why: "cut"))]
    try expect(samplePolicy(.idempotent), cut, .rest, .uncertain, readyDaysAgo: 3)
    try expect(samplePolicy(.neither, .resend), cut, .rest, .uncertain, readyDaysAgo: 3)
    try expect(samplePolicy(.searchable), cut + [.absent], .rest, .failed, readyDaysAgo: 3)
    try expect(
      samplePolicy(.searchable),
      cut + [.cannotTell(why: "?")],
      .rest,
      .uncertain,
      readyDaysAgo: 3
    )
    try expect(
      samplePolicy(),
      handedOver + [.answered(.notAccepted(after: .seconds(600), why: "503"))],
      .rest,
      .failed,
      readyDaysAgo: 3
    )
    try expect(
      samplePolicy(),
      handedOver + [.answered(.signInNeeded(why: "401"))],
      .rest,
      .failed,
      readyDaysAgo: 3
    )
  }

  @Test("Three days are 72 hours, to the second, however many midnights lie between")
  func expiryIsExact() throws {
    let now = try sampleNow()
    for (seconds, status) in [(259_199, Delivery.Status.pending), (259_200, .failed)] {
      let old = try sampleDelivery(createdAt: now.instant.adding(seconds: Int64(-seconds)))
      let machine = DeliveryMachine(old, policy: samplePolicy(), now: now)
      let refused = [
        Event.taken, .handedOver(messageID: "m"),
        .answered(.notAccepted(after: .seconds(600), why: "503")),
      ]
      #expect(after(refused, machine).status == status, "after \(seconds) s")
    }
  }

  @Test("What is no longer true is cancelled, and released from what held it")
  func cancelled() throws {
    var delivery = try sampleDelivery(createdAt: try sampleNow().instant, status: .held)
    delivery.hold = .approval
    var machine = DeliveryMachine(delivery, policy: samplePolicy(), now: try sampleNow())
    #expect(machine.apply(.taken) == .rest)
    #expect(machine.delivery.status == .held)
    #expect(machine.apply(.noLongerTrue(why: "paid")) == .rest)
    #expect(machine.delivery.status == .cancelled)
    #expect(machine.delivery.hold == nil)
    #expect(machine.delivery.why == "paid")
  }

  @Test("Put off: it stays as it is, and says why")
  func putOff() throws {
    var machine = try machine(samplePolicy())
    #expect(machine.apply(.putOff(why: "no time")) == .rest)
    #expect(machine.delivery.status == .pending)
    #expect(machine.delivery.why == "no time")
  }

  @Test("Waits double, with up to a half of jitter that follows from the id")
  func jitter() throws {
    let now = try sampleNow()
    var waits: [Set<Int64>] = [[], [], []]
    for seed in RandomSeeds.first(200) {
      var random = SplitMix64(seed: seed)
      let id = String(random.next(), radix: 16)
      let delivery = try sampleDelivery(id: id, createdAt: now.instant)
      func later() -> [Int64] {
        // Three passes, each of one try: the waits between them.
        var delivery = delivery
        return (0..<3).map { _ in
          var machine = DeliveryMachine(delivery, policy: samplePolicy(retries: 0), now: now)
          _ = machine.apply(.handedOver(messageID: "m"))
          _ = machine.apply(.answered(.notAccepted(after: nil, why: "503")))
          delivery = machine.delivery
          return (delivery.notBefore?.seconds ?? 0) - now.instant.seconds
        }
      }
      #expect(later() == later(), "seed \(seed)")
      for (index, wait) in later().enumerated() {
        #expect((60 << index)..<(90 << index) ~= Int(wait), "seed \(seed)")
        waits[index].insert(wait)
      }
    }
    #expect(waits.allSatisfy { $0.count > 10 })
  }

  @Test("The longest wait of its own making is an hour")
  func longest() throws {
    let now = try sampleNow()
    var delivery = try sampleDelivery(createdAt: now.instant)
    delivery.attempts = 50
    var machine = DeliveryMachine(delivery, policy: samplePolicy(retries: 0), now: now)
    _ = machine.apply(.handedOver(messageID: "m"))
    _ = machine.apply(.answered(.notAccepted(after: nil, why: "503")))
    #expect(machine.delivery.notBefore == now.instant.adding(seconds: 3600))
  }
}
