import Receivables
import Settings

/// What Excel makes of a long number in a cell that is not text: `1.23457E+11`.
func isShortenedID(_ id: String) -> Bool {
  let parts = id.uppercased().split(separator: "E", omittingEmptySubsequences: false)
  guard parts.count == 2, parts[1].hasPrefix("+") else { return false }
  let number = parts[0].split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
  return writtenNumber(parts[1].dropFirst()) != nil && (1...2).contains(number.count)
    && number[0].utf8.count == 1 && number.allSatisfy { writtenNumber($0) != nil }
}

let shortenedIDComplaint =
  "is a number that a spreadsheet has shortened, and others may have become the same; format the "
  + "column as text and export it again"

/// CSV records by column name, with the kinds of value that the CSV source and the directory share.
struct CSVTable: Sendable {
  /// A column that means nothing here.
  struct UnknownColumn: Sendable {
    let name: String
    fileprivate let position: Int
    /// Of the header's cell, as `file:line:column`.
    let place: String
    let nearest: String?
  }

  let unknownColumns: [UnknownColumn]
  private var parser: CSVParser
  private let positions: [String: Int]

  /// - Throws: `.badData` for a bad header or one without a required column.
  init(
    _ bytes: [UInt8],
    file: String,
    columns: [String],
    required: [String]
  ) throws(SourceError) {
    parser = try CSVParser(bytes, file: file)
    var positions: [String: Int] = [:]
    var unknown: [UnknownColumn] = []
    for (position, name) in parser.header.enumerated() {
      if columns.contains(name) {
        positions[name] = position
        continue
      }
      unknown.append(
        UnknownColumn(
          name: name, position: position, place: parser.place(position),
          nearest: nearest(to: name, among: columns)))
    }
    for name in required where positions[name] == nil {
      let there = parser.header.joined(separator: ", ")
      let meant = unknown.first { $0.nearest == name }?.name
      let hint = meant.map { " (is `\($0)` meant? Write it as `\(name)`)" } ?? ""
      throw .badData(
        document: "\(file):1:1",
        field: name,
        message: "this column is missing; there are: \(there)\(hint)"
      )
    }
    self.positions = positions
    unknownColumns = unknown
  }

  /// That they are passed over.
  var notices: [String] {
    unknownColumns.map { column in
      let hint = column.nearest.map { " (is it `\($0)`?)" } ?? ""
      return "\(column.place): unknown column `\(column.name)` passed over\(hint)"
    }
  }

  mutating func next() throws(SourceError) -> Bool { try parser.next() }

  var line: Int { parser.recordLine }

  func isEmpty(_ column: UnknownColumn) -> Bool { parser.isEmpty(column.position) }

  /// `file:line:column` of a field; of the record's start where the column is not there.
  func place(_ column: String) -> String { parser.place(positions[column] ?? 0) }

  func problem(_ column: String, _ message: String) -> SourceError {
    .badData(document: place(column), field: column, message: message)
  }

  /// `nil` when the field is empty or the column is not there.
  func text(_ column: String) throws(SourceError) -> String? {
    guard let position = positions[column], !parser.isEmpty(position) else { return nil }
    return try parser.text(position)
  }

  /// The bytes of several fields, one after the other with a mark between them.
  func bytes(of columns: [String]) -> [UInt8] {
    var all: [UInt8] = []
    all.reserveCapacity(16 * columns.count)
    for column in columns {
      if let position = positions[column] { parser.withBytes(position) { all += $0 } }
      all.append(0)
    }
    return all
  }

  func required(_ column: String) throws(SourceError) -> String {
    guard let text = try text(column) else { throw problem(column, "is missing") }
    return text
  }

  /// An id, without blanks around it and signs that nobody sees; `nil` as for `text`.
  func identifier(_ column: String) throws(SourceError) -> String? {
    guard let text = try text(column).map(Visible.identifier), !text.isEmpty else { return nil }
    return text
  }

  func requiredIdentifier(_ column: String) throws(SourceError) -> String {
    guard let id = try identifier(column) else { throw problem(column, "is missing") }
    return id
  }

  /// A day as `2026-11-23`.
  func day(_ column: String) throws(SourceError) -> Day? {
    guard let position = positions[column], !parser.isEmpty(position) else { return nil }
    if let day = parser.withBytes(position, { Day(utf8: $0) }) {
      if let slip = day.slip { throw problem(column, slip) }
      return day
    }
    throw problem(column, "`\(try parser.text(position))` is not a date such as 2026-11-23")
  }

  /// Not negative.
  func amount(_ column: String, _ currency: Currency) throws(SourceError) -> Money? {
    guard let position = positions[column], !parser.isEmpty(position) else { return nil }
    do throws(MoneyError) {
      let money = try parser.withBytes(position) { (bytes) throws(MoneyError) in
        try Money(writtenUTF8: bytes, currency: currency)
      }
      if money.minorUnits >= 0 { return money }
    } catch {
      throw problem(column, "\(error)")
    }
    throw problem(column, "is negative; write what reduces the balance as a row of kind `credit`")
  }

  func flag(_ column: String) throws(SourceError) -> Bool? {
    guard let text = try text(column) else { return nil }
    switch text {
    case "yes", "Yes", "YES": return true
    case "no", "No", "NO": return false
    default: throw problem(column, "`\(text)` must be yes or no")
    }
  }

  func choice<T: RawRepresentable & CaseIterable>(_ column: String) throws(SourceError) -> T?
  where T.RawValue == String {
    guard let text = try text(column) else { return nil }
    if let value = T(rawValue: text) ?? T(rawValue: text.lowercased()) { return value }
    let names = T.allCases.map(\.rawValue).joined(separator: ", ")
    throw problem(column, "`\(text)` must be one of \(names)")
  }

  /// Separated by semicolons.
  func tags(_ column: String) throws(SourceError) -> [String]? {
    try text(column)?.split(separator: ";").map { trimmed($0) }.filter { !$0.isEmpty }
  }

  /// Addresses separated by semicolons or commas.
  func emails(_ column: String) throws(SourceError) -> EmailList? {
    try text(column).map { EmailList($0) }
  }

  /// BCP 47 in its plain form: `en`, `de-AT`, `zh-Hant-TW`.
  func locale(_ column: String) throws(SourceError) -> String? {
    guard let text = try text(column) else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isWell = parts.allSatisfy {
      (1...8).contains($0.count) && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
    if isWell, (2...3).contains(parts[0].count) { return text }
    throw problem(column, "`\(text)` is not a locale such as de-AT")
  }

  /// An IANA name, `Pacific/Auckland`.
  func zone(_ column: String) throws(SourceError) -> String? {
    guard let text = try text(column) else { return nil }
    if Zone(text) != nil { return text }
    throw problem(column, "`\(text)` is not an IANA time zone, as in Pacific/Auckland")
  }

  func url(_ column: String) throws(SourceError) -> String? {
    guard let text = try text(column) else { return nil }
    if isAcceptableURL(text) { return text }
    throw problem(column, "`\(text)` is not an https:// address")
  }

  private func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
