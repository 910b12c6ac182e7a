import Failpoints
public import Foundation

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

  /// Writes beside, syncs, renames, syncs the folder: after a crash either the old file is there or
  /// the new one.
  public func save(_ data: Data) throws(StateError) {
    Failpoint.at(.tokenBeforeStore)
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("opened") }
    let written = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written == data.count, fsync(descriptor) == 0 else {
      let error = failure("written")
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)
    Failpoint.at(.tokenMiddle)
    guard rename(temporary, path) == 0 else {
      let error = failure("replaced")
      unlink(temporary)
      throw error
    }
    let name = (path as NSString).deletingLastPathComponent
    let folder = open(name.isEmpty ? "." : name, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
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

  private func failure(_ verb: String) -> StateError {
    let code = errno
    if code == ENOSPC { return .full(path: path) }
    if code == EACCES || code == EROFS { return .readOnly(path: path) }
    return .failed(path: path, why: "it could not be \(verb): \(String(cString: strerror(code)))")
  }
}

/// Held while a refresh token is spent and its successor stored.
public final class TokenLock: Sendable {
  private let descriptor: Int32

  /// `nil` when another process has it.
  fileprivate init?(_ path: String, waits: Bool) throws(StateError) {
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
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
