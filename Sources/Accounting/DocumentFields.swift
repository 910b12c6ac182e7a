import Receivables
import Wire

/// Reads the fields of one document of a platform, and names document and field when one is wrong.
struct DocumentFields: Sendable {
  let row: JSON
  /// For people: `invoice INV-12 (b2c4…)`.
  let document: String

  init(_ row: JSON, _ document: String) {
    self.row = row
    self.document = document
  }

  /// Not empty, without blanks around it; `nil` for anything else.
  func text(_ field: String) -> String? { plainText(row[field]) }

  /// An id or other text without which the document means nothing. Numbers are ids too.
  func requiredText(_ field: String) throws(SourceError) -> String {
    guard let text = text(field) ?? row[field]?.numberText else { throw bad(field, "is missing") }
    if text.utf8.contains(0) { throw bad(field, zeroByte) }
    return text
  }

  func currency(_ field: String) throws(SourceError) -> Currency {
    guard let code = text(field) else { throw bad(field, "is missing") }
    do throws(MoneyError) { return try Currency(code.uppercased()) } catch {
      throw bad(field, "\(error)")
    }
  }

  /// A decimal amount, as a JSON number or as a text of digits, read digit by digit.
  func money(_ field: String, _ currency: Currency) throws(SourceError) -> Money {
    guard let amount = try optionalMoney(field, currency) else { throw bad(field, "is missing") }
    return amount
  }

  /// `nil` where there is none; what is there and is no amount is an error.
  func optionalMoney(_ field: String, _ currency: Currency) throws(SourceError) -> Money? {
    guard let value = row[field], !value.isNull else { return nil }
    do throws(MoneyError) {
      let number = try value.withNumber { (digits) throws(MoneyError) in
        try Money(utf8: digits, currency: currency)
      }
      if let number { return number }
      if let text = plainText(value) { return try Money(text, currency: currency) }
    } catch {
      throw bad(field, "\(error)")
    }
    throw bad(field, "is not an amount")
  }

  /// A plain calendar date, `2026-11-23`; `nil` where there is none.
  func day(_ field: String) throws(SourceError) -> Day? {
    guard let value = row[field], !value.isNull else { return nil }
    guard let text = plainText(value) else { return nil }
    guard let day = Day(text) else { throw bad(field, "`\(text)` is not a date") }
    return day
  }

  func bad(_ field: String, _ message: String) -> SourceError {
    .badData(document: document, field: field, message: message)
  }
}

/// Why a text is no id: SQLite's texts, and with them the ids in a state, end at the first one.
let zeroByte = "has a zero byte (U+0000); take it out"

/// Not empty, without blanks around it; `nil` for anything that is no text.
func plainText(_ value: JSON?) -> String? {
  guard let text = value?.string?.drop(while: \.isWhitespace), !text.isEmpty else { return nil }
  guard let end = text.lastIndex(where: { !$0.isWhitespace }) else { return nil }
  return String(text[...end])
}

/// The answer's body as JSON.
/// - Parameter what: for people: `Invoices, page 2`.
/// - Throws: `.unreachable` for a web page, a cut answer, anything that is not JSON: the platform
///   has not answered, and nobody here can mend what came.
func json(of response: Response, _ what: String) throws(SourceError) -> JSON {
  do throws(JSONError) { return try JSON(parsing: response.body) } catch {
    let isMarkup = response.body.first { $0 > 32 } == UInt8(ascii: "<")
    let came = isMarkup ? "a web page (or XML) came in place of JSON" : "\(error)"
    throw .unreachable("\(what): \(came)")
  }
}
