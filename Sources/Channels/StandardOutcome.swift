public import Outbox
public import Wire

/// The one table: what an answer means where the platform's own facts are silent (SPEC.md
/// "Dispatching").
public enum StandardOutcome {
  public static func of(_ response: Response) -> Outcome {
    let why = "HTTP \(response.status)\(excerpt(response))"
    switch response.status {
    case 200..<300: return .accepted(id: nil)
    case 300..<400:
      return .refused(.channel, why: "\(why): redirects are not followed; mend the URL")
    case 401, 407: return .signInNeeded(why: why)
    case 408, 425, 429, 503: return .notAccepted(after: response.retryAfter(), why: why)
    case 400..<500: return .refused(.message, why: why)
    case 500 where response.isJSONObject:
      return .notAccepted(after: response.retryAfter(), why: why)
    default: return .unknown(why: why)
    }
  }

  public static func of(_ error: WireError) -> Outcome {
    switch error {
    case .notSent(let why), .untrusted(let why), .overBudget(let why):
      return .notAccepted(after: nil, why: why)
    case .sentThenLost(let why), .tooLarge(let why): return .unknown(why: why)
    case .forbidden(let why): return .refused(.channel, why: why)
    case .noRecording(let why): return .refused(.message, why: why)
    case .signInNeeded(let why): return .signInNeeded(why: why)
    }
  }

  /// The beginning of the answer's text, on one line, for people.
  private static func excerpt(_ response: Response) -> String {
    let words = shortened(response.text, to: 400).split { $0.isWhitespace || $0.isNewline }
    let text = words.joined(separator: " ").unicodeScalars.filter { $0.value >= 32 }
    let line = shortened(String(String.UnicodeScalarView(text)), to: 200)
    return line.isEmpty ? "" : ": \(line)"
  }
}

extension Outcome {
  /// Of a call before the message itself that may be repeated without harm: what became of it is
  /// unknown, and the message surely not sent.
  var ofHarmlessCall: Outcome {
    if case .unknown(let why) = self { return .notAccepted(after: nil, why: why) }
    return self
  }

  /// For people.
  var words: String {
    switch self {
    case .accepted: "accepted"
    case .notAccepted(_, let why), .unknown(let why), .refused(_, let why), .signInNeeded(let why):
      why
    }
  }
}
