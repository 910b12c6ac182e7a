public import Wire

/// Why a poll brought nothing. Nothing of a failed poll reaches the snapshot.
public enum SourceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No answer, or none that can be used, from the platform.
  case unreachable(String)
  /// A person must sign in, or the platform refuses these credentials (exit 77).
  case signInNeeded(String)
  /// What came is not what the platform's contract says, or a file is malformed (exit 65 when it is
  /// a file or a fixture). `document` names the invoice, contact, or `file:line:column`.
  case badData(document: String, field: String, message: String)
  /// The config asks for something the platform does not have (wrong tenant, no such file).
  case misconfigured(String)
  /// The source's own budget is used up.
  case overBudget(String)
  /// So many open items are gone that the answer is more likely wrong than right.
  case shrunk(String)
  /// Replaying, and no recorded exchange matches.
  case noRecording(String)

  public init(_ error: WireError) {
    switch error {
    case .signInNeeded(let why): self = .signInNeeded(why)
    case .overBudget(let why): self = .overBudget(why)
    case .noRecording(let why): self = .noRecording(why)
    case .forbidden(let why): self = .misconfigured(why)
    case .notSent(let why), .sentThenLost(let why), .tooLarge(let why), .untrusted(let why):
      self = .unreachable(why)
    }
  }

  /// Whether the next pass will meet the same, until a person has done something.
  public var needsPerson: Bool {
    switch self {
    case .signInNeeded, .misconfigured, .shrunk: true
    case .unreachable, .badData, .overBudget, .noRecording: false
    }
  }

  /// Without the secrets that a platform has sent back in its words.
  public func redacted(by redactor: Redactor) -> SourceError {
    switch self {
    case .unreachable(let why): .unreachable(redactor.redact(why))
    case .signInNeeded(let why): .signInNeeded(redactor.redact(why))
    case .misconfigured(let why): .misconfigured(redactor.redact(why))
    case .overBudget(let why): .overBudget(redactor.redact(why))
    case .shrunk(let why): .shrunk(redactor.redact(why))
    case .noRecording(let why): .noRecording(redactor.redact(why))
    case .badData(let document, let field, let message):
      .badData(
        document: redactor.redact(document), field: redactor.redact(field),
        message: redactor.redact(message))
    }
  }

  public var description: String {
    switch self {
    case .unreachable(let why), .signInNeeded(let why), .misconfigured(let why),
      .overBudget(let why), .shrunk(let why), .noRecording(let why):
      return why
    case .badData(let document, let field, let message):
      return field.isEmpty ? "\(document): \(message)" : "\(document): \(field): \(message)"
    }
  }
}
