import Receivables
import Wire

/// The collections that hold what is owed and what is owed back.
enum XeroCollection: String, CaseIterable {
  case invoices = "Invoices"
  case creditNotes = "CreditNotes"
  case prepayments = "Prepayments"
  case overpayments = "Overpayments"

  var idField: String {
    switch self {
    case .invoices: "InvoiceID"
    case .creditNotes: "CreditNoteID"
    case .prepayments: "PrepaymentID"
    case .overpayments: "OverpaymentID"
    }
  }

  var numberField: String {
    switch self {
    case .invoices: "InvoiceNumber"
    case .creditNotes: "CreditNoteNumber"
    case .prepayments, .overpayments: "Reference"
    }
  }

  var amountField: String { self == .invoices ? "AmountDue" : "RemainingCredit" }

  /// What customers owe or have paid ahead; the other types are bills and our own payments.
  var types: [String] {
    switch self {
    case .invoices: ["ACCREC"]
    case .creditNotes: ["ACCRECCREDIT"]
    case .prepayments: ["RECEIVE-PREPAYMENT", "ARPREPAYMENT"]
    case .overpayments: ["RECEIVE-OVERPAYMENT", "AROVERPAYMENT"]
    }
  }

  var word: String {
    switch self {
    case .invoices: "invoice"
    case .creditNotes: "credit note"
    case .prepayments: "prepayment"
    case .overpayments: "overpayment"
    }
  }

  /// What is open now, or, for a delta, what changed, of any status; a document's type never
  /// changes. Only Invoices have `Statuses`.
  func query(isDelta: Bool, _ options: XeroOptions) -> String {
    switch (self, isDelta) {
    case (.invoices, false):
      "where=Type%3D%3D%22ACCREC%22&Statuses=AUTHORISED" + Self.summary(options)
    case (.invoices, true): "where=Type%3D%3D%22ACCREC%22" + Self.summary(options)
    case (.creditNotes, false):
      "where=Type%3D%3D%22ACCRECCREDIT%22%20AND%20Status%3D%3D%22AUTHORISED%22"
    case (.creditNotes, true): "where=Type%3D%3D%22ACCRECCREDIT%22"
    case (.prepayments, false), (.overpayments, false): "where=Status%3D%3D%22AUTHORISED%22"
    case (.prepayments, true), (.overpayments, true): ""
    }
  }

  /// Invoices come short, without the lines, unless tags are read from them.
  static func summary(_ options: XeroOptions) -> String {
    options.trackingCategory == nil ? "&summaryOnly=true" : ""
  }
}

/// One row of a collection.
struct XeroDocument {
  let row: JSON
  let collection: XeroCollection
  let id: String

  init(_ row: JSON, _ collection: XeroCollection) throws(SourceError) {
    self.row = row
    self.collection = collection
    id = row[collection.idField]?.string ?? ""
    if id.isEmpty { throw bad(collection.idField, "is missing") }
  }

  /// Whether it is the customers' side of the books.
  func isReceivable() throws(SourceError) -> Bool {
    guard let type = row["Type"] else { throw bad("Type", "is missing") }
    return collection.types.contains { type.isString($0) }
  }

  /// The open item with its contact; `nil` for what is over, or not yet anything.
  /// - Parameter category: the tracking category that gives the item its tags.
  func openItem(tagFrom category: String?) throws(SourceError) -> (
    item: OpenItem, contactName: String
  )? {
    let status = row["Status"]?.string ?? ""
    guard status == "AUTHORISED" else {
      if ["PAID", "VOIDED", "DELETED", "DRAFT", "SUBMITTED"].contains(status) { return nil }
      throw bad("Status", status.isEmpty ? "is missing" : "`\(status)` is not one that Xero lists")
    }
    let currency = try currency()
    let due = try money(collection.amountField, currency)
    if due.minorUnits <= 0 { return nil }
    guard let contact = row["Contact"], let contactID = nonEmpty(contact["ContactID"]) else {
      throw bad("Contact.ContactID", "is missing")
    }
    let dueDate = collection == .invoices ? try day("DueDate") : nil
    if collection == .invoices, dueDate == nil { throw bad("DueDate", "is missing") }
    let item = OpenItem(
      id: id,
      accountID: contactID,
      kind: collection == .invoices ? .invoice : .credit,
      number: nonEmpty(row[collection.numberField]) ?? collection.word,
      issueDate: try day("Date"),
      dueDate: dueDate,
      total: try money("Total", currency),
      amountDue: due,
      url: nonEmpty(row["Url"]),
      promisedOn: collection == .invoices ? try day("ExpectedPaymentDate") : nil,
      tags: category.map(tags) ?? []
    )
    return (item, contact["Name"]?.string ?? "")
  }

