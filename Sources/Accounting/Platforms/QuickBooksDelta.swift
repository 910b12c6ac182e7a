import Receivables
import Wire

/// What changed, deletions included, in one call.
struct QuickBooksChanges: Sendable {
  /// What is asked for; the answer has one part for each.
  static let entities = ["Customer"] + QuickBooksEntity.allCases.map(\.rawValue)
  /// More objects do not come, and there is no second page.
  private static let limit = 1000

  let rows: [String: [JSON]]
  /// Whether there may be more than came.
  let isCutOff: Bool
  /// The server's clock.
  let time: Instant

  init(_ answer: JSON) throws(SourceError) {
    func bad(_ field: String, _ message: String) -> SourceError {
      .badData(document: "change data capture", field: field, message: message)
    }
    guard let responses = answer["CDCResponse"]?.array else {
      throw bad("CDCResponse", "is not there")
    }
    guard let time = answer["time"]?.string.flatMap({ Instant($0) }) else {
      throw bad("time", "is missing, or is no time")
    }
    self.time = time
    var rows: [String: [JSON]] = [:]
    var isShort = false
    for response in responses {
      guard let parts = response["QueryResponse"]?.array else {
        throw bad("QueryResponse", "is not there")
      }
      for part in parts {
        for entity in Self.entities {
          guard let found = part[entity]?.array else { continue }
          rows[entity, default: []] += Array(found)
          if let total = part["totalCount"]?.integer, total > found.count { isShort = true }
        }
      }
    }
    self.rows = rows
    isCutOff = isShort || rows.values.reduce(0) { $0 + $1.count } >= Self.limit
  }
}

/// Reads what changed since a cursor.
struct QuickBooksDelta {
  private let api: QuickBooksAPI
  private let request: PollRequest
  private let cursor: QuickBooksCursor
  private var directory: QuickBooksCustomers
  /// Customers of the snapshot that changed.
  private var changedCustomers: Set<String> = []
  private var documents: [QuickBooksDocument] = []
  /// What cannot be read, and fails nothing.
  private var unreadable: [Change] = []
  /// Ids that webhooks named and QuickBooks no longer has.
  private var gone: [String] = []

  init(_ api: QuickBooksAPI, _ request: PollRequest, _ cursor: QuickBooksCursor) {
    self.api = api
    self.request = request
    self.cursor = cursor
    directory = QuickBooksCustomers(api, source: request.source)
  }

  /// - Returns: `nil`, and nothing was emitted, where only a full sync can tell what is open now.
  mutating func run(
    _ emit: QuickBooksFullSync.Emit
  ) async throws(SourceError) -> PollResult? {
    // Webhooks name so what no delta tells: journal entries.
    if request.hints.contains(where: { $0.kind == .other }) { return nil }
    let changes = try await api.changes(since: cursor.since)
    if changes.isCutOff { return nil }
    guard try await readCustomers(changes.rows["Customer"] ?? []) else { return nil }
    for entity in QuickBooksEntity.allCases {
      try await readDocuments(changes.rows[entity.rawValue] ?? [], entity)
    }
    // A payment, or a credit, may have been set against a journal entry, or by one.
    let mayTouchEntries = !gone.isEmpty || documents.contains { $0.entity != .invoice }
    if cursor.hasEntries, mayTouchEntries { return nil }
    let found = try await found()
    if !found.isEmpty { try await emit(found) }
    let next = QuickBooksCursor(
      serverTime: changes.time,
      home: cursor.home,
      hasEntries: cursor.hasEntries
    )
    return PollResult(
      cursor: next.text,
      isComplete: false,
      isUnchanged: found.isEmpty,
      notices: directory.notices
    )
  }

  /// - Returns: false where a customer of the snapshot is gone: deleted, deactivated or merged. The
  ///   documents of a merged one count for another now, and no change need say so.
  private mutating func readCustomers(_ rows: [JSON]) async throws(SourceError) -> Bool {
    for row in rows {
      let customer = try QuickBooksCustomer(row)
      let isKnown = request.knownAccounts.contains(customer.id)
      if customer.isGone, isKnown { return false }
      if customer.isGone { continue }
      directory.keep(customer)
      if isKnown { changedCustomers.insert(customer.id) }
    }
    let hinted = hints(.customer).intersection(request.knownAccounts)
    try await directory.load(hinted)
    changedCustomers.formUnion(hinted)
    return hinted.allSatisfy { directory[$0].map { !$0.isGone } ?? false }
  }

  private mutating func readDocuments(
    _ rows: [JSON],
    _ entity: QuickBooksEntity
  ) async throws(SourceError) {
    var came: Set<String> = []
    func read(_ row: JSON) throws(SourceError) {
      do throws(SourceError) {
        let document = try QuickBooksDocument(row, entity, home: cursor.home)
        came.insert(document.id)
        documents.append(document)
      } catch {
        unreadable.append(try entity.leaveOut(error, row, request.badDocuments))
      }
    }
    for row in rows { try read(row) }
    let missing = hints(entity.hintKind).subtracting(came).sorted()
    for row in try await api.rows(of: entity.rawValue, ids: missing) { try read(row) }
    gone += missing.filter { !came.contains($0) }.map(entity.itemID)
  }

  private mutating func found() async throws(SourceError) -> [Change] {
    var changes: [Change] = gone.map { .closed(documentID: $0) } + unreadable
    var wanted: [String: String] = [:]
    for id in changedCustomers { wanted[id] = "" }
    for document in documents {
      let open: (item: OpenItem, customerName: String)?
      do throws(SourceError) { open = try document.openItem() } catch {
        changes.append(
          try document.entity.leaveOut(error, document.row, request.badDocuments))
        continue
      }
      guard let open else {
        changes.append(.closed(documentID: document.itemID))
        continue
      }
      changes.append(.open(open.item))
      if !request.knownAccounts.contains(open.item.accountID) {
        wanted[open.item.accountID] = open.customerName
      }
    }
    let accounts = try await directory.accounts(wanted, told: request.knownAccounts)
    return changes + accounts.map { .account($0) }
  }

  private func hints(_ kind: Hint.Kind) -> Set<String> {
    Set(request.hints.filter { $0.kind == kind }.map(\.id))
  }
}

extension QuickBooksAPI {
  fileprivate func changes(since: Instant) async throws(SourceError) -> QuickBooksChanges {
    let fields = [
      (name: "entities", value: QuickBooksChanges.entities.joined(separator: ",")),
      (name: "changedSince", value: "\(since)"),
    ]
    return try QuickBooksChanges(try await get("cdc", fields, "change data capture"))
  }
}
