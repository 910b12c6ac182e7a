import Receivables
import Wire

/// What AgedReceivableDetail lists: one open transaction of one customer.
struct QuickBooksLine: Sendable {
  /// The transaction's id, whatever it is.
  let documentID: String?
  let customerID: String
  let customerName: String
  /// In the company's language: `Journal Entry`.
  let type: String
  let number: String?
  let issueDate: Day?
  let dueDate: Day?
  let open: Open

  enum Open: Sendable {
    /// In the transaction's currency, negative for a credit.
    case amount(Money)
    /// The transaction is in another currency, and the report gives its worth in the home currency.
    case homeOnly(Money)
  }
}

extension QuickBooksAPI {
  /// - Parameter areSeveral: whether the company has several currencies; `nil` when not known.
  func agedReceivables(
    on day: Day,
    areSeveral: Bool?
  ) async throws(SourceError) -> QuickBooksReport {
    var columns = ["tx_date", "txn_type", "doc_num", "cust_name", "due_date", "subt_open_bal"]
    if areSeveral != false { columns += ["currency", "foreign_open_bal"] }
    let fields = [
      (name: "report_date", value: "\(day)"),
      (name: "columns", value: columns.joined(separator: ",")),
    ]
    let name = "AgedReceivableDetail"
    return try QuickBooksReport(try await get("reports/\(name)", fields, name), name)
  }

  func customerBalances(on day: Day) async throws(SourceError) -> QuickBooksReport {
    let name = "CustomerBalance"
    let answer = try await get("reports/\(name)", [("report_date", "\(day)")], name)
    return try QuickBooksReport(answer, name)
  }
}

extension QuickBooksReport {
  /// The lines of AgedReceivableDetail that have something open.
  /// - Parameter unreadable: gets what cannot be read, where that fails nothing.
  func lines(
    home: Currency?,
    _ badDocuments: BadDocuments = .fail,
    unreadable: inout [Change]
  ) throws(SourceError) -> [QuickBooksLine] {
    let entries = rows.filter { !$0.isHeader }
    if !entries.isEmpty, !has("cust_name") || !has("subt_open_bal") && !has("foreign_open_bal") {
      throw .badData(
        document: name,
        field: "Columns",
        message: "name no customer, or no open balance"
      )
    }
    var lines: [QuickBooksLine] = []
    for row in entries {
      guard let customer = cell("cust_name", of: row), let customerID = customer.id else {
        continue
      }
      let name = customer.text ?? customerID
      do throws(SourceError) {
        if let line = try line(row, customerID, name, home: home) { lines.append(line) }
      } catch {
        let document = cell("txn_type", of: row)?.id
        unreadable.append(
          try badDocuments.leaveOut(
            error, account: customerID, name: name,
            document: document.map { QuickBooksEntries.itemID($0, customerID) }))
      }
    }
    return lines
  }

  private func line(
    _ row: Row,
    _ customerID: String,
    _ customerName: String,
    home: Currency?
  ) throws(SourceError) -> QuickBooksLine? {
    guard let open = try openBalance(of: row, home: home, customerName) else { return nil }
    let type = cell("txn_type", of: row)
    return QuickBooksLine(
      documentID: type?.id,
      customerID: customerID,
      customerName: customerName,
      type: type?.text ?? "transaction",
      number: cell("doc_num", of: row)?.text,
      issueDate: try day("tx_date", of: row, customerName),
      dueDate: try day("due_date", of: row, customerName),
      open: open
    )
  }

  /// `nil` for a row that has nothing open.
  private func openBalance(
    of row: Row,
    home: Currency?,
    _ customer: String
  ) throws(SourceError) -> QuickBooksLine.Open? {
    let home = currency ?? home
    let code = cell("currency", of: row)?.text
    var own = home
    if let code {
      do throws(MoneyError) { own = try Currency(code) } catch {
        throw bad("currency", "\(error)", of: customer)
      }
    }
    guard let own else { throw bad("currency", "is missing", of: customer) }
    let column =
      code != nil && cell("foreign_open_bal", of: row)?.text != nil
      ? "foreign_open_bal" : "subt_open_bal"
    guard let text = cell(column, of: row)?.text else { return nil }
    let isOwn = column != "subt_open_bal" || own == home
    let amount = try money(text, isOwn ? own : home ?? own, column, of: customer)
    if amount.isZero { return nil }
    return isOwn ? .amount(amount) : .homeOnly(amount)
  }

  private func day(
    _ column: String,
    of row: Row,
    _ customer: String
  ) throws(SourceError) -> Day? {
    guard let text = cell(column, of: row)?.text else { return nil }
    guard let day = Day(text) else { throw bad(column, "`\(text)` is not a date", of: customer) }
    return day
  }
}
