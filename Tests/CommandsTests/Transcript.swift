import Foundation
import Support

/// A talk with the program that a bookkeeper can read:
///
///     # Comments are for the reader.
///     file ledger.csv
///     | account_id,document_id
///     $ balancealert check
///     what it prints
///     2> what it says on standard error
///     >= 0
///
/// Also: `file NAME mode 644`, `env NAME=VALUE`, `copy PATH` (of the repository, as it is). What
/// differs from run to run (folder, durations, process ids) is made the same. `UPDATE_GOLDENS=1`
/// rewrites what it printed.
struct Transcript {
  enum Part {
    /// Anything that is kept as it is: comments, blank lines.
    case text(String)
    case file(name: String, mode: Int, lines: [String])
    case environment(name: String, value: String)
    case copy(path: String)
    case command(line: String, expected: [String])
  }

  struct Malformed: Error, CustomStringConvertible { let description: String }

  let file: URL
  private(set) var parts: [Part] = []

  init(_ file: URL) throws {
    self.file = file
    var lines = try String(contentsOf: file, encoding: .utf8).split(
      separator: "\n",
      omittingEmptySubsequences: false
    ).map(String.init)[...]
    if lines.last == "" { lines.removeLast() }
    while let line = lines.popFirst() {
      let words = line.split(separator: " ").map(String.init)
      if line.hasPrefix("$ ") {
        var expected: [String] = []
        while let next = lines.first, !next.hasPrefix("$ ") {
          // Without a status the command was just written: nothing is expected yet.
          if next.isEmpty, !lines.contains(where: { $0.hasPrefix(">= ") }) { break }
          lines.removeFirst()
          expected.append(next)
          if next.hasPrefix(">= ") { break }
        }
        parts.append(.command(line: String(line.dropFirst(2)), expected: expected))
      } else if words.first == "file", words.count == 2 || words.count == 4 {
        var content: [String] = []
        while let next = lines.first, next.hasPrefix("|") {
          lines.removeFirst()
          content.append(String(next.dropFirst(next.hasPrefix("| ") ? 2 : 1)))
        }
        let mode = words.count == 4 ? Int(words[3], radix: 8) ?? 0o600 : 0o600
        parts.append(.file(name: words[1], mode: mode, lines: content))
      } else if words.first == "env", let equals = line.firstIndex(of: "=") {
        parts.append(
          .environment(
            name: String(line[..<equals].dropFirst(4)),
            value: String(line[line.index(after: equals)...])
          )
        )
      } else if words.first == "copy", words.count == 2 {
        parts.append(.copy(path: words[1]))
      } else {
        parts.append(.text(line))
      }
    }
  }

  var commands: Int { parts.count { if case .command = $0 { true } else { false } } }

  /// The value of a line `KEY: value`.
  func value(_ key: String) -> String? {
    for case .text(let line) in parts where line.hasPrefix("\(key): ") {
      return String(line.dropFirst(key.count + 2))
    }
    return nil
  }

  /// Performs it in a folder of its own.
  /// - Returns: the transcript as it went.
  func play(_ binary: Binary) async throws -> String {
    let folder = try TemporaryFolder()
    var environment = ["TZ": "UTC", "LC_ALL": "C"]
    var text = ""
    for part in parts {
      switch part {
      case .text(let line): text += "\(line)\n"
      case .file(let name, let mode, let lines):
        try folder.write(lines.map { "\($0)\n" }.joined(), to: name, mode: mode)
        text += "file \(name)\(mode == 0o600 ? "" : " mode \(String(mode, radix: 8))")\n"
        text += lines.map { $0.isEmpty ? "|\n" : "| \($0)\n" }.joined()
      case .environment(let name, let value):
        environment[name] = value
        text += "env \(name)=\(value)\n"
      case .copy(let path):
        try Self.copy(path, to: folder)
        text += "copy \(path)\n"
      case .command(let line, _):
        let ended = try await binary.shell(line, in: folder, environment: environment)
        text += "$ \(line)\n" + Self.lines(ended.output, folder).map { "\($0)\n" }.joined()
        text += Self.lines(ended.errors, folder).map { "2> \($0)\n" }.joined()
        text += ">= \(ended.status)\n"
      }
    }
    return text
  }

  private static func copy(_ path: String, to folder: TemporaryFolder) throws {
    let from = repository.appending(path: path)
    for name in try FileManager.default.contentsOfDirectory(atPath: from.path) {
      try FileManager.default.copyItem(
        atPath: from.appending(path: name).path,
        toPath: folder.file(name)
      )
    }
  }

  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What was printed, without what differs from run to run. A carriage return is shown as `␍`.
  private static func lines(_ output: String, _ folder: TemporaryFolder) -> [String] {
    var text = output.replacing(folder.path, with: "FOLDER")
    text = text.replacing(/(?m)^took        \d+\.\d{3} s$/, with: "took        0.000 s")
    text = text.replacing(/process \d+ on \S+ since \S+/, with: "process N on HOST, since TIME")
    text = String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\r" ? "\u{240D}" : $0 })
    )
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
