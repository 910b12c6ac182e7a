import Receivables
import Wire

/// A report: its columns come in the service's order and language, its rows in sections.
struct QuickBooksReport: Sendable {
  struct Cell: Sendable {
    let text: String?
    let id: String?
  }

  struct Row: Sendable {
    /// Of a section: a customer who has sub-customers, or an aging bucket.
    let isHeader: Bool
    let cells: [Cell]
  }

  let name: String
  /// Of the amounts that are in the home currency.
  let currency: Currency?
  /// Sections opened, sums left out.
  private(set) var rows: [Row] = []
  /// Of each column, its stable key and its type; the title is localised.
  private let columns: [[String]]

  init(_ answer: JSON, _ name: String) throws(SourceError) {
    self.name = name
    guard let header = answer["Header"], header.kind == .object, let rows = answer["Rows"],
      rows.kind == .object
    else { throw .badData(document: name, field: "", message: "is not a report") }
    if let code = plainText(header["Currency"]) {
      do throws(MoneyError) { currency = try Currency(code) } catch {
        throw .badData(document: name, field: "Header.Currency", message: "\(error)")
      }
    } else {
      currency = nil
    }
    let described = answer["Columns"]?["Column"]?.array.map(Array.init) ?? []
    columns = described.map { column in
      let key = column["MetaData"]?.array?.first { $0["Name"]?.isString("ColKey") == true }
      return [plainText(key?["Value"]), plainText(column["ColType"])].compactMap { $0 }
    }
    gather(rows)
  }

  private mutating func gather(_ section: JSON) {
    for row in section["Row"]?.array.map(Array.init) ?? [] {
      if let header = row["Header"]?["ColData"] { add(header, isHeader: true) }
      if let inner = row["Rows"] { gather(inner) }
      if let cells = row["ColData"] { add(cells, isHeader: false) }
    }
  }

  private mutating func add(_ cells: JSON, isHeader: Bool) {
    let cells = cells.array?.map { Cell(text: plainText($0["value"]), id: plainText($0["id"])) }
    rows.append(Row(isHeader: isHeader, cells: cells ?? []))
  }

  /// Whether it has a column of that key or type.
  func has(_ column: String) -> Bool { columns.contains { $0.contains(column) } }

  func cell(_ column: String, of row: Row) -> Cell? {
    guard let index = columns.firstIndex(where: { $0.contains(column) }),
      row.cells.indices.contains(index)
    else { return nil }
    return row.cells[index]
  }

  /// - Throws: `.badData` that names the report, the customer and the column.
  func money(
    _ text: String,
    _ currency: Currency,
    _ column: String,
    of customer: String
  ) throws(SourceError) -> Money {
    do throws(MoneyError) { return try Money(text, currency: currency) } catch {
      throw bad(column, "\(error)", of: customer)
    }
  }

  func bad(_ column: String, _ message: String, of customer: String) -> SourceError {
    .badData(document: "\(name), \(customer)", field: column, message: message)
  }
}

extension QuickBooksReport {
  /// What each customer owes by CustomerBalance, by the customer's id, in the home currency;
  /// without what their sub-customers owe.
  /// - Parameter unreadable: gets what cannot be read, where that fails nothing.
  func balances(
    home: Currency?,
    _ badDocuments: BadDocuments = .fail,
    unreadable: inout [Change]
  ) throws(SourceError) -> [String: (name: String, amount: Money)] {
    var balances: [String: (name: String, amount: Money)] = [:]
    // A customer with sub-customers has its own amount in its section's header, unless it has a row
    // of its own within.
    for row in rows.filter(\.isHeader) + rows.filter({ !$0.isHeader }) {
      guard let customer = cell("Customer", of: row), let id = customer.id,
        let text = cell("Money", of: row)?.text
      else { continue }
      let name = customer.text ?? id
      guard let currency = currency ?? home else {
        throw bad("Header.Currency", "is missing", of: name)
      }
      do throws(SourceError) {
        balances[id] = (name, try money(text, currency, "Money", of: name))
      } catch {
        unreadable.append(
          try badDocuments.leaveOut(error, account: id, name: name, document: nil))
      }
    }
    return balances
  }
}
