import Receivables
import Wire

/// One invoice, of whatever state.
struct FreshBooksInvoice {
  let id: String
  private let fields: DocumentFields

  init(_ row: JSON) throws(SourceError) {
    fields = DocumentFields(row, named: "invoice", number: "invoice_number")
    id = try fields.requiredText("id")
  }

  /// Archived invoices are hidden from lists, and owed all the same
  /// (freshbooks.com/api/active_deleted).
  private var isDeleted: Bool { fields.row["vis_state"]?.integer == 1 }

  /// "Invoices are created in a Draft status and must be marked as sent before accounting reports
  /// recognize them" (freshbooks.com/api/invoices): they have an `outstanding`, and owe nothing.
  private func isDraft() throws(SourceError) -> Bool {
    ["draft", "created"].contains(try fields.requiredText("v3_status"))
  }

  /// `nil` for what is paid, deleted, or a draft.
  func openItem() throws(SourceError) -> OpenItem? {
    if isDeleted { return nil }
    if try isDraft() { return nil }
    let due = try fields.pairedMoney("outstanding")
    guard due.isPositive else { return nil }
    let issueDate = try fields.day("create_date")
    return OpenItem(
      id: id,
      accountID: try fields.requiredText("customerid"),
      kind: .invoice,
      number: fields.text("invoice_number") ?? id,
      issueDate: issueDate,
      dueDate: try dueDate(issueDate),
      total: try fields.pairedMoney("amount", due.currency),
      amountDue: due,
      disputed: says("dispute_status", "disputed") || says("v3_status", "disputed"),
      collection: collection
    )
  }

  /// The client as the invoice was written to it.
  var clientName: String? { fields.personName }

  /// How long this invoice gave its client: FreshBooks has no terms on the client. Not worth an
  /// error where it cannot be read.
  var terms: FreshBooksTerms? {
    guard !isDeleted, (try? isDraft()) == false, let days = try? offset(),
      let issued = try? fields.day("create_date"),
      let clientID = try? fields.requiredText("customerid")
    else { return nil }
    return FreshBooksTerms(clientID: clientID, issued, id, days)
  }

  private func dueDate(_ issueDate: Day?) throws(SourceError) -> Day {
    if let day = try fields.day("due_date") { return day }
    guard let issueDate else { throw fields.bad("due_date", "is missing, and so is create_date") }
    return issueDate.adding(days: try offset() ?? 0)
  }

  private func offset() throws(SourceError) -> Int? {
    guard let value = fields.row["due_offset_days"], !value.isNull else { return nil }
    guard let days = value.integer, (0...36_500).contains(days) else {
      throw fields.bad("due_offset_days", "is not a number of days")
    }
    return days
  }

  private var collection: OpenItem.Collection {
    // An online payment is under way: what it comes to is not known yet.
    if says("last_order_status", "pending") { return .automatic }
    let hasFailed =
      says("autobill_status", "retry", "failed") || says("v3_status", "failed", "declined")
    if hasFailed { return .automaticFailed }
    return fields.row["auto_bill"]?.bool == true ? .automatic : .manual
  }

  private func says(_ field: String, _ words: String...) -> Bool {
    words.contains { fields.row[field]?.isString($0) == true }
  }
}

/// Of one client, by its newest invoice so far.
struct FreshBooksTerms {
  let clientID: String
  let issued: Day
  private let order: (Int, Int, String)
  private let days: Int

  init(clientID: String, _ issued: Day, _ invoiceID: String, _ days: Int) {
    self.clientID = clientID
    self.issued = issued
    self.days = days
    // Of invoices of one day the one with the higher id, by its digits.
    order = (issued.number, invoiceID.utf8.count, invoiceID)
  }

  func isNewer(than other: FreshBooksTerms) -> Bool { order > other.order }

  var words: String {
    days == 0 ? "due on receipt" : days == 1 ? "1 day" : "\(days) days"
  }
}

/// One credit: a goodwill credit, a prepayment or an overpayment.
struct FreshBooksCredit {
  let id: String
  private let fields: DocumentFields

