public import Outbox
public import Wire

/// One thing that `check --online` found out about a channel.
public struct Finding: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// As it should be.
    case good
    /// Worth knowing.
    case note
    /// Would make messages fail, now or for some recipients: what to change where.
    case problem
    /// The credentials are refused, or a person must sign in.
    case signInNeeded
    /// Not to be told now: no connection, a fault of the platform.
    case unreachable
  }

  public let kind: Kind
  /// For people.
  public let text: String

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  public init(_ error: WireError) {
    switch error {
    case .signInNeeded(let why): self.init(.signInNeeded, why)
    case .forbidden(let why): self.init(.problem, why)
    case .notSent, .sentThenLost, .tooLarge, .untrusted, .overBudget, .noRecording:
      self.init(.unreachable, error.description)
    }
  }

  /// What the answer to a question that changes nothing says of the credentials.
  /// - Parameter outcome: as the adapter classes the answer, where it does.
  public init(of response: Response, _ outcome: Outcome?, _ title: String) {
    if response.isSuccess {
      self.init(.good, "\(title) takes the credentials")
      return
    }
    switch outcome ?? StandardOutcome.of(response) {
    case .signInNeeded(let why): self.init(.signInNeeded, why)
    case .refused(_, let why): self.init(.problem, why)
    case .notAccepted(_, let why), .unknown(let why): self.init(.unreachable, why)
    case .accepted: self.init(.unreachable, "\(title) answers HTTP \(response.status)")
    }
  }
}
