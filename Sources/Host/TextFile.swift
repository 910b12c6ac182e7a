/// Text as programs on any machine save it: with or without a byte order mark, with lines that end
/// in LF, CRLF or CR. The mark and the carriage returns are no part of what it says.
public enum TextFile {
  /// Why bytes are no text: a sentence without its subject.
  public struct Problem: Error, Equatable, Sendable {
    public let why: String
    /// From 1, where it is known.
    public let line: Int?

    public init(why: String, line: Int?) {
      self.why = why
      self.line = line
    }
  }

  /// The text in UTF-8, its lines ended by LF alone.
  /// - Throws: `Problem` for UTF-16, and for bytes that are no UTF-8.
  public static func text(of bytes: some Sequence<UInt8>) throws(Problem) -> String {
    var bytes = Array(bytes)
    if isUTF16(bytes) { throw Problem(why: utf16, line: nil) }
    if bytes.starts(with: mark) { bytes.removeFirst(mark.count) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(why: "is not UTF-8 text; save it as UTF-8", line: flawedLine(of: bytes))
    }
    return withoutReturns(text)
  }

  /// The first line that is not empty: what a secret's file, or a program's output, says.
  /// - Throws: as `text`.
  public static func firstLine(of bytes: some Sequence<UInt8>) throws(Problem) -> String? {
    try text(of: bytes).split(separator: "\n").first.map(String.init)
  }

  /// A value that somebody has put together from such a file: without a mark before it, or a line
  /// end behind it.
  public static func value(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    while let last = scalars.last, last == "\r" || last == "\n" { scalars.removeLast() }
    return String(scalars)
  }

  public static func withoutReturns(_ text: String) -> String {
    // Of bytes: CRLF is one character.
    guard text.utf8.contains(13) else { return text }
    return text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  /// As Windows saves what it calls Unicode.
  public static func isUTF16(_ bytes: some Sequence<UInt8>) -> Bool {
    let first = Array(bytes.prefix(2))
    return first == [0xFF, 0xFE] || first == [0xFE, 0xFF]
  }

  public static let utf16 = "is UTF-16; save it as UTF-8"
  /// The byte order mark of UTF-8.
  public static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private static func flawedLine(of bytes: [UInt8]) -> Int? {
    let lines = bytes.split(omittingEmptySubsequences: false) { $0 == 10 }
    return lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
  }
}
