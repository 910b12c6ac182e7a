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
    let stored = try storedDecisions(of: pass, state)
    let memory = Memory(
      episodes: try state.openEpisodes(seenBy: id),
      silences: try state.silences(seenBy: id),
      terms: try state.termsRecords(seenBy: id),
      // It looked at them though they owed nothing any more: a message was still on its way.
      expected: Set(stored.compactMap(\.key))
    )
    let outcomes = try PollOutcome.stored(assembly, state, seenBy: id)
    let known = PollOutcome.knownAccounts(outcomes)
    let rows = directory ?? Directory()
    let decided = Decided(
      outcomes,
      assembly,
      rows.doubting(assembly.strangers(in: rows, known)),
      memory,
      now
    )
    let lasting = decided.lasting
    return PassReplay(
      pass: pass,
      zone: assembly.setup.zone,
      decisions: lasting.count,
      alerts: lasting.count { $0.alert != nil },
      differences: differences(decided, stored, pass)
    )
  }

  private static func storedDecisions(
    of pass: StoredPass,
    _ state: StateFile
  ) throws(StateError) -> [StoredDecision] {
    var decisions: [StoredDecision] = []
    try state.readAudit { record in
      if record.pass == pass.id, let stored = StoredDecision(record) { decisions.append(stored) }
      return true
    }
    return decisions
  }

  private static func differences(
    _ decided: Decided,
    _ stored: [StoredDecision],
    _ pass: StoredPass
  ) -> [String] {
    var differences: [String] = []
    for stored in stored {
      let found = decided.decisions.filter(stored.isAbout)
      if found.contains(where: stored.says) { continue }
      let now = found.map { "\($0.step.rawValue): \($0.why)" }.joined(separator: "; ")
      differences.append(
        "\(stored.account), \(stored.rule): stored `\(stored.why)`, now"
          + " `\(now.isEmpty ? "nothing" : now)`")
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
