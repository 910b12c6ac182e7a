import Foundation
import GRDB
import Outbox
import Receivables
import State
import Support
import Testing

struct StateFileTests {
  @Test("A new state is for its user alone, and so is its log")
  func mode() throws {
    try withState { state, folder in
      _ = try state.beginPass(at: sampleNow().instant)
      #expect(try permissions(folder.file("state.sqlite")) == 0o600)
      #expect(try permissions(folder.file("state.sqlite-wal")) == 0o600)
    }
  }

  @Test("A state is opened again with what was written; opening twice changes nothing")
  func reopen() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    let now = try sampleNow().instant
    #expect(!StateFile.exists(at: path))
    do {
      let state = try StateFile(path: path, mode: .readWrite)
      #expect(try state.newestPass() == nil)
      #expect(try state.beginPass(at: now) == 1)
    }
    #expect(StateFile.exists(at: path))
    for mode in [StateFile.Mode.readWrite, .readOnly] {
      #expect(try StateFile(path: path, mode: mode).newestPass() == now)
    }
  }

  @Test("A committed promise survives a power cut: every commit is synced")
  func synchronous() throws {
    try withState { state, _ in
      let (sync, journal, keys) = try state.database.read { db in
        (
          try Int.fetchOne(db, sql: "PRAGMA synchronous"),
          try String.fetchOne(db, sql: "PRAGMA journal_mode"),
          try Int.fetchOne(db, sql: "PRAGMA foreign_keys")
        )
      }
      #expect(sync == 2 && journal == "wal" && keys == 1)
    }
  }

  @Test("Whoever reads keeps no pass from writing, in a backup that was put in its place as well")
  func readers() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    let state = try StateFile(path: path, mode: .readWrite)
    _ = try state.beginPass(at: sampleNow().instant)
    try state.backUp(to: folder.file("copy.sqlite"))
    state.finish()
    for name in ["state.sqlite", "copy.sqlite"] {
      let state = try StateFile(path: folder.file(name), mode: .readWrite)
      let reader = try DatabaseQueue(path: folder.file(name))
      try reader.inDatabase { db in
        try db.execute(sql: "BEGIN")
        #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM pass") == 1)
        #expect(try state.beginPass(at: sampleNow(1).instant) == 2)
        // It sees what stood when it began.
        #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM pass") == 1)
        try db.execute(sql: "COMMIT")
      }
    }
  }

  @Test("A file that is no database is left alone")
  func notSQLite() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    let text = String(repeating: "account_id,amount_due\n", count: 100)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    for mode in [StateFile.Mode.readWrite, .readOnly] {
      #expect(throws: StateError.notSQLite(path: path)) { try StateFile(path: path, mode: mode) }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test("The database of another program is left alone")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("other.sqlite")
    let other = try DatabaseQueue(path: path)
    try other.write { try $0.execute(sql: "CREATE TABLE invoices (id INTEGER)") }
    let error = #expect(throws: StateError.self) { try StateFile(path: path, mode: .readWrite) }
    #expect(error?.description.contains("another program") == true)
    let tables = try other.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master")
    }
    #expect(tables == 1)
  }

  @Test("The state of a newer version is refused, with both versions in the text")
  func newer() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    _ = try StateFile(path: path, mode: .readWrite)
    try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
    for mode in [StateFile.Mode.readWrite, .readOnly] {
      let error = #expect(throws: StateError.self) { try StateFile(path: path, mode: mode) }
      #expect(error == .newer(path: path, version: 99, supported: currentVersion))
      #expect(error?.description.contains("newer balancealert (schema 99") == true)
    }
  }

  @Test("A folder that is not there is named")
  func missingFolder() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("not/there/state.sqlite")
    let error = #expect(throws: StateError.self) { try StateFile(path: path, mode: .readWrite) }
    #expect(error == .cannotOpen(path: path, why: "No such file or directory"))
    #expect(throws: StateError.self) {
      try StateFile(path: folder.file("absent.sqlite"), mode: .readOnly)
    }
    // Reading creates nothing.
    #expect(!StateFile.exists(at: folder.file("absent.sqlite")))
  }

  @Test("A folder in the place of the file is named")
  func isFolder() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StateError.self) { try StateFile(path: folder.path, mode: .readWrite) }
  }

  @Test("A state that is opened to be read is not written")
  func readOnly() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    _ = try StateFile(path: path, mode: .readWrite)
    let state = try StateFile(path: path, mode: .readOnly)
    #expect(throws: StateError.readOnly(path: path)) {
      try state.beginPass(at: sampleNow().instant)
    }
  }

  @Test("A folder without write permission is said to be read-only", .enabled(if: getuid() != 0))
  func readOnlyFolder() throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    let path = folder.file("state.sqlite")
    #expect(throws: StateError.readOnly(path: path)) { try StateFile(path: path, mode: .readWrite) }
  }

  @Test("On a full disk the transaction is undone as a whole, and what was there stays")
  func full() throws {
    try withState { state, folder in
      let house = House(state)
      try house.pass(owes: "620@8", day: 0)
      // As large as it is now, and no page more.
      try state.database.writeWithoutTransaction { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        try db.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
      let before = try state.deliveries()
      let entry = AuditEntry(
        kind: .person,
        subject: "x",
        body: String(repeating: "x", count: 100_000)
      )
      var delivery = try #require(before.first)
      delivery.status = .sent
      #expect(throws: StateError.full(path: folder.file("state.sqlite"))) {
        try state.apply(
          [.settled([delivery], audit: [entry])],
          pass: nil,
          at: sampleNow().instant
        )
      }
      #expect(try state.deliveries() == before)
      #expect(try state.auditFlaw() == nil)
    }
  }

  @Test("A damaged file is said to be damaged")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    do {
      let state = try StateFile(path: path, mode: .readWrite)
      try House(state).pass(owes: "620@8", day: 0)
      try state.database.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
    }
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: 4096)
    try handle.write(contentsOf: Data(repeating: 0xFF, count: 40_000))
    try handle.close()
    let error = #expect(throws: StateError.self) {
      let state = try StateFile(path: path, mode: .readWrite)
      _ = try state.openEpisodes()
      _ = try state.deliveries()
      _ = try state.auditFlaw()
    }
    if case .damaged? = error {} else { Issue.record("\(String(describing: error))") }
  }

  @Test("A state in memory is ready at once, and forgotten")
  func memory() throws {
    for mode in [StateFile.Mode.readWrite, .readOnly] {
      let state = try StateFile(path: ":memory:", mode: mode)
      #expect(try state.openEpisodes().isEmpty)
      #expect(try state.beginPass(at: sampleNow().instant) == 1)
    }
  }

  @Test("A pass that ended stands in the log, with its summary")
  func passes() throws {
    try withState { state, _ in
      let now = try sampleNow().instant
      let pass = try state.beginPass(at: now)
      try state.finishPass(pass, exitCode: 75, summary: "{}", at: now)
      var entries: [AuditRecord] = []
      try state.readAudit {
        entries.append($0)
        return true
      }
      #expect(entries.map(\.kind) == ["pass"])
      #expect(entries.first?.pass == pass && entries.first?.body == "{}")
      #expect(try state.beginPass(at: now) > pass)
    }
  }
}

/// The schema that this version writes.
let currentVersion = 5
