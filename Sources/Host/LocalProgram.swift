import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One run of a program, without a shell and with an environment of its own: ours holds secrets.
public final class LocalProgram: Sendable {
  public enum Failure: Error, Equatable {
    /// No word names a program, or one cannot be handed to it.
    case unnamed
    /// Why the system does not run it, or does not hand on what it prints.
    case refused(String)
    /// `exit status 3`, and the last line that it wrote to standard error, if that was kept.
    case ended(String, said: String?)
    case tookTooLong
    /// More than `maxBytes`.
    case printedTooMuch
    case cancelled
  }

  private let words: [String]
  private let folder: String?
  private let environment: [String: String]
  private let maxBytes: Int
  private let timeout: Duration
  private let keepsErrors: Bool
  private let state = Mutex<(group: pid_t?, isCancelled: Bool)>((nil, false))

  /// One at a time: another's program must not inherit our pipes before they are marked.
  private static let spawning = Mutex(())

  /// - Parameters:
  ///   - words: the program, looked for in our own PATH where it has no slash, and its arguments.
  ///   - folder: in which it runs; `nil` for ours.
  ///   - environment: all that it sees of one.
  ///   - maxBytes: what it may print.
  ///   - keepsErrors: whether its standard error is kept for the error; else it goes where ours
  ///     goes.
  /// - Throws: `.unnamed`.
  public init(
    _ words: [String],
    in folder: String? = nil,
    environment: [String: String],
    maxBytes: Int,
    timeout: Duration,
    keepsErrors: Bool = true
  ) throws(Failure) {
    guard let first = words.first, !first.isEmpty, !words.contains(where: { $0.contains("\0") })
    else { throw .unnamed }
    self.words = words
    self.folder = folder
    self.environment = environment
    self.maxBytes = maxBytes
    self.timeout = timeout
    self.keepsErrors = keepsErrors
  }

  /// Kills it and whatever it started.
  public func cancel() {
    state.withLock { state in
      state.isCancelled = true
      if let group = state.group { kill(-group, SIGKILL) }
    }
  }

  /// Blocks until the program has ended.
  /// - Returns: its standard output.
  public func run() throws(Failure) -> [UInt8] {
    let (id, outputEnd, errorEnd) = try Self.spawning.withLock { _ throws(Failure) in
      try start()
    }
    defer {
      close(outputEnd)
      if errorEnd >= 0 { close(errorEnd) }
    }
    let isTooLate = state.withLock { state in
      state.group = id
      return state.isCancelled
    }
    if isTooLate { kill(-id, SIGKILL) }

    var output = ProgramOutput(outputEnd, errorEnd, maxBytes: maxBytes)
    let deadline = ContinuousClock.now + timeout
    let failure = output.read(until: deadline) { state.withLock { $0.isCancelled } }
    let status = reap(id, deadline: failure == nil ? deadline : nil)
    let isCancelled = state.withLock { state in
      state.group = nil
      return state.isCancelled
    }
    if isCancelled { throw .cancelled }
    if let failure { throw failure }
    guard let status else { throw .tookTooLong }
    if status == 0 { return output.bytes }
    let signal = status & 0x7F
    throw .ended(
      signal == 0 ? "exit status \(status >> 8 & 0xFF)" : "ended by signal \(signal)",
      said: output.lastErrorLine)
  }

  /// - Returns: the process, and the ends to read its output and, where they are kept, its errors
  ///   from.
  private func start() throws(Failure) -> (pid_t, Int32, Int32) {
    var output: [Int32] = [-1, -1]
    var errors: [Int32] = [-1, -1]
    guard pipe(&output) == 0 else { throw .refused(Self.reason(errno)) }
    guard !keepsErrors || pipe(&errors) == 0 else {
      let code = errno
      output.forEach { close($0) }
      throw .refused(Self.reason(code))
    }
    let ends = (output + errors).filter { $0 >= 0 }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer {
      close(output[1])
      if keepsErrors { close(errors[1]) }
    }
    do {
      let id = try Spawn(words, in: folder, environment: environment, ownsGroup: true)
        .start(input: nil, output: output[1], errors: keepsErrors ? errors[1] : nil)
      return (id, output[0], errors[0])
    } catch {
      close(output[0])
      if keepsErrors { close(errors[0]) }
      throw .refused(error.reason)
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

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
  ) -> LocalProgram.Failure? {
    var ends = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errorOutput, events: Int16(POLLIN), revents: 0),
    ]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while ends.contains(where: { $0.fd >= 0 }) {
      let left = deadline - ContinuousClock.now
      guard left > .zero, !isCancelled() else { return .tookTooLong }
      let ready = poll(&ends, 2, left < .milliseconds(100) ? 1 : 100)
      if ready < 0, errno != EINTR { return .refused(String(cString: strerror(errno))) }
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
          if bytes.count > maxBytes { return .printedTooMuch }
        } else {
          // Only the end of it is wanted.
          errors = Array((errors + buffer[..<count]).suffix(4096))
        }
      }
    }
    return nil
  }

  var lastErrorLine: String? {
    String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty }
  }
}
