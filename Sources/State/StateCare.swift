import Foundation
import GRDB
import Host

extension StateFile {
  /// What SQLite finds wrong with the file itself; empty when it is whole.
  /// - Throws: `StateError` when it cannot even be asked.
  public func flaws() throws(StateError) -> [String] {
    try read { db in
      var flaws = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      let rows = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check")
      while let row = try rows.next() {
        let table: String = try row.decode(atIndex: 0)
        let parent: String = try row.decode(atIndex: 2)
        flaws.append("a row of \(table) belongs to none of \(parent)")
      }
      return flaws
    }
  }

  /// A whole copy, as of one moment, while passes may go on. Written beside, checked, and put in
  /// place at the end (mode 0600).
  /// - Throws: `StateError`, and then there is no copy.
  public func backUp(to destination: String) throws(StateError) {
    let destination = try Self.file(at: destination)
    let beside = OutputPath.temporary(beside: destination)
    defer { Self.removeAll(of: beside) }
    let made = open(beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard made >= 0 else {
      throw .failed(
        path: beside, why: "it could not be opened: \(String(cString: strerror(errno)))")
    }
    close(made)
    do {
      // One step: a pass that writes meanwhile waits no longer than a reader makes it wait.
      let copy = try DatabaseQueue(path: beside)
      try database.backup(to: copy)
      // A file of its own, without a log beside it.
      try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
      try copy.close()
    } catch {
      throw Self.stateError(error, beside)
    }
    let written = try StateFile(path: beside, mode: .readOnly)
    let flaws = try written.flaws()
    written.finish()
    if let flaw = flaws.first { throw .damaged(path: path, why: flaw) }
    guard rename(beside, destination) == 0 else {
      throw .failed(
        path: destination, why: "it could not be put in place: \(String(cString: strerror(errno)))")
    }
  }

  /// A copy is a file: a device or a pipe is no place for it.
  private static func file(at destination: String) throws(StateError) -> String {
    do throws(WholeFile.Problem) {
      if case .file(let path) = try OutputPath.look(at: destination) { return path }
    } catch {
      throw .failed(path: destination, why: "it cannot be replaced: \(error.why)")
    }
    throw .failed(
      path: destination, why: "it is a device or a pipe, not a file; name another place")
  }

  static func removeAll(of path: String) {
    for end in ["", "-wal", "-shm", "-journal"] { unlink(path + end) }
  }

  /// Forgets what sources are known to have, so that the next pass reads everything anew. What was
  /// decided, promised and logged stays.
  public func forgetSnapshots() throws(StateError) {
    try write { db in
      let next = try Int64.fetchOne(db, sql: "SELECT coalesce(max(id), 0) + 1 FROM pass") ?? 1
      for table in ["account", "item"] {
        try db.execute(
          sql: "INSERT INTO \(table)_past SELECT *, ? FROM \(table)", arguments: [next])
        try db.execute(sql: "DELETE FROM \(table)")
      }
      try db.execute(sql: "UPDATE source SET cursor = NULL, full_sync_at = NULL")
    }
  }
}
