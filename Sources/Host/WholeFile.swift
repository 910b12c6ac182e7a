public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are written as a whole or not at all.
public enum WholeFile {
  public struct Problem: Error, Equatable {
    public enum Step: String, Sendable { case opened, written, replaced }

    /// What could not be done.
    public let step: Step
    /// The system's number for why not.
    public let code: Int32

    public var why: String { String(cString: strerror(code)) }
  }

  /// Writes beside, syncs, renames, syncs the folder: after a crash either the old file is there or
  /// the new one.
  /// - Parameters:
  ///   - mode: permissions, whatever the umask.
  ///   - path: what is a link of ours is followed; a device or a pipe is written into.
  ///   - beside: called when all is durable, and does not stand in its place yet.
  /// - Throws: `Problem`; then the old file is as it was.
  public static func put(
    _ data: Data,
    at path: String,
    mode: mode_t,
    beside: () -> Void = {}
  ) throws(Problem) {
    guard case .file(let path) = try OutputPath.look(at: path) else {
      return try putInto(data, path)
    }
    let temporary = OutputPath.temporary(beside: path)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw Problem(step: .opened, code: errno) }
    do throws(Problem) {
      Ownership.keep(of: path, on: file)
      try write(data, to: file, mode: mode)
      beside()
      guard rename(temporary, path) == 0 else { throw Problem(step: .replaced, code: errno) }
    } catch {
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

  /// Of a device or a pipe, which keeps its mode and cannot be synchronised.
  private static func putInto(_ data: Data, _ path: String) throws(Problem) {
    // A pipe that nobody reads is an error and no reason to wait.
    let file = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { throw Problem(step: .opened, code: errno) }
    defer { close(file) }
    _ = fcntl(file, F_SETFL, 0)
    guard writeAll(data, to: file) else { throw Problem(step: .written, code: errno) }
  }

  private static func writeAll(_ data: Data, to file: Int32) -> Bool {
    var rest = data[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func write(_ data: Data, to file: Int32, mode: mode_t) throws(Problem) {
    guard writeAll(data, to: file), fchmod(file, mode) == 0, fsync(file) == 0 else {
      let problem = Problem(step: .written, code: errno)
      close(file)
      throw problem
    }
    guard close(file) == 0 else { throw Problem(step: .written, code: errno) }
  }
}
