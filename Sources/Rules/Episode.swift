public import Receivables

/// For one rule, account and currency: from the crossing until the condition clears.
public struct Episode: Sendable, Equatable {
  /// Counts the episodes of this rule, account and currency from 1.
  public let number: Int
  public let rule: String
  public let account: AccountKey
  public let currency: Currency
  public let openedAt: Instant
  /// In the order of their numbers.
  public var alerts: [PastAlert]

  public init(
    number: Int,
    rule: String,
    account: AccountKey,
    currency: Currency,
    openedAt: Instant,
    alerts: [PastAlert] = []
  ) {
    self.number = inRange(number)
    self.rule = rule
    self.account = account
    self.currency = currency
    self.openedAt = openedAt
    self.alerts = alerts
  }
}

/// Whatever stands in a state, the next number can be counted.
private func inRange(_ count: Int) -> Int { min(max(count, 0), 1_000_000_000) }

/// An alert of an open episode, as the outbox knows it now.
public struct PastAlert: Sendable, Equatable {
  public enum Standing: String, Sendable, Equatable {
    /// No delivery has gone out yet, at least one may.
    case waiting
    /// At least one delivery was sent, or may have been.
    case sent
    /// Every delivery failed or was cancelled: as if it had not been.
    case failed
    /// A person dropped it: nobody was told, and it is not offered again before its window.
    case rejected
  }

  public let number: Int
  /// From 1.
  public let level: Int
  public let reason: Reason
  /// When it was decided; when its last delivery went out, if one did.
  public let at: Instant
  public let standing: Standing
  /// Whether a delivery may still go out, be others sent or not.
  public let isWaiting: Bool
  /// Of an alert that an event brought: the invoice that the event is about.
  public let documentID: String?

  public init(
    number: Int,
    level: Int,
    reason: Reason,
    at: Instant,
    standing: Standing,
    isWaiting: Bool? = nil,
    documentID: String? = nil
  ) {
    self.isWaiting = isWaiting ?? (standing == .waiting)
    self.documentID = documentID
    self.number = inRange(number)
    self.level = inRange(level)
    self.reason = reason
    self.at = at
    self.standing = standing
  }
}

/// Why an alert is sent.
public enum Reason: String, Sendable, Codable, CaseIterable {
  case crossed, escalated, persisting
  /// A silence for a promise to pay has ended, and what was promised is still open.
  case promiseBroken = "promise broken"
  case resolved
  /// Taken as alerted already, without a message: `baseline`.
  case baseline
}
