import Receivables
import Rules

/// One account under one rule, day by day: plays the part of the pass around the evaluator.
struct Timeline {
  /// What becomes of an alert once it is decided.
  enum Dispatch: String, CaseIterable {
    /// At least one delivery went out at once.
    case sent
    /// Every delivery failed for good.
    case failed
    /// It stands in the outbox: held, or to be tried again.
    case waiting
    /// Nothing of it may go out: nothing is kept.
    case suppressed
  }

  let rule: Rule
  private(set) var episode: Episode?
  private(set) var lastEpisode = 0

  init(_ rule: Rule) { self.rule = rule }

  /// One pass.
  mutating func pass(_ facts: Facts, at now: Now, _ dispatch: Dispatch = .sent) throws -> Decision {
    let decision = try Evaluator.decide(rule, facts, episode: episode, now: now)
    switch decision.step {
    case .none, .outside: break
    case .open:
      lastEpisode += 1
      episode = Episode(
        number: lastEpisode,
        rule: rule.name,
        account: facts.account.key,
        currency: facts.currency,
        openedAt: now.instant
      )
    case .stay: break
    case .close: episode = nil
    }
    guard let alert = decision.alert, alert.reason != .resolved,
      let standing = PastAlert.Standing(dispatch)
    else { return decision }
    episode?.alerts.append(
      PastAlert(
        number: alert.number,
        level: alert.level,
        reason: alert.reason,
        at: now.instant,
        standing: standing
      )
    )
    return decision
  }

  /// What became of an alert that was waiting.
  mutating func settle(_ standing: PastAlert.Standing, at instant: Instant) {
    guard let last = episode?.alerts.last, last.standing == .waiting else { return }
    episode?.alerts.removeLast()
    episode?.alerts.append(
      PastAlert(
        number: last.number,
        level: last.level,
        reason: last.reason,
        at: standing == .sent ? instant : last.at,
        standing: standing
      )
    )
  }
}

extension PastAlert.Standing {
  fileprivate init?(_ dispatch: Timeline.Dispatch) {
    switch dispatch {
    case .sent: self = .sent
    case .failed: self = .failed
    case .waiting: self = .waiting
    case .suppressed: return nil
    }
  }
}
