import Outbox
import Receivables
import Rules
import State
import Support
import Testing

struct EpisodeStoreTests {
  private func standing(_ statuses: [Delivery.Status]) throws -> PastAlert? {
    try withState { state, _ in
      let house = House(state)
      let deliveries = try house.pass(owes: "620@8", day: 0)
      #expect(deliveries.count == 2)
      for (delivery, status) in zip(deliveries, statuses) {
        try house.settle(delivery, status, day: 2)
      }
      return try state.openEpisodes()[house.key()]?.alerts.first
    }
  }

  @Test(
    "An alert was sent when one delivery was, or may have been; it failed when none may go out",
    arguments: [
      ([.pending, .pending], .waiting), ([.held, .failed], .waiting),
      ([.sending, .failed], .waiting), ([.sent, .pending], .sent), ([.sent, .failed], .sent),
      ([.uncertain, .failed], .sent), ([.failed, .failed], .failed),
      ([.cancelled, .failed], .failed), ([.suppressed, .failed], .failed),
      ([.suppressed, .pending], .waiting), ([.cancelled, .sent], .sent),
    ] as [([Delivery.Status], PastAlert.Standing)]
  )
  func standings(statuses: [Delivery.Status], expected: PastAlert.Standing) throws {
    #expect(try standing(statuses)?.standing == expected)
  }

  @Test("The window counts from the day on which the alert went out, not from the decision")
  func sentLater() throws {
    #expect(try standing([.pending, .pending])?.at == sampleNow(0).instant)
    #expect(try standing([.sent, .pending])?.at == sampleNow(2).instant)
    #expect(try standing([.failed, .failed])?.at == sampleNow(0).instant)
  }

  @Test("An episode comes back with its alerts in their order")
  func episode() throws {
    try withState { state, _ in
      let house = House(state)
      for day in [0, 7, 14] {
        for delivery in try house.pass(owes: "620@\(8 + day)", day: day) {
          try house.settle(delivery, .sent, day: day)
        }
      }
      let episodes = try state.openEpisodes()
      #expect(episodes.count == 1)
      let episode = try #require(episodes[try house.key()])
      #expect(episode.number == 1 && episode.rule == "rent")
      #expect(episode.account == AccountKey(source: "books", id: "A1"))
      #expect(episode.openedAt == (try sampleNow(0).instant))
      #expect(episode.alerts.map(\.number) == [1, 2, 3])
      #expect(episode.alerts.map(\.level) == [1, 1, 2])
      #expect(episode.alerts.map(\.reason) == [.crossed, .persisting, .escalated])
    }
  }

  @Test("A suppressed alert keeps nothing but the open episode")
  func suppressed() throws {
    try withState { state, _ in
      let house = House(state)
      try house.pass(owes: "620@8", day: 0, disputed: true)
      #expect(try state.openEpisodes()[house.key()]?.alerts.isEmpty == true)
      #expect(try state.deliveries().isEmpty)
      try house.pass(owes: "620@9", day: 1)
      let episode = try state.openEpisodes()[house.key()]
      #expect(episode?.alerts.map(\.number) == [1])
      #expect(episode?.openedAt == (try sampleNow(0).instant))
    }
  }

  @Test("Closing cancels what still waits, and leaves what went out or is on its way")
  func close() throws {
    try withState { state, _ in
      let house = House(state)
      let first = try house.pass(owes: "620@8", day: 0)
      try house.settle(first[0], .sent, day: 0)
      try house.settle(first[1], .sending, day: 0)
      let second = try house.pass(owes: "620@15", day: 7)
      try house.settle(second[0], .held, day: 7)
      try house.pass(owes: "", day: 8)
      let statuses = Dictionary(try state.deliveries().map { ($0.id, $0) }) { first, _ in first }
      #expect(statuses[first[0].id]?.status == .sent)
      #expect(statuses[first[1].id]?.status == .sending)
      for delivery in second {
        #expect(statuses[delivery.id]?.status == .cancelled)
        #expect(statuses[delivery.id]?.hold == nil)
        #expect(statuses[delivery.id]?.why.hasPrefix("cleared: ") == true)
      }
      #expect(try state.openEpisodes().isEmpty)
    }
  }

  @Test("`resolved` belongs to the episode that closed, and stays in the queue")
  func resolved() throws {
    try withState { state, _ in
      let house = House(state)
      for delivery in try house.pass(owes: "620@8", day: 0) {
        try house.settle(delivery, .sent, day: 0)
      }
      try house.pass(owes: "", day: 1)
      let open = try state.openDeliveries()
      #expect(open.map(\.reason) == [.resolved])
      #expect(open.map(\.alertNumber) == [2])
      #expect(open.map(\.episode) == [1])
    }
  }

  @Test("A new episode has the next number, whatever became of the ones before")
  func numbers() throws {
    try withState { state, _ in
      let house = House(state)
      for day in [0, 2, 4] {
        try house.pass(owes: "620@8", day: day)
        #expect(try state.openEpisodes()[house.key()]?.number == day / 2 + 1)
        try house.pass(owes: "", day: day + 1)
      }
      try house.pass("A2", owes: "620@8", day: 9)
      #expect(try state.lastEpisodeNumbers() == [try house.key(): 3, try house.key("A2"): 1])
    }
  }

  @Test("The episodes of a rule that is gone close, and nothing of them goes out")
  func orphans() throws {
    try withState { state, _ in
      let house = House(state)
      try house.pass(owes: "620@8", day: 0)
      try house.commit(
        house.plan("A2", owes: "", day: 1),
        orphans: [house.key(), house.key("never-there")],
        day: 1
      )
      #expect(try state.openEpisodes().isEmpty)
      #expect(try state.deliveries().map(\.status) == [.cancelled, .cancelled])
      #expect(
        try state.deliveries().map(\.why) == Array(repeating: "the rule was removed", count: 2)
      )
    }
  }

  @Test("Terms and decisions are remembered, the newest for each account")
  func records() throws {
    try withState { state, _ in
      let house = House(state)
      let key = try house.key()
      for (day, terms) in ["20 days", "30 days"].enumerated() {
        let today = try sampleNow(day).today
        try house.commit(
          house.plan("A2", owes: "", day: day),
          terms: [
            TermsRecord(account: key.account, terms: terms, changedOn: day == 0 ? nil : today)
          ],
          decisions: [
            (
              key,
              DecisionRecord(
                step: "none \(day)",
                why: "„\(terms)“",
                suppressed: day == 0 ? "disputed" : nil,
                nextDate: day == 0 ? nil : today
              )
            )
          ],
          day: day
        )
        let kept = try #require(try state.termsRecords()[key.account])
        #expect(kept.terms == terms && kept.changedOn == (day == 0 ? nil : today))
        let decision = try #require(try state.decisionRecords()[key])
        #expect(decision.step == "none \(day)" && decision.why == "„\(terms)“")
        #expect(decision.suppressed == (day == 0 ? "disputed" : nil))
        #expect(decision.nextDate == (day == 0 ? nil : today))
      }
    }
  }
}
