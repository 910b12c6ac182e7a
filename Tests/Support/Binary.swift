import Foundation
import Synchronization

/// The real `balancealert`, as it was built beside the tests.
public struct Binary: Sendable {
  public struct Ended: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String
  }

  public struct NotBuilt: Error, CustomStringConvertible {
    public let description: String
  }

  /// The folder that it lies in.
  public let folder: String

  public init() throws {
    // Linux: the test program lies beside it. macOS: the bundle does, three folders up.
    let arguments = CommandLine.arguments[0]
    let bundles = Bundle.allBundles.map(\.bundlePath).filter { $0.hasSuffix(".xctest") }
    let starts = [arguments, Bundle.main.bundlePath + "/x"] + bundles
    let folders = starts.map { URL(filePath: $0).deletingLastPathComponent().path }
    guard
      let folder = folders.first(where: {
        FileManager.default.isExecutableFile(atPath: "\($0)/balancealert")
      })
    else { throw NotBuilt(description: "no balancealert in \(folders)") }
    self.folder = folder
  }

  /// One run of it, to its end.
  public func run(
    _ arguments: [String],
    in folder: TemporaryFolder,
    environment: [String: String] = [:],
    input: [UInt8]? = nil
  ) async throws -> Ended {
    let running = try start(arguments, in: folder, environment: environment)
    if let input { running.type(input) }
    running.endInput()
    return await running.end()
  }

  /// Starts it and goes on.
  public func start(
    _ arguments: [String],
    in folder: TemporaryFolder,
    environment: [String: String] = [:]
  ) throws -> Running {
    try Running("\(self.folder)/balancealert", arguments, in: folder, environment)
  }

  /// A line for the shell, in which `balancealert` is this one.
  public func shell(
    _ line: String,
    in folder: TemporaryFolder,
    environment: [String: String] = [:]
  ) async throws -> Ended {
    var environment = environment
    environment["PATH"] = "\(self.folder):/usr/bin:/bin"
    return try await Running("/bin/sh", ["-c", line], in: folder, environment).end()
  }
}

/// A process whose output goes to files, so that no pipe can fill up.
public final class Running: Sendable {
  private let process: Mutex<Process>
  private let outputPath: String
  private let errorsPath: String
  private let ended = Ending()
  private let input = Pipe()
  public let identifier: Int32

  public init(
    _ program: String,
    _ arguments: [String],
    in folder: TemporaryFolder,
    _ environment: [String: String]
  ) throws {
    let stamp = NSTemporaryDirectory().appending("balancealert-\(UUID().uuidString)")
    outputPath = stamp + ".out"
    errorsPath = stamp + ".err"
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder.path)
    // Nothing of this machine's environment: a developer's config is not what is tested.
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "TMPDIR": folder.path]
      .merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = try Self.handle(outputPath)
    process.standardError = try Self.handle(errorsPath)
    process.terminationHandler = { [ended] in ended.come($0.terminationStatus) }
    try process.run()
    identifier = process.processIdentifier
    self.process = Mutex(process)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: outputPath)
    try? FileManager.default.removeItem(atPath: errorsPath)
  }

  /// To its standard input. A program that is gone, or does not read, is no failure.
  public func type(_ bytes: [UInt8]) {
    try? input.fileHandleForWriting.write(contentsOf: Data(bytes))
  }

  public func endInput() { try? input.fileHandleForWriting.close() }

  /// What it has printed so far.
  public var output: String {
    String(decoding: FileManager.default.contents(atPath: outputPath) ?? Data(), as: UTF8.self)
  }

  /// Waits until it has printed a line that begins so, or has ended.
  public func line(beginning start: String) async -> String? {
    while true {
      let lines = output.split(separator: "\n").map(String.init)
      if let line = lines.first(where: { $0.hasPrefix(start) }) { return line }
      if ended.hasCome { return nil }
      await Task.yield()
    }
  }

  /// SIGTERM.
  public func terminate() { kill(identifier, SIGTERM) }

  /// SIGKILL.
  public func kill() { kill(identifier, SIGKILL) }

  private func kill(_ identifier: Int32, _ signal: Int32) {
    _ = Foundation.kill(identifier, signal)
  }

  /// Waits for it. The status of a killed process is the signal's number.
  public func end() async -> Binary.Ended {
    let status = await ended.status()
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    return Binary.Ended(status: status, output: text(outputPath), errors: text(errorsPath))
  }

  private static func handle(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    guard let handle = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
    return handle
  }
}

/// The end of a process, which comes once and may be waited for by many.
private final class Ending: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }
  private let state = Mutex(State())

  func come(_ status: Int32) {
    let waiting = state.withLock { state in
      state.status = status
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }

  var hasCome: Bool { state.withLock { $0.status != nil } }

  func status() async -> Int32 {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}
