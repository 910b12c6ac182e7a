import Receivables
import Wire

extension QuickBooksAPI {
  /// The largest page that QuickBooks gives.
  static let pageSize = 1000
  /// Keeps the URL of a look-up by id below 2,500 characters.
  static let idsPerCall = 100

  func rows(
    of entity: String,
    _ clauses: String,
    start: Int = 1
  ) async throws(SourceError) -> QuickBooksPage {
    let statement = "SELECT * FROM \(entity)\(clauses.isEmpty ? "" : " ")\(clauses)"
    let answer = try await get("query", [("query", statement)], entity)
    return try QuickBooksPage(answer, entity, start: start)
  }

  /// Those that are there and not deleted; the others are left out.
  func rows(of entity: String, ids: [String]) async throws(SourceError) -> [JSON] {
    // Without it customers who are not active are passed over.
    let also = entity == "Customer" ? " AND Active IN (true, false)" : ""
    var rows: [JSON] = []
    for first in stride(from: 0, to: ids.count, by: Self.idsPerCall) {
      let batch = ids[first..<min(first + Self.idsPerCall, ids.count)]
      let list = batch.map { "'\(escaped($0))'" }.joined(separator: ", ")
      rows += try await self.rows(
        of: entity,
        "WHERE Id IN (\(list))\(also) MAXRESULTS \(Self.pageSize)"
      ).rows
    }
    return rows
  }

  /// The home currency, and whether there are others.
  func currencies() async throws(SourceError) -> (prefs: QuickBooksCurrencies, time: Instant?) {
    let page = try await rows(of: "Preferences", "")
    return (try QuickBooksCurrencies(page.rows.first), page.time)
  }

  private func escaped(_ text: String) -> String {
    text.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }.map(String.init).joined()
  }
}

/// What Preferences say of currencies.
struct QuickBooksCurrencies {
  let home: Currency?
  /// `nil` where they do not say.
  let areSeveral: Bool?

  init(_ preferences: JSON?) throws(SourceError) {
    let currency = preferences?["CurrencyPrefs"]
    areSeveral = currency?["MultiCurrencyEnabled"]?.bool
    home = try quickBooksCurrency(currency?["HomeCurrency"], of: "Preferences", "HomeCurrency")
  }
}

/// One page of an entity.
struct QuickBooksPage {
  let rows: [JSON]
  /// Of `SELECT COUNT(*)`.
  let totalCount: Int?
  /// The server's clock.
  let time: Instant?

  init(_ answer: JSON, _ entity: String, start: Int) throws(SourceError) {
    func bad(_ field: String, _ message: String) -> SourceError {
      .badData(document: "\(entity), from row \(start)", field: field, message: message)
    }
    guard let response = answer["QueryResponse"], response.kind == .object else {
      throw bad("QueryResponse", "is not there")
    }
    if let found = response[entity], found.array == nil { throw bad(entity, "is not a list") }
    rows = response[entity]?.array.map(Array.init) ?? []
    totalCount = response["totalCount"]?.integer
    time = answer["time"]?.string.flatMap { Instant($0) }
    if let count = response["maxResults"]?.integer, count != rows.count {
      throw bad("maxResults", "page missing: \(count) rows are announced, \(rows.count) came")
    }
    if let position = response["startPosition"]?.integer, !rows.isEmpty, position != start {
      throw bad("startPosition", "page missing: the one from row \(position) came in its place")
    }
  }
}

/// The pages of an entity in order. There is no total: the last one is the one that is not full.
struct QuickBooksPages {
  private let api: QuickBooksAPI
  private let entity: String
  private let condition: String
  private var start: Int? = 1
  private var seen: Set<String> = []

  /// - Parameter condition: `WHERE …`, or empty for all.
  init(_ api: QuickBooksAPI, _ entity: String, _ condition: String) {
    self.api = api
    self.entity = entity
    self.condition = condition
  }

  mutating func next() async throws(SourceError) -> [JSON]? {
    guard let from = start else { return nil }
    // Id cannot be sorted by any more.
    let page = try await api.rows(
      of: entity,
      (condition.isEmpty ? "" : "\(condition) ")
        + "ORDERBY MetaData.LastUpdatedTime STARTPOSITION \(from) "
        + "MAXRESULTS \(QuickBooksAPI.pageSize)",
      start: from
    )
    let fresh = page.rows.count { row in row["Id"]?.string.map { seen.insert($0).inserted } ?? true
    }
    if fresh == 0, !page.rows.isEmpty {
      throw .badData(
        document: "\(entity), from row \(from)",
        field: "",
        message: "page missing: an earlier one came in its place"
      )
    }
    start = page.rows.count < QuickBooksAPI.pageSize ? nil : from + page.rows.count
    return page.rows
  }
}
