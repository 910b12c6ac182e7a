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
  }

  private func failure(_ verb: String) -> StateError {
    let code = errno
    if code == ENOSPC { return .full(path: path) }
    if code == EACCES || code == EROFS { return .readOnly(path: path) }
    return .failed(path: path, why: "it could not be \(verb): \(String(cString: strerror(code)))")
  }
}
