import GRDB
import Outbox
import Receivables
import Rules
import State
import Support
import Testing

struct OutboxStoreTests {
  @Test("A delivery comes back as it was promised")
  func promised() throws {
    try withState { state, _ in
      for approve in [false, true] {
        var house = House(state, approve: approve)
        house.rule.name = "rule-\(approve)"
        let deliveries = try house.pass(owes: "620@8", day: approve ? 1 : 0)
        let stored = try state.deliveries().filter { $0.rule == house.rule.name }
        #expect(stored.sorted { $0.id < $1.id } == deliveries.sorted { $0.id < $1.id })
        let customers = stored.filter { $0.audience == .customer }
        #expect(!customers.isEmpty)
        #expect(customers.allSatisfy { ($0.hold == .approval) == approve })
      }
    }
  }

  @Test("Every field that changes while it is dispatched comes back as it was")
  func changed() throws {
    try withState { state, _ in
      let house = House(state)
      var delivery = try #require(try house.pass(owes: "620@8", day: 0).first)
      let now = try sampleNow(1).instant
      func check() throws {
        try state.apply([.settled([delivery], audit: [])], pass: nil, at: now)
        #expect(try state.deliveries().contains(delivery))
      }
      for hold in Delivery.Hold.allCases {
        (delivery.status, delivery.hold) = (.held, hold)
        try check()
      }
      delivery.hold = nil
      for status in Delivery.Status.allCases where status != .held {
        delivery.status = status
        try check()
      }
      delivery.why = "„550“ — no such user"
      delivery.notBefore = now.adding(seconds: 60)
      delivery.readySince = now.adding(seconds: -60)
      delivery.attempts = 7
      delivery.sentAt = now
      delivery.platformID = "SM1"
      try state.apply(
        [.handedOver([delivery], messageID: "m1", body: "{}")],
        pass: nil,
        at: now
      )
      delivery.messageID = "m1"
      try check()
      delivery.notBefore = nil
      delivery.platformID = nil
      try check()
    }
  }

  @Test("Open are those that may still go out, the oldest first")
  func open() throws {
    try withState { state, _ in
      let house = House(state)
      var all: [Delivery] = []
      for (index, status) in Delivery.Status.allCases.enumerated() {
        let delivery = try #require(try house.pass("A\(index)", owes: "620@8", day: index).first)
        try house.settle(delivery, status, day: index)
        all.append(delivery)
      }
      let open = try state.openDeliveries().filter { $0.channel == "email" }
      #expect(open.map(\.status) == [.pending, .held, .sending])
      #expect(try state.deliveries(statuses: [.failed, .sent]).map(\.status) == [.sent, .failed])
      let late = try state.deliveries(since: sampleNow(6).instant)
      #expect(Set(late.map(\.account.id)) == ["A6", "A7"])
      #expect(try state.deliveries().count == 16)
    }
  }

  @Test("The message that was handed to the network is kept, to be repeated to the byte")
  func messages() throws {
    try withState { state, _ in
      let house = House(state)
      var delivery = try #require(try house.pass(owes: "620@8", day: 0).first)
      delivery.status = .sending
      delivery.messageID = "m1"
      let now = try sampleNow().instant
      for body in ["{\"text\":\"first\"}", "{\"text\":\"é\\u0000\"}"] {
        try state.apply(
          [.handedOver([delivery], messageID: "m1", body: body)],
          pass: nil,
          at: now
        )
        #expect(try state.messages(["m1", "m2"]) == ["m1": body])
      }
      #expect(try state.openDeliveries().first { $0.id == delivery.id } == delivery)
    }
  }

