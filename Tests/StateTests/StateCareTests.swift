import Foundation
import GRDB
import Outbox
import Receivables
import Rules
import State
import Support
import Testing

struct StateCareTests {
  /// A state with some passes in it.
  private func house(_ folder: TemporaryFolder) throws -> House {
    let state = try StateFile(path: folder.file("state.sqlite"), mode: .readWrite)
    let house = House(state)
    for number in 1...40 {
      for delivery in try house.pass("A\(number)", owes: "620@8", day: 0) {
        try house.settle(delivery, .sent, day: 0)
      }
    }
    return house
  }

  @Test("A backup is whole, private, and of one moment, while a pass writes")
  func backup() throws {
    let folder = try TemporaryFolder()
    let house = try house(folder)
    let before = try house.state.deliveries().count
    try house.state.database.writeWithoutTransaction { db in
      try db.execute(sql: "BEGIN IMMEDIATE")
      try db.execute(sql: "UPDATE delivery SET why = 'half a transaction'")
      let reader = try StateFile(path: folder.file("state.sqlite"), mode: .readOnly)
      try reader.backUp(to: folder.file("backup.sqlite"))
      try db.execute(sql: "ROLLBACK")
    }
    let copy = try StateFile(path: folder.file("backup.sqlite"), mode: .readOnly)
    #expect(try copy.deliveries().count == before)
    #expect(try copy.deliveries().allSatisfy { $0.why != "half a transaction" })
    #expect(try copy.auditFlaw() == nil && copy.flaws() == [])
    #expect(try permissions(folder.file("backup.sqlite")) == 0o600)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.hasSuffix(".new") })
  }

  @Test("A backup that cannot be written leaves nothing behind")
  func backupWithoutAPlace() throws {
    let folder = try TemporaryFolder()
    let house = try house(folder)
    #expect(throws: StateError.self) { try house.state.backUp(to: folder.file("nowhere/b.sqlite")) }
  }

  /// The log of SQLite is cut at every frame, and within frames: what opens is one of the states
  /// that were committed, never a mixture.
  @Test("After power is lost, what is there is a state that was")
  func powerLoss() throws {
    let folder = try TemporaryFolder()
    let state = try StateFile(path: folder.file("state.sqlite"), mode: .readWrite)
    let house = House(state)
    // What each commit left: the deliveries by status.
    func standing(_ state: StateFile) throws -> String {
      try state.deliveries().map { "\($0.id.text.prefix(6)) \($0.status.rawValue)" }.sorted()
        .joined(separator: " ")
    }
    var committed: Set<String> = [try standing(state)]
    for number in 1...6 {
      let new = try house.pass("A\(number)", owes: "620@8", day: 0)
      committed.insert(try standing(state))
      for delivery in new {
        try house.settle(delivery, .sent, day: 0)
        committed.insert(try standing(state))
      }
    }
    let main = try #require(FileManager.default.contents(atPath: folder.file("state.sqlite")))
    let wal = try #require(FileManager.default.contents(atPath: folder.file("state.sqlite-wal")))
    let frame = 24 + 4096
    let frames = (wal.count - 32) / frame
    #expect(frames > 20)
    var seen: Set<String> = []
    var random = SplitMix64(seed: 1)
    for cut in 0...frames {
      for torn in [0, random.int(1...frame - 1)] {
        let length = min(wal.count, 32 + cut * frame + torn)
        let lost = try TemporaryFolder()
        try main.write(to: URL(filePath: lost.file("state.sqlite")))
        var log = wal.prefix(length)
        // A torn write: the end of it is not what was written.
        if torn > 8 { log[log.endIndex - 3] ^= 0x55 }
        try Data(log).write(to: URL(filePath: lost.file("state.sqlite-wal")))
        let found: StateFile
        do { found = try StateFile(path: lost.file("state.sqlite"), mode: .readWrite) } catch {
          Issue.record("cut at \(length): \(error)")
          continue
        }
        let standing = try standing(found)
        // Before the first commit that stands there is no table yet; after it, one that was.
        #expect(committed.contains(standing), "cut at \(length)")
        #expect(try found.flaws() == [])
        #expect(try found.auditFlaw() == nil)
        seen.insert(standing)
      }
    }
    #expect(seen.count > 8)
  }

