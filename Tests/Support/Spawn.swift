import CSpawn
import Foundation

/// Starts a program with three files and none of ours. Foundation's `Process` is not for tests: it
/// keeps files open after the program has ended, and with some thousand of them it reads past the
/// end of a buffer and takes the whole test program down
/// (https://github.com/swiftlang/swift-corelibs-foundation/pull/5472).
/// - Parameters:
///   - words: the program, looked for in our own PATH where it has no slash, and its arguments.
///   - environment: all that it sees of one; `nil` for ours.
///   - files: its standard input, output and errors; the caller closes its own.
func spawn(
  _ words: [String],
  in folder: String?,
  environment: [String: String]?,
  files: (input: Int32, output: Int32, errors: Int32)
) throws -> pid_t {
  #if canImport(Darwin)
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
  #else
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
  #endif
  posix_spawn_file_actions_init(&actions)
  posix_spawnattr_init(&attributes)
  defer {
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
  }
  posix_spawn_file_actions_adddup2(&actions, files.input, STDIN_FILENO)
  posix_spawn_file_actions_adddup2(&actions, files.output, STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, files.errors, STDERR_FILENO)
  if let folder { ba_spawn_in(&actions, folder) }
  // No signal is kept from it, whatever the thread that starts it blocks.
  var (none, all) = (sigset_t(), sigset_t())
  sigemptyset(&none)
  sigemptyset(&all)
  for signal in [SIGPIPE, SIGXFSZ, SIGTERM, SIGINT] { sigaddset(&all, signal) }
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setsigdefault(&attributes, &all)
  var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
  ba_spawn_alone(&actions, &flags)
  posix_spawnattr_setflags(&attributes, flags)

  let seen = environment ?? ProcessInfo.processInfo.environment
  var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  var variables: [UnsafeMutablePointer<CChar>?] =
    seen.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { (arguments + variables).forEach { free($0) } }
  var id: pid_t = 0
  let code = posix_spawnp(&id, words[0], &actions, &attributes, &arguments, &variables)
  guard code == 0 else { throw NotStarted(description: "\(words[0]): \(reason(code))") }
  return id
}

public struct NotStarted: Error, CustomStringConvertible {
  public let description: String
}

/// Of a child that has ended, as `waitpid` tells it: the exit status, or the signal's number.
func status(ofEnded child: pid_t) -> Int32 {
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0, errno == EINTR {}
  let signal = status & 0x7F
  return signal == 0 ? status >> 8 & 0xFF : signal
}

/// Blocks until a child has ended, and leaves its number to it.
func waitForEnd(of child: pid_t) {
  var about = siginfo_t()
  while waitid(P_PID, id_t(child), &about, WEXITED | WNOWAIT) < 0, errno == EINTR {}
}

/// No child gets it unless it is handed to it.
func ofOursAlone(_ file: Int32) -> Int32 {
  _ = fcntl(file, F_SETFD, FD_CLOEXEC)
  return file
}

/// Both ends of a pipe.
func pipeEnds() throws -> (reading: Int32, writing: Int32) {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { throw NotStarted(description: "no pipe: \(reason(errno))") }
  return (ofOursAlone(ends[0]), ofOursAlone(ends[1]))
}

/// A file that is opened, and made where it is not there.
func opened(_ path: String, _ how: Int32) throws -> Int32 {
  let file = open(path, how | O_CREAT, 0o600)
  guard file >= 0 else { throw NotStarted(description: "\(path): \(reason(errno))") }
  return ofOursAlone(file)
}

private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
