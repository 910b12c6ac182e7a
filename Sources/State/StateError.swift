public import Receivables

/// Why the state cannot be used. All of them are exit code 73, but `locked` (75).
public enum StateError: Error, Sendable, Equatable, CustomStringConvertible {
  case cannotOpen(path: String, why: String)
  case notSQLite(path: String)
  case newer(path: String, version: Int, supported: Int)
  case readOnly(path: String)
  case full(path: String)
  case damaged(path: String, why: String)
  /// Another pass holds the lock.
  case locked(path: String, by: String)
  case failed(path: String, why: String)
  /// Its newest pass was at a time that is still to come by this machine's clock.
  case ahead(path: String, newest: Instant, clock: Instant)

  public var description: String {
    switch self {
    case .cannotOpen(let path, let why):
      "the state file \(path) cannot be opened: \(why)"
    case .notSQLite(let path):
      "\(path) is not a SQLite database; name another file with --state or move it away"
    case .newer(let path, let version, let supported):
      "\(path) was written by a newer balancealert (schema \(version), this one knows"
        + " \(supported)); use that version, or restore an older backup"
    case .readOnly(let path):
      "the state file \(path), or its folder, is read-only for this user; nothing was sent"
    case .full(let path):
      "the disk is full: \(path) cannot be written; nothing more was sent"
    case .damaged(let path, let why):
      "the state file \(path) is damaged (\(why)); restore a backup, or see `balancealert check"
        + " --repair`"
    case .locked(let path, let holder):
      "another pass holds \(path): \(holder)"
    case .failed(let path, let why):
      "the state file \(path) failed: \(why)"
    case .ahead(let path, let newest, let clock):
      "the newest pass in \(path) was at \(newest), and this machine's clock says \(clock). If the"
        + " clock is wrong now, set it right. If it was wrong then, `balancealert check --repair"
        + " --clock-was-wrong` takes what was done at a time to come as done now, and nobody is"
        + " told twice for it"
    }
  }
}
