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
      scopes: XeroAPI.scopes,
      // http://localhost is the redirect address of Xero's own examples
      // (github.com/XeroAPI/php-oauth2-example). PKCE, 60 days: developer.xero.com/faq/oauth2.
      consent: SignInTraits.Consent(
        url: "https://login.xero.com/identity/connect/authorize",
        scopes: ["offline_access", "accounting.settings.read"],
        takesPKCE: true,
        refreshLifetimeDays: 60,
        takesLoopback: true
      )
    ),
    personal: personal
  )

  let tenantID: String
  private let baseURL: String
  private let options: XeroOptions

  public init(settings: inout SettingsReader) {
    tenantID = settings.text(
      "tenant_id",
      help:
        "the organisation's tenantId, as GET /connections lists it; \"\" for a custom connection"
    )
    options = XeroOptions(
      excludedGroups: settings.texts(
        "excluded_groups",
        help: "contact groups, by name or id, whose members get no message"
      ),
      disputedGroups: settings.texts(
        "disputed_groups",
        help: "contact groups, by name or id, whose members are in dispute"
      ),
      trackingCategory: settings.optionalText(
        "tag_from",
        help: "a tracking category, by name or id: its options on a document's lines are tags"
      )
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
    let api = self.api(over: session, now: request.now)
    var sync = XeroSync(request, options)
    if sync.since != nil { try await changedContacts(request, api, &sync, emit) }
    // A merge that shows only now is followed by reading again with it known; the second time the
    // documents of the merged contact count for the one that is left.
    for _ in 0..<3 {
      sync.needed = [:]
      for collection in XeroCollection.allCases {
        try await documents(collection, api, &sync, emit)
      }
      try await hintedInvoices(api, &sync, emit)
      let merges = sync.merged.count
      try await neededContacts(request, api, &sync, emit)
      if sync.merged.count == merges { break }
    }
    return sync.result
  }

  func api(over session: Session, now: Now? = nil) -> XeroAPI {
    XeroAPI(session: session, baseURL: baseURL, tenantID: tenantID, now: now?.instant)
  }

  public func inspect(
    over session: Session,
    now: Now
  ) async throws(SourceError) -> Inspection {
    try await api(over: session, now: now).inspection(options)
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
    var queries = [(text: "includeArchived=true", since: sync.since)]
    // A change of a contact's groups is not known to make a delta bring it.
    var hinted = request.hinted(.customer).intersection(request.knownAccounts)
    while let query = queries.popLast() {
      var pages = XeroPages(api, "Contacts", query.text, since: query.since)
      while let page = try await pages.next() {
        sync.note(page)
        var known: [Change] = []
        for row in page.rows {
          let contact = try XeroContact(row, options)
          hinted.remove(contact.id)
          let isKnown = request.knownAccounts.contains(contact.id)
          if isKnown, contact.mergedTo != nil { sync.since = nil }
          sync.keep(contact)
          if isKnown, contact.mergedTo == nil { known.append(sync.account(contact)) }
        }
        try await sync.tell(known, emit)
      }
      queries += Self.batches(of: hinted).map { ("\($0)&includeArchived=true", nil) }
      hinted = []
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
      let query = collection.query(isDelta: sync.since != nil, options)
      var pages = XeroPages(api, collection.rawValue, query, since: sync.since)
      // Of the ids their hashes: there may be very many. Two that are alike cost one more reading.
      var ids: Set<Int> = []
      while let page = try await pages.next() {
        sync.note(page)
        for row in page.rows where pages.isPaged {
          row[collection.idField]?.string.map { _ = ids.insert($0.hashValue) }
        }
        try await sync.tell(try sync.changes(page.rows, collection), emit)
      }
      let isWhole = !pages.hasShrunk && ids.count >= pages.itemCount ?? 0
      if !pages.isPaged || isWhole { return }
    }
  }

  /// Xero's delta misses what makes no journal, such as a new due date of a partly paid invoice; a
  /// webhook may have told of it. Credits have no such gap, and no filter by id.
  private func hintedInvoices(
    _ api: XeroAPI,
    _ sync: inout XeroSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    if sync.since == nil { return }
    for batch in Self.batches(of: sync.awaited) {
      let query = batch + XeroCollection.summary(options)
      var pages = XeroPages(api, XeroCollection.invoices.rawValue, query, since: nil)
      while let page = try await pages.next() {
        sync.note(page)
        try await sync.tell(try sync.changes(page.rows, .invoices), emit)
      }
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
    try await read(Set(ids.filter { sync.contacts[$0] == nil }), api, &sync)
    if sync.wantsTerms {
      sync.organisationTerms = try await api.paymentTerms(&sync.notices)
      sync.wantsTerms = false
    }
    try await sync.tell(ids.compactMap { sync.neededAccount($0) }, emit)
  }

  /// Reads contacts by their ids, or all there are where that takes fewer calls.
  private func read(
    _ ids: Set<String>,
    _ api: XeroAPI,
    _ sync: inout XeroSync
  ) async throws(SourceError) {
    var unread = ids
    let calls = Self.batches(of: unread).count
    if calls >= Self.worthPaging {
      var pages = XeroPages(api, "Contacts", "includeArchived=true", since: nil)
      while let page = try await pages.next() {
        sync.note(page)
        for row in page.rows {
          guard let id = row["ContactID"]?.string, unread.remove(id) != nil else { continue }
          sync.keep(try XeroContact(row, options))
        }
        // The first page says how many there are.
        if pages.count > calls || unread.isEmpty { break }
      }
    }
    for query in Self.batches(of: unread) {
      var pages = XeroPages(api, "Contacts", "\(query)&includeArchived=true", since: nil)
      while let page = try await pages.next() {
        sync.note(page)
        for row in page.rows { sync.keep(try XeroContact(row, options)) }
      }
    }
  }

  /// 40 ids of 36 characters keep the URL below 2,000.
  private static func batches(of ids: Set<String>) -> [String] {
    let sorted = ids.sorted()
    return stride(from: 0, to: sorted.count, by: 40).map { start in
      "IDs=" + sorted[start..<min(start + 40, sorted.count)].joined(separator: ",")
    }
  }

  /// From so many calls on it may be cheaper to read all contacts, 1000 a page.
  private static let worthPaging = 10
}

extension PollRequest {
  /// The ids of one kind of hint that look like Xero's.
  func hinted(_ kind: Hint.Kind) -> Set<String> {
    Set(
      hints.lazy.filter { hint in
        hint.kind == kind && hint.id.utf8.count == 36
          && hint.id.utf8.allSatisfy { $0 == UInt8(ascii: "-") || Character(.init($0)).isHexDigit }
      }.map(\.id)
    )
  }
}
