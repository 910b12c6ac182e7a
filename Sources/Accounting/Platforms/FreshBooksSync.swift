import Receivables
import Wire

/// Where the next delta starts, and what it will see again if nothing changes until then.
struct FreshBooksCursor: Equatable {
  /// The day before the newest `updated`: for `search[updated_min]`, which knows days only, of a
  /// zone that is not documented. FreshBooks' own clock is meant, and not ours.
  let since: Day
  /// Stands for the rows since then, and for all credits.
  let seen: String
  /// The credit with the highest id, and what stands for the ids of all. Credits do not tell when
  /// they changed, and a deleted one is just not there.
  let lastCredit: Int
  let credits: String

  init(since: Day, seen: String, creditIDs: Set<Int>) {
    self.since = since
    self.seen = seen
    lastCredit = creditIDs.max() ?? 0
    credits = Self.digest(creditIDs)
  }

  /// `nil` for anything that is not `text` of another.
  init?(_ text: String?) {
    guard let text, let json = try? JSON(parsing: Array(text.utf8)),
      let since = json["since"]?.string.flatMap({ Day($0) }), let seen = json["seen"]?.string,
      let lastCredit = json["last_credit"]?.integer, let credits = json["credits"]?.string
    else { return nil }
    self.since = since
    self.seen = seen
    self.lastCredit = lastCredit
    self.credits = credits
  }

  var text: String {
    #"{"since":"\#(since)","seen":"\#(seen)","last_credit":\#(lastCredit),"credits":"\#(credits)"}"#
  }

  /// Whether all credits of then are among these.
  func hasAllCredits(_ ids: Set<Int>) -> Bool {
    Self.digest(ids.filter { $0 <= lastCredit }) == credits
  }

  private static func digest(_ ids: Set<Int>) -> String {
    fingerprint(of: Array(ids.sorted().map(String.init).joined(separator: " ").utf8))
  }
}

/// What one poll has gathered so far.
struct FreshBooksSync {
  private let source: String
  private let known: Set<String>
  private let now: Instant
  private let badDocuments: BadDocuments
  /// `nil` for a full sync.
  let start: FreshBooksCursor?

  /// Not told yet.
  private var changes: [Change] = []
  private var invoices: Set<String> = []
  /// Documents that were told to be open.
  private var open: Set<String> = []
  private var creditIDs: Set<Int> = []
  /// The clients of open documents, with the name that the documents have for them.
  private var debtors: [String: String] = [:]
  private var clients: [String: FreshBooksClient] = [:]
  private var terms: [String: FreshBooksTerms] = [:]
  /// Clients of the snapshot that a webhook named.
  private var hinted: Set<String> = []
  private var marks: [String: Mark] = [:]
  private var newest: Day?
  private var notices: [String] = []

  /// What tells one version of a row from another.
  private struct Mark {
    let day: Day?
    /// Where it is a client's.
    let clientID: String?
    let text: String
  }

  init(_ request: PollRequest, from start: FreshBooksCursor?) {
    source = request.source
    known = request.knownAccounts
    now = request.now.instant
    badDocuments = request.badDocuments
    self.start = start
  }

  // MARK: Rows

  mutating func take(_ row: JSON, of list: FreshBooksList) throws(SourceError) {
    switch list {
    case .invoices: try take(invoice: FreshBooksInvoice(row), row)
    case .creditNotes: try take(credit: FreshBooksCredit(row), row)
    case .clients: take(client: try FreshBooksClient(row), row)
    case .callbacks: break
    }
  }

  private mutating func take(
    invoice: FreshBooksInvoice,
    _ row: JSON
  ) throws(SourceError) {
    if start != nil { invoices.insert(invoice.id) }
    mark("invoice \(invoice.id)", of: updated(row), row, Self.invoiceFields)
    if let new = invoice.terms, terms[new.clientID].map({ new.isNewer(than: $0) }) ?? true {
      terms[new.clientID] = new
    }
    do throws(SourceError) {
      tell(try invoice.openItem(), invoice.id, invoice.clientName)
    } catch {
      changes.append(
        try badDocuments.leaveOut(
          error, account: id(row["customerid"]), name: invoice.clientName, document: invoice.id))
    }
  }

  private mutating func take(credit: FreshBooksCredit, _ row: JSON) throws(SourceError) {
    Int(credit.id).map { _ = creditIDs.insert($0) }
    mark("credit \(credit.id)", of: nil, row, Self.creditFields)
    do throws(SourceError) {
      tell(try credit.openItem(), credit.documentID, credit.clientName)
    } catch {
      changes.append(
        try badDocuments.leaveOut(
          error, account: id(row["clientid"]), name: credit.clientName,
          document: credit.documentID))
    }
  }

  /// Numbers are ids too.
  private func id(_ value: JSON?) -> String? { plainText(value) ?? value?.numberText }

  private mutating func take(client: FreshBooksClient, _ row: JSON) {
    clients[client.id] = client
    let id = client.id
    mark("client \(id)", clientID: id, of: updated(row), row, ["updated", "vis_state"])
  }

  /// The invoice of a hint that is not there any more.
  mutating func close(invoice id: String) { changes.append(.closed(documentID: id)) }

  private mutating func tell(_ item: OpenItem?, _ documentID: String, _ client: String?) {
    if let item {
      debtors[item.accountID] = client ?? item.accountID
      open.insert(documentID)
      changes.append(.open(item))
    } else if start != nil || open.remove(documentID) != nil {
      // A full sync need not speak of what is over, unless it was read twice and paid meanwhile.
      changes.append(.closed(documentID: documentID))
    }
  }

