public import Receivables
public import Settings
public import Wire

/// An accounting system that is polled.
public protocol AccountingSource: Sendable {
  static var traits: SourceTraits { get }

  /// Asks the reader for the platform's own keys. Keys common to all sources (`timeout`,
  /// `rate_limit`, `max_concurrency`, `retries`, `roll_up`, `credits`, `full_sync`, `budget`,
  /// `auth`, `token_url`, `webhook_secret`) are read by the frame. Does not throw. A source with a
  /// sign-in must come out usable for `organisations` where its organisation key is missing.
  init(settings: inout SettingsReader)

  /// Whether it is a file of this machine, which can be looked at without asking anybody.
  var readsFile: Bool { get }

  /// Whether what it reads is the user's own to mend, and no platform's answer: a file, or what a
  /// program prints.
  static var isOwn: Bool { get }

  /// Types of events that its polls tell, and rules may be `on`.
  var events: [String] { get }

  /// Polls once. With a cursor: what changed since. Without: everything, and whatever is not
  /// emitted is gone.
  /// - Parameters:
  ///   - request: the cursor and what is known already.
  ///   - emit: called with changes as pages come; it gives back-pressure. Changes of one call are
  ///     applied in order. Nothing is kept if `poll` throws later.
  /// - Throws: `SourceError` naming document and field.
  func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult

  /// `check --online`: signs in and looks around. Writes nothing anywhere.
  /// - Throws: `SourceError`, as a poll would.
  func inspect(over session: Session, now: Now) async throws(SourceError) -> Inspection
}

extension AccountingSource {
  public var events: [String] { Self.traits.events }
  public var readsFile: Bool { false }
  public static var isOwn: Bool { false }
}

/// What a poll starts from.
public struct PollRequest: Sendable {
  /// The source's name in the config: the `source` of every account key.
  public let source: String
  /// What the last good poll returned; `nil` asks for a full sync.
  public let cursor: String?
  /// The same where a full sync is asked for all the same: a platform with events tells those that
  /// happened since, which are in no full read.
  public let lastCursor: String?
  /// The accounts in the snapshot, so that only new ones need be fetched.
  public let knownAccounts: Set<String>
  /// The last good snapshot: what has no list of its own at the platform must be asked for again,
  /// one by one, by a full sync too. Costs nothing to hand over.
  public let snapshot: Snapshot
  /// What webhooks named since the last good poll. A delta reads each of these documents too, by
  /// its id where it would not come anyway; a full sync need not.
  public let hints: Set<Hint>
  public let badDocuments: BadDocuments
  public let now: Now

  public init(
    source: String,
    cursor: String?,
    knownAccounts: Set<String>,
    hints: Set<Hint> = [],
    lastCursor: String? = nil,
    snapshot: Snapshot? = nil,
    badDocuments: BadDocuments = .fail,
    now: Now
  ) {
    self.source = source
    self.cursor = cursor
    self.lastCursor = lastCursor ?? cursor
    self.knownAccounts = knownAccounts
    self.hints = hints
    self.snapshot = snapshot ?? Snapshot(source: source)
    self.badDocuments = badDocuments
    self.now = now
  }
}

public struct PollResult: Sendable, Equatable {
  /// For the next poll; opaque to everyone else, at most a few kilobytes.
  public let cursor: String?
  /// Whether everything was emitted (a full sync), so that what was not is gone.
  public let isComplete: Bool
  /// Nothing was emitted because nothing can have changed since the cursor.
  public let isUnchanged: Bool
  /// Worth telling a person, not worth failing (an unknown column, a contact without a name).
  public let notices: [String]

  public init(
    cursor: String?,
    isComplete: Bool,
    isUnchanged: Bool = false,
    notices: [String] = []
  ) {
    self.cursor = cursor
    self.isComplete = isComplete
    self.isUnchanged = isUnchanged
    self.notices = notices
  }
}
