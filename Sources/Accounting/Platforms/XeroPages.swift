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

/// The pages of a collection in order; after the first, a few are fetched at once.
struct XeroPages {
  private let api: XeroAPI
  private let collection: String
  private let query: String
  private let since: String?
  private var nextNumber = 1
  /// How many there are, by the newest page.
  private(set) var count = 1
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
      guard nextNumber <= count else { return nil }
      let numbers = nextNumber...min(count, nextNumber + Self.atOnce - 1)
      ready = try await fetch(numbers)
      nextNumber = numbers.upperBound + 1
    }
    let page = ready.removeFirst()
    let number = nextNumber - ready.count - 1
    count = page.pageCount ?? (page.rows.count < XeroAPI.pageSize ? number : number + 1)
    if count > 1 { isPaged = true }
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
