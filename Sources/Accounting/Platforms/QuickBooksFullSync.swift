import Receivables
import Wire

/// Reads everything that is open.
///
/// The documents say how much, in which currency and until when; AgedReceivableDetail says whether
/// that is all: only there stand journal entries, and only there payments can be found that are not
/// applied, as no query can filter by that.
struct QuickBooksFullSync {
  typealias Emit = @Sendable ([Change]) async throws(SourceError) -> Void

  private let api: QuickBooksAPI
  private let request: PollRequest
  private var home: Currency?
  private var check = QuickBooksCrossCheck()
  /// Documents that were read, open or not, by the id of the item.
  private var read: Set<String> = []
  /// The customers of what is open, with the name on the document.
  private var customers: [String: String] = [:]
  private var latestIssue: Day
  /// What cannot be read, and fails nothing.
  private var unreadable: [Change] = []

  static func run(
    _ request: PollRequest,
    _ api: QuickBooksAPI,
    _ emit: Emit
  ) async throws(SourceError) -> PollResult {
    let (currencies, time) = try await api.currencies()
    var sync = QuickBooksFullSync(api, request, home: currencies.home)
    return try await sync.run(currencies, startedAt: time, emit)
  }

  private init(_ api: QuickBooksAPI, _ request: PollRequest, home: Currency?) {
    self.api = api
    self.request = request
    self.home = home
    latestIssue = request.now.today
  }

  private mutating func run(
    _ currencies: QuickBooksCurrencies,
    startedAt time: Instant?,
    _ emit: Emit
  ) async throws(SourceError) -> PollResult {
    try await readAll(.invoice, "WHERE Balance > '0'", emit)
    try await readAll(.creditMemo, "WHERE Balance > '0'", emit)
    // As of a day on which all that was read is there: rents are invoiced ahead.
    let aging = try await api.agedReceivables(on: latestIssue, areSeveral: currencies.areSeveral)
    let balances = try await api.customerBalances(on: latestIssue)
    home = home ?? aging.currency
    check.home = home
    let skipping = request.badDocuments
    let lines = try aging.lines(home: home, skipping, unreadable: &unreadable)
    for line in lines {
      do throws(SourceError) { try check.add(line) } catch {
        unreadable.append(try QuickBooksEntries.leaveOut(error, line, skipping))
      }
    }
    check.add(try balances.balances(home: home, skipping, unreadable: &unreadable))
    let rest = try await readRest(lines, emit)
    let entries = try QuickBooksEntries(rest, skipping)
    unreadable += entries.unreadable
    for entry in entries.items { try note(entry.item, entry.customerName) }
    if !entries.items.isEmpty { try await emit(entries.items.map { .open($0.item) }) }
    if !unreadable.isEmpty { try await emit(unreadable) }
    for case .unreadable(let document) in unreadable { check.leftOut.insert(document.accountID) }
    var directory = QuickBooksCustomers(api, source: request.source)
    let accounts = try await directory.accounts(customers)
    if !accounts.isEmpty { try await emit(accounts.map { .account($0) }) }
    let cursor = time.map {
      QuickBooksCursor(serverTime: $0, home: home, hasEntries: !entries.items.isEmpty)
    }
    return PollResult(
      cursor: cursor?.text,
      isComplete: true,
      notices: directory.notices + entries.notices + check.notices
    )
  }

  private mutating func readAll(
    _ entity: QuickBooksEntity,
    _ condition: String,
    _ emit: Emit
  ) async throws(SourceError) {
    var pages = QuickBooksPages(api, entity.rawValue, condition)
    while let rows = try await pages.next() { try await tell(rows, entity, emit) }
  }

  /// What the report lists beside the documents that were read: payments that are not applied, and
  /// documents that slipped from page to page while they were read.
  /// - Returns: the lines that are no document.
  private mutating func readRest(
    _ lines: [QuickBooksLine],
    _ emit: Emit
  ) async throws(SourceError) -> [QuickBooksLine] {
    // A report without ids does not say which payments: then all are read.
    if lines.contains(where: { $0.isCredit && $0.documentID == nil }) {
      try await readAll(.payment, "", emit)
    }
    for entity in [QuickBooksEntity.payment, .creditMemo, .invoice] {
      let unread = lines.filter { $0.isCredit == (entity != .invoice) && !isRead($0) }
      let ids = Set(unread.compactMap(\.documentID)).sorted()
      try await tell(try await api.rows(of: entity.rawValue, ids: ids), entity, emit)
    }
    return lines.filter { !isRead($0) }
  }

