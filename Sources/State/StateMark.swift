import GRDB

/// How far a state has come.
struct StateMark: Sendable, Equatable {
  /// The state's own name, drawn when it was made: 32 hexadecimal digits. A copy keeps it.
  let state: String
  /// Counts the transactions of this state.
  let generation: Int64
  /// The newest pass; 0 where none has begun.
  let pass: Int64
  /// The newest entry of the log; 0 where it has none.
  let entry: Int64
  /// Of that entry; empty where there is none.
  let hash: String
}

extension StateMark {
  /// Where the state stands now, within a transaction or after it.
  init(_ db: Database) throws {
    guard
      let identity = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT id, generation FROM identity"))
    else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "it has lost its identity") }
    let entry = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"))
    self.init(
      state: try identity.decode(atIndex: 0),
      generation: try identity.decode(atIndex: 1),
      pass: try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM pass")) ?? 0,
      entry: try entry?.decode(atIndex: 0) ?? 0,
      hash: try entry?.decode(atIndex: 1) ?? ""
    )
  }

  /// The transaction that writes now is one more.
  static func count(in db: Database) throws {
    try db.cachedStatement(sql: "UPDATE identity SET generation = generation + 1").execute()
  }

  /// Whether the state's log has the entry at which this mark was made.
  func isPast(of db: Database) throws -> Bool {
    if entry == 0 { return true }
    let found = try String.fetchOne(
      db, sql: "SELECT hash FROM audit WHERE seq = ?", arguments: [entry])
    return found == hash
  }
}

/// Why a state is not what it was: whoever was told since is not in it.
public enum StateDoubt: Sendable, Equatable, CustomStringConvertible {
  /// There is none, or it is empty.
  case empty(path: String, pass: Int64, entry: Int64)
  /// It is another one's.
  case another(path: String)
  /// It has lost its newest writes.
  case behind(path: String, pass: Int64, entry: Int64, found: (pass: Int64, entry: Int64))
  /// It was written on after a copy was put in its place.
  case parted(path: String, entry: Int64)

  public var description: String {
    switch self {
    case .empty(let path, let pass, let entry):
      "there is no state \(path), or it is empty, where its witness knows pass \(pass) and"
        + " \(entry) entries of the log"
    case .another(let path):
      "\(path) is not the state that was here: its witness knows another"
    case .behind(let path, let pass, let entry, let found):
      "\(path) has lost its newest writes (or is an older copy): its witness knows pass \(pass),"
        + " entry \(entry) of the log, and it ends with pass \(found.pass), entry \(found.entry)"
    case .parted(let path, let entry):
      "\(path) went another way than its witness: entry \(entry) of its log is not the one that"
        + " was here"
    }
  }

  /// What becomes of it, and what a person can do.
  public static let way =
    "Who was told since is not known, so messages to customers wait until you `approve` or"
    + " `reject` them. If the right file is elsewhere (its -wal, a newer copy, a disk that is not"
    + " mounted), put it back before the next run"

  public static func == (a: StateDoubt, b: StateDoubt) -> Bool { a.description == b.description }

  /// - Parameter isEmpty: nothing was in it when it was opened.
  static func judge(
    _ db: Database,
    _ path: String,
    against mark: StateMark,
    isEmpty: Bool
  ) throws -> StateDoubt? {
    if isEmpty { return .empty(path: path, pass: mark.pass, entry: mark.entry) }
    let now = try StateMark(db)
    if now.state != mark.state { return .another(path: path) }
    if now.generation < mark.generation || now.entry < mark.entry {
      return .behind(
        path: path, pass: mark.pass, entry: mark.entry, found: (now.pass, now.entry))
    }
    return try mark.isPast(of: db) ? nil : .parted(path: path, entry: mark.entry)
  }
}
