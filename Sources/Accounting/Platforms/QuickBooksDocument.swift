import Receivables
import Wire

/// What can be open at QuickBooks under an id of its own.
enum QuickBooksEntity: String, CaseIterable {
  case invoice = "Invoice"
  case creditMemo = "CreditMemo"
  case payment = "Payment"

  /// For people.
  var word: String {
    switch self {
    case .invoice: "invoice"
    case .creditMemo: "credit memo"
    case .payment: "payment"
    }
  }

  /// Whose hints name it.
  var hintKind: Hint.Kind {
    switch self {
    case .invoice: .invoice
    case .creditMemo: .credit
    case .payment: .payment
    }
  }

  /// The same wherever the document comes from: a query, a change, or the report.
  func itemID(_ id: String) -> String { "\(rawValue):\(id)" }

  /// What a row of it tells that cannot be read.
  func leaveOut(
    _ error: SourceError,
    _ row: JSON,
    _ badDocuments: BadDocuments
  ) throws(SourceError) -> Change {
    let customer = row["CustomerRef"]
    return try badDocuments.leaveOut(
      error, account: plainText(customer?["value"]), name: plainText(customer?["name"]),
      document: plainText(row["Id"]).map(itemID))
  }
}

/// One row of a query, or of what changed.
struct QuickBooksDocument: Sendable {
  let entity: QuickBooksEntity
  let id: String
  private let fields: DocumentFields
  private let home: Currency?

  /// - Parameter home: the currency of documents that name none.
  init(_ row: JSON, _ entity: QuickBooksEntity, home: Currency?) throws(SourceError) {
    self.entity = entity
    self.home = home
    let number = plainText(row["DocNumber"]).map { " \($0)" } ?? ""
    let unread = DocumentFields(row, "\(entity.word)\(number)")
    id = try unread.requiredText("Id")
    fields = DocumentFields(row, "\(entity.word)\(number) (\(id))")
  }

  var itemID: String { entity.itemID(id) }

  var row: JSON { fields.row }

  /// The open item with its customer's name; `nil` for what is paid, voided (all amounts are 0),
  /// used up, or deleted.
  func openItem() throws(SourceError) -> (item: OpenItem, customerName: String)? {
    if fields.text("status") == "Deleted" { return nil }
    let currency = try currency()
    let due = try openAmount(currency)
    guard due.isPositive else { return nil }
    let customer = fields.row["CustomerRef"]
    guard let customerID = plainText(customer?["value"]) else {
      throw fields.bad("CustomerRef", "is missing")
    }
    let issueDate = try fields.day("TxnDate")
    var dueDate: Day?
    if entity == .invoice {
      // Without terms there is none: it is due when it is issued.
      dueDate = try fields.day("DueDate") ?? issueDate
      if dueDate == nil { throw fields.bad("DueDate", "is missing, and so is TxnDate") }
    }
    let item = OpenItem(
      id: itemID,
      accountID: customerID,
      kind: entity == .invoice ? .invoice : .credit,
      number: fields.text("DocNumber") ?? fields.text("PaymentRefNum") ?? entity.word,
      issueDate: issueDate,
      dueDate: dueDate,
      total: try fields.optionalMoney("TotalAmt", currency) ?? due,
      amountDue: due,
      disputed: fields.text("EInvoiceStatus") == "Disputed"
        || fields.text("invoiceStatus") == "DISPUTED"
    )
    return (item, plainText(customer?["name"]) ?? "")
  }

  private func currency() throws(SourceError) -> Currency {
    let reference = fields.row["CurrencyRef"]
    if let own = try quickBooksCurrency(reference, of: fields.document, "CurrencyRef") {
      return own
    }
    if let home { return home }
    throw fields.bad("CurrencyRef", "is missing, and Preferences name no home currency")
  }

  private func openAmount(_ currency: Currency) throws(SourceError) -> Money {
    switch entity {
    case .invoice: return try fields.money("Balance", currency)
    case .payment: return try fields.money("UnappliedAmt", currency)
    case .creditMemo:
      if let credit = try fields.optionalMoney("RemainingCredit", currency) { return credit }
      return try fields.money("Balance", currency)
    }
  }
}

/// The currency that `{"value": "USD", "name": "United States Dollar"}` names; `nil` for none.
func quickBooksCurrency(
  _ reference: JSON?,
  of document: String,
  _ field: String
) throws(SourceError) -> Currency? {
  guard let code = plainText(reference?["value"]) else { return nil }
  do throws(MoneyError) { return try Currency(code) } catch {
    throw .badData(document: document, field: field, message: "\(error)")
  }
}