  @Test("Several writes are one transaction: all of them, or none")
  func atomicApply() throws {
    try withState { state, _ in
      let house = House(state)
      var deliveries = try house.pass(owes: "620@8", day: 0)
      let before = try state.deliveries()
      deliveries[0].status = .sent
      // A message that is not there: the last write fails.
      deliveries[1].messageID = "none"
      #expect(throws: StateError.self) {
        try state.apply(
          [
            .settled(
              [deliveries[0]],
              audit: [AuditEntry(kind: .delivery, subject: "x", body: "{}")]
            ),
            .badAddress(BadAddress(channel: "sms", address: "1"), optedOut: false, why: ""),
            .settled([deliveries[1]], audit: []),
          ],
          pass: nil,
          at: sampleNow().instant
        )
      }
      #expect(try state.deliveries() == before)
      #expect(try state.badAddresses().isEmpty)
      #expect(try auditCount(state) == 0)
    }
  }

  @Test("A plan is one transaction: with a delivery that stands already, nothing of it is written")
  func atomicCommit() throws {
    try withState { state, _ in
      let house = House(state)
      let plan = try house.plan(owes: "620@8", day: 0)
      try house.commit(plan, day: 0)
      var other = try house.plan("A2", owes: "620@8", day: 0)
      other.entries += try house.plan("A3", owes: "620@8", day: 0).entries
      other.entries[1].deliveries = plan.entries[0].deliveries
      #expect(throws: StateError.self) {
        try house.commit(
          other,
          audit: [AuditEntry(kind: .alert, subject: "x", body: "{}")],
          day: 1
        )
      }
      #expect(try state.openEpisodes().keys.map(\.account.id) == ["A1"])
      #expect(try state.deliveries().count == 2)
      #expect(try auditCount(state) == 0)
    }
  }

  @Test("Deliveries of earlier passes that were judged are written with the plan")
  func judged() throws {
    try withState { state, _ in
      let house = House(state)
      var delivery = try #require(try house.pass(owes: "620@8", day: 0).first)
      delivery.status = .cancelled
      delivery.why = "paid"
      try house.commit(house.plan("A2", owes: "", day: 1), judged: [delivery], day: 1)
      #expect(try state.deliveries(statuses: [.cancelled]) == [delivery])
    }
  }

  @Test("A bad address is remembered once for each channel")
  func badAddresses() throws {
    try withState { state, _ in
      let (sms, email) = (
        BadAddress(channel: "sms", address: "+6421555010"),
        BadAddress(channel: "email", address: "+6421555010")
      )
      for bad in [sms, email, sms] {
        try state.apply(
          [.badAddress(bad, optedOut: true, why: "STOP")],
          pass: nil,
          at: sampleNow().instant
        )
      }
      #expect(try state.badAddresses() == [sms, email])
    }
  }

  @Test("What an older version stored as it was written is the same mailbox, and is forgotten so")
  func storedInCapitals() throws {
    try withState { state, _ in
      let now = try sampleNow().instant
      try state.write { db in
        try db.execute(
          sql: """
            INSERT INTO opted_out VALUES ('email', 'Aroha.Ngata@Example.com', 0, 'unsubscribed');
            INSERT INTO bad_address VALUES ('post', 'Aroha.Ngata@Example.com', 0, 1, 'unsubscribed')
            """)
      }
      let mailbox = BadAddress(channel: "email", address: "aroha.ngata@EXAMPLE.com")
      #expect(try state.optedOut() == [mailbox])
      let audit = AuditEntry(kind: .optOut, subject: "books:A1", body: "{}")
      try state.apply(
        [.optedOut(kind: "email", address: mailbox.address, why: "again", audit: audit)],
        pass: nil, at: now)
      #expect(try state.optedOut() == [mailbox])
      let post = BadAddress(channel: "post", address: "AROHA.ngata@example.com")
      #expect(try state.badAddresses() == [post])
      try state.apply([.goodAddress(post, kind: "email")], pass: nil, at: now)
      #expect(try state.optedOut() == [])
      #expect(try state.badAddresses() == [])
    }
  }

  @Test("What was sent today counts by message: those who ride along do not count again")
  func sentCounts() throws {
    try withState { state, _ in
      var house = House(state)
      let address = BadAddress(channel: "email", address: "ada@harbour.example")
      var sent: [Delivery] = []
      for rule in ["rent", "large", "due"] {
        house.rule.name = rule
        var delivery = try #require(try house.pass(owes: "620@8", day: 0).first)
        delivery.status = .sent
        delivery.sentAt = try sampleNow(0).instant
        delivery.messageID = rule == "due" ? "m2" : "m1"
        sent.append(delivery)
      }
      for id in ["m1", "m2"] {
        let group = sent.filter { $0.messageID == id }
        try state.apply(
          [.handedOver(group, messageID: id, body: "{}")],
          pass: nil,
          at: sampleNow().instant
        )
      }
      #expect(try state.sentCounts(since: sampleNow(0).instant) == [address: 2])
      #expect(try state.sentCounts(since: sampleNow(1).instant).isEmpty)
    }
  }

  private func auditCount(_ state: StateFile) throws -> Int {
    var count = 0
    try state.readAudit { _ in
      count += 1
      return true
    }
    return count
  }
}
