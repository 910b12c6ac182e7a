import Accounting
import Configuration
import Outbox
public import Receivables
import Rules
public import State

/// A stored pass, evaluated again from what it saw.
public struct PassReplay: Sendable {
  public let pass: StoredPass
  public let zone: Zone
  /// Decisions about accounts with an episode, and alerts among them.
  public let decisions: Int
  public let alerts: Int
  /// What does not come out as it is stored; empty when all does.
  public let differences: [String]

  /// - Parameter path: of the config, for the paths in it; its text is the stored one.
  /// - Throws: `StateError`; `ConfigurationError` when the stored config cannot be read any more;
  ///   `SourceError` when the stored directory cannot; `ReplayProblem`.
  public static func of(
    _ id: Int64,
    in state: StateFile,
    configPath path: String
  ) throws -> PassReplay {
    guard let pass = try state.passes().first(where: { $0.id == id }) else {
      throw ReplayProblem("there is no pass \(id); see `balancealert history`")
    }
    guard let config = pass.config else {
      throw ReplayProblem(
        "pass \(id) cannot be evaluated again: what it read was not kept (it ended before it had"
          + " decided, or ran under an older version)")
    }
    let file = try ConfigurationFile(path: path, text: config, isReadableByOthers: false)
    let resolver = SecretResolver(
      environment: [:], folder: file.folder, missing: .standsIn, literalsAreErrors: false)
    let assembly = try Assembly(
      Setup(file, resolver: resolver), resolver: resolver, isStored: true)
    let directory = try pass.directory.map {
      try Directory(parsing: Array($0.utf8), file: assembly.setup.directoryPath ?? "directory")
    }
    let now = Now(pass.now, in: assembly.setup.zone)
    let memory = Memory(
      episodes: try state.openEpisodes(seenBy: id),
      silences: try state.silences(seenBy: id),
      terms: try state.termsRecords(seenBy: id),
      expected: try expected(pass, state)
    )
    let decided = Decided(
      try PollOutcome.stored(assembly, state, seenBy: id),
      assembly: assembly,
      directory: directory ?? Directory(),
      memory: memory,
      now: now
    )
    let lasting = decided.decisions.filter { $0.step != .none && $0.step != .outside }
    return PassReplay(
      pass: pass,
      zone: assembly.setup.zone,
      decisions: lasting.count,
      alerts: lasting.count { $0.alert != nil },
      differences: try differences(decided, lasting, pass, state)
    )
  }

  /// Accounts that the pass looked at though they owed nothing any more: a message of theirs was
  /// still on its way.
  private static func expected(
    _ pass: StoredPass,
    _ state: StateFile
  ) throws(StateError) -> Set<Ledger.Key> {
    var keys: Set<Ledger.Key> = []
    try state.readAudit { record in
      if record.pass == pass.id, let stored = StoredDecision(record), let key = stored.key {
        keys.insert(key)
      }
      return true
    }
    return keys
  }

  private static func differences(
    _ decided: Decided,
    _ lasting: [Decision],
    _ pass: StoredPass,
    _ state: StateFile
  ) throws -> [String] {
    var differences: [String] = []
    var logged = 0
    try state.readAudit { record in
      guard record.pass == pass.id else { return true }
      guard let stored = StoredDecision(record) else { return true }
      logged += 1
      let found = decided.decisions.filter(stored.isAbout)
      if !found.contains(where: stored.says) {
        let now = found.map { "\($0.step.rawValue): \($0.why)" }.joined(separator: "; ")
        differences.append(
          "\(record.subject), \(stored.rule): stored `\(stored.why)`, now"
            + " `\(now.isEmpty ? "nothing" : now)`")
      }
      return true
    }
    // The log has what changed; the fingerprint has all that has an episode.
    if let stored = pass.fingerprint, stored != decided.fingerprint {
      differences.append(
        "the decisions of the pass have the fingerprint \(stored.prefix(12))…, these"
          + " \(decided.fingerprint.prefix(12))…")
    }
    return differences
  }
}

/// A pass that cannot be evaluated again, and why.
public struct ReplayProblem: Error, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
