import Foundation
import Host

/// Starts a program with three files and none of ours.
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
  do {
    return try Spawn(
      words, in: folder, environment: environment ?? ProcessInfo.processInfo.environment
    )
    .start(input: files.input, output: files.output, errors: files.errors)
  } catch {
    throw NotStarted(description: "\(words[0]): \(error.reason)")
  }
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