  /// The options of that tracking category on the lines, each once, in their order.
  private func tags(from category: String) -> [String] {
    var tags: [String] = []
    guard let lines = row["LineItems"]?.array else { return [] }
    for line in lines {
      guard let tracking = line["Tracking"]?.array else { continue }
      for entry in tracking
      where XeroOptions.isNamed(category, entry, idField: "TrackingCategoryID") {
        if let option = plainText(entry["Option"]), !tags.contains(option) { tags.append(option) }
      }
    }
    return tags
  }

  private func currency() throws(SourceError) -> Currency {
    guard let code = nonEmpty(row["CurrencyCode"]) else { throw bad("CurrencyCode", "is missing") }
    do throws(MoneyError) { return try Currency(code) } catch {
      throw bad("CurrencyCode", "\(error)")
    }
  }

  private func money(_ field: String, _ currency: Currency) throws(SourceError) -> Money {
    do throws(MoneyError) {
      let amount = try row[field]?.withNumber { (digits) throws(MoneyError) in
        try Money(utf8: digits, currency: currency)
      }
      if let amount { return amount }
    } catch {
      throw bad(field, "\(error)")
    }
    throw bad(field, row[field] == nil ? "is missing" : "is not a number")
  }

  /// A calendar date: the one in `…String`, else the UTC day of `/Date(…)/`, which is midnight UTC
  /// of the date meant and must not be moved into the organisation's zone.
  private func day(_ field: String) throws(SourceError) -> Day? {
    for name in ["\(field)String", field] {
      guard let value = row[name], !value.isNull else { continue }
      if let day = value.withText({ XeroTime.day($0) }) ?? nil { return day }
      throw bad(name, "`\(value.string ?? "\(value.kind)")` is not a date")
    }
    return nil
  }

  private func nonEmpty(_ value: JSON?) -> String? {
    value?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func bad(_ field: String, _ message: String) -> SourceError {
    let number = nonEmpty(row[collection.numberField]).map { " \($0)" } ?? ""
    let shown = id.isEmpty ? "" : " (\(id))"
    return .badData(
      document: "\(collection.word)\(number)\(shown)",
      field: field,
      message: message
    )
  }
}

/// Xero's two forms of a date: `/Date(1546128000000+0000)/` and `2018-12-30T00:00:00`.
enum XeroTime {
  /// `nil` for neither form.
  static func day(_ text: UnsafeBufferPointer<UInt8>) -> Day? {
    if let milliseconds = milliseconds(text) {
      let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
      return Day(number: Int(remainder < 0 ? quotient - 1 : quotient))
    }
    guard text.count == 10 || (text.count > 10 && text[10] == UInt8(ascii: "T")) else { return nil }
    return Day(utf8: UnsafeBufferPointer(rebasing: text[..<10]))
  }

  /// Since 1970, of `/Date(…)/`; an offset only says how the server shows it.
  static func milliseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard text.starts(with: "/Date(".utf8), text.suffix(2).elementsEqual(")/".utf8) else {
      return nil
    }
    var digits = text[6..<(text.count - 2)]
    if digits.count > 5, let sign = digits.dropLast(4).last, sign == 43 || sign == 45 {
      if !digits.suffix(4).allSatisfy({ 48...57 ~= $0 }) { return nil }
      digits = digits.dropLast(5)
    }
    guard digits.first != 43 else { return nil }
    let value = Int64(String(decoding: digits, as: UTF8.self))
    // Beyond the years that a calendar has, nothing is a date.
    return value.flatMap { abs($0) < 253_402_300_800_000 ? $0 : nil }
  }
}
