import Outbox
import Wire

extension Response {
  /// Whether the status alone says that the message may be tried again, or that its fate is not
  /// known: a code in the body that we do not know makes no refusal of it.
  var outweighsUnknownCodes: Bool {
    [408, 420, 425, 429].contains(status) || status >= 500
  }

  /// Whether the status makes more of it than what a code in the body came to: a refusal of the
  /// message, as every code that we do not know is taken for one.
  func outweighs(_ outcome: Outcome) -> Bool {
    if case .refused(.message, _) = outcome { outweighsUnknownCodes } else { false }
  }
}
