package import Failpoints
import Foundation
package import GRDB
import Host
public import Receivables
import Synchronization

/// The one SQLite file. SQL lives in this module alone; its other files extend this type by table.
public final class StateFile: Sendable {
  public enum Mode: Sendable { case readWrite, readOnly }

  public let path: String
  package let database: DatabaseQueue
  /// What its witness makes of it.
  let standing: Mutex<Standing>
  /// Which file it is, whatever its name is given to later; `nil` for one that is forgotten.
  let place: FilePlace?
  /// Of a state that is forgotten, in tests.
  let memory: MemoryWitness?

  /// Opens, or for `.readWrite` creates (mode 0600), and migrates.
  /// - Parameters:
  ///   - path: `:memory:` for a state that is forgotten.
  ///   - lost: the path at which there is none to read, for a reader of one that is forgotten.
  /// - Throws: `StateError`.
  public init(path: String, mode: Mode, inPlaceOf lost: String? = nil) throws(StateError) {
    let path = Self.resolved(path)
    self.path = path
    // Before the state itself: a pass that goes on meanwhile only adds to it.
    let witness = path == ":memory:" && lost == nil ? .nothing : try Witness.read(of: lost ?? path)
    do {
      let version: Int
      (database, version) = try Self.opened(path, mode, Self.configuration(path, mode))
      let name = lost ?? path
      standing = Mutex(
        try database.read {
          try Standing($0, name, witness, version: lost == nil ? version : 0) {
            mode == .readWrite ? try Witness(of: name) : nil
          }
        })
    } catch {
      throw Self.stateError(error, path)
    }
    place = path == ":memory:" ? nil : FilePlace(of: path)
    memory = nil
  }

  /// A state that is forgotten, with a witness that is forgotten: for tests that pull the plug.
  /// - Parameter other: whose content it has; an empty one without.
  /// - Throws: `StateError`.
  package init(copyOf other: StateFile?, recalledBy witness: MemoryWitness) throws(StateError) {
    path = ":memory:"
    do {
      (database, _) = try Self.opened(path, .readWrite, Self.configuration(path, .readWrite))
      if let other { try other.database.backup(to: database) }
      standing = Mutex(
        try database.read {
          try Standing(
            $0, ":memory:", witness.found, version: other == nil ? 0 : Migrations.all.count
          ) { witness }
        })
    } catch {
      throw Self.stateError(error, ":memory:")
    }
    place = nil
    memory = witness
  }