  /// Judged by the id and the sign, as the type's word is localised.
  private func isRead(_ line: QuickBooksLine) -> Bool {
    guard let id = line.documentID else { return true }
    let entities: [QuickBooksEntity] = line.isCredit ? [.creditMemo, .payment] : [.invoice]
    return entities.contains { read.contains($0.itemID(id)) }
  }

  private mutating func tell(
    _ rows: [JSON],
    _ entity: QuickBooksEntity,
    _ emit: Emit
  ) async throws(SourceError) {
    var changes: [Change] = []
    changes.reserveCapacity(rows.count)
    for row in rows {
      do throws(SourceError) {
        let document = try QuickBooksDocument(row, entity, home: home)
        // A row that comes twice, as it moved from page to page, counts once.
        guard read.insert(document.itemID).inserted, let open = try document.openItem() else {
          continue
        }
        try note(open.item, open.customerName)
        changes.append(.open(open.item))
      } catch {
        unreadable.append(try entity.leaveOut(error, row, request.badDocuments))
      }
    }
    if !changes.isEmpty { try await emit(changes) }
  }

  private mutating func note(_ item: OpenItem, _ customerName: String) throws(SourceError) {
    try check.add(item, customerName)
    customers[item.accountID] = customerName
    if let day = item.issueDate, day > latestIssue { latestIssue = day }
  }
}

/// What AgedReceivableDetail lists and no query knows: journal entries, opening balances, deposits.
struct QuickBooksEntries {
  private(set) var items: [(item: OpenItem, customerName: String)] = []
  private(set) var notices: [String] = []
  private(set) var unreadable: [Change] = []

  private struct Key: Hashable {
    let document: String
    let customer: String
    let currency: Currency
  }

  /// A journal entry may have several lines for one customer: they are one item.
  init(_ lines: [QuickBooksLine], _ badDocuments: BadDocuments = .fail) throws(SourceError) {
    var sums: [Key: (line: QuickBooksLine, sum: Money)] = [:]
    for line in lines {
      guard let document = line.documentID else { continue }
      guard case .amount(let open) = line.open else {
        notices.append(
          "\(line.customerName) (\(line.customerID)): \(line.name) is left out: the report gives "
            + "no amount in its own currency"
        )
        continue
      }
      let key = Key(document: document, customer: line.customerID, currency: open.currency)
      do throws(MoneyError) {
        sums[key] = (line, try sums[key]?.sum.adding(open) ?? open)
      } catch {
        sums[key] = nil
        unreadable.append(
          try Self.leaveOut(line.bad("open balance", "\(error)"), line, badDocuments))
      }
    }
    let keys = sums.keys.sorted { ($0.document, $0.customer) < ($1.document, $1.customer) }
    for key in keys {
      guard let (line, sum) = sums[key], !sum.isZero else { continue }
      do throws(SourceError) {
        items.append((try Self.item(line, sum), line.customerName))
      } catch {
        unreadable.append(try Self.leaveOut(error, line, badDocuments))
      }
    }
  }

  static func leaveOut(
    _ error: SourceError,
    _ line: QuickBooksLine,
    _ badDocuments: BadDocuments
  ) throws(SourceError) -> Change {
    try badDocuments.leaveOut(
      error, account: line.customerID, name: line.customerName,
      document: line.documentID.map { itemID($0, line.customerID) })
  }

  static func itemID(_ document: String, _ customer: String) -> String {
    "Entry:\(document):\(customer)"
  }

  private static func item(_ line: QuickBooksLine, _ sum: Money) throws(SourceError) -> OpenItem {
    let isInvoice = sum.isPositive
    let dueDate = line.dueDate ?? line.issueDate
    if isInvoice, dueDate == nil { throw line.bad("due_date", "is missing, and so is tx_date") }
    let open = Money(minorUnits: abs(sum.minorUnits), currency: sum.currency)
    return OpenItem(
      id: itemID(line.documentID ?? "", line.customerID),
      accountID: line.customerID,
      kind: isInvoice ? .invoice : .credit,
      number: line.number ?? line.type,
      issueDate: line.issueDate,
      dueDate: isInvoice ? dueDate : nil,
      total: open,
      amountDue: open
    )
  }
}

extension QuickBooksLine {
  fileprivate var isCredit: Bool {
    switch open {
    case .amount(let open), .homeOnly(let open): !open.isPositive
    }
  }

  /// For people: `Journal Entry 12`.
  fileprivate var name: String { number.map { "\(type) \($0)" } ?? type }

  fileprivate func bad(_ field: String, _ message: String) -> SourceError {
    .badData(
      document: "AgedReceivableDetail, \(name) of \(customerName)",
      field: field,
      message: message
    )
  }
}
