public import Receivables

/// What one rule makes of one account in one currency now, with its working. `explain`, `preview`,
/// the audit log and the tests all read this value.
public struct Decision: Sendable, Equatable {
  /// What becomes of the episode.
  public enum Step: String, Sendable, Equatable, Codable {
    /// There is none, and none opens.
    case none
    case open
    case stay
    case close
    /// The rule is not about this account or currency.
    case outside
  }

  public let rule: String
  public let facts: Facts
  /// The episode before this decision.
  public let episode: Episode?
  public let step: Step
  /// The alert that is due now, if any.
  public let alert: AlertPlan?
  public let checks: [Check]
  /// One sentence for people.
  public let why: String
  /// When this may change by the calendar alone.
  public let nextDate: Day?
  /// What the customer had promised to pay, and has not.
  public let promise: BrokenPromise?

  /// The conditions as a sentence.
  var working: String { checks.map(\.sentence).joined(separator: ", ") }
  /// `why` of an alert that `baseline` takes as told.
  public var whyAdopted: String { "taken as alerted: \(working)" }

  public var account: AccountKey { facts.account.key }
  public var currency: Currency { facts.currency }
  /// Of the account, where the rule takes it apart; empty for all of it.
  public var part: String { facts.part }
}

/// An alert that is due.
public struct AlertPlan: Sendable, Equatable {
  public let number: Int
  /// From 1.
  public let level: Int
  public let reason: Reason
  public let notice: Rule.Notice
  public let needsApproval: Bool
  /// When the account was last alerted in this episode.
  public let previousAlertAt: Instant?
  /// What brought it, for a rule that is `on` events.
  public var event: SourceEvent?
}
