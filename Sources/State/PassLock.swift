import Foundation
import Host

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps two passes from overlapping. The kernel drops it when its holder dies, however it dies.
///
/// The state itself is locked, whatever its name is: one byte far behind its end, where SQLite
/// locks none. A file beside it says who holds it, and is locked as well (by flock, for scripts).
/// To be dropped after the state is closed: closing any descriptor of a file ends the locks that
/// SQLite holds on it in this process.
public final class PassLock: Sendable {
  /// Of the state.
  private let descriptor: Int32
  /// Of the file beside it; `nil` where something else than a file of ours stands there.
  private let words: Int32?

  /// "Open file description locks", which threads and names do not share: fcntl(2), and fcntl.h of
  /// Darwin. Glibc hides the name behind a macro.
  #if os(Linux)
    private static let lockCommand: Int32 = 37
  #else
    private static let lockCommand: Int32 = 90
  #endif
  private static let byte: off_t = 0x7fff_ffff_0000_0000

  /// - Parameter state: path of the state file, which is made where it is not there (mode 0600).
  /// - Throws: `.locked` with who holds it; `.cannotOpen`, `.readOnly`, `.full`.
  public init(state: String, holder: String) throws(StateError) {
    let state = StateFile.resolved(state)
    let beside = "\(state).lock"
    let file = try StateFile.openPrivately(state)
    let opened = Self.openWords(beside)
    do throws(StateError) {
      try Self.lock(file, state, opened)
    } catch {
      if let opened { close(opened) }
      close(file)
      throw error
    }
    // Only now: once the properties are set, `deinit` runs though this throws, and would close
    // whatever files have the numbers by then.
    descriptor = file
    words = opened
    guard let opened else { return }
    // A courtesy: on a full disk the lock itself still holds.
    Ownership.keep(of: beside, on: opened)
    ftruncate(opened, 0)
    _ = Array(holder.utf8).withUnsafeBytes { pwrite(opened, $0.baseAddress, $0.count, 0) }
  }

  deinit {
    if let words {
      ftruncate(words, 0)
      close(words)
    }
    close(descriptor)
  }

  private static func lock(
    _ file: Int32,
    _ state: String,
    _ words: Int32?
  ) throws(StateError) {
    var wanted = flock()
    wanted.l_type = Int16(F_WRLCK)
    wanted.l_whence = Int16(SEEK_SET)
    wanted.l_start = byte
    wanted.l_len = 1
    let isHeld = words.map { flock($0, LOCK_EX | LOCK_NB) != 0 } ?? false
    if isHeld || fcntl(file, lockCommand, &wanted) != 0 {
      let code = errno
      guard isHeld || code == EAGAIN || code == EACCES else {
        throw .cannotOpen(
          path: state, why: "it cannot be locked: \(String(cString: strerror(code)))")
      }
      let text = words.map(read) ?? ""
      throw .locked(path: state, by: text.isEmpty ? "its holder is not known" : text)
    }
    var facts = stat()
    // The name may have been given to another file between the two.
    guard fstat(file, &facts) == 0, FilePlace(of: state) == FilePlace(facts) else {
      throw .failed(path: state, why: "another file took its place while it was opened")
    }
  }

  /// - Returns: `nil` where something else than a file of ours stands there.
  private static func openWords(_ path: String) -> Int32? {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    if file < 0 { return nil }
    var facts = stat()
    if fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_nlink == 1 {
      return file
    }
    close(file)
    return nil
  }

  private static func read(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
