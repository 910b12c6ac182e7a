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
          source,
          wasPolled: record?.polledAt != nil,
          try state.snapshot(of: source.name),
          try state.openEvents(of: source.name),
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
          source,
          wasPolled: polled.contains(source.name),
          try state.snapshot(of: source.name, seenBy: pass),
          leftOut: try state.leftOut(of: source.name, seenBy: pass),
          try state.events(of: source.name, decidedBy: pass)
        )
      )
    }
    return outcomes
  }

  private init(
    _ source: Assembly.Source,
    wasPolled: Bool,
    _ snapshot: Snapshot,
    leftOut: [LeftOut] = [],
    _ events: [SourceEvent],
    failures: Int = 0
  ) {
    self.init(
      name: source.name,
      type: source.traits.type,
      status: wasPolled ? .unchanged : .skipped,
      snapshot: snapshot,
      leftOut: leftOut,
      changed: 0,
      events: events,
      usage: Usage(),
      notices: [],
      failures: failures
    )
  }
}
