import Accounting
import Configuration
import Outbox
import Receivables
public import State
public import Wire

/// One pass, in its seven steps. `preview` takes the first four.
public struct PassRunner: Sendable {
  private let assembly: Assembly
  private let state: StateFile
  private let transport: any Transport
  private let options: PassOptions
  private let stopper: Stopper
  private let tokens: any TokenStore
  private let incidents = Incidents()

  /// - Parameter transport: the network, or recordings of it.
  public init(
    _ assembly: Assembly,
    state: StateFile,
    transport: any Transport,
    options: PassOptions,
    stopper: Stopper = Stopper()
  ) {
    self.assembly = assembly
    self.state = state
    self.transport = ReplayWatch(next: transport, incidents: incidents)
    self.options = options
    self.stopper = stopper
    tokens = assembly.tokens(isReplay: options.isReplay)
  }

  /// What a pass would do now. Its one write is a rotated token.
  /// - Throws: `StateError`; `SourceError` when the directory is malformed.
  public func preview() async throws -> PassReport {
    let began = ContinuousClock.now
    let isFirst = try state.newestPass() == nil
    let prepared = try await prepare(pass: nil)
    var report = try report(prepared, prepared.queue, pass: nil, isFirst: isFirst, began: began)
    try ops(logBefore: state.newestAuditEntry()).foretell(&report)
    return report
  }

  /// The pass itself.
  /// - Throws: `StateError`: nothing more is sent once the state cannot be written. `SourceError`
  ///   when the directory is malformed: whom not to contact is not known then.
  public func run() async throws -> PassReport {
    let began = ContinuousClock.now
    let isFirst = try state.newestPass() == nil
    let logBefore = try state.newestAuditEntry()
    let pass = try state.beginPass(at: options.now.instant)
    options.began?(pass)
    let work = Task { try await perform(pass, isFirst: isFirst, began: began) }
    stopper.whenUrgent { work.cancel() }
    let alarm = options.deadline.map { deadline in
      Task {
        // Cancelled when the pass is done sooner.
        guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
        stopper.stop(because: "the deadline came")
        work.cancel()
      }
    }
    defer { alarm?.cancel() }
    var done = try await work.value
    try await ops(logBefore: logBefore).tell(&done)
    try MetricsFile(assembly, options).record(&done, state)
    try state.finishPass(
      pass,
      exitCode: done.verdict.rawValue,
      summary: AuditBody.pass(done),
      at: options.now.instant
    )
    return done
  }

  private func perform(
    _ pass: Int64,
    isFirst: Bool,
    began: ContinuousClock.Instant
  ) async throws -> PassReport {
    let prepared = try await prepare(pass: pass)
    try state.commit(prepared.promises(over: state), pass: pass, at: options.now.instant)
    let deliveries = try await Dispatcher(
      assembly: assembly,
      prepared: prepared,
      state: state,
      writer: OutboxWriter(state, pass: pass, now: options.now.instant),
      tokens: tokens,
      transport: transport,
      options: options,
      stopper: stopper,
      incidents: incidents
    ).dispatch()
    if prepared.isBaseline {
      return try report(prepared, [], pass: pass, isFirst: isFirst, began: began)
    }
    let stale = try await RecordSync(
      assembly: assembly,
      prepared: prepared,
      state: state,
      tokens: tokens,
      transport: transport,
      options: options,
      stopper: stopper
    ).run(after: deliveries)
    return try report(
      prepared, deliveries, pass: pass, isFirst: isFirst, began: began, stale: stale)
  }

  private func ops(logBefore: Int64) -> Ops {
    Ops(
      assembly: assembly,
      state: state,
      tokens: tokens,
      transport: transport,
      options: options,
      stopper: stopper,
      incidents: incidents,
      logBefore: logBefore
    )
  }

  // Steps 1 to 4.
  private func prepare(pass: Int64?) async throws -> Prepared {
    let directory = try await assembly.directory(over: transport)
    options.progress?("polling \(assembly.sources.map(\.name).joined(separator: ", "))")
    let outcomes = try await Poller(
      assembly: assembly,
      state: state,
      tokens: tokens,
      transport: transport,
      options: options,
      pass: pass
    ).poll()
    options.progress?("deciding")
    let prepared = try Prepared(
      outcomes,
      assembly: assembly,
      directory: directory,
      state: state,
      options: options
    )
    try prepared.checkInvariants(assembly.setup, now: options.now)
    return prepared
  }

