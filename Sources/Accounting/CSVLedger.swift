import Receivables

/// Turns the rows of a ledger into open items, and gathers the accounts that stand in them.
struct CSVLedger {
  static let columns = [
    "account_id", "account_name", "document_id", "number", "kind", "status", "issue_date",
    "due_date", "currency", "total", "amount_due", "email", "phone", "owner", "parent", "terms",
    "credit_limit", "tags", "locale", "timezone", "url", "disputed",
  ]
  static let required = ["account_id", "document_id", "due_date", "currency", "amount_due"]

  /// A row says them of its account; the currency is the credit limit's.
  private static let accountColumns = [
    "account_name", "email", "phone", "owner", "parent", "terms", "locale", "timezone", "tags",
    "credit_limit", "currency",
  ]

  enum Kind: String, CaseIterable { case invoice, credit }
  enum Status: String, CaseIterable { case open, paid, void, draft }

  private var accounts: [String: Account] = [:]
  /// The bytes of each account's first row: most of its other rows say the same again.
  private var said: [String: [UInt8]] = [:]
  private(set) var notices: [String]
  private var table: CSVTable
  private let source: String
  private let badDocuments: BadDocuments
  /// Of each document: its line, and whose it is.
  private var lines: [String: (line: Int32, account: String)] = [:]
  private var currencies: [String: Currency] = [:]
  private var noted: Set<String> = []
  private var tagLists: [String: [String]] = [:]
  private var tagged: Set<String> = []

  init(
    _ bytes: [UInt8],
    file: String,
    source: String,
    badDocuments: BadDocuments = .fail
  ) throws(SourceError) {
    self.badDocuments = badDocuments
    table = try CSVTable(bytes, file: file, columns: Self.columns, required: Self.required)
    notices = table.notices
    self.source = source
  }

  /// What the next row says; empty for a document that is over; `nil` after the last row.
  /// - Throws: `.badData` with file, line and column.
  mutating func next() throws(SourceError) -> [Change]? {
    // A row of which not even the cells can be told apart may be anybody's.
    guard try table.next() else { return nil }
    do throws(SourceError) { return try row() } catch {
      let document = try? table.identifier("document_id")
      let bad = try badDocuments.leaveOut(
        error, account: try table.identifier("account_id"), name: try? table.text("account_name"),
        document: document)
      // Of two rows of one id nobody knows which is right.
      guard let document, let first = lines[document], first.line != table.line else {
        return [bad]
      }
      return [
        bad, try badDocuments.leaveOut(error, account: first.account, document: document),
      ]
    }
  }

  private mutating func row() throws(SourceError) -> [Change] {
    let accountID = try table.requiredIdentifier("account_id")
    let documentID = try table.requiredIdentifier("document_id")
    for (column, id) in [("account_id", accountID), ("document_id", documentID)]
    where isShortenedID(id) && noted.insert("shortened \(column) \(id)").inserted {
      note(column, "`\(id)` \(shortenedIDComplaint)")
    }
    if let first = lines[documentID] {
      throw table.problem("document_id", "`\(documentID)` stands on line \(first.line) already")
    }
    lines[documentID] = (Int32(clamping: table.line), accountID)
    let kind: Kind = try table.choice("kind") ?? .invoice
    let status: Status = try table.choice("status") ?? .open
    let currency = try currency(isRequired: status == .open)
    try gather(accountID, currency)
    let issueDate = try table.day("issue_date")
    let dueDate = try table.day("due_date")
    let disputed = try table.flag("disputed") ?? false
    let url = try table.url("url")
    guard let currency else { return [] }
    let total = try table.amount("total", currency)
    let due = try table.amount("amount_due", currency)
    guard status == .open else { return [] }
    guard let due else { throw table.problem("amount_due", "is missing") }
    if due.isZero { return [] }
    if kind == .invoice, dueDate == nil { throw table.problem("due_date", "is missing") }
    return [
      .open(
        OpenItem(
          id: documentID,
          accountID: accountID,
          kind: kind == .invoice ? .invoice : .credit,
          number: try table.text("number") ?? documentID,
          issueDate: issueDate,
          dueDate: dueDate,
          total: total ?? due,
          amountDue: due,
          url: url,
          disputed: disputed,
          tags: try tags()
        )
      )
    ]
  }

