import Configuration
import Foundation
import Pass
import Receivables
import State

/// What keeps a live pass from being set off by accident: a message cannot be taken back.
extension CommonOptions {
  /// A live pass is one whose messages can leave this machine, or that keeps no state of them.
  /// - Throws: `UsageProblem` for `--state :memory:`, and for a `--now` more than a day from the
  ///   clock.
  func refuseAccidents(_ assembly: Assembly, isReplay: Bool, command: String) throws {
    if isReplay { return }
    if assembly.setup.statePath == ":memory:" {
      throw UsageProblem(
        "--state :memory: forgets who was told, so `\(command)` does not take it: every run would"
          + " tell everybody again. It is for `preview`, and for `\(command) --fixtures`")
    }
    guard let given = now.flatMap({ Instant($0) }), !assembly.staysOnThisMachine else { return }
    let clock = Now.ofThisMachine()
    // Both lie in the years 0 to 9999.
    if abs(given.seconds - clock.seconds) > 86_400 {
      throw UsageProblem(
        "--now \(given) is more than a day from this machine's clock (\(clock)), and messages"
          + " would be real. Leave --now out, or rehearse with `preview --now` or `\(command)"
          + " --fixtures`")
    }
  }

  /// Says of a state that is not there that there was one.
  /// - Parameter traces: what stood beside it before a lock was taken, which leaves such a file
  ///   itself.
  func warn(ofLost path: String, _ traces: [String]) {
    // Its witness says more than that there was one.
    if traces.isEmpty || traces.contains(where: { $0.hasSuffix(".witness") }) { return }
    Log.shared.urgent(
      "there is no state file \(path), but \(traces.joined(separator: " and ")) beside it: if there"
        + " was one, put it back (a backup, a disk that is not mounted, another name): without it"
        + " nobody knows who was told what")
  }

  /// The moment of a pass over that state.
  /// - Throws: `UsageProblem` where `--now` is earlier than the newest pass: windows that were
  ///   counted would be counted again. `StateError.ahead` where the clock is.
  func moment(in zone: Zone, after state: StateFile) throws -> Now {
    let moment = moment(in: zone)
    guard let newest = try state.newestPass(), moment.instant < newest else { return moment }
    if now != nil {
      throw UsageProblem(
        "--now \(moment.instant) is earlier than the newest pass (\(newest)), and a state's time"
          + " does not run backwards. Give a later --now, or `preview --state :memory:`")
    }
    // A clock that was set back by a little: time stands still until it has caught up.
    if newest.seconds - moment.instant.seconds <= StateFile.toleratedLead {
      return Now(newest, in: zone)
    }
    throw StateError.ahead(path: state.path, newest: newest, clock: moment.instant)
  }
}
