import Channels
import Configuration
import Messages
import Outbox
import Receivables
import State
import Wire

/// Tells the people of `ops` what they have to see to, after all else is done: one message a pass
/// through each of their channels. Not through the outbox: nothing is promised here, and what is
/// not told now is told by the next pass.
struct Ops: Sendable {
  let assembly: Assembly
  let state: StateFile
  let tokens: any TokenStore
  let transport: any Transport
  let options: PassOptions
  let stopper: Stopper
  let incidents: Incidents
  /// The newest entry of the log before the pass: a channel that is new to ops is not told what
  /// happened long ago.
  let logBefore: Int64

  /// No channel keeps a pass from its end for longer, however many people it tells.
  private static let longest = Duration.seconds(20)

  private struct Told: Sendable {
    let channel: String
    let note: OpsNote
    /// Whether anybody was, or there was nothing to tell.
    var isTold = false
    var problems: [String] = []
    var verdict = Verdict.done
  }

  /// Sends what is to be told, and says in the report what came of it.
  /// - Throws: `StateError` when what was told cannot be kept.
  func tell(_ report: inout PassReport) async throws(StateError) {
    if assembly.setup.monitoring.ops.isEmpty { return }
    let pass = report.pass ?? 0
    let entry = try state.newestAuditEntry()
    var all: [(String, OpsNote)] = []
    for (name, note) in try notes(of: report) {
      var note = note
      note.markLog(readTo: entry)
      all.append((name, note))
    }
    let overtime = Overtime(deadline: options.deadline, stopper: stopper)
    let end = ContinuousClock.now + overtime.left(of: Self.longest)
    let results = await withTaskGroup(of: Told.self) { group in
      for (name, note) in all {
        group.addTask { await send(note, through: name, pass: pass, until: end) }
      }
      var results: [Told] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.channel < $1.channel }
    }
    for result in results {
      report.notices += result.problems
      report.verdict = report.verdict.orWorse(result.verdict)
      // One who was told is enough: with one bad address of several, the others would be told in
      // every pass.
      if !result.isTold {
        try state.saveOpsTold(result.note.untold(from: logBefore), forgetting: [])
        continue
      }
      try state.saveOpsTold(result.note.told, forgetting: result.note.forgotten)
      let count = result.note.lines.count
      if count > 0 { report.told.append("\(result.channel) of \(count)") }
    }
    if let missing = incidents.missingRecording, !report.notices.contains(missing) {
      report.notices.append(missing)
      report.verdict = report.verdict.orWorse(.badInput)
    }
  }

  /// What a pass would tell, for a preview.
  func foretell(_ report: inout PassReport) throws(StateError) {
    for (name, note) in try notes(of: report) where !note.lines.isEmpty {
      let shown = note.lines.prefix(20).map { "\(name): ops would be told: \($0)" }
      let rest = note.lines.count - shown.count
      report.notices += shown + (rest > 0 ? ["\(name): ops would be told \(rest) more"] : [])
    }
  }

  private func notes(of report: PassReport) throws(StateError) -> [(String, OpsNote)] {
    let before = try state.opsTold()
    var notes: [(String, OpsNote)] = []
    for use in assembly.setup.monitoring.ops {
      let place = before[OpsNote.place(of: use.name)] ?? logBefore
      let note = OpsNote(
        to: use.name,
        of: report,
        before: before,
        troubles: try state.troubles(after: place),
        incidents: incidents,
        redactor: assembly.redactor
      )
      notes.append((use.name, note))
    }
    return notes
  }

  private func send(
    _ note: OpsNote,
    through name: String,
    pass: Int64,
    until end: ContinuousClock.Instant
  ) async -> Told {
    var told = Told(channel: name, note: note)
    guard !note.lines.isEmpty, let channel = assembly.channels[name] else {
      told.isTold = true
      return told
    }
    // Of what the pass does; who hears of it has a measure of its own.
    var options = options
    options.deadline = nil
    let session = channel.session(
      over: transport, tokens: tokens, redactor: assembly.redactor, options: options)
    let recipients = channel.profile.to.isEmpty ? [nil] : channel.profile.to.map(Optional.some)
    for recipient in recipients {
      let message = channel.opsMessage(
        note.lines,
        to: recipient,
        organisation: assembly.setup.organisation,
        pass: pass,
        now: options.now
      )
      let why: String
      switch await send(message, through: channel, over: session, until: end) {
      case .accepted:
        told.isTold = true
        continue
      case .notAccepted(_, let text), .unknown(let text), .refused(_, let text):
        why = text
        told.verdict = told.verdict.orWorse(.partly)
      case .signInNeeded(let text):
        why = text
        told.verdict = .signInNeeded
      }
      let whom = recipient.map { " (\($0))" } ?? ""
      told.problems.append(
        "\(name): ops could not be told\(whom): \(assembly.redactor.redact(why))"
      )
    }
    return told
  }

  private func send(
    _ message: Message,
    through channel: Assembly.Channel,
    over session: Session,
    until end: ContinuousClock.Instant
  ) async -> Outcome {
    await Task { await channel.adapter.send(message, over: session) }
      .value(cancelledAfter: options.isReplay ? nil : end - .now)
  }
}
