import Foundation
import Host
import Settings

/// A file of lines `NAME=value`, which are taken literally: no shell reads them, so neither quotes
/// nor `$` mean anything. Blank lines, and those that begin with `#`, are passed over.
public enum EnvironmentFile {
  /// - Throws: `ConfigurationError` with the line that is none; with line 1 where there is no file.
  public static func read(path: String) throws(ConfigurationError) -> [String: String] {
    func problem(_ line: Int, _ message: String) -> ConfigurationError {
      ConfigurationError([
        Problem(
          file: path, SettingsProblem(at: Position(line: line, column: 1), path: "", message))
      ])
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw problem(1, "--env-file: there is no such file, or it cannot be read")
    }
    let text: String
    do throws(TextFile.Problem) { text = try TextFile.text(of: data) } catch {
      throw problem(error.line ?? 1, "--env-file \(error.why)")
    }
    var values: [String: String] = [:]
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated()
    where !line.allSatisfy(\.isWhitespace) && line.first != "#" {
      let pair = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, isName(pair[0]) else {
        throw problem(index + 1, "a line is NAME=value, without `export` or blanks")
      }
      values[String(pair[0])] = String(pair[1])
    }
    return values
  }

  /// As POSIX has them: letters, digits and `_`, no digit first.
  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.first, !first.isNumber else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" }
  }
}
