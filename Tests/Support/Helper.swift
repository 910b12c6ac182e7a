public import Foundation
import Synchronization

/// A program that a test needs beside it and talks with, line by line; by a thread that may block.
public final class Helper: Sendable {
  public let identifier: Int32
  private let input: Int32
  private let output: Int32
  private let rest = Mutex<[UInt8]>([])
  private let hasEnded = Mutex(false)

  /// Its errors go nowhere.
  public init(_ words: [String]) throws {
    let (input, output) = (try pipeEnds(), try pipeEnds())
    let nowhere = try opened("/dev/null", O_WRONLY)
    defer { for file in [input.reading, output.writing, nowhere] { close(file) } }
    identifier = try spawn(
      words, in: nil, environment: nil, files: (input.reading, output.writing, nowhere))
    self.input = input.writing
    self.output = output.reading
  }

  deinit {
    kill()
    close(input)
    close(output)
  }

  /// The next line of its output, without its line end; `nil` when it has closed that.
  public func line() -> String? {
    rest.withLock { rest in
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        if let place = rest.firstIndex(of: 10) {
          defer { rest.removeSubrange(...place) }
          return String(decoding: rest[..<place], as: UTF8.self)
        }
        let count = read(output, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return nil }
        rest += buffer[..<count]
      }
    }
  }

  /// SIGKILL; returns when it is gone.
  public func kill() {
    hasEnded.withLock { hasEnded in
      if hasEnded { return }
      hasEnded = true
      _ = Foundation.kill(identifier, SIGKILL)
      _ = status(ofEnded: identifier)
    }
  }

  public struct Ended: Sendable {
    public let status: Int32
    public let output: Data
    public let errors: String
  }

  /// One run, to its end.
  public static func run(_ words: [String], input: Data = Data()) throws -> Ended {
    let folder = try TemporaryFolder()
    let names = ["input", "output", "errors"].map(folder.file)
    try input.write(to: URL(filePath: names[0]))
    let files = try zip(names, [O_RDONLY, O_WRONLY, O_WRONLY]).map { try opened($0, $1) }
    defer { for file in files { close(file) } }
    let child = try spawn(
      words, in: nil, environment: nil, files: (files[0], files[1], files[2]))
    let status = status(ofEnded: child)
    func contents(_ name: String) -> Data { FileManager.default.contents(atPath: name) ?? Data() }
    return Ended(
      status: status, output: contents(names[1]),
      errors: String(decoding: contents(names[2]), as: UTF8.self))
  }
}
