import Foundation

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
