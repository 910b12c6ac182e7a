import CSpawn
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Starts another program with three files and none else of ours, and keeps no signal from it,
/// whatever the thread that starts it blocks. Foundation's `Process` is not fit: it keeps files
/// open after the program has ended, and with some thousand of them it reads past the end of a
/// buffer and takes us down
/// (https://github.com/swiftlang/swift-corelibs-foundation/pull/5472).
public struct Spawn: Sendable {
  private let words: [String]
  private let folder: String?
  private let environment: [String: String]
  private let ownsGroup: Bool

  /// - Parameters:
  ///   - words: the program, looked for in our own PATH where it has no slash, and its arguments.
  ///   - folder: in which it runs; `nil` for ours.
  ///   - environment: all that it sees of one.
  ///   - ownsGroup: whether it gets a group of its own, so that its children can be ended with it.
  public init(
    _ words: [String], in folder: String?, environment: [String: String], ownsGroup: Bool = false
  ) {
    self.words = words
    self.folder = folder
    self.environment = environment
    self.ownsGroup = ownsGroup
  }

  /// The system does not run it.
  public struct Refused: Error {
    /// As the system names it.
    public let code: Int32
    public var reason: String { String(cString: strerror(code)) }
  }

  /// - Parameters:
  ///   - input: its standard input; `nil` for nothing to read. The caller closes its own of all
  ///     three.
  ///   - errors: `nil` for where ours go.
  /// - Returns: its process identifier.
  public func start(input: Int32?, output: Int32, errors: Int32?) throws(Refused) -> Int32 {
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
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors ?? STDERR_FILENO, STDERR_FILENO)
    if let folder { ba_spawn_in(&actions, folder) }

    var (none, ours) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigemptyset(&ours)
    for signal in [SIGPIPE, SIGXFSZ, SIGTERM, SIGINT] { sigaddset(&ours, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &ours)
    var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
    if ownsGroup {
      posix_spawnattr_setpgroup(&attributes, 0)
      flags |= Int16(POSIX_SPAWN_SETPGROUP)
    }
    ba_spawn_alone(&actions, &flags)
    posix_spawnattr_setflags(&attributes, flags)

    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var id: pid_t = 0
    let code = posix_spawnp(&id, words[0], &actions, &attributes, &arguments, &variables)
    guard code == 0 else { throw Refused(code: code) }
    return id
  }
}
