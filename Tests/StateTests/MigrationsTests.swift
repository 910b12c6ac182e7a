import Foundation
import GRDB
import Outbox
import Receivables
import Rules
import State
import Support
import Testing

struct MigrationsTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/state")

  @Test("A new state has the schema that this version writes")
  func version() throws {
    try withState { state, _ in
      let version = try state.database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
      #expect(version == currentVersion)
    }
  }

  /// `UPDATE_GOLDENS=1` writes the file of the present version if there is none; a file that was
  /// released is never written again.
  @Test(
    "The state of every released version opens, with all that was in it", arguments: [1, 2, 3, 4])
  func released(version: Int) throws {
    let file = Self.folder.appending(path: "v\(version).sqlite")
    if Golden.isUpdating, version == currentVersion,
      !FileManager.default.fileExists(atPath: file.path)
    {
      try Self.write(file)
    }
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    try FileManager.default.copyItem(atPath: file.path, toPath: path)
    let state = try StateFile(path: path, mode: .readWrite)
    #expect(try state.auditFlaw() == nil)
    let house = House(state)
    let snapshot = try state.snapshot(of: "books")
    #expect(snapshot.accounts.keys.sorted() == ["A1"])
    #expect(snapshot.accounts["A1"]?.tags == ["residential", "north; south"])
    #expect(snapshot.items["doc-1"]?.amountDue.description == "NZD 620.00")
    #expect(try state.sourceRecords()["books"]?.cursor == "cursor-1")
    let episode = try #require(try state.openEpisodes()[house.key()])
    #expect(episode.number == 2)
    #expect(episode.alerts.map(\.standing) == [.sent])
    #expect(
      try state.deliveries().map(\.status.rawValue).sorted() == [
        "cancelled", "pending", "sent", "sent", "sent",
      ]
    )
    #expect(try state.termsRecords().values.map(\.terms) == ["20 days"])
    #expect(try state.decisionRecords()[house.key()]?.step == "open crossed 1")
    #expect(try state.badAddresses() == [BadAddress(channel: "sms", address: "+6421555010")])
    // It can be written, too.
    try house.pass(owes: "620@40", day: 60)
    #expect(try state.openEpisodes()[house.key()]?.alerts.count == 2)
    #expect(try state.auditFlaw() == nil)
  }

  @Test("A line of the log is not replaced, nor changed, nor taken away")
  func theLogStands() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    try FileManager.default.copyItem(
      atPath: Self.folder.appending(path: "v\(currentVersion).sqlite").path, toPath: path)
    let state = try StateFile(path: path, mode: .readWrite)
    for sql in [
      "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
      "REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
      "UPDATE audit SET subject = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2",
    ] {
      #expect(throws: DatabaseError.self) { try state.database.write { try $0.execute(sql: sql) } }
    }
    #expect(try state.auditFlaw() == nil)
  }

  @Test("A preview reads the state of an older version, and leaves it as it is")
  func readByANewerOne() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    try FileManager.default.copyItem(
      atPath: Self.folder.appending(path: "v1.sqlite").path, toPath: path)
    let before = FileManager.default.contents(atPath: path)
    let state = try StateFile(path: path, mode: .readOnly)
    #expect(try state.snapshot(of: "books").items["doc-1"]?.tags == [])
    #expect(try state.openEvents(of: "books") == [])
    #expect(try state.openEpisodes().count == 1)
    #expect(FileManager.default.contents(atPath: path) == before)
  }

  /// A crossing that was paid, a second one whose e-mail went out and whose team was not told yet.
  private static func write(_ file: URL) throws {
    let folder = try TemporaryFolder()
    let state = try StateFile(path: folder.file("state.sqlite"), mode: .readWrite)
    let house = House(state)
    let now = try sampleNow()
    let pass = try state.beginPass(at: now.instant)
    var account = house.account()
    account.tags = ["residential", "north; south"]
    let items = try ScenarioAccount(account, currency: Currency("NZD"))
      .items("620@8", on: now.today)
    try state.savePoll(
      old: Snapshot(source: "books"),
      new: Snapshot(
        source: "books",
        accounts: ["A1": account],
        items: Dictionary(items.map { ($0.id, $0) }) { first, _ in first }
      ),
      cursor: "cursor-1",
      wasFull: true,
      pass: pass,
      at: now.instant,
      audit: AuditEntry(kind: .poll, subject: "books", body: "{}")
    )
    for delivery in try house.pass(owes: "620@8", day: 0) {
      try house.settle(delivery, .sent, day: 0)
    }
    try house.pass(owes: "", day: 5)
    var second = try house.pass(owes: "620@1", day: 10)
    second.removeAll { $0.channel == "team" }
    for delivery in second { try house.settle(delivery, .sent, day: 10) }
    let resolved = try state.openDeliveries().first { $0.reason == .resolved }
    if let resolved { try house.settle(resolved, .cancelled, day: 10) }
    try house.commit(
      house.plan("A2", owes: "", day: 11),
      terms: [TermsRecord(account: account.key, terms: "20 days", changedOn: now.today)],
      decisions: [
        (
          try house.key(),
          DecisionRecord(step: "open crossed 1", why: "crossed", suppressed: nil, nextDate: nil)
        )
      ],
      audit: [AuditEntry(kind: .person, subject: "books:A1", body: "{\"é\":1}")],
      day: 11
    )
    try state.apply(
      [
        .badAddress(
          BadAddress(channel: "sms", address: "+6421555010"),
          optedOut: true,
          why: "STOP"
        )
      ],
      pass: nil,
      at: now.instant
    )
    try state.finishPass(pass, exitCode: 0, summary: "{}", at: now.instant)
    try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
    try state.database.writeWithoutTransaction { db in
      try db.execute(sql: "VACUUM INTO ?", arguments: [file.path])
    }
  }

  @Test(
    "The schema is the last guard",
    arguments: [
      "UPDATE delivery SET status = 'gone'", "UPDATE delivery SET hold = 'hours'",
      "UPDATE delivery SET status = 'held'", "UPDATE delivery SET attempts = 'many'",
      "UPDATE delivery SET audience = 'everybody'", "UPDATE delivery SET message_id = 'none'",
      "UPDATE delivery SET alert_id = 99", "UPDATE delivery SET id = NULL",
      """
      INSERT INTO alert (id, episode_id, number, level, reason, decided_at, pass_id)
      SELECT 99, episode_id, number, level, reason, decided_at, pass_id FROM alert
      """,
      "UPDATE alert SET level = 0",
      """
      INSERT INTO episode (id, rule, source, account_id, currency, number, opened_at)
      SELECT 99, rule, source, account_id, currency, 2, opened_at FROM episode
      """,
      "DELETE FROM episode", "UPDATE audit SET body = ''", "DELETE FROM audit",
    ]
  )
  func schema(sql: String) throws {
    try withState { state, _ in
      let house = House(state)
      try house.commit(
        house.plan(owes: "620@8", day: 0),
        audit: [AuditEntry(kind: .alert, subject: "books:A1", body: "{}")],
        day: 0
      )
      #expect(throws: DatabaseError.self) {
        try state.database.write { try $0.execute(sql: sql) }
      }
    }
  }
}
