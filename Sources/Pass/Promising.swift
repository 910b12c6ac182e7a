import Outbox
import Receivables
import Rules
import State

extension Prepared {
  /// Step 5, as one value: all that the pass promises before anything is sent, and what of it is
  /// new to the state and to the audit log.
  func promises(over state: StateFile) throws(StateError) -> Promises {
    let known = try state.decisionRecords()
    var changed: [(key: EpisodeKey, record: DecisionRecord)] = []
    var audit: [AuditEntry] = []
    for entry in plan.entries {
      let decision = entry.decision
      let key = EpisodeKey(decision)
      let record = DecisionRecord(
        step: Self.standing(of: entry),
        why: decision.why,
        suppressed: entry.suppressed,
        nextDate: decision.nextDate
      )
      guard known[key] != record else { continue }
      changed.append((key, record))
      if let alert = decision.alert, entry.suppressed == nil {
        audit.append(
          AuditEntry(
            kind: .alert,
            subject: key.account.description,
            body: AuditBody.alert(decision, alert, entry.deliveries)
          )
        )
      } else if decision.step != .outside || known[key] != nil,
        known[key].map({ Self.audited($0.step) }) != Self.audited(record.step)
          || known[key]?.suppressed != record.suppressed
      {
        // A changed wording (a day more overdue) is kept for `explain`; the log has what changed.
        audit.append(
          AuditEntry(
            kind: .decision,
            subject: key.account.description,
            body: AuditBody.decision(decision, suppressed: entry.suppressed)
          )
        )
      }
    }
    let before = Dictionary(uniqueKeysWithValues: earlier.map { ($0.id, $0) })
    let judged = queue.filter { delivery in
      before[delivery.id].map { $0 != delivery } ?? false
    }
    return Promises(
      plan: plan,
      orphans: orphans,
      config: inputs.config,
      directory: inputs.directory,
      // Taken as told are balances; what happened is still to be told.
      events: isBaseline
        ? []
        : outcomes.filter(\.isGood).flatMap { outcome in
          outcome.events.map { EventKey(source: outcome.name, id: $0.id) }
            .filter { !ledger.waiting.contains($0) }
        },
      terms: ledger.changedTerms,
      decisions: changed,
      judged: judged,
      audit: audit
        + judged.map {
          AuditEntry(
            kind: .delivery,
            subject: $0.id.text,
            body: AuditBody.delivery($0, digest: nil)
          )
        }
    )
  }

  /// Whether there is an episode: an alert has an entry of its own.
  private static func audited(_ step: String) -> String {
    switch step.prefix(while: { $0 != " " }) {
    case "open", "stay": "open"
    case "close": "closed"
    default: "none"
    }
  }

  /// What is stored anew when it changes: the step, and for an alert its reason.
  private static func standing(of entry: Plan.Entry) -> String {
    entry.decision.alert.map {
      "\(entry.decision.step.rawValue) \($0.reason.rawValue) \($0.number)"
    }
      ?? entry.decision.step.rawValue
  }
}
