import Foundation
import Receivables
import Wire

/// The lists of FreshBooks that are read.
enum FreshBooksList {
  case invoices, creditNotes, clients, callbacks

  /// The key under `result`.
  var noun: String {
    switch self {
    case .invoices: "invoices"
    case .creditNotes: "credit_notes"
    case .clients: "clients"
    case .callbacks: "callbacks"
    }
  }

  var idField: String { self == .callbacks ? "callbackid" : "id" }

  /// For people.
  var words: String { self == .creditNotes ? "credit notes" : noun }

  func path(_ accountID: String) -> String {
    let account = "account/\(percentEncoded(accountID))"
    switch self {
    case .invoices: return "accounting/\(account)/invoices/invoices"
    case .creditNotes: return "accounting/\(account)/credit_notes/credit_notes"
    case .clients: return "accounting/\(account)/users/clients"
    case .callbacks: return "events/\(account)/events/callbacks"
    }
  }
}

/// Asks FreshBooks, and tells its refusals apart.
struct FreshBooksAPI: Sendable {
  let session: Session
  let baseURL: String
  let accountID: String

  /// More is cut to this without a word (freshbooks.com/api/parameters).
  static let pageSize = 100

  func page(
    _ number: Int,
    of list: FreshBooksList,
    _ query: [(name: String, value: String)],
    size: Int = pageSize
  ) async throws(SourceError) -> FreshBooksPage {
    let paging = [("page", String(number)), ("per_page", String(size))]
    let path = "\(list.path(accountID))?\(formEncoded(query + paging))"
    let what = "\(list.words), page \(number)"
    let response = try await read(path)
    if response.status == 404, number > 1 {
      throw .unreachable("FreshBooks: page missing: \(what) is not there, though others were")
    }
    return try FreshBooksPage(try answer(response, what), number: number, of: list, what)
  }

  /// One invoice, of whatever state; `nil` where FreshBooks itself says that there is none.
  func invoice(_ id: String) async throws(SourceError) -> JSON? {
    let what = "invoice \(id)"
    let response = try await read(
      "\(FreshBooksList.invoices.path(accountID))/\(percentEncoded(id))")
    if FreshBooksComplaint(try? JSON(parsing: response.body)).code == Self.notFound { return nil }
    let answer = try answer(response, what)
    guard let invoice = answer["result"]?["invoice"], invoice.kind == .object else {
      throw .badData(document: what, field: "invoice", message: "is not there")
    }
    return invoice
  }

  /// The businesses that the sign-in reaches, those with an accounting side.
  func businesses() async throws(SourceError) -> [FreshBooksBusiness] {
    let what = "users/me"
    let answer = try await get("auth/api/v1/users/me", what)
    guard let memberships = answer["business_memberships"]?.array else {
      throw .badData(document: what, field: "business_memberships", message: "is not there")
    }
    var seen: Set<String> = []
    return memberships.compactMap { FreshBooksBusiness($0["business"]) }
      .filter { seen.insert($0.accountID).inserted }
  }

  /// Writes a callback.
  /// - Returns: it, as it is now.
  func write(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ body: String
  ) async throws(SourceError) -> JSON {
    let request = HTTPRequest(
      method,
      "\(baseURL)/\(path)",
      headers: [Self.accept, Header("Content-Type", "application/json")],
      body: Array(body.utf8)
    )
    let answer = try answer(try await perform(request), "callbacks")
    guard let callback = answer["result"]?["callback"], callback.kind == .object else {
      throw .badData(document: "callbacks", field: "callback", message: "is not there")
    }
    return callback
  }

  func delete(_ path: String) async throws(SourceError) {
    let request = HTTPRequest(.DELETE, "\(baseURL)/\(path)", headers: [Self.accept])
    let response = try await perform(request)
    if response.status == 204 { return }
    if response.status == 200, response.body.isEmpty { return }
    _ = try answer(response, "callbacks")
  }

  // `errno` of the old shape, `reason` of the new.
  private static let unauthorised = "1003"
  private static let notFound = "1012"
  private static let accept = Header("Accept", "application/json")