  init(_ row: JSON) throws(SourceError) {
    fields = DocumentFields(row, named: "credit note", number: "credit_number")
    id = try fields.requiredText("id")
  }

  /// Invoices and credits are numbered apart from one another, so that one id may be both.
  var documentID: String { "credit-\(id)" }

  /// `nil` for what is used up, deleted, archived, or a draft.
  func openItem() throws(SourceError) -> OpenItem? {
    if let state = fields.row["vis_state"]?.integer, state != 0 { return nil }
    if fields.text("display_status") == "draft" { return nil }
    let total = try fields.pairedMoney("amount")
    let used = try fields.pairedMoney("paid", total.currency)
    let left: Money
    do throws(MoneyError) { left = try total.subtracting(used) } catch {
      throw fields.bad("paid.amount", "\(error)")
    }
    guard left.isPositive else { return nil }
    return OpenItem(
      id: documentID,
      accountID: try fields.requiredText("clientid"),
      kind: .credit,
      number: fields.text("credit_number") ?? id,
      issueDate: try fields.day("create_date"),
      total: total,
      amountDue: left
    )
  }

  var clientName: String? { fields.personName }
}

/// A client, which is the account.
struct FreshBooksClient {
  let id: String
  /// Whether FreshBooks itself may remind the client of late invoices.
  let isRemindedByFreshBooks: Bool
  /// Worth telling: an address, or a number, that cannot be used.
  var notices: [String] { contact.notices }
  private let name: String
  private let contact: ContactDetails
  private let locale: String?

  init(_ row: JSON) throws(SourceError) {
    let fields = DocumentFields(row, named: "client", number: "organization")
    id = try fields.requiredText("id")
    let written = fields.text("email")
    name = fields.personName ?? written ?? id
    var contact = ContactDetails(of: fields.document)
    contact.read(emails: [written])
    contact.read(
      phone: fields.text("mob_phone") ?? fields.text("bus_phone") ?? fields.text("home_phone"))
    self.contact = contact
    // Every client has `en` unless somebody chose: it says nothing of the organisation's locale.
    locale = fields.text("language").flatMap {
      $0.lowercased().hasPrefix("en") ? nil : $0.replacing("_", with: "-")
    }
    isRemindedByFreshBooks = row["allow_late_notifications"]?.bool == true
  }

  func account(source: String, terms: FreshBooksTerms?) -> Account {
    Account(
      key: AccountKey(source: source, id: id),
      name: name,
      email: contact.email,
      phone: contact.phone,
      terms: terms?.words,
      locale: locale
    )
  }
}

extension DocumentFields {
  /// `invoice 0000041 (987701)`.
  fileprivate init(_ row: JSON, named noun: String, number: String) {
    let id = row["id"]?.numberText ?? plainText(row["id"])
    let words = [noun, plainText(row[number]), id.map { "(\($0))" }]
    self.init(row, words.compactMap { $0 }.joined(separator: " "))
  }

  /// `{"amount": "12.00", "code": "USD"}`: a decimal text with its currency.
  /// - Parameter currency: what it must be in.
  fileprivate func pairedMoney(
    _ field: String,
    _ currency: Currency? = nil
  ) throws(SourceError) -> Money {
    guard let value = row[field], !value.isNull else { throw bad(field, "is missing") }
    let pair = DocumentFields(value, document)
    do throws(SourceError) {
      let own = try pair.currency("code")
      if let currency, currency != own {
        throw pair.bad("code", "is \(own), and the document is in \(currency)")
      }
      return try pair.money("amount", own)
    } catch {
      guard case .badData(_, let inner, let message) = error else { throw error }
      throw bad("\(field).\(inner)", message)
    }
  }

  /// The organisation, else the person.
  fileprivate var personName: String? {
    if let organisation = text("current_organization") ?? text("organization") {
      return organisation
    }
    let person = [text("fname"), text("lname")].compactMap { $0 }.joined(separator: " ")
    return person.isEmpty ? nil : person
  }
}
