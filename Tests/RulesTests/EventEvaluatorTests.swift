import Receivables
import Rules
import Support
import Testing

/// Rules that are `on` events.
struct EventEvaluatorTests {
  private let today = Day(number: 20_000)

  private func rule(_ condition: Condition? = nil) -> Rule {
    Rule(
      name: "failed",
      when: condition ?? Condition(),
      levels: [
        Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [["team"]], template: "t"))
      ],
      events: Rule.Events(types: ["payment_failed"], needsCondition: condition != nil)
    )
  }

  private func facts(_ owes: String) throws -> Facts {
    try ScenarioAccount(currency: try Currency("NZD")).facts(owes, on: today)
  }

  private func event(_ id: String, about document: String? = nil) -> SourceEvent {
    SourceEvent(
      id: id,
      type: "payment_failed",
      accountID: "C1",
      documentID: document,
      occurredAt: Instant(seconds: 1)
    )
  }

  private func decide(
    _ rule: Rule,
    _ owes: String,
    _ events: [SourceEvent],
    episode: Episode? = nil
  ) throws -> [Decision] {
    try Evaluator.decide(
      rule,
      facts(owes),
      events: events,
      episode: episode,
      now: Now(Zone.utc.instant(of: today), in: .utc)
    )
  }

  private func episode(_ alerts: [PastAlert]) throws -> Episode {
    Episode(
      number: 1,
      rule: "failed",
      account: try facts("").account.key,
      currency: try Currency("NZD"),
      openedAt: Instant(seconds: 5),
      alerts: alerts
    )
  }

  private func alert(_ number: Int, waits: Bool, about document: String? = nil) -> PastAlert {
    PastAlert(
      number: number,
      level: 1,
      reason: .crossed,
      at: Instant(seconds: 5),
      standing: waits ? .waiting : .sent,
      documentID: document
    )
  }

  private func document(_ owes: String) throws -> String {
    try #require(try facts(owes).invoices.first?.item.id)
  }

  @Test("Each new event is an alert of its own, in one episode")
  func crossings() throws {
    let decisions = try decide(rule(), "620@8", [event("1"), event("2")])
    #expect(decisions.map(\.step) == [.open, .stay])
    #expect(decisions.map(\.alert?.number) == [1, 2])
    #expect(decisions.map(\.alert?.event?.id) == ["1", "2"])
    #expect(decisions.map(\.why) == ["crossed: payment_failed", "crossed: payment_failed"])
  }

  @Test("Without an event nothing is said, however much is owed")
  func noEvent() throws {
    let decisions = try decide(rule(), "9000@80", [])
    #expect(decisions.map(\.step) == [.none])
    #expect(decisions.map(\.why) == ["no new event"])
  }

  @Test("An event about an invoice that is settled by now is passed over; the others are not")
  func settled() throws {
    let open = try document("620@8")
    let decisions = try decide(
      rule(), "620@8", [event("1", about: "gone"), event("2", about: open)])
    #expect(decisions.map(\.alert?.event?.id) == ["2"])
    let none = try decide(rule(), "620@8", [event("1", about: "gone")])
    #expect(none.map(\.step) == [.none])
    #expect(none.first?.why == "payment_failed, but nothing is left to pay on gone")
  }

  @Test("Where the rule has a condition, it must hold beside the event")
  func condition() throws {
    let rule = rule(Condition(threshold: Thresholds(fallback: "500")))
    #expect(try decide(rule, "620@8", [event("1")]).first?.step == .open)
    let below = try decide(rule, "400@8", [event("1")])
    #expect(below.map(\.step) == [.none])
    #expect(
      below.first?.why == "payment_failed, but balance NZD 400.00 is not over NZD 500.00"
    )
  }

  @Test("The episode stays while an alert waits, and closes when none does")
  func closing() throws {
    let waiting = try episode([alert(1, waits: true)])
    #expect(try decide(rule(), "620@8", [], episode: waiting).map(\.step) == [.stay])
    let sent = try episode([alert(1, waits: false)])
    #expect(try decide(rule(), "620@8", [], episode: sent).map(\.step) == [.close])
    let more = try decide(rule(), "620@8", [event("2")], episode: sent)
    #expect(more.map(\.step) == [.stay])
    #expect(more.first?.alert?.number == 2)
  }

  @Test("A waiting alert is untrue once its own invoice is settled, whatever else is owed")
  func untrue() throws {
    let open = try document("620@8")
    let waiting = try episode([
      alert(1, waits: true, about: "gone"), alert(2, waits: true, about: open),
      alert(3, waits: true),
    ])
    let decision = try #require(try decide(rule(), "620@8", [], episode: waiting).first)
    #expect(decision.step == .stay)
    #expect(decision.settlement(ofAlert: 1) == "nothing is left to pay on gone")
    #expect(decision.settlement(ofAlert: 2) == nil)
    #expect(decision.settlement(ofAlert: 3) == nil)
  }
}