  @Test("A page that is damaged is found, and what can be read is saved", arguments: 1...12)
  func damagedPages(seed: Int) throws {
    let folder = try TemporaryFolder()
    let house = try house(folder)
    let all = Set(try house.state.deliveries().map(\.id))
    house.state.finish()
    let path = folder.file("state.sqlite")
    var data = try #require(FileManager.default.contents(atPath: path))
    var random = SplitMix64(seed: UInt64(seed))
    // Not the first page: a file without it is no database.
    let page = random.int(2...data.count / 4096) - 1
    for place in 0..<600 { data[page * 4096 + place] = UInt8(random.int(0...255)) }
    try data.write(to: URL(filePath: path))
    let flaws: [String]
    do { flaws = try StateFile(path: path, mode: .readOnly).flaws() } catch { flaws = ["\(error)"] }
    #expect(!flaws.isEmpty, "page \(page)")
    let repair = try StateRepair.repair(path, at: sampleNow(1).instant) { _ in
      AuditEntry(kind: .person, subject: "state", body: "{}")
    }
    #expect(FileManager.default.contents(atPath: repair.kept) == data)
    #expect(try permissions(repair.kept) == 0o600)
    let saved = try StateFile(path: path, mode: .readWrite)
    #expect(try saved.flaws() == [])
    let deliveries = try saved.deliveries()
    #expect(Set(deliveries.map(\.id)).isSubset(of: all))
    // What is not said to be torn is all there.
    if !repair.torn.contains(where: { ["delivery", "alert", "episode"].contains($0) }) {
      #expect(Set(deliveries.map(\.id)) == all)
    }
    #expect(try saved.forgotten(["books"]).isEmpty == repair.lostPromises.isEmpty)
    if !repair.torn.contains("audit") { #expect(try saved.auditFlaw() == nil) }
    // Snapshots are told again by the sources.
    #expect(try saved.snapshot(of: "books").items.isEmpty)
    #expect(try saved.sourceRecords().isEmpty)
    let after = House(saved)
    _ = try after.pass("A99", owes: "620@8", day: 2)
  }

  @Test(
    "What lost its parent is not left behind, and what was told by a lost pass was told",
    arguments: [("pass", 0), ("episode", 1), ("alert", 1)])
  func lostParents(table: String, lost: Int) throws {
    let folder = try TemporaryFolder()
    let house = try house(folder)
    let before = try house.state.deliveries()
    try house.state.database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: "DELETE FROM \(table) WHERE id = 7")
    }
    house.state.finish()
    _ = try StateRepair.repair(folder.file("state.sqlite"), at: sampleNow(1).instant) { _ in
      AuditEntry(kind: .person, subject: "state", body: "{}")
    }
    let saved = try StateFile(path: folder.file("state.sqlite"), mode: .readOnly)
    #expect(try saved.flaws() == [])
    // Each of the forty passes has one alert, and that has as many deliveries as the others.
    #expect(try saved.deliveries().count == before.count - lost * before.count / 40)
    if table == "pass" {
      #expect(try saved.passes().first { $0.id == 7 }?.now == sampleNow(0).instant)
    }
  }

  @Test("A whole state forgets its snapshots alone")
  func forget() throws {
    let folder = try TemporaryFolder()
    let house = try house(folder)
    let before = try house.state.deliveries()
    try house.state.forgetSnapshots()
    #expect(try house.state.snapshot(of: "books").items.isEmpty)
    #expect(try house.state.deliveries() == before)
    #expect(try house.state.auditFlaw() == nil)
  }

  @Test("After a loss each source is doubted until a pass that came to its end has read it")
  func doubt() throws {
    let folder = try TemporaryFolder()
    let state = try house(folder).state
    let both: Set<String> = ["books", "bank"]
    func pass(_ source: String, _ status: String, ends: Bool = true) throws {
      let now = try sampleNow(3).instant
      let pass = try state.beginPass(at: now)
      let audit = AuditEntry(kind: .poll, subject: source, body: "{\"status\":\"\(status)\"}")
      try state.apply([.settled([], audit: [audit])], pass: pass, at: now)
      if ends { try state.finishPass(pass, exitCode: 0, summary: "{}", at: now) }
    }
    try pass("books", "polled")
    #expect(try state.forgotten(both) == [])
    try state.doubtWhatWasTold()
    #expect(try state.forgotten(both) == both)
    try pass("books", "failed")
    try pass("books", "polled", ends: false)
    #expect(try state.forgotten(both) == both)
    try pass("books", "unchanged")
    #expect(try state.forgotten(both) == ["bank"])
    try pass("bank", "polled")
    #expect(try state.forgotten(both) == [])
  }
}
