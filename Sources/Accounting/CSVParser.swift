import Host

/// Reads comma-separated values as RFC 4180 has them, one record at a time: quotes, commas and line
/// ends within quotes, LF or CRLF, a byte order mark. Blank lines are passed over, and rows of
/// nothing but separators. No text is made until asked for.
public struct CSVParser: Sendable {
  /// Shown in every error.
  public let file: String
  /// The column names, without the blanks around them.
  public private(set) var header: [String] = []

  private let bytes: [UInt8]
  private var place = Place()
  private var fields: [Field] = []

  /// A header of more is no header: each column that nobody knows is looked up by likeness.
  private static let mostColumns = 1000

  /// Reads the header.
  /// - Throws: `SourceError.badData` for a file without one, for a name that stands twice, for a
  ///   file that is not UTF-8 text.
  public init(_ bytes: [UInt8], file: String) throws(SourceError) {
    self.bytes = bytes
    self.file = file
    if bytes.starts(with: TextFile.mark) {
      place.at = TextFile.mark.count
      place.lineStart = place.at
    } else if TextFile.isUTF16(bytes) {
      throw .badData(document: "\(file):1:1", field: "", message: TextFile.utf16)
    }
    guard try record() else {
      throw .badData(
        document: "\(file):1:1",
        field: "",
        message: "is empty; the first line must name the columns"
      )
    }
    if fields.count > Self.mostColumns {
      throw .badData(
        document: place(Self.mostColumns), field: "",
        message:
          "the header has \(fields.count) columns, more than \(Self.mostColumns): has the file"
          + " lost its line ends?")
    }
    var places: [String: Int] = [:]
    for column in fields.indices {
      let name = try text(column)
      if !name.isEmpty, let first = places.updateValue(column, forKey: name) {
        throw problem(column, "the column `\(name)` stands twice (also at \(place(first)))")
      }
      header.append(name)
    }
    if header.count == 1, header[0].contains(";") || header[0].contains("\t") {
      throw problem(0, "the columns must be separated by commas")
    }
  }

  /// Goes to the next record; false after the last.
  /// - Throws: `.badData` for a quote that is never closed, text behind a closing quote, a quote
  ///   within a plain field, and another number of fields than the header has.
  public mutating func next() throws(SourceError) -> Bool {
    guard try record() else { return false }
    if fields.count != header.count {
      let column = min(fields.count, header.count + 1) - 1
      throw problem(
        column,
        "has \(fields.count) fields, the header has \(header.count)",
        field: ""
      )
    }
    return true
  }

  /// The line on which the record starts.
  public var recordLine: Int { fields.first?.place.line ?? place.line }

  /// `file:line:column` of a field; lines and columns count from 1, columns in characters.
  public func place(_ column: Int) -> String {
    guard fields.indices.contains(column) else { return "\(file):\(place.line):1" }
    let place = fields[column].place
    // Every byte but those that continue a character.
    let before = bytes[place.lineStart..<place.at].count { $0 & 0xC0 != 0x80 }
    return "\(file):\(place.line):\(before + 1)"
  }

  /// A problem with a field of this record.
  public func problem(_ column: Int, _ message: String, field: String? = nil) -> SourceError {
    let name = field ?? (header.indices.contains(column) ? header[column] : "")
    return .badData(document: place(column), field: name, message: message)
  }

  /// A field's text without blanks around it.
  /// - Throws: `.badData` when it is not UTF-8.
  public func text(_ column: Int) throws(SourceError) -> String {
    let text = withBytes(column) { bytes -> String? in
      // What is plain ASCII, as nearly everything is, needs no second look.
      bytes.allSatisfy { $0 < 0x80 }
        ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }
    guard let text else { throw problem(column, "is not UTF-8 text; save the file as UTF-8") }
    if text.utf8.contains(0) { throw problem(column, zeroByte) }
    return TextFile.withoutReturns(text)
  }

  public func isEmpty(_ column: Int) -> Bool { withBytes(column) { $0.isEmpty } }

  /// A field's bytes without blanks around them, quotes resolved; copied only where quotes are
  /// doubled.
  public func withBytes<R, E: Error>(
    _ column: Int,
    _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    let field = fields[column]
    if field.hasDoubled {
      var plain: [UInt8] = []
      plain.reserveCapacity(field.length)
      var isSecond = false
      for byte in bytes[field.start..<(field.start + field.length)] {
        isSecond = byte == quote && !isSecond
        if !isSecond { plain.append(byte) }
      }
      return try plain.withUnsafeBufferPointer { (all) throws(E) -> R in
        try body(trimmed(all, 0, all.count))
      }
    }
    return try bytes.withUnsafeBufferPointer { (all) throws(E) -> R in
      try body(trimmed(all, field.start, field.start + field.length))
    }
  }

