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
  let id: String
  private let collection: XeroCollection
  private let fields: JSONFields

  private enum Field: Int, CaseIterable {
    case id, number, amount, type, status, currency, contact, total, url, lines
    case date, dueDate, expectedDate, dateText, dueDateText, expectedDateText
  }

  /// - Parameter names: the collection's.
  init(
    _ row: JSON,
    _ collection: XeroCollection,
    _ names: JSONNames
  ) throws(SourceError) {
    self.collection = collection
    fields = JSONFields(of: row, names)
    id = fields[Field.id.rawValue]?.string ?? ""
    if id.isEmpty { throw bad(.id, "is missing") }
    if id.utf8.contains(0) { throw bad(.id, zeroByte) }
  }

  static func names(of collection: XeroCollection) -> JSONNames {
    JSONNames(Field.allCases.map { name(of: $0, collection) })
  }

  private static func name(of field: Field, _ collection: XeroCollection) -> String {
    switch field {
    case .id: collection.idField
    case .number: collection.numberField
    case .amount: collection.amountField
    case .type: "Type"
    case .status: "Status"
    case .currency: "CurrencyCode"
    case .contact: "Contact"
    case .total: "Total"
    case .url: "Url"
    case .lines: "LineItems"
    case .date: "Date"
    case .dueDate: "DueDate"
    case .expectedDate: "ExpectedPaymentDate"
    case .dateText: "DateString"
    case .dueDateText: "DueDateString"
    case .expectedDateText: "ExpectedPaymentDateString"
    }
  }

  private subscript(field: Field) -> JSON? { fields[field.rawValue] }

  /// Whether it is the customers' side of the books.
  func isReceivable() throws(SourceError) -> Bool {
    guard let type = self[.type] else { throw bad(.type, "is missing") }
    return collection.types.contains { type.isString($0) }
  }

  /// The open item; `nil` for what is over, or not yet anything.
  /// - Parameters:
  ///   - category: the tracking category that gives the item its tags.
  ///   - accountID: of a contact with that id, the id of the account that the item counts for.
  func openItem(
    tagFrom category: String?,
    accountID: (String, JSON) -> String
  ) throws(SourceError) -> OpenItem? {
    guard self[.status]?.isString("AUTHORISED") == true else {
      let status = self[.status]?.string ?? ""
      if ["PAID", "VOIDED", "DELETED", "DRAFT", "SUBMITTED"].contains(status) { return nil }
      throw bad(.status, status.isEmpty ? "is missing" : "`\(status)` is not one that Xero lists")
    }
    let currency = try currency()
    let due = try money(.amount, currency)
    if due.minorUnits <= 0 { return nil }
    guard let contact = self[.contact], let contactID = nonEmpty(contact["ContactID"]) else {
      throw bad("Contact.ContactID", "is missing")
    }
    let isInvoice = collection == .invoices
    let dueDate = isInvoice ? try day(.dueDateText, .dueDate) : nil
    if isInvoice, dueDate == nil { throw bad(.dueDate, "is missing") }
    return OpenItem(
      id: id,
      accountID: accountID(contactID, contact),
      kind: isInvoice ? .invoice : .credit,
      number: nonEmpty(self[.number]) ?? collection.word,
      issueDate: try day(.dateText, .date),
      dueDate: dueDate,
      total: try money(.total, currency),
      amountDue: due,
      url: nonEmpty(self[.url]),
      promisedOn: isInvoice ? try day(.expectedDateText, .expectedDate) : nil,
      tags: category.map(tags) ?? []
    )
  }

  /// The options of that tracking category on the lines, each once, in their order: as they are,
  /// and behind the category's name for rules that group by it (`12A`, `lease:12A`).
  private func tags(from category: String) -> [String] {
    var tags: [String] = []
    guard let lines = self[.lines]?.array else { return [] }
    for line in lines {
      guard let tracking = line["Tracking"]?.array else { continue }
      for entry in tracking
      where XeroOptions.isNamed(category, entry, idField: "TrackingCategoryID") {
        guard let option = plainText(entry["Option"]), !tags.contains(option) else { continue }
        tags.append(option)
        if let name = plainText(entry["Name"]) { tags.append("\(name.lowercased()):\(option)") }
      }
    }
    return tags
  }

  private func currency() throws(SourceError) -> Currency {
    guard let code = nonEmpty(self[.currency]) else { throw bad(.currency, "is missing") }
    do throws(MoneyError) { return try Currency(code) } catch {
      throw bad(.currency, "\(error)")
    }
  }

  private func money(_ field: Field, _ currency: Currency) throws(SourceError) -> Money {
    do throws(MoneyError) {
      let amount = try self[field]?.withNumber { (digits) throws(MoneyError) in
        try Money(utf8: digits, currency: currency)
      }
      if let amount { return amount }
    } catch {
      throw bad(field, "\(error)")
    }
    throw bad(field, self[field] == nil ? "is missing" : "is not a number")
  }

  /// A calendar date: the one in `…String`, else the UTC day of `/Date(…)/`, which is midnight UTC
  /// of the date meant and must not be moved into the organisation's zone.
  private func day(_ text: Field, _ milliseconds: Field) throws(SourceError) -> Day? {
    for field in [text, milliseconds] {
      guard let value = self[field], !value.isNull else { continue }
      if let day = value.withText({ XeroTime.day($0) }) ?? nil { return day }
      throw bad(field, "`\(value.string ?? "\(value.kind)")` is not a date")
    }
    return nil
  }

  private func nonEmpty(_ value: JSON?) -> String? {
    value?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func bad(_ field: Field, _ message: String) -> SourceError {
    bad(Self.name(of: field, collection), message)
  }

  private func bad(_ field: String, _ message: String) -> SourceError {
    let number = nonEmpty(self[.number]).map { " \($0)" } ?? ""
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
    guard text.first == UInt8(ascii: "/"), text.starts(with: "/Date(".utf8),
      text.suffix(2).elementsEqual(")/".utf8)
    else { return nil }
    var digits = text[6..<(text.count - 2)]
    if digits.count > 5, let sign = digits.dropLast(4).last, sign == 43 || sign == 45 {
      if !digits.suffix(4).allSatisfy({ 48...57 ~= $0 }) { return nil }
      digits = digits.dropLast(5)
    }
    guard digits.first != 43 else { return nil }
    let value = Int64(String(decoding: digits, as: UTF8.self))
    // Beyond the years that a calendar has, nothing is a date.
    return value.flatMap { (-253_402_300_800_000..<253_402_300_800_000).contains($0) ? $0 : nil }
  }
}
