import Crypto
import Foundation
import Host
import Outbox

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps how far a state has come, outside of it.
protocol WitnessStore: Sendable {
  /// Keeps the mark; it outlives the process, and not a power cut.
  /// - Throws: `StateError`.
  func note(_ mark: StateMark) throws(StateError)

  /// What was noted outlives a power cut.
  /// - Throws: `StateError`.
  func seal() throws(StateError)
}

/// A small file beside a state that says how far it had come: a state that has lost its newest
/// writes cannot say so itself.
///
/// Two slots of one line each are written in turn and in place, so that a torn one leaves the
/// other, and a write needs no space and no second sync for the folder.
final class Witness: WitnessStore {
  /// What stands in a witness.
  enum Found: Equatable {
    case nothing
    /// No line of it is whole.
    case unreadable
    case mark(StateMark)
  }

  /// Bytes.
  private static let slot = 256
  private static let kind = "balancealert-witness-1"

  private let descriptor: Int32
  private let path: String

  static func path(of state: String) -> String { "\(state).witness" }

  /// - Throws: `StateError` where something stands in its place that is no file of ours.
  static func read(of state: String) throws(StateError) -> Found {
    let path = path(of: state)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return .nothing }
      throw problem(path, errno == ELOOP ? "it is a link" : String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    try check(descriptor, path)
    var bytes = [UInt8](repeating: 0, count: 2 * slot)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw problem(path, String(cString: strerror(errno))) }
    let marks = [0, slot].compactMap {
      mark(String(decoding: bytes[$0..<$0 + slot], as: UTF8.self))
    }
    return marks.max { $0.generation < $1.generation }.map { .mark($0) } ?? .unreadable
  }

  /// Opens the witness of a state that it fits.
  /// - Throws: `StateError`.
  init(of state: String) throws(StateError) {
    let path = Self.path(of: state)
    let opened = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard opened >= 0 else {
      if [EACCES, EROFS, EPERM].contains(errno) { throw .readOnly(path: path) }
      throw Self.problem(path, String(cString: strerror(errno)))
    }
    descriptor = opened
    self.path = path
    try Self.check(opened, path)
  }

  deinit { close(descriptor) }

  /// A new one in the place of whatever is there, durable when it returns.
  /// - Throws: `StateError`.
  static func make(of state: String, at mark: StateMark) throws(StateError) -> Witness {
    let lines = line(mark) + String(repeating: " ", count: slot)
    do throws(WholeFile.Problem) {
      try WholeFile.put(Data(lines.utf8), at: path(of: state), mode: 0o600)
    } catch {
      throw problem(path(of: state), error.why)
    }
    return try Witness(of: state)
  }

  func note(_ mark: StateMark) throws(StateError) {
    let bytes = Array(Self.line(mark).utf8)
    let place = mark.generation % 2 == 0 ? 0 : Self.slot
    let count = bytes.withUnsafeBytes {
      pwrite(descriptor, $0.baseAddress, $0.count, off_t(place))
    }
    guard count == bytes.count else { throw Self.problem(path, String(cString: strerror(errno))) }
  }

  func seal() throws(StateError) {
    guard fsync(descriptor) == 0 else {
      throw Self.problem(path, String(cString: strerror(errno)))
    }
  }

  // MARK: The line

  private static func line(_ mark: StateMark) -> String {
    let words = [
      kind, mark.state, "\(mark.generation)", "\(mark.pass)", "\(mark.entry)",
      mark.hash.isEmpty ? "-" : mark.hash,
    ].joined(separator: " ")
    let line = "\(words) \(checksum(words))"
    return line + String(repeating: " ", count: max(0, slot - 1 - line.utf8.count)) + "\n"
  }

  private static func mark(_ line: String) -> StateMark? {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard words.count == 7, words[0] == kind,
      words[6] == checksum(words.dropLast().joined(separator: " ")),
      let generation = Int64(words[2]), let pass = Int64(words[3]), let entry = Int64(words[4])
    else { return nil }
    return StateMark(
      state: String(words[1]), generation: generation, pass: pass, entry: entry,
      hash: words[5] == "-" ? "" : String(words[5]))
  }

  private static func checksum(_ words: String) -> String {
    hexadecimal(Array(SHA256.hash(data: Data(words.utf8)).prefix(8)))
  }

  private static func check(_ descriptor: Int32, _ path: String) throws(StateError) {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw problem(path, "it is no regular file")
    }
  }

  private static func problem(_ path: String, _ why: String) -> StateError {
    .failed(path: path, why: "the witness of the state cannot be used: \(why)")
  }
}
