import Receivables
import Wire

/// Asks Xero's API, and says what a refusal means.
struct XeroAPI: Sendable {
  let session: Session
  let baseURL: String
  /// Empty for a custom connection.
  let tenantID: String
  /// For the times in errors.
  let now: Instant?

  /// The largest that Xero gives.
  static let pageSize = 1000

  /// Not below `/api.xro/2.0`, and of no tenant.
  static let connectionsPath = "/connections"

  /// What a poll needs. Prepayments and overpayments are under payments.
  static let scopes = [
    "accounting.invoices.read", "accounting.payments.read", "accounting.contacts.read",
  ]

  func page(
    _ number: Int,
    of collection: String,
    _ query: String,
    since: String?,
    size: Int = pageSize
  ) async throws(SourceError) -> XeroPage {
    let response = try await get(
      "/api.xro/2.0/\(collection)?\(query)\(query.isEmpty ? "" : "&")page=\(number)"
        + "&pageSize=\(size)",
      since: since
    )
    guard response.status == 200 else { throw await refusal(response, collection) }
    return try XeroPage(response, number: number, collection: collection)
  }

  /// - Parameter isOptional: a replay may have no recording of it.
  func get(
    _ path: String,
    since: String? = nil,
    isOptional: Bool = false
  ) async throws(SourceError) -> Response {
    // Without `Accept` the answer is XML.
    var request = HTTPRequest(.GET, baseURL + path, headers: [Header("Accept", "application/json")])
    if !tenantID.isEmpty, path != Self.connectionsPath {
      request.headers.append(Header("xero-tenant-id", tenantID))
    }
    if let since { request.headers.append(Header("If-Modified-Since", since)) }
    request.isOptional = isOptional
    do throws(WireError) { return try await session.read(request) } catch {
      throw SourceError(error)
    }
  }

  /// - Parameter asksConnections: whether a refusal may be followed by asking which organisations
  ///   there are.
  func refusal(
    _ response: Response,
    _ what: String,
    asksConnections: Bool = true
  ) async -> SourceError {
    let json = try? JSON(parsing: response.body)
    // Gateways in front of Xero write the same names in small letters.
    let names = ["Detail", "detail", "Message", "message", "Title", "title"]
    let said =
      names.lazy.compactMap { plainText(json?[$0]) }.first ?? "status \(response.status)"
    switch response.status {
    case 403 where said.contains("AuthenticationUnsuccessful"):
      if asksConnections, let problem = await tenantProblem() { return problem }
      return .signInNeeded(
        "Xero: the organisation is not, or no longer, connected (\(said)); sign in again and check "
          + "tenant_id"
      )
    case 401, 403:
      return .signInNeeded("Xero refuses to show \(what): \(said)\(scopeHint(what, said))")
    case 404:
      if asksConnections, let problem = await tenantProblem() { return problem }
      return .unreachable("Xero has no \(what) at this address: \(said)")
    case 429: return .unreachable(limit(response))
    case 503: return .unreachable("Xero: the organisation is offline, or maintenance (503)")
    default: return .unreachable("Xero answers \(what) with \(response.status): \(said)")
    }
  }

  /// A token that is good and does not suffice lacks a scope.
  private func scopeHint(_ what: String, _ said: String) -> String {
    if said.hasPrefix("Token") { return "" }
    switch what {
    case "Organisation", "TrackingCategories":
      return "; the sign-in may lack the scope accounting.settings.read"
    default:
      return "; the sign-in may lack a scope: it needs \(Self.scopes.joined(separator: ", "))"
    }
  }

  private func limit(_ response: Response) -> String {
    let problem = response.header("X-Rate-Limit-Problem")?.lowercased() ?? "rate"
    let wait = response.header("Retry-After").flatMap { Int64($0) }
    let name = problem.contains("day") ? "daily limit of calls" : "limit of calls (\(problem))"
    guard let wait else { return "Xero: the \(name) is used up" }
    let time =
      wait >= 3600
      ? "\(wait / 3600) h \(wait % 3600 / 60) min" : wait >= 60 ? "\(wait / 60) min" : "\(wait) s"
    let moment = now.map { ", at \($0.adding(seconds: wait))" } ?? ""
    return "Xero: the \(name) is used up; it opens again in \(time)\(moment)"
  }
}
