import ArgumentParser
import Foundation

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json, csv }

/// Standard output: results, and nothing else.
enum Output {
  static func print(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  /// - Parameter pretty: two blanks of indent; otherwise one line.
  static func json(_ value: some Encodable, pretty: Bool = true) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
      pretty
      ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      : [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// A customer's name must not move the cursor, clear the screen, or reorder a line.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.value {
          case 10: scalar
          case 0..<32, 127..<160, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: "\u{FFFD}"
          default: scalar
          }
        }
      )
    )
  }

  static func line(_ text: String) -> String { printable(text).replacing("\n", with: " ") }
}
