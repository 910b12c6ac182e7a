import Foundation
import Pass
import Receivables
import State

/// What `check` says of the state file, and `check --repair` does to it.
enum StateCheck {
  /// Says what is wrong with it, if there is one.
  static func look(at path: String, now: Now) -> ExitStatus {
    if path == ":memory:" { return .done }
    do {
      guard StateFile.exists(at: path) else {
        let absent = try StateFile(path: ":memory:", mode: .readOnly, inPlaceOf: path)
        tell(of: absent)
        return absent.doubt == nil ? .done : .partly
      }
      let state = try StateFile(path: path, mode: .readOnly)
      let flaws = try state.flaws()
      for flaw in flaws.prefix(5) { Log.shared.error("\(path): \(flaw)") }
      if !flaws.isEmpty {
        Log.shared.error("\(path) is damaged; restore a backup, or see `check --repair`")
        return .cannotWriteState
      }
      if let flaw = try state.auditFlaw() {
        Log.shared.error("the audit log is not whole: \(flaw)")
        return .historyFlawed
      }
      if let flaw = try state.rowFlaw() {
        Log.shared.error("the state is not as the log says: \(flaw)")
        return .historyFlawed
      }
      if let newest = try state.newestPass(),
        newest.seconds - now.instant.seconds > StateFile.toleratedLead
      {
        throw StateError.ahead(path: path, newest: newest, clock: now.instant)
      }
      tell(of: state)
      if state.doubt != nil { return .partly }
      Output.print("\(path): whole, \(counted(Int(try state.newestPassID()), "pass", "passes"))\n")
      return .done
    } catch {
      let (status, why) = ExitStatus.explain(error)
      Log.shared.error(why)
      return status
    }
  }

  /// Says why the state is in doubt, or that nothing can tell whether it should be.
  static func tell(of state: StateFile) {
    if let doubt = state.doubt { Log.shared.urgent("\(doubt). \(StateDoubt.way)") }
    if state.lacksWitness {
      Log.shared.urgent(
        "\(state.path) has no witness beside it (\(state.path).witness): nothing can tell whether"
          + " it has lost writes. The next run makes one")
    }
  }

  /// Takes the state as it is, and says what is wrong with it. Only for the holder of the lock.
  /// - Throws: `StateError`.
  static func vouch(for state: StateFile, at now: Instant) throws(StateError) {
    tell(of: state)
    try state.vouch(at: now) { doubt in
      AuditEntry(
        kind: .state, subject: "state",
        body: Output.json(["lost": "\(doubt)"], pretty: false))
    }
  }

  /// A damaged file is replaced by what can be read of it; of a whole one the snapshots alone are
  /// forgotten. Either way the next pass reads every source anew.
  /// - Parameter isRestored: it is a backup, and what was told since is not known.
  /// - Throws: `StateError`; `UsageProblem` when no pass has run yet.
  static func repair(_ path: String, isRestored: Bool, now: Now) throws -> ExitStatus {
    guard path != ":memory:", StateFile.exists(at: path) else {
      throw UsageProblem("there is no state file \(path): no pass has run yet")
    }
    let lock = try PassLock(state: path, holder: RunCommand.holder())
    defer { withExtendedLifetime(lock) {} }
    let repair = isWhole(path) ? nil : try salvage(path, now)
    let state = try StateFile(path: path, mode: .readWrite)
    defer { state.finish() }
    try vouch(for: state, at: now.instant)
    if repair == nil {
      try state.forgetSnapshots()
      let did = isRestored ? "restored a backup" : "forgot the snapshots"
      try state.apply([.settled([], audit: [entry(did)])], pass: nil, at: now.instant)
    }
    if isRestored { try state.doubtWhatWasTold() }
    let found = repair.map { "the damaged file is kept as \($0.kept)" } ?? "\(path) is whole"
    Output.print(
      "\(found); the next pass reads every source anew\(isRestored ? ", and \(holds)" : "")\n")
    if let flaw = try state.auditFlaw() {
      Log.shared.error("the audit log is not whole: \(flaw)")
      return .historyFlawed
    }
    guard let lost = repair?.lostPromises, !lost.isEmpty else { return .done }
    Log.shared.error(
      "\(lost.joined(separator: ", ")) lost rows: who was told what is not known for all, so the"
        + " next pass \(holds)")
    return .cannotWriteState
  }

  /// Goes on from passes that ran while the clock was ahead.
  /// - Throws: `StateError`; `UsageProblem` where no pass lies in the future.
  static func bringBack(_ path: String, to now: Now) throws -> ExitStatus {
    guard path != ":memory:", StateFile.exists(at: path) else {
      throw UsageProblem("there is no state file \(path): no pass has run yet")
    }
    let lock = try PassLock(state: path, holder: RunCommand.holder())
    defer { withExtendedLifetime(lock) {} }
    let state = try StateFile(path: path, mode: .readWrite)
    defer { state.finish() }
    try vouch(for: state, at: now.instant)
    guard let newest = try state.newestPass(), newest > now.instant else {
      throw UsageProblem(
        "no pass in \(path) was at a time still to come; this machine's clock says \(now.instant)")
    }
    let passes = try state.bringBack(
      to: now, audit: entry("took passes of a wrong clock, up to \(newest), as of now"))
    Output.print(
      "\(counted(passes, "pass", "passes")) up to \(newest) taken as of \(now.instant); whoever"
        + " was told then counts as told now, and the next pass goes on from here\n")
    return .done
  }

  private static func salvage(_ path: String, _ now: Now) throws(StateError) -> StateRepair {
    let repair = try StateRepair.repair(path, at: now.instant) {
      entry("repaired the state", torn: $0.torn, saved: $0.saved)
    }
    for (table, rows) in repair.saved where rows > 0 || repair.torn.contains(table) {
      let torn = repair.torn.contains(table) ? ", and some could not be read" : ""
      Output.print("\(table): \(counted(rows, "row")) saved\(torn)\n")
    }
    return repair
  }

  private static let holds =
    "holds each message to a customer until you `approve` or `reject` it"

  private static func isWhole(_ path: String) -> Bool {
    guard let state = try? StateFile(path: path, mode: .readOnly) else { return false }
    return (try? state.flaws().isEmpty) ?? false
  }

  private static func entry(
    _ did: String,
    torn: [String] = [],
    saved: [(table: String, rows: Int)] = []
  ) -> AuditEntry {
    struct Body: Encodable {
      let did: String
      let who: String
      let torn: [String]
      let saved: [String: Int]
    }
    return AuditEntry(
      kind: .person,
      subject: "state",
      body: Output.json(
        Body(
          did: did, who: Person.name, torn: torn,
          saved: Dictionary(saved.map { ($0.table, $0.rows) }) { first, _ in first }),
        pretty: false)
    )
  }
}