  private static func configuration(_ path: String, _ mode: Mode) -> GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.label = "state"
    configuration.busyMode = .timeout(10)
    configuration.readonly = mode == .readOnly && path != ":memory:"
    configuration.prepareDatabase { db in
      // FULL: a committed "sending" must survive a power cut, or a message could be sent twice.
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA foreign_keys = ON")
      try db.keepManyPages()
    }
    return configuration
  }

  /// - Returns: the state in the schema of this version, and the version that it had; 0 where
  ///   nothing was in it.
  private static func opened(
    _ path: String,
    _ mode: Mode,
    _ configuration: GRDB.Configuration
  ) throws -> (DatabaseQueue, version: Int) {
    if path == ":memory:" {
      let database = try DatabaseQueue(configuration: configuration)
      return (database, try migrate(database))
    }
    if mode == .readOnly, let old = try older(path, configuration) {
      // A preview must be readable before the first pass of a new version, and changes nothing.
      var configuration = configuration
      configuration.readonly = false
      let database = try DatabaseQueue(configuration: configuration)
      try old.backup(to: database)
      return (database, try migrate(database))
    }
    if mode == .readWrite { try createPrivately(path) }
    if mode == .readOnly, !exists(at: path) {
      throw StateError.cannotOpen(path: path, why: "it is not there; no pass has made it yet")
    }
    let database = try DatabaseQueue(path: path, configuration: configuration)
    let (version, tables) = try database.read { try contents($0) }
    if version == 0, tables > 0 {
      throw StateError.cannotOpen(path: path, why: "it is the database of another program")
    }
    let supported = Migrations.all.count
    if version > supported {
      throw StateError.newer(path: path, version: version, supported: supported)
    }
    guard mode == .readWrite else { return (database, version) }
    // A backup that was put in its place is without one: readers and the pass would wait for each
    // other. If one of them is there now, the next pass does it.
    try? database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
    return (database, version < supported ? try migrate(database) : version)
  }

  /// - Returns: the version that it had, read within the transaction: another process may have been
  ///   faster.
  private static func migrate(_ database: DatabaseQueue) throws -> Int {
    try database.write { db in
      let version = try contents(db).version
      try Migrations.apply(to: db, from: version)
      return version
    }
  }

  /// Folds the write-ahead log into the file, for the last who has it open. A task that lives until
  /// the process exits would leave it beside the file: nothing is lost by that, but a plain copy of
  /// the file alone would be an old one. Nothing can be asked afterwards.
  public func finish() { try? database.close() }

  /// The file, where an older version has written it, or nobody yet; `nil` where there is nothing
  /// to migrate.
  private static func older(
    _ path: String,
    _ configuration: GRDB.Configuration
  ) throws -> DatabaseQueue? {
    guard exists(at: path) else { return nil }
    let file = try DatabaseQueue(path: path, configuration: configuration)
    let (version, tables) = try file.read { try contents($0) }
    return (version > 0 || tables == 0) && version < Migrations.all.count ? file : nil
  }

  private static func contents(_ db: Database) throws -> (version: Int, tables: Int) {
    (
      try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
      try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    )
  }

  /// All that is durable by now, in a state that is forgotten: for tests that pull the plug.
  /// - Throws: `StateError`.
  package func copied() throws(StateError) -> StateFile {
    let copy = try StateFile(path: ":memory:", mode: .readWrite)
    do { try database.backup(to: copy.database) } catch { throw Self.stateError(error, path) }
    return copy
  }

  public static func exists(at path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }

  /// Files beside a state that is not there which say that there was one.
  public static func traces(ofLost path: String) -> [String] {
    if path == ":memory:" || exists(at: path) { return [] }
    return [
      "\(path).lock", "\(path)-wal", Witness.path(of: path), TokenFile(besideState: path).path,
    ].filter {
      exists(at: $0)
    }
  }

  /// - Throws: `StateError`.
  package func read<T>(_ body: (Database) throws -> T) throws(StateError) -> T {
    do { return try database.read(body) } catch { throw Self.stateError(error, path) }
  }

  /// One transaction: all of it is durable when this returns, or none of it.
  /// - Throws: `StateError`.
  /// - Parameters:
  ///   - last: the place within the transaction, once all is written.
  ///   - done: the place after it, once it is durable.
  ///   - seals: whether its witness outlives a power cut as well.
  package func write<T>(
    last: Failpoint? = nil,
    done: Failpoint? = nil,
    seals: Bool = false,
    _ body: (Database) throws -> T
  ) throws(StateError) -> T {
    do {
      let (value, mark) = try database.write { db in
        let value = try body(db)
        try StateMark.count(in: db)
        let mark = try StateMark(db)
        if let last { Failpoint.at(last) }
        return (value, mark)
      }
      try note(mark, seals: seals)
      if let done { Failpoint.at(done) }
      return value
    } catch {
      throw Self.stateError(error, path)
    }
  }

  static func createPrivately(_ path: String) throws(StateError) {
    close(try openPrivately(path))
  }

  /// Makes the file where it is not there (mode 0600).
  /// - Returns: a descriptor to close.
  static func openPrivately(_ path: String) throws(StateError) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else {
      let code = errno
      if code == EACCES || code == EROFS || code == EPERM { throw .readOnly(path: path) }
      if code == ENOSPC { throw .full(path: path) }
      throw .cannotOpen(path: path, why: String(cString: strerror(code)))
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .cannotOpen(path: path, why: "it is no regular file")
    }
    Ownership.keep(of: path, on: descriptor)
    return descriptor
  }

  static func stateError(_ error: any Error, _ path: String) -> StateError {
    if let error = error as? StateError { return error }
    guard let error = error as? DatabaseError else {
      return .failed(path: path, why: "\(error)")
    }
    switch error.resultCode {
    case .SQLITE_NOTADB: return .notSQLite(path: path)
    case .SQLITE_READONLY, .SQLITE_PERM: return .readOnly(path: path)
    case .SQLITE_FULL: return .full(path: path)
    case .SQLITE_IOERR:
      return .failed(path: path, why: "the disk reports an error (\(error.message ?? "I/O"))")
    case .SQLITE_CORRUPT: return .damaged(path: path, why: error.message ?? "corrupt")
    case .SQLITE_CANTOPEN: return .cannotOpen(path: path, why: error.message ?? "not there")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return .failed(path: path, why: "another program is writing to it")
    default: return .failed(path: path, why: error.message ?? "SQLite error \(error.resultCode)")
    }
  }
}

// MARK: Passes

extension StateFile {
  /// The `now` of the newest pass. A pass before it is refused: time would run backwards.
  public func newestPass() throws(StateError) -> Instant? {
    try read { db in
      try Int64.fetchOne(db, sql: "SELECT max(now) FROM pass").map { Instant(seconds: $0) }
    }
  }

  /// The number of the pass that began last, whether it has ended or not; 0 when there was none.
  public func newestPassID() throws(StateError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM pass") ?? 0 }
  }

  /// Also proves that the state can be written before anything else is done.
  public func beginPass(at now: Instant) throws(StateError) -> Int64 {
    try write(done: .passBegun) { db in
      try db.execute(sql: "INSERT INTO pass (now) VALUES (?)", arguments: [now.seconds])
      return db.lastInsertedRowID
    }
  }

  public func finishPass(
    _ id: Int64,
    exitCode: Int32,
    summary: String,
    at now: Instant
  ) throws(StateError) {
    try write(last: .passBeforeEnd, done: .passAfterEnd, seals: true) { db in
      try db.execute(
        sql: "UPDATE pass SET exit_code = ?, summary = ? WHERE id = ?",
        arguments: [exitCode, summary, id]
      )
      try AuditLog.append(
        [AuditEntry(kind: .pass, subject: "pass \(id)", body: summary)],
        pass: id,
        at: now,
        to: db
      )
    }
  }
}
