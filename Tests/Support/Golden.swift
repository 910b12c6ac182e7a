public import Foundation

/// Files that say what the output should be. `UPDATE_GOLDENS=1` rewrites them; review is `git
/// diff`.
///
///     #expect(Golden.difference(of: text, from: "Goldens/reminder/text.txt") == nil)
public enum Golden {
  /// Whether this run rewrites the files in place of comparing.
  public static var isUpdating: Bool {
    ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
  }

  /// - Parameter path: relative to the folder of the test's source file.
  /// - Returns: where the text differs from the file, or why there is nothing to compare with;
  ///   `nil` when they are the same to the byte.
  public static func difference(
    of text: String,
    from path: String,
    testFile: String = #filePath
  ) -> String? {
    difference(of: Data(text.utf8), from: path, testFile: testFile)
  }

  public static func difference(
    of bytes: Data,
    from path: String,
    testFile: String = #filePath
  ) -> String? {
    let file = URL(filePath: testFile).deletingLastPathComponent().appending(path: path)
    let expected = try? Data(contentsOf: file)
    if expected == bytes { return nil }
    if isUpdating {
      do {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(),
          withIntermediateDirectories: true
        )
        try bytes.write(to: file)
        return nil
      } catch {
        return "\(path) cannot be written: \(error)"
      }
    }
    guard let expected else { return "\(path) is missing; UPDATE_GOLDENS=1 writes it" }
    return firstDifference(
      expected: String(decoding: expected, as: UTF8.self),
      found: String(decoding: bytes, as: UTF8.self),
      path: path
    )
  }

  private static func firstDifference(expected: String, found: String, path: String) -> String {
    // By bytes: for Swift's `==`, `\r\n` is one character and composed letters equal decomposed
    // ones.
    let old = expected.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let new = found.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    func line(_ lines: [Substring.UTF8View], _ index: Int) -> String {
      index < lines.count ? Substring(lines[index]).debugDescription : "no line"
    }
    let index =
      zip(old, new).enumerated().first { !$1.0.elementsEqual($1.1) }?.offset
      ?? min(old.count, new.count)
    return """
      \(path):\(index + 1): expected \(line(old, index)), found \(line(new, index)) \
      (UPDATE_GOLDENS=1 rewrites it)
      """
  }
}
