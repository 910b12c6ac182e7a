import Wire

/// The pages of a list, which Stripe gives newest first.
struct StripePages {
  private let api: StripeAPI
  private let collection: String
  private let query: [(name: String, value: String)]
  private let isForward: Bool
  /// Where the next page begins.
  private var place: String?
  private var isOver = false
  private var seen: Set<String> = []

  /// Stripe no longer has the object that the first page was to begin after.
  private(set) var isLost = false

  /// The largest that Stripe gives.
  static let size = 100

  /// - Parameter start: from there towards the newest; `nil`: from the newest to the oldest.
  init(
    _ api: StripeAPI,
    _ collection: String,
    _ query: [(name: String, value: String)],
    newerThan start: String? = nil
  ) {
    self.api = api
    self.collection = collection
    self.query = query
    isForward = start != nil
    place = start
  }

  /// The rows of the next page, newest first; `nil` after the last.
  /// - Throws: also for a page that is missing: an empty one that has more after it, or one that
  ///   came before.
  mutating func next() async throws(SourceError) -> [JSON]? {
    if isOver { return nil }
    var query = query + [(name: "limit", value: "\(Self.size)")]
    if let place { query.append((isForward ? "ending_before" : "starting_after", place)) }
    let page: StripePage
    switch try await api.ask(collection, query) {
    case .found(let json): page = try StripePage(json, collection)
    case .forbidden(let why): throw .signInNeeded(why)
    case .missing where isForward && seen.isEmpty:
      isLost = true
      return nil
    case .missing(let why) where seen.isEmpty:
      throw .misconfigured("Stripe has no /v1/\(collection): \(why)")
    case .missing(let why):
      throw .badData(document: "/v1/\(collection)", field: "", message: "page missing: \(why)")
    }
    var ids: [String] = []
    for row in page.rows {
      let id = try DocumentFields(row, "/v1/\(collection)").requiredText("id")
      guard seen.insert(id).inserted else {
        throw .badData(
          document: "/v1/\(collection)",
          field: "id",
          message: "page missing: \(id) came twice"
        )
      }
      ids.append(id)
    }
    place = (isForward ? ids.first : ids.last) ?? place
    isOver = !page.hasMore
    return page.rows
  }
}

/// One page of a list.
struct StripePage {
  let rows: [JSON]
  let hasMore: Bool

  init(_ json: JSON, _ collection: String) throws(SourceError) {
    func bad(_ field: String, _ message: String) -> SourceError {
      .badData(document: "/v1/\(collection)", field: field, message: message)
    }
    guard let rows = json["data"]?.array else { throw bad("data", "is not there") }
    guard let hasMore = json["has_more"]?.bool else { throw bad("has_more", "is not there") }
    if hasMore, rows.count == 0 {
      throw bad("data", "page missing: it is empty, though there is more")
    }
    self.rows = Array(rows)
    self.hasMore = hasMore
  }
}