  /// Reads the fields of the next record that is not a blank line; false at the end.
  private mutating func record() throws(SourceError) -> Bool {
    var fields: [Field] = []
    swap(&fields, &self.fields)
    var place = place
    let result = bytes.withUnsafeBufferPointer { all -> Result<Bool, Broken> in
      var scanner = Scanner(all: all, place: place)
      defer { place = scanner.place }
      do throws(Broken) {
        repeat {
          fields.removeAll(keepingCapacity: true)
          if scanner.place.at >= all.count { return .success(false) }
          try scanner.record(into: &fields)
        } while Self.isBlank(fields, all)
        return .success(true)
      } catch {
        return .failure(error)
      }
    }
    self.place = place
    self.fields = fields
    switch result {
    case .success(let isThere): return isThere
    case .failure(let broken):
      self.fields = [Field(start: broken.place.at, place: broken.place)]
      throw problem(0, broken.message, field: "")
    }
  }

  /// A blank line, or one of separators alone: what spreadsheets leave of rows that were emptied.
  private static func isBlank(_ fields: [Field], _ all: UnsafeBufferPointer<UInt8>) -> Bool {
    if fields.count == 1 { return fields[0].length == 0 && !fields[0].isQuoted }
    return fields.allSatisfy { trimmed(all, $0.start, $0.start + $0.length).isEmpty }
  }

  private struct Broken: Error {
    let message: String
    let place: Place
  }

  /// A byte's offset, its line, from 1, and the offset at which that line starts.
  private struct Place {
    var at = 0
    var line = 1
    var lineStart = 0
  }

  private struct Field {
    /// Of the first byte of the value, behind an opening quote.
    var start: Int
    var length = 0
    var isQuoted = false
    /// Whether the value holds doubled quotes.
    var hasDoubled = false
    /// Of the first byte of the field, the quote included.
    var place: Place
  }

  private struct Scanner {
    let all: UnsafeBufferPointer<UInt8>
    var place: Place

    mutating func record(into fields: inout [Field]) throws(Broken) {
      while true {
        let isQuoted = place.at < all.count && all[place.at] == quote
        fields.append(try isQuoted ? quoted() : plain())
        if place.at == all.count { return }
        let byte = all[place.at]
        place.at += 1
        if byte == comma { continue }
        if byte == carriageReturn, place.at < all.count, all[place.at] == newline { place.at += 1 }
        place.line += 1
        place.lineStart = place.at
        return
      }
    }

    private mutating func plain() throws(Broken) -> Field {
      var field = Field(start: place.at, place: place)
      var at = place.at
      while at < all.count {
        let byte = all[at]
        if byte == comma || byte == newline || byte == carriageReturn { break }
        if byte == quote {
          place.at = at
          throw Broken(
            message: "a quote within a field: put the field in quotes and double its own",
            place: place
          )
        }
        at += 1
      }
      field.length = at - field.start
      place.at = at
      return field
    }

    private mutating func quoted() throws(Broken) -> Field {
      var field = Field(start: place.at + 1, isQuoted: true, place: place)
      place.at += 1
      while true {
        guard place.at < all.count else {
          throw Broken(message: "a quote is opened here and never closed", place: field.place)
        }
        let byte = all[place.at]
        place.at += 1
        if byte == newline {
          place.line += 1
          place.lineStart = place.at
        } else if byte == quote {
          guard place.at < all.count, all[place.at] == quote else { break }
          field.hasDoubled = true
          place.at += 1
        }
      }
      field.length = place.at - 1 - field.start
      if place.at < all.count, ![comma, newline, carriageReturn].contains(all[place.at]) {
        throw Broken(message: "text stands behind a closing quote", place: place)
      }
      return field
    }
  }
}

private let comma = UInt8(ascii: ",")
private let quote = UInt8(ascii: "\"")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

private func trimmed(
  _ all: UnsafeBufferPointer<UInt8>,
  _ start: Int,
  _ end: Int
) -> UnsafeBufferPointer<UInt8> {
  var (start, end) = (start, end)
  while start < end, all[start] == 32 || all[start] == 9 { start += 1 }
  while end > start, all[end - 1] == 32 || all[end - 1] == 9 { end -= 1 }
  return UnsafeBufferPointer(rebasing: all[start..<end])
}
