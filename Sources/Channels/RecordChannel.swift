public import Messages
public import Outbox
public import Wire

/// A platform on which one debt is one record (a card, a task, a customer's fields): created once,
/// then changed as the debt grows, escalates or clears. A message with the reason `resolved` closes
/// it; where there is none, there is nothing to close, and that is a success.
public protocol RecordChannel: Channel {
  /// The record's page, for people.
  /// - Parameter id: what `accepted(id:)` said.
  /// - Returns: `nil` where the platform has none, or it cannot be known from the id.
  func recordURL(of id: String) -> String?

  /// What the record shows of an alert: while it is the same, `sync: every_change` has nothing to
  /// bring up to date. The default is `nil`: everything counts.
  func shown(of alert: AlertContent) -> String?
}

extension RecordChannel {
  public func recordURL(of id: String) -> String? { nil }
  public func shown(of alert: AlertContent) -> String? { nil }
}

/// A channel whose platform takes many messages in one call.
public protocol BatchChannel: Channel {
  /// The most that one call takes, with these settings; 1 where each goes by itself.
  var batchSize: Int { get }

  /// Sends them, each once.
  /// - Returns: an outcome for each, in the order of the messages.
  func send(_ messages: [Message], over session: Session) async -> [Outcome]
}

extension BatchChannel {
  public func send(_ message: Message, over session: Session) async -> Outcome {
    await send([message], over: session).first ?? .unknown(why: "no outcome was reported for it")
  }
}

extension AlertContent {
  /// The reason of a message that only brings a record up to date.
  public static let changed = "changed"

  /// Whether the message only brings a record up to date (`sync: every_change`): no alert was
  /// decided, so nothing is created, commented, moved or closed, no alert key is written, and where
  /// there is no record there is nothing to do.
  public var isSync: Bool { reason == Self.changed }

  /// Names the debt, not the alert: the same for every rule, level and pass. Platforms find the
  /// record by it.
  public var recordKey: String { "\(source):\(accountID):\(currency)" }
}
