public import Outbox
import Rules

/// All that a pass promises, for one transaction.
public struct Promises: Sendable {
  public var plan: Plan
  /// Open episodes whose rule is gone: they close, and nothing of them goes out any more.
  public var orphans: [EpisodeKey]
  /// Events that this pass has decided on, whatever came of it.
  public var events: [EventKey]
  /// Terms that are new or changed.
  public var terms: [TermsRecord]
  /// Decisions that differ from the stored ones.
  public var decisions: [(key: EpisodeKey, record: DecisionRecord)]
  /// Deliveries of earlier passes that were released, or are no longer true.
  public var judged: [Delivery]
  public var audit: [AuditEntry]
  /// What the pass read, so that it can be evaluated again; without secrets.
  public var config: String?
  public var directory: String?

  public init(
    plan: Plan,
    orphans: [EpisodeKey],
    config: String? = nil,
    directory: String? = nil,
    events: [EventKey] = [],
    terms: [TermsRecord],
    decisions: [(key: EpisodeKey, record: DecisionRecord)],
    judged: [Delivery],
    audit: [AuditEntry]
  ) {
    self.plan = plan
    self.orphans = orphans
    self.events = events
    self.terms = terms
    self.decisions = decisions
    self.judged = judged
    self.audit = audit
    self.config = config
    self.directory = directory
  }
}

/// One change to deliveries while they are dispatched.
public enum OutboxWrite: Sendable {
  /// Becomes `sending`, with the message as it goes to the network.
  case handedOver([Delivery], messageID: String, body: String)
  /// An outcome, or a change of status without one.
  case settled([Delivery], audit: [AuditEntry])
  case badAddress(BadAddress, optedOut: Bool, why: String)
  /// The recipient does not want messages of that kind of channel.
  case optedOut(kind: String, address: String, why: String, audit: AuditEntry)
  /// A person wants it tried again.
  case goodAddress(BadAddress, kind: String?)
  /// In place of a delivery whose address proved bad: the same alert through another channel.
  case replaced(DeliveryID, by: [Delivery], audit: [AuditEntry])
  /// A digest was sent: what it said, and what it need not say again.
  case digestSaid([DigestLine], forget: [DigestLine])

  var isHandover: Bool { if case .handedOver = self { true } else { false } }
}
