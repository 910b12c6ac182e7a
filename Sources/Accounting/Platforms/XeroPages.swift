import Wire

/// One page of a collection.
struct XeroPage: Sendable {
  let rows: JSON.Elements
  let pageCount: Int?
  /// Of all pages, by the server's count.
  let itemCount: Int?
  /// The server's clock, in milliseconds since 1970.
  let serverTime: Int64?
  let callsLeftToday: Int?
  let callsLeftThisMinute: Int?

  init(_ response: Response, number: Int, collection: String) throws(SourceError) {
    func bad(_ field: String, _ message: String) -> SourceError {
      .badData(document: "\(collection), page \(number)", field: field, message: message)
    }
    let json = try json(of: response, "\(collection), page \(number)")
    guard let rows = json[collection]?.array else { throw bad(collection, "is not there") }
    let pagination = json["pagination"]
    self.rows = rows
    pageCount = pagination?["pageCount"]?.integer
    itemCount = pagination?["itemCount"]?.integer
    serverTime = json["DateTimeUTC"]?.withText { XeroTime.milliseconds($0) } ?? nil
    callsLeftToday = response.header("X-DayLimit-Remaining").flatMap { Int($0) }
    callsLeftThisMinute = response.header("X-MinLimit-Remaining").flatMap { Int($0) }
    if let page = pagination?["page"]?.integer, page != number {
      throw bad("pagination.page", "page missing: page \(page) came in its place")
    }
    if rows.count == 0, let pageCount, number <= pageCount, number > 1 || (itemCount ?? 0) > 0 {
      throw bad(collection, "page missing: it is empty, though there are \(pageCount)")
    }
  }
}

/// The pages of a collection in order; after the first two, a few are fetched ahead. Fetching ends
/// with the value's life.
struct XeroPages: ~Copyable {
  private let api: XeroAPI
  private let collection: String
  private let query: String
  private let since: String?
  private var nextNumber = 1
  private var underWay: [Task<Result<XeroPage, SourceError>, Never>] = []

  /// How many there are, by the newest page.
  private(set) var count = 1
  /// Of all pages, by the newest.
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

  deinit { for task in underWay { task.cancel() } }

  mutating func next() async throws(SourceError) -> XeroPage? {
    fetchAhead()
    if underWay.isEmpty { return nil }
    let number = nextNumber - underWay.count
    // Tasks of their own hear nothing of it when a pass is over.
    let tasks = underWay
    underWay.removeFirst()
    let page = try await withTaskCancellationHandler {
      await tasks[0].value
    } onCancel: {
      for task in tasks { task.cancel() }
    }.get()
    count = page.pageCount ?? (page.rows.count < XeroAPI.pageSize ? number : number + 1)
    if count > 1 { isPaged = true }
    if let new = page.itemCount {
      if let itemCount, new < itemCount { hasShrunk = true }
      itemCount = new
    }
    // Whoever asks for a second page wants them all.
    if number > 1 { fetchAhead() }
    return page
  }

  private mutating func fetchAhead() {
    while nextNumber <= count, underWay.count < Self.atOnce {
      let (api, collection, query, since) = (api, collection, query, since)
      let number = nextNumber
      underWay.append(
        Task {
          do throws(SourceError) {
            return .success(try await api.page(number, of: collection, query, since: since))
          } catch {
            return .failure(error)
          }
        }
      )
      nextNumber += 1
    }
  }
}
