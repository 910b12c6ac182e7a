#if DEBUG || FAILPOINTS
  import Foundation
  import Synchronization
#endif

/// A named place where a build for tests can die at once, as by power or SIGKILL. In a release
/// build there is nothing of it.
public enum Failpoint: String, CaseIterable, Sendable {
  /// The state has been opened, and nothing was written by this pass.
  case passBegun = "pass.begun"
  /// A source was read, and nothing of it is stored.
  case pollBeforeCommit = "poll.before-commit"
  case pollAfterCommit = "poll.after-commit"
  /// Between two entries of the audit log, within a transaction.
  case auditMiddle = "audit.middle"
  /// All is decided, and nothing is promised.
  case promisesBeforeCommit = "promises.before-commit"
  case promisesAfterCommit = "promises.after-commit"
  /// `sending` stands in a transaction that is not durable yet.
  case handoverBeforeCommit = "handover.before-commit"
  /// `sending` is durable, and the request has not left.
  case requestBefore = "request.before"
  /// The platform has answered, and nothing of it is recorded.
  case answerAfter = "answer.after"
  /// The outcome stands in a transaction that is not durable yet.
  case outcomeBeforeCommit = "outcome.before-commit"
  case outcomeAfterCommit = "outcome.after-commit"
  /// New tokens have come, and are stored nowhere.
  case tokenBeforeStore = "token.before-store"
  /// New tokens are written beside the file, and do not stand in its place yet.
  case tokenMiddle = "token.middle"
  case tokenAfterStore = "token.after-store"
  /// All is sent, and the end of the pass is not written.
  case passBeforeEnd = "pass.before-end"
  case passAfterEnd = "pass.after-end"
  /// A transaction is durable, and the witness of the state does not know of it.
  case witnessBefore = "witness.before"

  /// Dies here, where `$BALANCEALERT_FAILPOINT` says so: `NAME`, or `NAME:3` for the third time.
  @inline(__always)
  public static func at(_ place: Failpoint) {
    #if DEBUG || FAILPOINTS
      Armed.wanted?.hit(place)
    #endif
  }
}

#if DEBUG || FAILPOINTS
  private final class Armed: Sendable {
    let name: String
    private let left: Mutex<Int>

    static let wanted = ProcessInfo.processInfo.environment["BALANCEALERT_FAILPOINT"].map(
      Armed.init)

    init(_ text: String) {
      let parts = text.split(separator: ":")
      name = parts.first.map(String.init) ?? ""
      left = Mutex(parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }

    func hit(_ place: Failpoint) {
      guard place.rawValue == name else { return }
      let isTime = left.withLock { left in
        left -= 1
        return left == 0
      }
      // No clean-up of any kind: what is not durable is lost.
      if isTime { kill(getpid(), SIGKILL) }
    }
  }
#endif
