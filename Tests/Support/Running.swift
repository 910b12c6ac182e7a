import Foundation
import Synchronization

/// A process whose output goes to files, so that no pipe can fill up.
public final class Running: Sendable {
  private let files: Files
  private let life: Life
  /// Our end of its standard input; -1 once it is closed.
  private let input: Mutex<Int32>

  /// Where its output goes, and how long they stay.
  private final class Files: Sendable {
    let output: String
    let errors: String

    init() {
      let stamp = NSTemporaryDirectory().appending("balancealert-\(UUID().uuidString)")
      output = stamp + ".out"
      errors = stamp + ".err"
    }

    deinit {
      unlink(output)
      unlink(errors)
    }

    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
  }

  public init(
    _ program: String,
    _ arguments: [String],
    in folder: TemporaryFolder,
    _ environment: [String: String]
  ) throws {
    files = Files()
    let ends = try pipeEnds()
    let output = try opened(files.output, O_WRONLY)
    let errors = try opened(files.errors, O_WRONLY)
    defer { for file in [ends.reading, output, errors] { close(file) } }
    input = Mutex(ends.writing)
    life = Life(
      of: try spawn(
        [program] + arguments, in: folder.path,
        // Nothing of this machine's environment: a developer's config is not what is tested.
        environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "TMPDIR": folder.path]
          .merging(environment) { $1 },
        files: (ends.reading, output, errors)))
  }

  deinit { endInput() }

  public var identifier: Int32 { life.child }

  /// To its standard input. A program that is gone, or does not read, is no failure.
  public func type(_ bytes: [UInt8]) {
    let done = DispatchSemaphore(value: 0)
    // On a thread of its own, which takes the signal of a broken pipe with it.
    Thread { [self] in
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      let file = input.withLock { $0 }
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
      }
      done.signal()
    }.start()
    done.wait()
  }

  public func endInput() {
    input.withLock { input in
      if input >= 0 { close(input) }
      input = -1
    }
  }

  /// What it has printed so far.
  public var output: String { files.text(files.output) }

  /// Waits until it has printed a line that begins so, or has ended.
  public func line(beginning start: String) async -> String? {
    await until {
      let hasEnded = self.life.status != nil
      // Whole lines alone: the last may be on its way.
      let lines = self.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      if let line = lines.first(where: { $0.hasPrefix(start) }) { return .some(String(line)) }
      return hasEnded ? .some(nil) : .none
    }
  }

  /// SIGTERM.
  public func terminate() { life.send(SIGTERM) }

  /// SIGKILL.
  public func kill() { life.send(SIGKILL) }

  /// Waits for it. The status of a killed process is the signal's number.
  public func end() async -> Binary.Ended {
    let status = await life.end()
    return Binary.Ended(
      status: status, output: files.text(files.output), errors: files.text(files.errors))
  }
}

/// A child until its end, which comes once and may be waited for by many.
private final class Life: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }
  let child: pid_t
  private let state = Mutex(State())

  init(of child: pid_t) {
    self.child = child
    Thread { [self] in
      waitForEnd(of: child)
      let (status, waiting) = state.withLock { state in
        let status = Support.status(ofEnded: child)
        state.status = status
        defer { state.waiting = [] }
        return (status, state.waiting)
      }
      for continuation in waiting { continuation.resume(returning: status) }
    }.start()
  }

  /// `nil` while it runs.
  var status: Int32? { state.withLock { $0.status } }

  /// Once it has ended, its number may be another's.
  func send(_ signal: Int32) {
    state.withLock { state in if state.status == nil { kill(child, signal) } }
  }

  func end() async -> Int32 {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}
