import Receivables
import Wire

/// What one poll has gathered so far.
struct StripeSync {
  private let request: PollRequest
  private let tellingTypes: Set<String>
  private var cursor: StripeCursor?
  private var events: [StripeEvent] = []
  private(set) var isFull = true
  private var hasEmitted = false
  /// Accounts that were told in this poll.
  private var told: Set<String> = []
  /// Customers that came with an invoice, and owe nothing on it.
  private var others: [String: JSON] = [:]
  /// Debtors of whom the invoice gave no more than the id.
  private var unread: Set<String> = []
  /// Accounts as invoices have them, for what their customers do not say.
  private var frozen: [String: Account] = [:]
  private var customerOfInvoice: [String: String] = [:]
  private var notices: [String] = []
  private var uncollectible = 0
  private var unseenPayments = 0

  init(_ request: PollRequest, tellingTypes: Set<String>) {
    self.request = request
    self.tellingTypes = tellingTypes
  }

  /// A first sync, or one after a lost cursor: no event of before is told.
  mutating func start(from newest: StripeCursor) { cursor = newest }

  /// - Parameter isFull: everything is read all the same; only the events come from the feed.
  mutating func start(from feed: StripeFeed, isFull: Bool) {
    cursor = feed.cursor
    events = feed.events
    self.isFull = isFull
  }

  /// Whether it is of use to ask how a payment stands.
  var seesPayments: Bool { unseenPayments == 0 }

  var result: PollResult {
    var notices = notices
    if uncollectible > 0 {
      notices.append("\(uncollectible) marked uncollectible: left out, though it can still be paid")
    }
    if unseenPayments > 0 {
      notices.append(
        "\(unseenPayments) tried without success, or still processing: the key may not read "
          + "PaymentIntents, so they count as failed"
      )
    }
    let nameless = events.filter { customer(of: $0) == nil && $0.invoiceID == nil }
    if !nameless.isEmpty {
      let types = Set(nameless.map(\.type)).sorted().joined(separator: ", ")
      let events = counted(nameless.count, "event")
      notices.append("\(events) without a customer (\(types)): left out")
    }
    return PollResult(
      cursor: cursor?.text,
      isComplete: isFull,
      isUnchanged: !isFull && !hasEmitted,
      notices: notices
    )
  }

  mutating func tell(
    _ changes: [Change],
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    if changes.isEmpty { return }
    hasEmitted = true
    try await emit(changes)
  }

  // MARK: Invoices

  /// Invoices to be read in a delta, in the order of what happened.
  var touchedInvoices: [String] {
    let hinted = request.hints.filter { $0.kind == .invoice }.map(\.id).sorted()
    var seen: Set<String> = []
    return (events.compactMap(\.invoiceID) + hinted).filter { seen.insert($0).inserted }
  }

  mutating func changes(
    _ invoices: [StripeInvoice],
    _ payments: [String: StripeAPI.PaymentState]
  ) throws(SourceError) -> [Change] {
    var changes: [Change] = []
    for invoice in invoices {
      if let customer = invoice.customerID { customerOfInvoice[invoice.id] = customer }
      let payment = payments[invoice.id] ?? (invoice.mayBeProcessing ? .unseen : nil)
      if payment == .unseen { unseenPayments += 1 }
      if invoice.status == .uncollectible { uncollectible += 1 }
      let item: OpenItem?
      do throws(SourceError) {
        item = try invoice.openItem(zone: request.now.zone, payment: payment)
      } catch {
        changes.append(
          try request.badDocuments.leaveOut(
            error, account: invoice.customerID, document: invoice.id))
        continue
      }
      if let item {
        changes.append(.open(item))
        changes += try debtor(of: invoice, item.accountID)
      } else {
        // A full sync needs no word of what is over.
        if !isFull { changes.append(.closed(documentID: invoice.id)) }
        if let id = invoice.customerID { others[id] = invoice.customer }
      }
    }
    return changes
  }

  /// What a row that is no invoice tells.
  func leaveOut(_ error: SourceError, _ row: JSON) throws(SourceError) -> Change {
    try request.badDocuments.leaveOut(
      error, account: stripeID(row["customer"]) ?? plainText(row["customer_account"]),
      name: plainText(row["customer_name"]), document: plainText(row["id"]))
  }

  private mutating func debtor(
    of invoice: StripeInvoice,
    _ id: String
  ) throws(SourceError) -> [Change] {
    if told.contains(id) { return [] }
    let account = invoice.account(source: request.source, id: id)
    frozen[id] = account
    if let customer = invoice.customer { return try changes(customer: id, customer) }
    if !invoice.isOfCustomer {
      told.insert(id)
      return [.account(account)]
    }
    unread.insert(id)
    return []
  }

  // MARK: Customers

  /// Those still to be told: at once, where they came with an invoice; the rest has to be read.
  mutating func wantedCustomers() throws(SourceError) -> (told: [Change], unread: [String]) {
    // What came with an invoice costs nothing more.
    var wanted = unread.union(others.keys.filter(request.knownAccounts.contains))
    if !isFull {
      let hinted = request.hints.filter { $0.kind == .customer }.map(\.id)
      wanted.formUnion(hinted.filter(request.knownAccounts.contains))
    }
    for event in events {
      guard let id = customer(of: event) else { continue }
      if request.knownAccounts.contains(id) || tellingTypes.contains(event.type) {
        wanted.insert(id)
      }
    }
    // A full read lists invoices: a balance that no open invoice brings is asked for by itself, or
    // it would be gone until the customer changes.
    if isFull {
      let held = request.snapshot.items.values.filter {
        $0.id.hasPrefix(StripeCustomer.balanceID(""))
      }
      wanted.formUnion(held.map(\.accountID))
    }
    wanted.subtract(told)
    var changes: [Change] = []
    for id in wanted.sorted() {
      if let row = others[id] { changes += try self.changes(customer: id, row) }
    }
    return (changes, wanted.subtracting(told).sorted())
  }

  /// - Parameter row: `nil` where Stripe has no such customer.
  mutating func changes(customer id: String, _ row: JSON?) throws(SourceError) -> [Change] {
    guard told.insert(id).inserted else { return [] }
    guard let row else {
      let gone = Change.closed(documentID: StripeCustomer.balanceID(id))
      return frozen[id].map { [.account($0), gone] } ?? [gone]
    }
    let customer = try StripeCustomer(row)
    notices += customer.notices
    let last = events.last { $0.customerID == id && $0.customerName != nil }?.customerName
    let account = customer.account(
      source: request.source,
      fallback: frozen[id]?.name ?? last
    )
    let balance: OpenItem?
    do throws(SourceError) { balance = try customer.balance() } catch {
      let unreadable = try request.badDocuments.leaveOut(
        error, account: id, name: account.name, document: StripeCustomer.balanceID(id))
      return [.account(account), unreadable]
    }
    if let balance { return [.account(account), .open(balance)] }
    let gone = Change.closed(documentID: StripeCustomer.balanceID(id))
    return isFull ? [.account(account)] : [.account(account), gone]
  }

  // MARK: Events

  func eventChanges() -> [Change] {
    events.compactMap { event in
      guard let id = customer(of: event),
        told.contains(id) || request.knownAccounts.contains(id)
      else { return nil }
      return .event(
        SourceEvent(
          id: event.id,
          type: event.type,
          accountID: id,
          documentID: event.invoiceID,
          currency: event.currency,
          occurredAt: Instant(seconds: event.created)
        )
      )
    }
  }

  private func customer(of event: StripeEvent) -> String? {
    event.customerID ?? event.invoiceID.flatMap { customerOfInvoice[$0] }
  }
}
