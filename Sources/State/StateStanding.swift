import Failpoints
import GRDB
import Host
public import Receivables
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What its witness makes of a state.
enum Standing: Sendable {
  /// Nobody has vouched for it yet, or it is not written to.
  case unwitnessed(lacks: Bool)
  case doubted(StateDoubt)
  /// - Parameter lost: what it was in doubt for when it was opened.
  case witnessed(any WitnessStore, lost: StateDoubt?)

  /// - Parameters:
  ///   - version: of its schema, as it was found; 0 where nothing was in it. Older versions kept no
  ///     witness.
  ///   - witness: to be written to; `nil` for a reader.
  init(
    _ db: Database,
    _ path: String,
    _ found: Witness.Found,
    version: Int,
    witness: () throws -> (any WitnessStore)?
  ) throws {
    switch found {
    case .nothing, .unreadable:
      let passes = try Int.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM pass)") ?? 0
      self = .unwitnessed(lacks: passes > 0 && version == Migrations.all.count)
    case .mark(let mark):
      if let doubt = try StateDoubt.judge(db, path, against: mark, isEmpty: version == 0) {
        self = .doubted(doubt)
      } else {
        self = try witness().map { .witnessed($0, lost: nil) } ?? .unwitnessed(lacks: false)
      }
    }
  }
}

/// A file, whatever name it has.
struct FilePlace: Sendable, Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// - Returns: `nil` where there is none.
  init?(of path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return nil }
    self.init(facts)
  }

  init(_ facts: stat) {
    device = UInt64(truncatingIfNeeded: facts.st_dev)
    inode = UInt64(facts.st_ino)
  }
}

extension StateFile {
  /// Why it is not known who was told what; `nil` where its witness fits, or where there is none.
  public var doubt: StateDoubt? {
    standing.withLock { if case .doubted(let doubt) = $0 { doubt } else { nil } }
  }

  /// Why it was not known, when it was opened, who was told what. It may be taken as it is by now.
  public var lost: StateDoubt? {
    standing.withLock {
      switch $0 {
      case .doubted(let doubt): doubt
      case .witnessed(_, let lost): lost
      case .unwitnessed: nil
      }
    }
  }

  /// Whether it has passes, and nothing beside it says how far it had come.
  public var lacksWitness: Bool {
    standing.withLock { if case .unwitnessed(let lacks) = $0 { lacks } else { false } }
  }

  /// Takes the state as it is from here on. What is in doubt stays so in the state itself, until
  /// each source has been read once more. Only for the holder of the lock.
  /// - Parameter audit: the entry that says why.
  /// - Throws: `StateError`.
  public func vouch(
    at now: Instant,
    audit: (StateDoubt) -> AuditEntry
  ) throws(StateError) {
    if path == ":memory:", memory == nil { return }
    let doubt = doubt
    if standing.withLock({ if case .witnessed = $0 { true } else { false } }) { return }
    if let doubt {
      try write { db in try AuditLog.append([audit(doubt)], pass: nil, at: now, to: db) }
      try doubtWhatWasTold()
    }
    let mark: StateMark
    do { mark = try database.read { try StateMark($0) } } catch {
      throw Self.stateError(error, path)
    }
    let witness: any WitnessStore
    if let memory {
      witness = memory.made(at: mark)
    } else {
      witness = try Witness.make(of: path, at: mark)
    }
    standing.withLock { $0 = .witnessed(witness, lost: doubt) }
  }

  /// A transaction is durable: its witness says so.
  func note(_ mark: StateMark, seals: Bool) throws(StateError) {
    let witness = standing.withLock { standing -> (any WitnessStore)? in
      if case .witnessed(let witness, _) = standing { witness } else { nil }
    }
    guard let witness else { return }
    Failpoint.at(.witnessBefore)
    try witness.note(mark)
    if seals { try witness.seal() }
  }

  /// - Throws: `StateError` where another file has the state's name by now: what is written is read
  ///   by no later pass, which would tell everybody again.
  public func checkPlace() throws(StateError) {
    guard let place, FilePlace(of: path) != place else { return }
    throw .failed(
      path: path,
      why: "it was removed, or another file took its place, while it was in use; nothing more was"
        + " sent")
  }

  /// Where a name that is a link leads: two names of one state are one state.
  static func resolved(_ path: String) -> String {
    var facts = stat()
    guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFLNK,
      let real = realpath(path, nil)
    else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
