/// What a platform's answer, or its silence, means for a delivery.
public enum Outcome: Sendable, Equatable {
  /// The platform took it; its own message id where it gives one.
  case accepted(id: String?)
  /// Surely not taken: may be tried again, not before `after` if given.
  case notAccepted(after: Duration?, why: String)
  /// Perhaps taken, perhaps not: never repeated blindly.
  case unknown(why: String)
  /// Refused for good.
  case refused(Refusal, why: String)
  /// Nothing goes through this channel until a person mends its credentials.
  case signInNeeded(why: String)
}

/// How far a refusal reaches.
public enum Refusal: String, Sendable, Equatable, Codable {
  /// This message alone.
  case message
  /// The address is bad: not tried again until it changes.
  case recipient
  /// The recipient does not want it: as `recipient`, and recorded as do-not-contact.
  case optedOut
  /// The channel as a whole: the rest of the batch waits.
  case channel
}

/// What a platform lets us promise after an unknown outcome.
public enum Guarantee: String, Sendable, Equatable, Codable {
  /// The same request again is recognised.
  case idempotent
  /// It can be asked whether it has the delivery.
  case searchable
  case neither
}