  /// The day of `updated`, which is a wall clock of US/Eastern.
  private func updated(_ row: JSON) -> Day? {
    row["updated"]?.string.flatMap { Day($0.prefix(10)) }
  }

  private mutating func mark(
    _ name: String,
    clientID: String? = nil,
    of day: Day?,
    _ row: JSON,
    _ fields: [String]
  ) {
    if let day, newest.map({ day > $0 }) ?? true { newest = day }
    // What no later delta asks for again need not be remembered.
    if let day, let since, day < since { return }
    let values = fields.map { field -> String in
      let value = row[field]?["amount"] ?? row[field]
      return value?.string ?? value?.numberText ?? value?.bool.map(String.init) ?? ""
    }
    marks[name] = Mark(day: day, clientID: clientID, text: values.joined(separator: "|"))
  }

  private static let invoiceFields = [
    "updated", "version", "vis_state", "v3_status", "outstanding", "amount", "due_date",
    "customerid", "dispute_status", "auto_bill", "autobill_status", "last_order_status",
  ]
  private static let creditFields = ["amount", "paid", "vis_state", "display_status", "clientid"]

  // MARK: What is still to be read

  /// Whether a credit that was there is not: only a full sync takes it out of the snapshot.
  var hasLostCredits: Bool { start.map { !$0.hasAllCredits(creditIDs) } ?? false }

  /// Hinted invoices that did not come anyway.
  func unreadInvoices(of hints: Set<Hint>) -> [String] {
    hints.filter { $0.kind == .invoice && !invoices.contains($0.id) }.map(\.id).sorted()
  }

  /// Clients of the snapshot that are named in hints are read too.
  mutating func want(_ hints: Set<Hint>) {
    for hint in hints where hint.kind == .customer && known.contains(hint.id) {
      hinted.insert(hint.id)
    }
  }

  /// In a delta, the debtors that the snapshot does not have, and hinted clients.
  var unreadClients: [String] {
    let wanted = debtors.keys.filter { start == nil || !known.contains($0) } + hinted
    return Set(wanted).filter { clients[$0] == nil }.sorted()
  }

  // MARK: What is told

  /// The documents since the last call.
  mutating func takeChanges() -> [Change] {
    defer { changes = [] }
    return changes
  }

  /// The accounts, once all clients are read: of a full sync those that owe, of a delta those that
  /// changed or are new.
  mutating func takeAccounts() -> [Change] {
    var accounts: [Change] = []
    var undescribed: [String] = []
    var reminded = 0
    let told = start == nil ? Set(debtors.keys) : known.union(debtors.keys)
    for id in told.sorted() {
      if let client = clients[id] {
        notices += client.notices
        if client.isRemindedByFreshBooks { reminded += 1 }
        accounts.append(.account(client.account(source: source, terms: certainTerms(of: id))))
      } else if let name = debtors[id], start == nil || !known.contains(id) {
        undescribed.append("\(name) (\(id))")
        let key = AccountKey(source: source, id: id)
        accounts.append(
          .account(Account(key: key, name: name, terms: certainTerms(of: id)?.words))
        )
      }
    }
    if let first = undescribed.first {
      let rest = undescribed.count > 1 ? "\(undescribed.count) clients, among them " : "client "
      notices.append("FreshBooks gives no details of \(rest)\(first)")
    }
    if start == nil, reminded > 0 {
      notices.append(
        "FreshBooks itself may send late reminders to \(reminded) of the clients that owe "
          + "(allow_late_notifications): they may hear twice"
      )
    }
    return accounts
  }

  /// A delta sees some invoices only: of a client that it knows, the newest among them is surely
  /// the client's newest when it was issued since the delta's start. An account without terms is
  /// no change of terms.
  private func certainTerms(of id: String) -> FreshBooksTerms? {
    guard let found = terms[id] else { return nil }
    guard let start, known.contains(id) else { return found }
    return found.issued >= start.since ? found : nil
  }

  // MARK: The end

  /// Whether a delta saw just what the poll before it had seen.
  var isUnchanged: Bool { start != nil && cursor == start }

  func result(isUnchanged: Bool = false) -> PollResult {
    PollResult(
      cursor: cursor?.text,
      isComplete: start == nil,
      isUnchanged: isUnchanged,
      notices: notices
    )
  }

  /// The start of the next delta, as far as is known; `nil` where nothing says when it was updated.
  private var since: Day? {
    guard let newest else { return start?.since }
    // A row from the future must not hide what comes until then.
    let today = Day(number: Int(now.seconds / 86_400))
    let since = min(newest, today).adding(days: -1)
    return start.map { max(since, $0.since) } ?? since
  }

  private var cursor: FreshBooksCursor? {
    guard let since else { return nil }
    let seen = marks.filter { _, mark in
      // Of clients only those that would be told.
      if let id = mark.clientID, !known.contains(id), debtors[id] == nil { return false }
      return mark.day.map { $0 >= since } ?? true
    }
    let lines = seen.map { "\($0.key)|\($0.value.text)" }.sorted().joined(separator: "\n")
    return FreshBooksCursor(
      since: since,
      seen: fingerprint(of: Array(lines.utf8)),
      creditIDs: creditIDs
    )
  }
}
