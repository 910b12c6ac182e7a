public import Receivables
public import Settings
public import Wire

/// Xero's accounting API (docs/sources/xero.md, developer.xero.com/documentation/api/accounting).
///
/// A full sync reads what is open; a delta reads whatever changed, of any status, since only so
/// does a paid or voided document leave the snapshot. Contacts come in batches, and only those
/// needed.
public struct XeroSource: AccountingSource {
  public static let traits = SourceTraits(
    type: "xero",
    title: "Xero",
    isIncremental: true,
    rate: Rate(60, per: .seconds(60)),
    concurrency: 4,
    signIn: SignInTraits(
      tokenURL: "https://identity.xero.com/connect/token",
      grants: [.clientCredentials, .refreshToken],
      authentication: .basicHeader,
      scopes: [
        "accounting.invoices.read", "accounting.payments.read", "accounting.contacts.read",
      ]
    )
  )

  private let tenantID: String
  private let baseURL: String

  public init(settings: inout SettingsReader) {
    tenantID = settings.text(
      "tenant_id",
      help:
        "the organisation's tenantId, as GET /connections lists it; \"\" for a custom connection"
    )
    baseURL = settings.url(
      "base_url",
      help: "another address of the API",
      default: "https://api.xero.com"
    )
  }

  public func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    let api = XeroAPI(
      session: session,
      baseURL: baseURL,
      tenantID: tenantID,
      now: request.now.instant
    )
    var sync = XeroSync(source: request.source, from: XeroCursor(request.cursor))
    if sync.since != nil { try await changedContacts(request, api, &sync, emit) }
    // A merge that shows only now is followed by reading again with it known; the second time the
    // documents of the merged contact count for the one that is left.
    for _ in 0..<3 {
      sync.needed = [:]
      for collection in XeroCollection.allCases {
        try await documents(collection, api, &sync, emit)
      }
      let merges = sync.merged.count
      try await neededContacts(request, api, &sync, emit)
      if sync.merged.count == merges { break }
    }
    return sync.result
  }

  public func inspect(
    over session: Session,
    now: Now
  ) async throws(SourceError) -> Inspection {
    let api = XeroAPI(session: session, baseURL: baseURL, tenantID: tenantID, now: now.instant)
    return try await api.inspection()
  }

  /// Of the contacts that changed, those in the snapshot are told at once, the others kept in case
  /// a new document names them. When one of the snapshot was merged into another, its documents
  /// have moved without a trace in the delta: then everything is read.
  private func changedContacts(
    _ request: PollRequest,
    _ api: XeroAPI,
    _ sync: inout XeroSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    var pages = XeroPages(api, "Contacts", "includeArchived=true", since: sync.since)
    while let page = try await pages.next() {
      sync.note(page)
      var known: [Change] = []
      for row in page.rows {
        let contact = try XeroContact(row)
        let isKnown = request.knownAccounts.contains(contact.id)
        if isKnown, contact.mergedTo != nil { sync.since = nil }
        sync.keep(contact)
        if isKnown, contact.mergedTo == nil { known.append(sync.account(contact)) }
      }
      try await sync.tell(known, emit)
    }
  }

  /// Reads one collection and tells each page as it comes. Rows move from page to page when they
  /// change while we read; where one may have slipped through, the collection is read once more,
  /// and both readings count.
  private func documents(
    _ collection: XeroCollection,
    _ api: XeroAPI,
    _ sync: inout XeroSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    for _ in 0..<2 {
      let query = sync.since == nil ? collection.openQuery : collection.deltaQuery
      var pages = XeroPages(api, collection.rawValue, query, since: sync.since)
      var ids: Set<String> = []
      while let page = try await pages.next() {
        sync.note(page)
        for row in page.rows where pages.isPaged {
          row[collection.idField]?.string.map { _ = ids.insert($0) }
        }
        try await sync.tell(try sync.changes(page.rows, collection), emit)
      }
      let isWhole = !pages.hasShrunk && ids.count >= pages.itemCount ?? 0
      if !pages.isPaged || isWhole { return }
    }
  }

  /// Contacts of open documents: in a delta only those that the snapshot does not have.
  private func neededContacts(
    _ request: PollRequest,
    _ api: XeroAPI,
    _ sync: inout XeroSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    let ids = sync.needed.keys.sorted().filter {
      sync.since == nil || !request.knownAccounts.contains($0)
    }
    let unread = ids.filter { sync.contacts[$0] == nil }
    for start in stride(from: 0, to: unread.count, by: Self.contactsPerCall) {
      let batch = unread[start..<min(start + Self.contactsPerCall, unread.count)]
      let query = "IDs=\(batch.joined(separator: ","))&includeArchived=true"
      var pages = XeroPages(api, "Contacts", query, since: nil)
      while let page = try await pages.next() {
        sync.note(page)
        for row in page.rows { sync.keep(try XeroContact(row)) }
      }
    }
    try await sync.tell(ids.compactMap { sync.neededAccount($0) }, emit)
  }

  /// 40 ids of 36 characters keep the URL below 2,000.
  private static let contactsPerCall = 40
}
