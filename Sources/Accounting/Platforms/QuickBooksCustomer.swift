import Receivables
import Wire

/// A customer, or a sub-customer, as a query or a change describes it.
struct QuickBooksCustomer: Sendable {
  let id: String
  /// Deleted, deactivated, or merged into another: its documents may have moved.
  let isGone: Bool
  let parentID: String?
  /// The terms' id, where the customer does not name them.
  let unnamedTermID: String?
  /// Worth telling: an address, or a number, that cannot be used.
  var notices: [String] { contact.notices }
  private let name: String
  private let contact: ContactDetails
  private let termName: String?

  init(_ row: JSON) throws(SourceError) {
    let unread = DocumentFields(row, "customer \(plainText(row["DisplayName"]) ?? "")")
    id = try unread.requiredText("Id")
    isGone = unread.text("status") == "Deleted" || row["Active"]?.bool == false
    name = unread.text("DisplayName") ?? unread.text("FullyQualifiedName") ?? id
    parentID = plainText(row["ParentRef"]?["value"])
    termName = plainText(row["SalesTermRef"]?["name"])
    unnamedTermID = termName == nil ? plainText(row["SalesTermRef"]?["value"]) : nil
    var contact = ContactDetails(of: "customer \(name) (\(id))")
    // One field, in which people write several.
    contact.read(emails: [plainText(row["PrimaryEmailAddr"]?["Address"])])
    contact.read(
      phone: ["Mobile", "PrimaryPhone", "AlternatePhone"].lazy
        .compactMap { plainText(row[$0]?["FreeFormNumber"]) }.first)
    self.contact = contact
  }

  /// - Parameter terms: the names of terms by their ids.
  func account(source: String, terms: [String: String]) -> Account {
    Account(
      key: AccountKey(source: source, id: id),
      name: name,
      email: contact.email,
      phone: contact.phone,
      parent: parentID,
      terms: termName ?? unnamedTermID.flatMap { terms[$0] }
    )
  }
}

/// The customers that a poll tells, read as few at a time as it can.
struct QuickBooksCustomers {
  private let api: QuickBooksAPI
  private let source: String
  private var known: [String: QuickBooksCustomer] = [:]
  private(set) var notices: [String] = []

  /// More than this, and all customers are read page by page: fewer calls, as a page is ten
  /// look-ups.
  private static let lookUpLimit = 300

  init(_ api: QuickBooksAPI, source: String) {
    self.api = api
    self.source = source
  }

  subscript(id: String) -> QuickBooksCustomer? { known[id] }

  mutating func keep(_ customer: QuickBooksCustomer) { known[customer.id] = customer }

  /// Reads those that are not kept yet.
  mutating func load(_ ids: some Sequence<String>) async throws(SourceError) {
    let unread = Set(ids).filter { known[$0] == nil }.sorted()
    guard unread.count > Self.lookUpLimit else {
      for row in try await api.rows(of: "Customer", ids: unread) {
        keep(try QuickBooksCustomer(row))
      }
      return
    }
    var pages = QuickBooksPages(api, "Customer", "WHERE Active IN (true, false)")
    while let rows = try await pages.next() {
      for row in rows { keep(try QuickBooksCustomer(row)) }
    }
  }

  /// The accounts of these customers, and of their parents up to the topmost.
  /// - Parameters:
  ///   - names: the customers, with the name that their documents have for them.
  ///   - told: the accounts of the snapshot, so that a parent among them is not read again.
  mutating func accounts(
    _ names: [String: String],
    told: Set<String> = []
  ) async throws(SourceError) -> [Account] {
    var wanted = Set(names.keys)
    var next = wanted
    // Sub-customers go five levels deep.
    for _ in 0..<6 where !next.isEmpty {
      try await load(next)
      let parents = next.compactMap { known[$0]?.parentID }
      next = Set(parents.filter { !wanted.contains($0) && !told.contains($0) })
      wanted.formUnion(next)
    }
    let terms = try await terms(of: wanted)
    var undescribed: [String] = []
    let accounts = wanted.sorted().compactMap { id -> Account? in
      if let customer = known[id] {
        notices += customer.notices
        return customer.account(source: source, terms: terms)
      }
      // Deleted between two calls: it goes by the name on its documents.
      guard let written = names[id] else { return nil }
      let name = written.isEmpty ? id : written
      undescribed.append("\(name) (\(id))")
      return Account(key: AccountKey(source: source, id: id), name: name)
    }
    if let first = undescribed.first {
      let rest = undescribed.count > 1 ? "\(undescribed.count) customers, among them " : "customer "
      notices.append("QuickBooks gives no details of \(rest)\(first)")
    }
    return accounts
  }

  /// One call, and none where the customers name their terms themselves.
  private func terms(of ids: Set<String>) async throws(SourceError) -> [String: String] {
    guard ids.contains(where: { known[$0]?.unnamedTermID != nil }) else { return [:] }
    let clauses = "WHERE Active IN (true, false) MAXRESULTS \(QuickBooksAPI.pageSize)"
    var terms: [String: String] = [:]
    for row in try await api.rows(of: "Term", clauses).rows {
      let fields = DocumentFields(row, "term")
      terms[try fields.requiredText("Id")] = fields.text("Name")
    }
    return terms
  }
}
