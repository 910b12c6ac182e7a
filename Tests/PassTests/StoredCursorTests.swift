import Pass
import Receivables
import State
import Testing

/// What an older version has stored is read anew once: it may have read a number otherwise.
struct StoredCursorTests {
  private static let rent = """
    - name: rent
      when: { balance: overdue, over: 500 }
      levels: [{ notify: [team] }]
    """

  @Test func aCursorOfAnOlderVersionIsNoneToGoOnFrom() async throws {
    let scenario = try Scenario(rules: Self.rent)
    #expect(try await scenario.play("day 1 | C1 owes 600 | team C1 crossed") == [])
    #expect(try await scenario.play("day 2 | |") == [])
    #expect(await scenario.last?.sources.map(\.status) == [.unchanged])
    let state = await scenario.state
    let cursor = try #require(try state.sourceRecords()["books"]?.cursor)
    let now = await scenario.now(day: 2)
    let snapshot = try state.snapshot(of: "books")
    try state.savePoll(
      old: snapshot, new: nil, cursor: String(cursor.dropFirst(2)), wasFull: true, pass: 2,
      at: now.instant,
      audit: AuditEntry(kind: .poll, subject: "books", body: "{}"))
    #expect(try await scenario.play("day 3 | |") == [])
    #expect(await scenario.last?.sources.map(\.status) == [.polled])
    #expect(try await scenario.play("day 4 | |") == [])
    #expect(await scenario.last?.sources.map(\.status) == [.unchanged])
  }
}
