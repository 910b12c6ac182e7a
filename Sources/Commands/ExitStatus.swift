import Accounting
import ArgumentParser
import Configuration
import Foundation
import Host
import Pass
import State
import Wire

/// The one place that turns errors into text and exit codes (sysexits; SPEC.md "Commands").
enum ExitStatus: Int32 {
  case done = 0
  case usage = 64
  case badInput = 65
  case noSourcePolled = 69
  case internalError = 70
  case cannotWriteState = 73
  case partly = 75
  case historyFlawed = 76
  case signInNeeded = 77
  case badConfig = 78

  /// Runs a command's body; what it throws is said on standard error, and becomes the exit code.
  static func running(_ body: () async throws -> ExitStatus) async throws {
    // A reader that has gone must not end a pass half-way.
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow is an error like a full disk, and no reason to die.
    signal(SIGXFSZ, SIG_IGN)
    let status: ExitStatus
    do {
      if let limit = OpenFiles.shortage() {
        throw UsageProblem(
          "this process may have \(limit) files open, and needs \(OpenFiles.fewest); nothing was"
            + " done. Raise `ulimit -n`, or `LimitNOFILE=` of the unit")
      }
      status = try await body()
    } catch let error as ExitCode {
      throw error
    } catch {
      Log.shared.failure(error)
      status = explain(error).0
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// The one that needs a person sooner.
  static func worse(_ a: ExitStatus, _ b: ExitStatus) -> ExitStatus {
    Verdict.codesByUrgency.first { $0 == a.rawValue || $0 == b.rawValue } == b.rawValue ? b : a
  }

  static func explain(_ error: any Error) -> (ExitStatus, String) {
    switch error {
    case let error as UsageProblem: (.usage, error.message)
    case let error as ConfigurationError: (.badConfig, error.description)
    case let error as StateError:
      if case .locked = error {
        (.partly, error.description)
      } else {
        (.cannotWriteState, error.description)
      }
    case let error as SourceError:
      switch error {
      case .badData, .noRecording: (.badInput, error.description)
      case .misconfigured: (.badConfig, error.description)
      case .signInNeeded: (.signInNeeded, error.description)
      case .unreachable, .overBudget, .shrunk: (.noSourcePolled, error.description)
      }
    case let error as ExchangeError: (.badInput, error.description)
    case let error as PlanProblem: (.badInput, error.description)
    case let error as ReplayProblem: (.usage, error.description)
    default: (.internalError, "internal error: \(error)")
    }
  }
}

/// The command line asks for something that cannot be.
struct UsageProblem: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
