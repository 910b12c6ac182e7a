public import Receivables
public import Settings
public import Wire

/// QuickBooks Online's accounting API (docs/sources/quickbooks.md,
/// developer.intuit.com/app/developer/qbo/docs/api/accounting).
///
/// A full sync reads the open documents by query and the aging report, which knows what no query
/// does; a delta is one call of change data capture, deletions included.
public struct QuickBooksSource: OrganisationSource, WebhookSource {
  public static let traits = SourceTraits(
    type: "quickbooks",
    title: "QuickBooks Online",
    isIncremental: true,
    // 500 a minute and 10 a second for each company: this is below both.
    rate: Rate(8, per: .seconds(1)),
    concurrency: 4,
    signIn: SignInTraits(
      tokenURL: "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
      grants: [.refreshToken],
      authentication: .basicHeader,
      scopes: [],
      consent: .init(
        url: "https://appcenter.intuit.com/connect/oauth2",
        scopes: ["com.intuit.quickbooks.accounting"],
        takesPKCE: false,
        refreshLifetimeDays: 100,
        // The development keys do, those of production take https alone.
        takesLoopback: false
      ),
      // Without it nothing tells when a chain of refresh tokens ends for good.
      tokenHeaders: [Header("x-include-refresh-token-hard-expires-in", "true")]
    ),
    personal: [
      "DisplayName": .name, "GivenName": .name, "MiddleName": .name, "FamilyName": .name,
      "FullyQualifiedName": .name, "CompanyName": .name, "LegalName": .name,
      "PrintOnCheckName": .name, "name": .name, "Address": .email, "FreeFormNumber": .phone,
      "Line1": .address, "Line2": .address, "Line3": .address, "Line4": .address,
      "Line5": .address, "City": .address, "PostalCode": .address, "PrivateNote": .text,
      "Notes": .text, "InvoiceLink": .link, "URI": .link,
    ]
  )

  public static let organisationKey = "realm_id"

  enum Environment: String, CaseIterable {
    case production, sandbox

    var baseURL: String {
      switch self {
      case .production: "https://quickbooks.api.intuit.com"
      case .sandbox: "https://sandbox-quickbooks.api.intuit.com"
      }
    }
  }

  private let realmID: String
  private let baseURL: String

  public init(settings: inout SettingsReader) {
    realmID = settings.text(
      "realm_id",
      help: "the company's id, which the redirect of the sign-in names (realmId)"
    )
    let environment = settings.choice(
      "environment",
      help: "which of Intuit's addresses the company is at",
      default: Environment.production
    )
    baseURL = settings.url(
      "base_url",
      help: "another address of the API",
      default: environment.baseURL
    )
  }

  public func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    let api = api(session, realmID)
    if let cursor = QuickBooksCursor(request.cursor, now: request.now.instant) {
      var delta = QuickBooksDelta(api, request, cursor)
      if let result = try await delta.run(emit) { return result }
    }
    return try await QuickBooksFullSync.run(request, api, emit)
  }

  public func inspect(
    over session: Session,
    now: Now
  ) async throws(SourceError) -> Inspection {
    let api = api(session, realmID)
    let company = try await api.company()
    let currencies = try await api.currencies().prefs
    return Inspection(
      organisation: company.name,
      currency: currencies.home?.code,
      timeZone: company.timeZone,
      openInvoices: try await api.openInvoices(),
      notices: [
        "QuickBooks does not say how many calls are left. Reads are counted by the month over all "
          + "companies of the app (Builder tier: 500,000); past that it answers none until the "
          + "next month"
      ]
    )
  }

  public func organisations(
    over session: Session,
    redirect: [String: String]
  ) async throws(SourceError) -> [Organisation] {
    let id = redirect["realmId"] ?? realmID
    if id.isEmpty { return [] }
    return [Organisation(id: id, name: try await api(session, id).company().name)]
  }

  public func receive(
    _ request: WebhookRequest,
    secrets: [String],
    now: Instant
  ) -> WebhookVerdict {
    QuickBooksWebhook(realmID: realmID).receive(request, secrets: secrets)
  }

  private func api(_ session: Session, _ realmID: String) -> QuickBooksAPI {
    QuickBooksAPI(session: session, baseURL: baseURL, realmID: realmID)
  }
}

extension QuickBooksAPI {
  fileprivate func company() async throws(SourceError) -> (name: String, timeZone: String?) {
    let path = "companyinfo/\(percentEncoded(realmID))"
    let answer = try await get(path, [], "CompanyInfo")
    guard let company = answer["CompanyInfo"], company.kind == .object else {
      throw .badData(document: "CompanyInfo", field: "", message: "is not there")
    }
    return (plainText(company["CompanyName"]) ?? realmID, plainText(company["DefaultTimeZone"]))
  }

  fileprivate func openInvoices() async throws(SourceError) -> Int? {
    let statement = "SELECT COUNT(*) FROM Invoice WHERE Balance > '0'"
    let answer = try await get("query", [("query", statement)], "Invoice")
    return try QuickBooksPage(answer, "Invoice", start: 1).totalCount
  }
}
