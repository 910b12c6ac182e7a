import Failpoints
public import Foundation
import Host

/// OAuth tokens, in a file of their own beside the state (mode 0600), so that the state can be
/// handed to an auditor. Each save is whole and synced before it returns.
public struct TokenFile: Sendable {
  public let path: String

  /// - Parameter state: path of the state file; `state.sqlite` keeps its tokens in
  ///   `state.sqlite.tokens.json`.
  public init(besideState state: String) { path = state + ".tokens.json" }

  /// - Throws: `StateError` when the file is there and cannot be read.
  public func load() throws(StateError) -> Data? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else { throw .readOnly(path: path) }
    return data
  }

  /// Whole and durable when it returns.
  public func save(_ data: Data) throws(StateError) {
    Failpoint.at(.tokenBeforeStore)
    do throws(WholeFile.Problem) {
      try WholeFile.put(data, at: path, mode: 0o600) { Failpoint.at(.tokenMiddle) }
    } catch {
      throw stateError(error)
    }
    Failpoint.at(.tokenAfterStore)
  }

  /// Reads, changes and writes with no other process between.
  public func update(_ change: (Data?) throws -> Data) throws {
    let lock = try TokenLock(path + ".lock", waits: true)
    defer { withExtendedLifetime(lock) {} }
    try save(try change(try load()))
  }

  /// Keeps other processes from refreshing the token of that name until what it returns is let go.
  /// The kernel drops it when its holder dies.
  /// - Throws: `StateError` when another process has it for longer than `seconds`.
  public func lock(_ name: String, forAtMost seconds: Int) async throws -> TokenLock {
    let word = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" }
    let path = "\(path).\(String(word)).lock"
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      if let lock = try TokenLock(path, waits: false) { return lock }
      guard ContinuousClock.now < deadline else {
        throw StateError.failed(path: path, why: "another process is signing in, for too long")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func stateError(_ problem: WholeFile.Problem) -> StateError {
    switch problem.code {
    case ENOSPC: .full(path: path)
    case EACCES, EROFS: .readOnly(path: path)
    default: .failed(path: path, why: "it could not be \(problem.step.rawValue): \(problem.why)")
    }
  }
}

/// Held while a refresh token is spent and its successor stored.
public final class TokenLock: Sendable {
  private let descriptor: Int32

  /// `nil` when another process has it.
  fileprivate init?(_ path: String, waits: Bool) throws(StateError) {
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard opened >= 0 else {
      throw .failed(path: path, why: "it could not be opened: \(String(cString: strerror(errno)))")
    }
    guard flock(opened, waits ? LOCK_EX : LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      return nil
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
