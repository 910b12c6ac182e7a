import ArgumentParser
import Foundation
import Synchronization

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json, csv }

/// Encodes `nil` as `null`: a key that is always there is easier to read by a program.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

/// Standard output: results, and nothing else.
enum Output {
  /// Where results go; another descriptor once a pass's own messages were led elsewhere.
  private static let destination = Mutex(STDOUT_FILENO)

  /// A reader that has gone (`| head`) is no reason to fail: the pass is done.
  static func print(_ text: String) {
    let file = FileHandle(fileDescriptor: destination.withLock { $0 }, closeOnDealloc: false)
    try? file.write(contentsOf: Data(text.utf8))
  }

  /// From now on what a `stdout` channel prints goes to standard error, so that standard output is
  /// one JSON object, or one table of CSV, and nothing else.
  static func keepForResults() {
    destination.withLock { current in
      let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
      guard current == STDOUT_FILENO, copy >= 0 else { return }
      if dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 { current = copy }
    }
  }

  /// - Parameter pretty: two blanks of indent; otherwise one line.
  static func json(_ value: some Encodable, pretty: Bool = true) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
      pretty
      ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      : [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return "{}" }
    return Printable.json(String(decoding: data, as: UTF8.self))
  }

  /// Text of several lines, of which each is ours.
  static func printable(_ text: String) -> String { Printable.lines(text) }

  /// Text of one line, whatever was in the values that it is made of.
  static func line(_ text: String) -> String { Printable.line(text) }
}

extension StringProtocol {
  /// Of ASCII characters that each take one column, as most of what is printed.
  var isPlain: Bool { utf8.allSatisfy { $0 >= 32 && $0 < 127 } }
}