  /// All accounts, by id; whole once the last row is read. One without a name goes by its id.
  var namedAccounts: [Account] {
    accounts.values.sorted { $0.key < $1.key }.map { account in
      var account = account
      if account.name.isEmpty { account.name = account.key.id }
      return account
    }
  }

  /// Of the row; few texts are many rows'.
  private mutating func tags() throws(SourceError) -> [String] {
    guard let text = try table.text("tags") else { return [] }
    if let known = tagLists[text] { return known }
    let tags = try table.tags("tags") ?? []
    tagLists[text] = tags
    return tags
  }

  private mutating func currency(isRequired: Bool) throws(SourceError) -> Currency? {
    guard let code = try table.text("currency") else {
      if isRequired { throw table.problem("currency", "is missing") }
      return nil
    }
    if let known = currencies[code] { return known }
    do throws(MoneyError) {
      let currency = try Currency(code)
      currencies[code] = currency
      return currency
    } catch {
      throw table.problem("currency", "\(error)")
    }
  }

  /// Of each of an account's fields, the first value that is not empty counts.
  private mutating func gather(_ id: String, _ currency: Currency?) throws(SourceError) {
    let saying = table.bytes(of: Self.accountColumns)
    if said[id] == saying { return }
    if said[id] == nil { said[id] = saying }
    var account =
      accounts[id] ?? Account(key: AccountKey(source: source, id: id), name: "")
    let before = account
    if let name = try table.text("account_name") {
      if before.name.isEmpty {
        account.name = name
      } else if name != before.name, noted.insert("account_name \(id)").inserted {
        notices.append(
          "\(table.place("account_name")): account_name: account \(id) is `\(name)` here and "
            + "`\(before.name)` before; the first counts. If they are two customers, one is told "
            + "of what both owe")
      }
    }
    let email = try email()
    if before.email == nil || email.map(Contact.key) != before.email.map(Contact.key) {
      account.email = keep(before.email, email, "email", id)
    }
    account.phone = keep(before.phone, try phone(id), "phone", id)
    account.owner = keep(before.owner, try table.text("owner"), "owner", id)
    account.parent = keep(before.parent, try table.identifier("parent"), "parent", id)
    account.terms = keep(before.terms, try table.text("terms"), "terms", id)
    account.locale = keep(before.locale, try table.locale("locale"), "locale", id)
    account.timezone = keep(before.timezone, try table.zone("timezone"), "timezone", id)
    // An account has the tags that all of its rows with tags have; an invoice those of its own.
    let tags = try tags()
    if !tags.isEmpty {
      account.tags = tagged.insert(id).inserted ? tags : before.tags.filter(tags.contains)
    }
    account.creditLimit = keep(before.creditLimit, try creditLimit(currency), "credit_limit", id)
    if accounts[id] == nil || account != before { accounts[id] = account }
  }

  private mutating func keep<T: Equatable>(
    _ old: T?,
    _ new: T?,
    _ column: String,
    _ id: String
  ) -> T? {
    guard let old else { return new }
    if let new, new != old, noted.insert("\(column) \(id)").inserted {
      notices.append(
        "\(table.place(column)): another \(column) for account \(id) than before; the first counts"
      )
    }
    return old
  }

  /// A bad address is worth a notice, not the whole ledger.
  private mutating func email() throws(SourceError) -> String? {
    let list = try table.emails("email")
    for complaint in list?.complaints ?? [] { note("email", "\(complaint); left out") }
    return list?.text
  }

  private mutating func phone(_ id: String) throws(SourceError) -> String? {
    guard let text = try table.text("phone") else { return nil }
    do throws(PhoneNumber.Problem) { return try PhoneNumber(text).text } catch {
      if !error.isNational {
        note("phone", "account \(id): \(ContactDetails.complaint(text, error))")
      }
      return text
    }
  }

  private mutating func note(_ column: String, _ message: String) {
    let notice = "\(table.place(column)): \(column): \(message)"
    if noted.insert(notice).inserted { notices.append(notice) }
  }

  private func creditLimit(_ currency: Currency?) throws(SourceError) -> Money? {
    guard let text = try table.text("credit_limit") else { return nil }
    do throws(MoneyError) {
      return try CreditLimit(text).amount(in: currency)
    } catch {
      throw table.problem("credit_limit", "\(error)")
    }
  }
}
