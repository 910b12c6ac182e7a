public import Accounting
import Foundation
public import Receivables
public import State
public import Wire

/// What a poll of one source came to.
public struct PollOutcome: Sendable {
  public enum Status: Sendable, Equatable {
    case polled
    /// Nothing can have changed since the last pass.
    case unchanged
    case failed(SourceError)
    /// Another source was asked for.
    case skipped
  }

  public let name: String
  public let type: String
  public let status: Status
  /// The newest good one.
  public let snapshot: Snapshot
  /// Accounts of whom a document cannot be read: nothing is decided of them.
  public let leftOut: [LeftOut]
  /// Documents that are new, changed or gone.
  public let changed: Int
  /// Events that no pass has decided on yet, oldest first.
  public let events: [SourceEvent]
  public let usage: Usage
  public let notices: [String]
  /// Things that `ops` is to hear too, once a day.
  public var warnings: [Warning] = []
  /// Failed passes in a row, this one included.
  public var failures: Int

  /// Something about a source that was polled well, and that a person should look into.
  public struct Warning: Sendable, Equatable {
    /// The same each day, whatever figures the sentence has.
    public let kind: String
    public let sentence: String
  }

  public var isGood: Bool { status == .polled || status == .unchanged }

  /// Ids by source, of sources that were polled at some time.
  static func knownAccounts(_ outcomes: [PollOutcome]) -> [String: Set<String>] {
    var known: [String: Set<String>] = [:]
    for outcome in outcomes where outcome.isGood || !outcome.snapshot.accounts.isEmpty {
      let accounts = outcome.snapshot.accounts.values
      known[outcome.name] = Set(accounts.map(\.key.id)).union(accounts.compactMap(\.parent))
    }
    return known
  }

  /// How many accounts are left out.
  public var accountsLeftOut: Int { Set(leftOut.map(\.account)).count }
}

/// Step 1: the sources, side by side; each good one is written in a transaction of its own.
struct Poller: Sendable {
  let assembly: Assembly
  let state: StateFile
  let tokens: any TokenStore
  let transport: any Transport
  let options: PassOptions
  /// `nil`: preview, which writes nothing but rotated tokens.
  let pass: Int64?

