// Its headers bring `sigset_t`, which an optimised build then counts as CCurl's own.
import CCurl
import Foundation
import Synchronization

/// One run of a program, without a shell and with little of our environment: ours holds secrets.
final class LocalProgram: Sendable {
  private let words: [String]
  private let maxBytes: Int
  private let timeout: Duration
  private let state = Mutex<(group: pid_t?, isCancelled: Bool)>((nil, false))

  /// One at a time: another's program must not inherit our pipes before they are marked.
  private static let spawning = Mutex(())

  init(_ words: [String], maxBytes: Int, timeout: Duration) throws(WireError) {
    guard let first = words.first, !first.isEmpty, !words.contains(where: { $0.contains("\0") })
    else { throw .forbidden("a command without a program") }
    self.words = words
    self.maxBytes = maxBytes
    self.timeout = timeout
  }

  /// Kills it and whatever it started.
  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      if let group = state.group { kill(-group, SIGKILL) }
    }
  }

  /// Blocks until the program has ended.
  /// - Returns: 200 with its standard output.
  /// - Throws: `.notSent` when it cannot be run, fails, or takes too long; with the last line that
  ///   it wrote to standard error.
  func run() throws(WireError) -> Response {
    let (id, outputEnd, errorEnd) = try Self.spawning.withLock { _ throws(WireError) in
      try start()
    }
    defer {
      close(outputEnd)
      close(errorEnd)
    }
    let isTooLate = state.withLock { state in
      state.group = id
      return state.isCancelled
    }
    if isTooLate { kill(-id, SIGKILL) }

    var output = ProgramOutput(outputEnd, errorEnd, maxBytes: maxBytes)
    let deadline = ContinuousClock.now + timeout
    let problem = output.read(until: deadline) { state.withLock { $0.isCancelled } }
    let status = reap(id, deadline: problem == nil ? deadline : nil)
    let isCancelled = state.withLock { state in
      state.group = nil
      return state.isCancelled
    }
    if isCancelled { throw .notSent("\(words[0]): cancelled") }
    if let problem {
      if case .tooLarge = problem {
        throw .tooLarge("\(words[0]): printed more than \(maxBytes) bytes")
      }
      throw .notSent("\(words[0]): took longer than \(timeout.wholeSeconds) s")
    }
    guard let status else {
      throw .notSent("\(words[0]): took longer than \(timeout.wholeSeconds) s")
    }
    if status == 0 { return Response(status: 200, body: output.bytes) }
    let said = output.lastErrorLine.map { ": \($0)" } ?? ""
    let signal = status & 0x7F
    let how = signal == 0 ? "exit status \(status >> 8 & 0xFF)" : "ended by signal \(signal)"
    throw .notSent("\(words[0]): \(how)\(said)")
  }

  /// - Returns: the process, and the ends to read its output and its errors from.
  private func start() throws(WireError) -> (pid_t, Int32, Int32) {
    var output: [Int32] = [-1, -1]
    var errors: [Int32] = [-1, -1]
    guard pipe(&output) == 0 else { throw .notSent("\(words[0]): \(reason(errno))") }
    guard pipe(&errors) == 0 else {
      output.forEach { close($0) }
      throw .notSent("\(words[0]): \(reason(errno))")
    }
    for end in output + errors { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (id, code) = spawn(output: output[1], errors: errors[1])
    close(output[1])
    close(errors[1])
    if code == 0 { return (id, output[0], errors[0]) }
    close(output[0])
    close(errors[0])
    throw .notSent("\(words[0]): \(reason(code))")
  }

  private func spawn(output: Int32, errors: Int32) -> (pid_t, Int32) {
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
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    // A group of its own, so that its children can be ended with it; and no signal kept from it.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK)
    )

    let environment = ProcessInfo.processInfo.environment.filter { name, _ in
      ProgramEnvironment.handsOn(name)
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var id: pid_t = 0
    let code = posix_spawnp(&id, words[0], &actions, &attributes, &arguments, &variables)
    return (id, code)
  }

  /// - Parameter deadline: `nil` to end it now.
  /// - Returns: the status as `waitpid` gives it; `nil` when it had to be ended.
  private func reap(_ id: pid_t, deadline: ContinuousClock.Instant?) -> Int32? {
    var status: Int32 = 0
    while let deadline, ContinuousClock.now < deadline {
      let ended = waitpid(id, &status, WNOHANG)
      if ended == id { return status }
      if ended < 0, errno != EINTR { return nil }
      // It has closed its output and is about to end: a short look is enough.
      usleep(1000)
    }
    kill(-id, SIGKILL)
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    return nil
  }
}

/// What a program prints, read until both ends are closed.
private struct ProgramOutput {
  private(set) var bytes: [UInt8] = []
  private var errors: [UInt8] = []
  private let output: Int32
  private let errorOutput: Int32
  private let maxBytes: Int

  init(_ output: Int32, _ errorOutput: Int32, maxBytes: Int) {
    self.output = output
    self.errorOutput = errorOutput
    self.maxBytes = maxBytes
  }

  /// - Parameter isCancelled: asked now and then: a child that left the program's group lives on,
  ///   and keeps the ends open.
  /// - Returns: `nil` when all was read.
  mutating func read(
    until deadline: ContinuousClock.Instant,
    unless isCancelled: () -> Bool
  ) -> WireError? {
    var ends = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errorOutput, events: Int16(POLLIN), revents: 0),
    ]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while ends.contains(where: { $0.fd >= 0 }) {
      let left = deadline - ContinuousClock.now
      guard left > .zero, !isCancelled() else { return .notSent("too long") }
      let ready = poll(&ends, 2, Int32(clamping: min(left.wholeMilliseconds, 100)))
      if ready < 0, errno != EINTR { return .notSent(reason(errno)) }
      for place in 0...1 where ready > 0 && ends[place].fd >= 0 && ends[place].revents != 0 {
        let count = Foundation.read(ends[place].fd, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        // A negative descriptor is passed over by poll.
        guard count > 0 else {
          ends[place].fd = -1
          continue
        }
        if place == 0 {
          bytes += buffer[..<count]
          if bytes.count > maxBytes { return .tooLarge("") }
        } else {
          // Only the end of it is wanted.
          errors = Array((errors + buffer[..<count]).suffix(4096))
        }
      }
    }
    return nil
  }

  var lastErrorLine: String? {
    String(decoding: errors, as: UTF8.self).replacingLineEnds.split(separator: "\n")
      .map { $0.trimmed }.last { !$0.isEmpty }.map { shortened($0, to: 300) }
  }
}
