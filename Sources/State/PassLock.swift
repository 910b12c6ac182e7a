import Foundation
import Host

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps two passes from overlapping. The kernel drops it when its holder dies, however it dies.
public final class PassLock: Sendable {
  private let descriptor: Int32

  /// - Parameter state: path of the state file; the lock is a file of its own beside it.
  /// - Throws: `.locked` with who holds it; `.cannotOpen`, `.readOnly`.
  public init(state: String, holder: String) throws(StateError) {
    let path = state + ".lock"
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else {
      let code = errno
      if code == EACCES || code == EROFS || code == EPERM { throw .readOnly(path: state) }
      throw .cannotOpen(path: state, why: String(cString: strerror(code)))
    }
    Ownership.keep(of: path, on: opened)
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let text = Self.read(opened)
      close(opened)
      throw .locked(path: state, by: text.isEmpty ? "its holder is not known" : text)
    }
    // Only now: once the property is set, `deinit` runs though this throws, and would truncate and
    // close whatever file has the number by then.
    descriptor = opened
    // Who holds it is a courtesy: on a full disk the lock itself still holds.
    ftruncate(descriptor, 0)
    _ = Array(holder.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit {
    ftruncate(descriptor, 0)
    close(descriptor)
  }

  private static func read(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