  func poll() async throws(StateError) -> [PollOutcome] {
    let records = try state.sourceRecords()
    var results: [(Int, Result<PollOutcome, StateError>)] = []
    if options.isReplay {
      // One after the other: a replay is the same every time.
      for (index, source) in assembly.sources.enumerated() {
        results.append((index, await polled(source, records[source.name])))
      }
    } else {
      results = await withTaskGroup(of: (Int, Result<PollOutcome, StateError>).self) { group in
        for (index, source) in assembly.sources.enumerated() {
          group.addTask { (index, await polled(source, records[source.name])) }
        }
        var results: [(Int, Result<PollOutcome, StateError>)] = []
        for await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }
      }
    }
    var outcomes: [PollOutcome] = []
    for (_, result) in results { outcomes.append(try result.get()) }
    return outcomes
  }

  private func polled(
    _ source: Assembly.Source,
    _ record: SourceRecord?
  ) async -> Result<PollOutcome, StateError> {
    do throws(StateError) {
      return .success(try await poll(source, record: record))
    } catch {
      return .failure(error)
    }
  }

  private func poll(
    _ source: Assembly.Source,
    record: SourceRecord?
  ) async throws(StateError) -> PollOutcome {
    let old = try state.snapshot(of: source.name)
    let usage = UsageRecorder()
    func outcome(
      _ status: PollOutcome.Status,
      _ snapshot: Snapshot,
      leftOut: [LeftOut] = [],
      changed: Int = 0,
      events: [SourceEvent] = [],
      notices: [String] = [],
      failures: Int = 0
    ) -> PollOutcome {
      PollOutcome(
        name: source.name,
        type: source.traits.type,
        status: status,
        snapshot: snapshot,
        leftOut: leftOut,
        changed: changed,
        events: events,
        usage: usage.usage,
        notices: notices,
        failures: failures
      )
    }
    if let only = options.only, only != source.name { return outcome(.skipped, old) }
    var used = 0
    if source.policy.callsPerDay != nil {
      let midnight = options.now.zone.instant(of: options.now.today)
      used = try state.calls(
        to: source.name, since: midnight, until: options.now.instant)
    }
    var options = options
    options.deadline = options.pollingDeadline
    let session = source.session(
      over: transport,
      tokens: tokens,
      redactor: assembly.redactor,
      options: options,
      callsUsedToday: used,
      usage: usage
    )
    let last = StoredCursor(record?.cursor)
    let lastLeftOut = try state.leftOut(of: source.name)
    // What may be passed over no more has to be read again.
    let mustReread =
      !last.isCurrent || source.badDocuments == .fail && !lastLeftOut.isEmpty
    let isFull =
      !source.traits.isIncremental || mustReread
      || record?.fullSyncAt.map { source.fullSync.hasPassed(since: $0, at: options.now) } ?? true
    // A source that reads everything each time still learns what it read last, to see that nothing
    // changed.
    let isAnew = isFull && source.traits.isIncremental || mustReread
    let inbox = try state.inbox(of: source.name)
    let request = PollRequest(
      source: source.name,
      cursor: isAnew ? nil : last.text,
      knownAccounts: Set(old.accounts.keys),
      hints: Set(inbox.compactMap(Hint.init)),
      lastCursor: last.text,
      snapshot: old,
      badDocuments: source.badDocuments,
      now: options.now
    )
    let fetching = Task { await fetch(source, request, old, session) }
    switch await fetching.value(cancelledAfter: options.deadline.map { $0 - .now }) {
    case .failure(let raw):
      let error = raw.redacted(by: assembly.redactor)
      let failures = try saveFailure(of: source.name, error, record, usage.usage)
      return outcome(.failed(error), old, failures: failures)
    case .success((let result, let new, let touched, let told, let bad)):
      let leftOut = LeftOut.now(
        lastLeftOut, bad.map { $0.redacted(by: assembly.redactor) },
        read: result.isUnchanged ? [] : touched)
      let difference = new.changedItems(since: old, among: touched)
      let changed = difference.put.count + difference.dropped.count
      if let error = shrinkage(of: source, old, gone: difference.dropped.count) {
        let failures = try saveFailure(of: source.name, error, record, usage.usage)
        return outcome(.failed(error), old, failures: failures)
      }
      if let pass {
        try state.savePoll(
          old: old,
          new: result.isUnchanged ? nil : new,
          touched: touched,
          events: told,
          inbox: inbox.map(\.id),
          cursor: StoredCursor.stored(result.cursor),
          wasFull: isFull,
          pass: pass,
          at: options.now.instant,
          audit: AuditEntry(
            kind: .poll,
            subject: source.name,
            body: AuditBody.poll(
              status: result.isUnchanged ? "unchanged" : "polled",
              changed: changed,
              usage: usage.usage,
              leftOut: leftOut,
              why: nil
            )
          )
        )
      }
      var polled = outcome(
        result.isUnchanged ? .unchanged : .polled,
        new,
        leftOut: leftOut,
        changed: changed,
        events: try openEvents(of: source.name, and: told),
        notices: result.notices.map(assembly.redactor.redact)
          + (try currencyNotices(new, since: old, changed: difference.put))
      )
      if changed == 0, let warning = try staleness(of: source) { polled.warnings.append(warning) }
      return polled
    }
  }

  /// Once: of currencies that are new, and of all of them when no pass has gone by this config yet.
  private func currencyNotices(
    _ new: Snapshot,
    since old: Snapshot,
    changed: [String]
  ) throws(StateError) -> [String] {
    let notes = CurrencyNotes(assembly, new)
    if try state.newestConfig() != assembly.configWithoutSecrets { return notes.lines }
    return notes.lines(since: old, changed: changed)
  }

  private typealias Fetched = (
    PollResult, Snapshot, touched: Set<String>?, [SourceEvent], [BadDocument]
  )

  private func fetch(
    _ source: Assembly.Source,
    _ request: PollRequest,
    _ old: Snapshot,
    _ session: Session
  ) async -> Result<Fetched, SourceError> {
    let builder = SnapshotBuilder(old)
    do throws(SourceError) {
      let result = try await source.adapter.poll(request, over: session) { changes in
        await builder.apply(changes)
      }
      let (events, bad) = (await builder.events, await builder.unreadable)
      if result.isUnchanged { return .success((result, old, [], events, bad)) }
      let touched = result.isComplete ? nil : await builder.touched
      let new = await builder.finish(isComplete: result.isComplete)
      return .success((result, new, touched, events, bad))
    } catch {
      return .failure(error)
    }
  }

  /// A preview stores none, so those that were just told stand beside those that are stored.
  private func openEvents(
    of source: String,
    and told: [SourceEvent]
  ) throws(StateError) -> [SourceEvent] {
    let stored = try state.openEvents(of: source)
    if pass != nil || told.isEmpty { return stored }
    let known = try state.knownEvents(of: source, among: told.map(\.id))
    return (stored + told.filter { !known.contains($0.id) })
      .sorted { ($0.occurredAt, $0.id) < ($1.occurredAt, $1.id) }
  }

  private func saveFailure(
    of name: String,
    _ error: SourceError,
    _ record: SourceRecord?,
    _ usage: Usage
  ) throws(StateError) -> Int {
    guard let pass else { return (record?.failures ?? 0) + 1 }
    let why = error.description
    return try state.savePollFailure(
      of: name,
      why: why,
      pass: pass,
      at: options.now.instant,
      audit: AuditEntry(
        kind: .poll,
        subject: name,
        body: AuditBody.poll(status: "failed", changed: 0, usage: usage, why: why)
      )
    )
  }
}

extension Hint {
  fileprivate init?(_ entry: InboxEntry) {
    guard let kind = Kind(rawValue: entry.kind) else { return nil }
    self.init(kind, id: entry.documentID)
  }
}
