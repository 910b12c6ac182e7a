public import Wire

/// What a source's type is, said once.
public struct SourceTraits: Sendable {
  /// The `type` in the config.
  public let type: String
  public let title: String
  /// Whether a poll can ask for what changed since a cursor.
  public let isIncremental: Bool
  public let rate: Rate?
  /// Requests at once.
  public let concurrency: Int
  /// For OAuth platforms.
  public let signIn: SignInTraits?
  /// Types of events that its polls always tell; most platforms have none.
  public let events: [String]
  /// The JSON fields of its answers that name or describe a person: `record` replaces what they
  /// hold, wherever they stand.
  public let personal: [String: PersonalKind]

  public init(
    type: String,
    title: String,
    isIncremental: Bool,
    rate: Rate? = nil,
    concurrency: Int = 4,
    signIn: SignInTraits? = nil,
    events: [String] = [],
    personal: [String: PersonalKind] = [:]
  ) {
    self.type = type
    self.title = title
    self.isIncremental = isIncremental
    self.rate = rate
    self.concurrency = concurrency
    self.signIn = signIn
    self.events = events
    self.personal = personal
  }
}
