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

/// A platform on which a record belongs to one of the organisation's own people.
public protocol AssigningChannel: RecordChannel {
  /// `check --online`: which of these people the platform does not know, and what to change. Who
  /// has no id in the config is not looked for. Changes nothing.
  func inspect(_ people: [Assignee], over session: Session) async -> [Finding]
}

/// An account manager as the config has it.
public struct Assignee: Sendable, Equatable {
  /// The key under `owners`.
  public let key: String
  public let name: String
  /// The platform's own id of the person.
  public let id: String?
  public let email: String?

  public init(key: String, name: String, id: String?, email: String?) {
    self.key = key
    self.name = name
    self.id = id
    self.email = email
  }
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

  /// The same for platforms that have no field for it: a word that stands in the record's own text,
  /// in letters that no editor changes.
  var recordMarker: String {
    "balancealert:" + percentEncoded(recordKey).replacing("%3A", with: ":")
  }
}

/// For values: without what could make the record of one debt look like that of another.
func withoutMarker(_ text: String) -> String {
  var text = text
  while text.contains("balancealert:") { text = text.replacing("balancealert:", with: "") }
  return text
}
