import Foundation
import Outbox
import Receivables
import State
import Testing

struct EventStoreTests {
  private func state() throws -> StateFile { try StateFile(path: ":memory:", mode: .readWrite) }

  private func event(_ id: String, at seconds: Int64 = 1) throws -> SourceEvent {
    SourceEvent(
      id: id,
      type: "invoice.payment_failed",
      accountID: "C1",
      documentID: "in_1",
      currency: try Currency("EUR"),
      occurredAt: Instant(seconds: seconds)
    )
  }

  private func poll(
    _ state: StateFile,
    _ events: [SourceEvent],
    inbox: [String] = [],
    day: Int = 0
  ) throws {
    let now = try sampleNow(day)
    try state.savePoll(
      old: try state.snapshot(of: "books"),
      new: nil,
      events: events,
      inbox: inbox,
      cursor: nil,
      wasFull: false,
      pass: try state.beginPass(at: now.instant),
      at: now.instant,
      audit: AuditEntry(kind: .poll, subject: "books", body: "{}")
    )
  }

  private func decide(_ state: StateFile, _ ids: [String]) throws {
    let now = try sampleNow()
    try state.commit(
      Promises(
        plan: .init(entries: []),
        orphans: [],
        events: ids.map { EventKey(source: "books", id: $0) },
        terms: [],
        decisions: [],
        judged: [],
        audit: []
      ),
      pass: try state.beginPass(at: now.instant),
      at: now.instant
    )
  }

  @Test("An event is open until a pass decides on it, and is never open again")
  func once() throws {
    let state = try state()
    try poll(state, [event("b", at: 2), event("a", at: 1)])
    #expect(try state.openEvents(of: "books") == [event("a", at: 1), event("b", at: 2)])
    #expect(try state.openEvents(of: "other") == [])
    try decide(state, ["a"])
    #expect(try state.openEvents(of: "books").map(\.id) == ["b"])
    try poll(state, [event("a", at: 9), event("b", at: 9)])
    #expect(try state.openEvents(of: "books") == [event("b", at: 2)])
    #expect(try state.knownEvents(of: "books", among: ["a", "b", "c"]) == ["a", "b"])
  }

  private func entry(_ id: String, isUnique: Bool = true) -> InboxEntry {
    InboxEntry(
      id: id, type: "invoice.update", kind: "invoice", documentID: "7", isUnique: isUnique)
  }

  @Test("What a webhook said waits for one poll; told again it is ignored")
  func inbox() throws {
    let state = try state()
    let now = try sampleNow().instant
    #expect(try state.receive([entry("1"), entry("2"), entry("1")], for: "books", at: now) == 2)
    #expect(try state.receive([entry("1")], for: "books", at: now) == 0)
    #expect(try state.receive([entry("1")], for: "other", at: now) == 1)
    #expect(try state.inbox(of: "books").map(\.id) == ["1", "2"])
    try poll(state, [], inbox: ["1"])
    #expect(try state.inbox(of: "books").map(\.id) == ["2"])
    #expect(try state.receive([entry("1")], for: "books", at: now) == 0)
    #expect(try state.inbox(of: "books").map(\.id) == ["2"])
    #expect(try state.inbox(of: "other").map(\.id) == ["1"])
  }

  @Test("Where an id may be two events, it counts anew once a poll has answered it")
  func notUnique() throws {
    let state = try state()
    let now = try sampleNow().instant
    let entry = entry("update 7", isUnique: false)
    #expect(try state.receive([entry], for: "books", at: now) == 1)
    #expect(try state.receive([entry], for: "books", at: now) == 0)
    try poll(state, [], inbox: ["update 7"])
    #expect(try state.receive([entry], for: "books", at: now) == 1)
    #expect(try state.inbox(of: "books").count == 1)
  }

  @Test("What was answered long ago is forgotten, what waits is not")
  func forgets() throws {
    let state = try state()
    let first = try sampleNow().instant
    _ = try state.receive([entry("1"), entry("2")], for: "books", at: first)
    try poll(state, [], inbox: ["1"])
    let later = try sampleNow(31).instant
    // Forgotten, so new: no platform repeats itself so late.
    #expect(try state.receive([entry("1"), entry("2")], for: "books", at: later) == 1)
  }

  @Test("Of a webhook that is not genuine only a count is kept")
  func refused() throws {
    let state = try state()
    let today = try sampleNow().today
    for _ in 0..<3 { try state.countRefusedWebhook(for: "books", on: today) }
    try state.countRefusedWebhook(for: "books", on: today.adding(days: -9))
    #expect(try state.refusedWebhooks(since: today.adding(days: -7)) == ["books": 3])
    #expect(try state.inbox(of: "books") == [])
    #expect(try state.auditFlaw() == nil)
  }
}
