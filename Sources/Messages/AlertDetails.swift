public import Receivables

/// What a decision knows of an alert and the facts do not.
public struct AlertDetails: Sendable, Hashable {
  public var rule: String
  /// What the balance was compared with, where the rule compares one.
  public var threshold: Money?
  /// From 1.
  public var level: Int
  public var alertNumber: Int
  /// `crossed`, `persisting`, `escalated`, `promise broken`, `resolved`, or an event's type.
  public var reason: String
  public var previousAlertDate: Day?
  /// What a promise that was broken was about, and for when.
  public var promisedAmount: Money?
  public var promisedDate: Day?
  public var template: String
  public var deliveryID: String
  /// A customer reads the language of the account; owners and the team read the organisation's.
  public var audience: Audience
  /// The owner's key in the config, then what stands there.
  public var owner: String?
  public var ownerName: String?
  public var ownerEmail: String?

  public init(
    rule: String,
    threshold: Money? = nil,
    level: Int,
    alertNumber: Int,
    reason: String,
    previousAlertDate: Day? = nil,
    template: String,
    deliveryID: String,
    audience: Audience = .customer,
    owner: String? = nil,
    ownerName: String? = nil,
    ownerEmail: String? = nil,
    promisedAmount: Money? = nil,
    promisedDate: Day? = nil
  ) {
    self.rule = rule
    self.threshold = threshold
    self.level = level
    self.alertNumber = alertNumber
    self.reason = reason
    self.previousAlertDate = previousAlertDate
    self.template = template
    self.deliveryID = deliveryID
    self.audience = audience
    self.owner = owner
    self.ownerName = ownerName
    self.ownerEmail = ownerEmail
    self.promisedAmount = promisedAmount
    self.promisedDate = promisedDate
  }
}
