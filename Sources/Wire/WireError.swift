/// Why there is no answer; above all, whether anything had left this machine.
public enum WireError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Surely not accepted: no connection, DNS, TLS, a proxy's refusal, cancelled before the write.
  case notSent(String)
  /// The request, or a part of it, had left; whether it was accepted is not known.
  case sentThenLost(String)
  /// An answer came and was larger than the cap: the outcome is not known.
  case tooLarge(String)
  /// The peer's certificate is not to be trusted. Nothing of the request was sent.
  case untrusted(String)
  /// The request is not allowed at all (http to the world, a malformed URL). Nothing was sent.
  case forbidden(String)
  /// A person must sign in again, or the platform refused the sign-in.
  case signInNeeded(String)
  /// The source's own budget of calls is used up. Nothing was sent.
  case overBudget(String)
  /// Replaying, and no recorded exchange matches.
  case noRecording(String)

  public var description: String {
    switch self {
    case .notSent(let why), .sentThenLost(let why), .tooLarge(let why), .untrusted(let why),
      .forbidden(let why), .signInNeeded(let why), .overBudget(let why), .noRecording(let why):
      why
    }
  }
}
