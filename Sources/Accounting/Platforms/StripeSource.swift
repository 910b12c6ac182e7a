public import Receivables
public import Settings
public import Wire

/// Stripe's invoices (docs/sources/stripe.md, docs.stripe.com/api/invoices).
///
/// A full sync lists what is open. Invoices carry no time of change, so a delta goes by the events:
/// whatever they name is read anew, since an event shows its object as it was, in the shape of the
/// API version it was made with.
public struct StripeSource: AccountingSource {
  public static let traits = SourceTraits(
    type: "stripe",
    title: "Stripe",
    isIncremental: true,
    // A sandbox allows 25 a second (docs.stripe.com/rate-limits).
    rate: Rate(20, per: .seconds(1)),
    concurrency: 4,
    events: StripeEvent.polledTypes,
    personal: [
      "name": .name, "business_name": .name, "individual_name": .name, "customer_name": .name,
      "email": .email, "customer_email": .email, "receipt_email": .email,
      "phone": .phone, "customer_phone": .phone,
      "line1": .address, "line2": .address, "city": .address, "postal_code": .address,
      "state": .address,
      "hosted_invoice_url": .link, "invoice_pdf": .link, "receipt_url": .link,
      "description": .text, "footer": .text, "statement_descriptor": .text,
    ]
  )

  private let apiKey: Secret
  private let baseURL: String
  /// A connected account, of which the key's account is the platform.
  let account: String?
  /// Of the events that are polled, at most 20: more are refused by Stripe.
  public let events: [String]
  /// Told of everybody; the others only of those who owe something.
  private let tellingTypes: Set<String>

  public init(settings: inout SettingsReader) {
    apiKey = settings.secret("api_key", help: "a restricted key (rk_…) that may read")
    account = settings.optionalText("account", help: "a connected account, acct_…")
    let more = settings.texts("events", help: "further event types that `on:` may name")
    baseURL = settings.url(
      "base_url",
      help: "another address of the API",
      default: "https://api.stripe.com"
    )
    let ours = StripeEvent.polledTypes
    events = more.reduce(into: ours) { types, type in
      if !types.contains(type) { types.append(type) }
    }
    tellingTypes = StripeEvent.tellingTypes.union(more)
    if ["pk_", "whsec_"].contains(where: apiKey.reveal().hasPrefix) {
      settings.reject("api_key", "is no key that can read: make a restricted key (rk_…)")
    }
    if events.count > Self.mostTypes {
      settings.reject(
        "events",
        "are \(events.count - ours.count) further types; with the \(ours.count) that are "
          + "polled anyway Stripe allows \(Self.mostTypes - ours.count)"
      )
    }
    for type in more where type.isEmpty || type.contains("*") {
      settings.reject("events", "`\(type)` must be one type of event, as in invoice.upcoming")
    }
  }

  public func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    let api = api(session)
    var sync = StripeSync(request, tellingTypes: tellingTypes)
    // Before anything else is read: what happens meanwhile comes with the next delta.
    let start = StripeCursor(request.cursor ?? request.lastCursor)
    if let start, let feed = try await api.events(events, after: start, now: request.now) {
      sync.start(from: feed, isFull: request.cursor == nil)
    } else {
      sync.start(from: try await api.newestEvent(events))
    }
    if sync.isFull {
      var pages = StripePages(
        api,
        "invoices",
        [("status", "open"), ("expand[]", "data.customer")]
      )
      while let rows = try await pages.next() {
        try await read(rows, api, &sync, emit)
      }
    } else {
      try await touchedInvoices(api, &sync, emit)
    }
    try await customers(api, &sync, emit)
    try await sync.tell(sync.eventChanges(), emit)
    return sync.result
  }

  public func inspect(over session: Session, now: Now) async throws(SourceError) -> Inspection {
    try await StripeInspection(api: api(session), eventTypes: events, zone: now.zone).run()
  }

  /// What the events and webhooks name, each once, some at a time.
  private func touchedInvoices(
    _ api: StripeAPI,
    _ sync: inout StripeSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    for ids in batches(sync.touchedInvoices) {
      let answers = try await api.all(ids) { (id) throws(SourceError) in
        try await api.one("invoices", id, expanding: "customer")
      }
      try await read(answers.compactMap { $0 }, api, &sync, emit)
      // What is not there any more was a draft that somebody deleted.
      let gone = zip(ids, answers).filter { $0.1 == nil }
      try await sync.tell(gone.map { .closed(documentID: $0.0) }, emit)
    }
  }

  private func read(
    _ rows: [JSON],
    _ api: StripeAPI,
    _ sync: inout StripeSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    var invoices: [StripeInvoice] = []
    var unreadable: [Change] = []
    for row in rows {
      do throws(SourceError) { invoices.append(try StripeInvoice(row)) } catch {
        unreadable.append(try sync.leaveOut(error, row))
      }
    }
    try await sync.tell(unreadable, emit)
    let unclear = invoices.filter(\.mayBeProcessing).map(\.id)
    let asked = sync.seesPayments ? unclear : []
    let states = try await api.all(asked) { (id) throws(SourceError) in
      try await api.paymentState(ofInvoice: id)
    }
    let payments = Dictionary(zip(asked, states)) { first, _ in first }
    try await sync.tell(try sync.changes(invoices, payments), emit)
  }

  private func customers(
    _ api: StripeAPI,
    _ sync: inout StripeSync,
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    let (told, unread) = try sync.wantedCustomers()
    try await sync.tell(told, emit)
    for ids in batches(unread) {
      let answers = try await api.all(ids) { (id) throws(SourceError) in
        try await api.one("customers", id)
      }
      var changes: [Change] = []
      for (id, row) in zip(ids, answers) { changes += try sync.changes(customer: id, row) }
      try await sync.tell(changes, emit)
    }
  }

  private func api(_ session: Session) -> StripeAPI {
    StripeAPI(session: session, baseURL: baseURL, key: apiKey, account: account)
  }

  private func batches(_ ids: [String]) -> [[String]] {
    stride(from: 0, to: ids.count, by: Self.batch).map {
      Array(ids[$0..<min($0 + Self.batch, ids.count)])
    }
  }

  /// What is asked for before what was answered is told.
  private static let batch = 50
  private static let mostTypes = 20
}
