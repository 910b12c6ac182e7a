import Receivables
import Wire

/// Reads pages of Xero's collections.
struct XeroAPI: Sendable {
  let session: Session
  let baseURL: String
  let tenantID: String
  let now: Instant

  /// The largest that Xero gives.
  static let pageSize = 1000

  func page(
    _ number: Int,
    of collection: String,
    _ query: String,
    since: String?
  ) async throws(SourceError) -> XeroPage {
    var request = HTTPRequest(
      .GET,
      "\(baseURL)/api.xro/2.0/\(collection)?\(query)\(query.isEmpty ? "" : "&")page=\(number)"
        + "&pageSize=\(Self.pageSize)",
      // Without it the answer is XML.
      headers: [Header("Accept", "application/json")]
    )
    if !tenantID.isEmpty { request.headers.append(Header("xero-tenant-id", tenantID)) }
    if let since { request.headers.append(Header("If-Modified-Since", since)) }
    let response: Response
    do throws(WireError) { response = try await session.read(request) } catch {
      throw SourceError(error)
    }
    guard response.status == 200 else { throw refusal(response, collection) }
    return try XeroPage(response, number: number, collection: collection)
  }

  /// The organisation (a call that Xero does not charge for), and one row of its open invoices for
  /// their count and the limits.
  func inspection() async throws(SourceError) -> Inspection {
    let organisation = try await page(1, of: "Organisation", "", since: nil)
    let invoices = try await page(
      1,
      of: XeroCollection.invoices.rawValue,
      XeroCollection.invoices.openQuery,
      since: nil
    )
    guard let row = organisation.rows.first(where: { _ in true }) else {
      throw .badData(document: "Organisation", field: "", message: "is empty")
    }
    return Inspection(
      organisation: row["Name"]?.string ?? "",
      currency: row["BaseCurrency"]?.string,
      timeZone: row["Timezone"]?.string,
      openInvoices: invoices.itemCount ?? invoices.rows.count,
      limits: invoices.callsLeftToday.map { ["\($0) calls left today"] } ?? []
    )
  }

  private func refusal(_ response: Response, _ collection: String) -> SourceError {
    let json = try? JSON(parsing: response.body)
    let said =
      json?["Detail"]?.string ?? json?["Message"]?.string ?? json?["Title"]?.string
      ?? "status \(response.status)"
    switch response.status {
    case 403 where said.contains("AuthenticationUnsuccessful"):
      return .signInNeeded(
        "Xero: the organisation is not, or no longer, connected (\(said)); sign in again and check "
          + "tenant_id"
      )
    case 401, 403: return .signInNeeded("Xero refuses to show \(collection): \(said)")
    case 404: return .misconfigured("Xero has no \(collection) at this address: \(said)")
    case 429: return .unreachable(limit(response))
    case 503: return .unreachable("Xero: the organisation is offline, or maintenance (503)")
    default: return .unreachable("Xero answers \(collection) with \(response.status): \(said)")
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
    return
      "Xero: the \(name) is used up; it opens again in \(time), at \(now.adding(seconds: wait))"
  }
}

/// One page of a collection.
struct XeroPage: Sendable {
  let rows: JSON.Elements
  let pageCount: Int?
  /// Of all pages, by the server's count.
  let itemCount: Int?
  /// The server's clock, in milliseconds since 1970.
  let serverTime: Int64?
  let callsLeftToday: Int?

  init(_ response: Response, number: Int, collection: String) throws(SourceError) {
    func bad(_ field: String, _ message: String) -> SourceError {
      .badData(document: "\(collection), page \(number)", field: field, message: message)
    }
    let json: JSON
    do throws(JSONError) { json = try JSON(parsing: response.body) } catch {
      let isMarkup = response.body.first { $0 > 32 } == UInt8(ascii: "<")
      throw bad("", isMarkup ? "a web page (or XML) came in place of JSON" : "\(error)")
    }
    guard let rows = json[collection]?.array else { throw bad(collection, "is not there") }
    let pagination = json["pagination"]
    self.rows = rows
    pageCount = pagination?["pageCount"]?.integer
    itemCount = pagination?["itemCount"]?.integer
    serverTime = json["DateTimeUTC"]?.withText { XeroTime.milliseconds($0) } ?? nil
    callsLeftToday = response.header("X-DayLimit-Remaining").flatMap { Int($0) }
    if let page = pagination?["page"]?.integer, page != number {
      throw bad("pagination.page", "page missing: page \(page) came in its place")
    }
    if rows.count == 0, let pageCount, number <= pageCount, number > 1 || (itemCount ?? 0) > 0 {
      throw bad(collection, "page missing: it is empty, though there are \(pageCount)")
    }
  }
}

/// The pages of a collection in order; after the first, a few are fetched at once.
struct XeroPages {
  private let api: XeroAPI
  private let collection: String
  private let query: String
  private let since: String?
  private var nextNumber = 1
  private var last = 1
  private var ready: [XeroPage] = []

  /// By the newest page.
  private(set) var itemCount: Int?
  /// Whether rows left the collection while it was read, so that others may have moved to a page
  /// that was read before.
  private(set) var hasShrunk = false
  /// Whether there is more than one page.
  private(set) var isPaged = false

  private static let atOnce = 3

  init(_ api: XeroAPI, _ collection: String, _ query: String, since: String?) {
    self.api = api
    self.collection = collection
    self.query = query
    self.since = since
  }

  mutating func next() async throws(SourceError) -> XeroPage? {
    if ready.isEmpty {
      guard nextNumber <= last else { return nil }
      let numbers = nextNumber...min(last, nextNumber + Self.atOnce - 1)
      ready = try await fetch(numbers)
      nextNumber = numbers.upperBound + 1
    }
    let page = ready.removeFirst()
    let number = nextNumber - ready.count - 1
    last = page.pageCount ?? (page.rows.count < XeroAPI.pageSize ? number : number + 1)
    if last > 1 { isPaged = true }
    if let new = page.itemCount {
      if let itemCount, new < itemCount { hasShrunk = true }
      itemCount = new
    }
    return page
  }

  private func fetch(_ numbers: ClosedRange<Int>) async throws(SourceError) -> [XeroPage] {
    let (api, collection, query, since) = (api, collection, query, since)
    if numbers.count == 1 {
      return [try await api.page(numbers.lowerBound, of: collection, query, since: since)]
    }
    let results = await withTaskGroup(of: (Int, Result<XeroPage, SourceError>).self) { group in
      for number in numbers {
        group.addTask {
          do throws(SourceError) {
            let page = try await api.page(number, of: collection, query, since: since)
            return (number, .success(page))
          } catch {
            return (number, .failure(error))
          }
        }
      }
      var results: [(number: Int, page: Result<XeroPage, SourceError>)] = []
      for await (number, page) in group { results.append((number, page)) }
      return results
    }
    var pages: [XeroPage] = []
    for result in results.sorted(by: { $0.number < $1.number }) {
      pages.append(try result.page.get())
    }
    return pages
  }
}