  private func get(_ path: String, _ what: String) async throws(SourceError) -> JSON {
    try answer(try await read(path), what)
  }

  private func read(_ path: String) async throws(SourceError) -> Response {
    do throws(WireError) {
      return try await session.read(
        HTTPRequest(.GET, "\(baseURL)/\(path)", headers: [Self.accept])
      )
    } catch {
      throw SourceError(error)
    }
  }

  private func perform(_ request: HTTPRequest) async throws(SourceError) -> Response {
    do throws(WireError) { return try await session.perform(.http(request)) } catch {
      throw SourceError(error)
    }
  }

  /// What is under `response`.
  private func answer(_ response: Response, _ what: String) throws(SourceError) -> JSON {
    guard response.status == 200 else { throw refusal(response, what) }
    let body = try json(of: response, what)
    guard let answer = body["response"], answer.kind == .object else {
      throw .badData(document: what, field: "response", message: "is not there")
    }
    // The vendor's node SDK looks for errors under a 200 too.
    if let errors = answer["errors"]?.array, errors.count > 0 {
      let complaint = FreshBooksComplaint(body)
      let said = complaint.text ?? "no reason is given"
      switch complaint.code {
      case Self.unauthorised: throw .signInNeeded("FreshBooks refuses to show \(what): \(said)")
      case Self.notFound: throw notThere(what, said)
      default: throw .unreachable("FreshBooks refuses \(what): \(said)")
      }
    }
    return answer
  }

  private func refusal(_ response: Response, _ what: String) -> SourceError {
    let complaint = FreshBooksComplaint(try? JSON(parsing: response.body))
    let said = complaint.text ?? "status \(response.status)"
    switch response.status {
    case 401:
      return .signInNeeded(
        "FreshBooks refuses to show \(what): \(said); sign in again, and check account_id"
      )
    case 403:
      return .signInNeeded(
        "FreshBooks refuses to show \(what): \(said); check the app's scopes and the role of who "
          + "signed in"
      )
    // Without words of FreshBooks' own it is something between us that says so.
    case 404 where complaint.text != nil: return notThere(what, said)
    case 400, 422: return .misconfigured("FreshBooks refuses \(what): \(said)")
    case 429:
      let wait =
        response.header("Retry-After").flatMap { Int($0) }.map { "; again in \($0) s" } ?? ""
      return .unreachable("FreshBooks: too many requests\(wait)")
    default:
      return .unreachable("FreshBooks answers \(what) with \(response.status): \(said)")
    }
  }

  private func notThere(_ what: String, _ said: String) -> SourceError {
    .misconfigured(
      "FreshBooks has no \(what) at account_id `\(accountID)`: \(said); `auth` lists the ids that "
        + "the sign-in reaches"
    )
  }
}

/// What FreshBooks says is wrong, in any of its four shapes (docs/sources/freshbooks.md).
struct FreshBooksComplaint {
  let code: String?
  let text: String?

  init(_ json: JSON?) {
    let old = json?["response"]?["errors"]?[0]
    let first = json?["details"]?[0]
    code = old?["errno"]?.numberText ?? first?["reason"]?.string
    let details = json?["details"]?.array?.compactMap { plainText($0) } ?? []
    let candidates = [
      plainText(old?["message"]), plainText(first?["metadata"]?["message"]),
      details.isEmpty ? nil : details.joined(separator: " "),
      plainText(json?["error_description"]), plainText(json?["error"]),
      plainText(json?["message"]),
    ]
    text = candidates.compactMap { $0 }.first.map { shortened($0, to: 300) }
  }
}

/// One business of `users/me` that has books.
struct FreshBooksBusiness {
  let accountID: String
  let name: String
  let timeZone: String?

  /// `nil` where `account_id` is null: there are no books then.
  init?(_ json: JSON?) {
    guard let id = plainText(json?["account_id"]) else { return nil }
    accountID = id
    name = plainText(json?["name"]) ?? id
    timeZone = plainText(json?["timezone"])
  }
}
