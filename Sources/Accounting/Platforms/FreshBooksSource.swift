public import Receivables
public import Settings
public import Wire

/// FreshBooks' accounting API (docs/sources/freshbooks.md, freshbooks.com/api).
///
/// A full sync reads every invoice that is not deleted: FreshBooks ignores a filter that it does
/// not know without a word, and one that is read another way than it was meant would make debts
/// vanish. A delta reads what changed, then what was deleted, and all credits.
public struct FreshBooksSource: OrganisationSource {
  public static let traits = SourceTraits(
    type: "freshbooks",
    title: "FreshBooks",
    isIncremental: true,
    // Limits are not published; the vendor's own SDKs make a call at a time.
    rate: Rate(120, per: .seconds(60)),
    concurrency: 2,
    signIn: SignInTraits(
      tokenURL: "https://api.freshbooks.com/auth/oauth/token",
      grants: [.refreshToken],
      authentication: .body,
      scopes: [],
      consent: SignInTraits.Consent(
        url: "https://auth.freshbooks.com/oauth/authorize",
        scopes: [
          "user:profile:read", "user:invoices:read", "user:clients:read",
          "user:credit_notes:read", "user:payments:read",
        ],
        takesPKCE: false,
        takesLoopback: false
      ),
      needsRedirect: true
    ),
    personal: personal
  )

  public static let organisationKey = "account_id"

  /// `code` is not among them: on an invoice it is the postcode, in an amount the currency.
  private static let personal: [String: PersonalKind] = [
    "fname": .name, "lname": .name, "organization": .name, "current_organization": .name,
    "first_name": .name, "last_name": .name, "name": .name, "company": .name, "username": .name,
    "email": .email, "mob_phone": .phone, "bus_phone": .phone, "home_phone": .phone,
    "fax": .phone, "phone_number": .phone, "address": .address, "street": .address,
    "street2": .address, "city": .address, "p_street": .address, "p_street2": .address,
    "p_city": .address, "p_code": .address, "s_street": .address, "s_street2": .address,
    "s_city": .address, "s_code": .address, "postal_code": .address, "vat_number": .text,
    "note": .text, "notes": .text, "description": .text, "terms": .text,
    "payment_details": .text, "return_uri": .link, "statement_token": .link,
    "direct_link_token": .link,
  ]

  let accountID: String
  private let baseURL: String

  public init(settings: inout SettingsReader) {
    accountID = settings.text(
      "account_id",
      help: "the business's account_id, as `auth` lists them: letters and digits"
    )
    baseURL = settings.url(
      "base_url",
      help: "another address of the API",
      default: "https://api.freshbooks.com"
    )
  }

  func api(_ session: Session) -> FreshBooksAPI {
    FreshBooksAPI(session: session, baseURL: baseURL, accountID: accountID)
  }

  public func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    let api = api(session)
    if let start = FreshBooksCursor(request.cursor) {
      if let result = try await delta(request, from: start, api, emit) { return result }
    }
    return try await full(request, api, emit)
  }

  /// - Returns: `nil` when a credit has gone, so that everything must be read.
  private func delta(
    _ request: PollRequest,
    from start: FreshBooksCursor,
    _ api: FreshBooksAPI,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult? {
    var sync = FreshBooksSync(request, from: start)
    try await read(.creditNotes, [], api, &sync, emit)
    if sync.hasLostCredits { return nil }
    let since = [(name: "search[updated_min]", value: "\(start.since)")]
    // A list has active and archived rows; deleted ones must be asked for.
    try await read(.invoices, since, api, &sync, emit)
    try await read(.invoices, [(name: "search[vis_state]", value: "1")] + since, api, &sync, emit)
    try await read(.clients, since, api, &sync, emit)
    let hinted = sync.unreadInvoices(of: request.hints)
    sync.want(request.hints)
    if sync.isUnchanged, hinted.isEmpty, sync.unreadClients.isEmpty {
      return sync.result(isUnchanged: true)
    }
    for id in hinted {
      if let row = try await api.invoice(id) {
        try sync.take(row, of: .invoices)
      } else {
        sync.close(invoice: id)
      }
    }
    try await unreadClients(api, &sync)
    try await emit(sync.takeChanges() + sync.takeAccounts())
    return sync.result()
  }

  private func full(
    _ request: PollRequest,
    _ api: FreshBooksAPI,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    var sync = FreshBooksSync(request, from: nil)
    // Credits first: one that is applied meanwhile must not leave its invoice due in full.
    try await read(.creditNotes, [], api, &sync, emit)
    try await read(.invoices, [], api, &sync, emit)
    try await unreadClients(api, &sync)
    try await emit(sync.takeAccounts())
    return sync.result()
  }

  /// Tells each page as it comes; a delta tells nothing before it has seen all.
  private func read(
    _ list: FreshBooksList,
    _ query: [(name: String, value: String)],
    _ api: FreshBooksAPI,
    _ sync: inout FreshBooksSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    var pages = FreshBooksPages(api, list, query)
    while let page = try await pages.next() {
      for row in page.rows { try sync.take(row, of: list) }
      if sync.start == nil { try await emit(sync.takeChanges()) }
    }
  }

  /// Clients by id, those that are not deleted first.
  private func unreadClients(
    _ api: FreshBooksAPI,
    _ sync: inout FreshBooksSync
  ) async throws(SourceError) {
    for state in [[], [(name: "search[vis_state]", value: "1")]] {
      let ids = sync.unreadClients
      for start in stride(from: 0, to: ids.count, by: Self.clientsPerCall) {
        let unread = Set(sync.unreadClients)
        let batch = ids[start..<min(start + Self.clientsPerCall, ids.count)].filter(unread.contains)
        if batch.isEmpty { continue }
        let query = state + batch.map { (name: "search[userids][]", value: $0) }
        var pages = FreshBooksPages(api, .clients, query)
        // Were the filter ignored, all clients would come: then no further than needed.
        while !unread.isDisjoint(with: sync.unreadClients), let page = try await pages.next() {
          for row in page.rows { try sync.take(row, of: .clients) }
        }
      }
    }
  }

  /// 50 ids of 8 digits keep the URL below 2,000 characters.
  private static let clientsPerCall = 50

  public func inspect(
    over session: Session,
    now: Now
  ) async throws(SourceError) -> Inspection {
    let api = api(session)
    let businesses = try await api.businesses()
    guard let business = businesses.first(where: { $0.accountID == accountID }) else {
      let all = businesses.map { "\($0.accountID) (\($0.name))" }.joined(separator: ", ")
      throw .misconfigured(
        "the sign-in does not reach account_id `\(accountID)`; it reaches "
          + (all.isEmpty ? "no business with books" : all)
      )
    }
    // Each list is asked for, so that a scope that is missing shows.
    let open = try await api.page(1, of: .invoices, [("search[outstanding]", "true")])
    _ = try await api.page(1, of: .creditNotes, [], size: 1)
    _ = try await api.page(1, of: .clients, [], size: 1)
    var count = 0
    for row in open.rows where try FreshBooksInvoice(row).openItem() != nil { count += 1 }
    // More than a page is only known where the filter was evidently understood.
    let isFiltered = count == open.rows.count
    return Inspection(
      organisation: business.name,
      timeZone: business.timeZone,
      openInvoices: open.pageCount <= 1 ? count : isFiltered ? open.total : nil
    )
  }

  public func organisations(
    over session: Session,
    redirect: [String: String]
  ) async throws(SourceError) -> [Organisation] {
    try await api(session).businesses().map { Organisation(id: $0.accountID, name: $0.name) }
  }
}
