public import Receivables
public import Rules

/// One alert through one channel to one recipient.
public struct Delivery: Sendable, Equatable {
  public enum Status: String, Sendable, CaseIterable, Codable {
    case pending, held, sending, sent, failed, cancelled, suppressed, uncertain

    /// Whether it may still go out, or may have gone out.
    public var isOpen: Bool { self == .pending || self == .held || self == .sending }
  }

  /// Why a delivery is held.
  public enum Hold: String, Sendable, CaseIterable, Codable {
    /// Until `approve`.
    case approval
    /// No earlier pass has read the source, so whoever was told already is not known.
    case firstPass = "first pass"
    /// The pass would tell more customers than the limit allows.
    case limit
    /// Outside the hours; until `notBefore`.
    case hours
    /// The recipient was told enough today; until `notBefore`.
    case recipientDay = "recipient_day"
  }

  public let id: DeliveryID
  public let rule: String
  public let account: AccountKey
  public let accountName: String
  public let currency: Currency
  /// Of the account, where the rule takes it apart; empty for all of it.
  public let part: String
  public let episode: Int
  public let alertNumber: Int
  public let level: Int
  public let reason: Reason
  public let template: String
  public let channel: String
  public let audience: Audience
  /// Address, number, or the platform's own id; `nil` where the channel is the recipient.
  public let recipient: String?
  public let recipientName: String?
  public let createdAt: Instant
  public var status: Status
  public var hold: Hold?
  /// For people: why it is not sent, or what went wrong last.
  public var why: String
  /// Not to be tried before.
  public var notBefore: Instant?
  /// Since when it may go out: tries end so much later.
  public var readySince: Instant
  /// How often it was handed to the network.
  public var attempts: Int
  public var sentAt: Instant?
  /// The platform's id of the message.
  public var platformID: String?
  /// The message that carries it, once it was handed to the network.
  public var messageID: String?

  /// How `why` begins when a person dropped it: the name follows.
  public static let rejectedBy = "rejected by "

  public init(
    id: DeliveryID,
    rule: String,
    account: AccountKey,
    accountName: String,
    currency: Currency,
    part: String = "",
    episode: Int,
    alertNumber: Int,
    level: Int,
    reason: Reason,
    template: String,
    channel: String,
    audience: Audience,
    recipient: String?,
    recipientName: String?,
    createdAt: Instant,
    status: Status,
    hold: Hold? = nil,
    why: String = "",
    notBefore: Instant? = nil,
    readySince: Instant? = nil,
    attempts: Int = 0,
    sentAt: Instant? = nil,
    platformID: String? = nil,
    messageID: String? = nil
  ) {
    self.id = id
    self.rule = rule
    self.account = account
    self.accountName = accountName
    self.currency = currency
    self.part = part
    self.episode = episode
    self.alertNumber = alertNumber
    self.level = level
    self.reason = reason
    self.template = template
    self.channel = channel
    self.audience = audience
    self.recipient = recipient
    self.recipientName = recipientName
    self.createdAt = createdAt
    self.status = status
    self.hold = hold
    self.why = why
    self.notBefore = notBefore
    self.readySince = readySince ?? createdAt
    self.attempts = attempts
    self.sentAt = sentAt
    self.platformID = platformID
    self.messageID = messageID
  }
}

extension Delivery {
  /// Why a customer's message waits in the first pass.
  public static let firstPass = "no earlier pass has read the source"

  /// Why a message waits whose debt was gone and is back.
  public static let toldToday =
    "they were told less than a day ago, then the debt was gone, and it is back"

  /// Why a message waits that `mayHaveGone`.
  public static let inDoubt =
    "the state is a backup, was repaired or has lost writes: the message may have gone already"

  /// A colleague who is told twice comes to no harm.
  /// - Parameter sources: those of which it is not known who was told what.
  public func mayHaveGone(_ sources: Set<String>) -> Bool {
    audience == .customer && sources.contains(account.source)
  }

  public mutating func wait(forApproval why: String) { wait(.approval, why) }

  /// Waits until a person says otherwise.
  public mutating func wait(_ hold: Hold, _ why: String) {
    status = .held
    self.hold = hold
    notBefore = nil
    self.why = why
  }

  /// Waits for a person: a limit, an approval rule or the first pass holds it.
  public var waitsForPerson: Bool {
    switch hold {
    case .approval, .firstPass, .limit: true
    case .hours, .recipientDay, nil: false
    }
  }

  /// Back in the queue, as if it were new.
  public func queued(at now: Instant) -> Delivery {
    var delivery = self
    delivery.status = .pending
    delivery.hold = nil
    delivery.why = ""
    delivery.notBefore = nil
    delivery.readySince = now
    return delivery
  }
}