  // Step 7.
  private func report(
    _ prepared: Prepared,
    _ deliveries: [Delivery],
    pass: Int64?,
    isFirst: Bool,
    began: ContinuousClock.Instant,
    stale: [String] = []
  ) throws(StateError) -> PassReport {
    let suppressed = prepared.plan.entries.flatMap { entry in
      entry.deliveries.filter { $0.status == .suppressed && entry.suppressed != nil }
    }
    var notices = assembly.warnings + prepared.notices
    for outcome in prepared.outcomes {
      notices += outcome.notices.map { "\(outcome.name): \($0)" }
      notices += outcome.warnings.map { "\(outcome.name): \($0.sentence)" }
    }
    let known = Set(deliveries.map(\.id))
    let lingering = try state.uncertainDeliveries().filter { !known.contains($0.id) }
    let waiting = waiting(deliveries, lingering)
    notices += stale
    // The first one in full: it says which exchange to record, and its likes are many.
    if let missing = incidents.missingRecording { notices.append(missing) }
    let elapsed = (ContinuousClock.now - began).components
    return PassReport(
      now: options.now,
      pass: pass,
      prepared: prepared,
      // A preview shows what earlier passes left uncertain, since a person has to settle it.
      deliveries: prepared.plan.inItsOrder(pass == nil ? deliveries + lingering : deliveries)
        + suppressed,
      builder: MessageBuilder(assembly: assembly, prepared: prepared),
      aging: assembly.setup.aging,
      notices: notices,
      waiting: waiting,
      stopped: stopper.why,
      milliseconds: elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000,
      verdict: verdict(
        prepared, deliveries, isPreview: pass == nil, isLeft: !stale.isEmpty || !waiting.isEmpty),
      isFirstPass: isFirst
    )
  }

  /// What waits for a person, of this pass and of earlier ones.
  private func waiting(_ deliveries: [Delivery], _ lingering: [Delivery]) -> [Waiting] {
    Waiting.all(deliveries, lingering: lingering, lost: state.lost) { delivery in
      let day = options.now.zone.day(of: delivery.createdAt)
      return "\(delivery.accountName), \(delivery.channel), \(day)"
        + " (\(delivery.id.text.prefix(8)))"
    }
  }

  /// The worst one that needs a person wins (README, "Exit codes").
  private func verdict(
    _ prepared: Prepared,
    _ deliveries: [Delivery],
    isPreview: Bool,
    isLeft: Bool
  ) -> Verdict {
    let asked = prepared.outcomes.filter { $0.status != .skipped }
    let errors = asked.compactMap { outcome -> SourceError? in
      if case .failed(let error) = outcome.status { return error }
      return nil
    }
    if errors.contains(where: \.isMisconfigured) || !assembly.setup.holidayProblems.isEmpty {
      return .badConfig
    }
    if errors.contains(where: \.needsSignIn) || incidents.needsSignIn { return .signInNeeded }
    if incidents.missingRecording != nil { return .badInput }
    if !errors.isEmpty, errors.count == asked.count {
      // A file or a fixture can be mended by whoever runs the pass; a platform's answer cannot.
      let source = assembly.sources.first { $0.name == asked[0].name }
      let isOurs = options.isReplay || source.map { type(of: $0.adapter).isOwn } ?? false
      return asked.count == 1 && errors[0].isBadData && isOurs ? .badInput : .noSourcePolled
    }
    if prepared.flaws > 0 || prepared.leavesOut { return .badInput }
    if !errors.isEmpty { return .partly }
    if isPreview { return .done }
    let waits = deliveries.contains {
      $0.status == .pending || $0.status == .sending || $0.status == .uncertain
    }
    let isCut = prepared.planOutcome.map { !$0.changed.isEmpty || !$0.new.isEmpty } ?? false
    return waits || isCut || isLeft || stopper.why != nil ? .partly : .done
  }
}

extension SourceError {
  fileprivate var needsSignIn: Bool { if case .signInNeeded = self { true } else { false } }
  fileprivate var isMisconfigured: Bool { if case .misconfigured = self { true } else { false } }
  fileprivate var isBadData: Bool { if case .badData = self { true } else { false } }
}
