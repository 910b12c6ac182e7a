import Accounting
public import Receivables
public import State
import Wire

extension PassRunner {
  /// What accounts owe by the newest good polls, without asking anybody anew.
  /// - Throws: `StateError`; `SourceError` when the directory is not there or malformed.
  public static func storedFacts(
    _ assembly: Assembly,
    _ state: StateFile,
    _ now: Now
  ) async throws -> [Facts] {
    let directory = try await assembly.directory(over: LocalTransport())
    return Ledger(
      try PollOutcome.stored(assembly, state),
      assembly: assembly,
      directory: directory,
      terms: try state.termsRecords(),
      expecting: [],
      today: now.today
    ).facts
  }
}

extension PollOutcome {
  /// The last good snapshots as if nothing had changed since; of a source that was never polled
  /// well there is none.
  static func stored(
    _ assembly: Assembly,
    _ state: StateFile
  ) throws(StateError) -> [PollOutcome] {
    let records = try state.sourceRecords()
    var outcomes: [PollOutcome] = []
    for source in assembly.sources {
      let record = records[source.name]
      outcomes.append(
        PollOutcome(
          name: source.name,
          type: source.traits.type,
          status: record?.polledAt == nil ? .skipped : .unchanged,
          snapshot: try state.snapshot(of: source.name),
          changed: 0,
          events: try state.openEvents(of: source.name),
          usage: Usage(),
          notices: [],
          failures: record?.failures ?? 0
        )
      )
    }
    return outcomes
  }

  /// The sources as a stored pass saw them.
  static func stored(
    _ assembly: Assembly,
    _ state: StateFile,
    seenBy pass: Int64
  ) throws(StateError) -> [PollOutcome] {
    let polled = try state.sourcesPolled(by: pass)
    var outcomes: [PollOutcome] = []
    for source in assembly.sources {
      outcomes.append(
        PollOutcome(
          name: source.name,
          type: source.traits.type,
          status: polled.contains(source.name) ? .unchanged : .skipped,
          snapshot: try state.snapshot(of: source.name, seenBy: pass),
          changed: 0,
          events: try state.events(of: source.name, decidedBy: pass),
          usage: Usage(),
          notices: [],
          failures: 0
        )
      )
    }
    return outcomes
  }
}
