import Receivables
import Wire

/// One page of a list.
struct FreshBooksPage: Sendable {
  let rows: JSON.Elements
  /// 0 when there is nothing.
  let pageCount: Int
  /// Rows of all pages.
  let total: Int?

  init(
    _ answer: JSON,
    number: Int,
    of list: FreshBooksList,
    _ what: String
  ) throws(SourceError) {
    func bad(_ field: String, _ message: String) -> SourceError {
      .badData(document: what, field: field, message: message)
    }
    guard let result = answer["result"], let rows = result[list.noun]?.array else {
      throw bad(list.noun, "is not there")
    }
    guard let pageCount = result["pages"]?.integer else { throw bad("pages", "is not there") }
    self.rows = rows
    self.pageCount = pageCount
    total = result["total"]?.integer
    if let page = result["page"]?.integer, page != number {
      throw bad("page", "page missing: page \(page) came in its place")
    }
    if rows.count == 0, number <= pageCount, total ?? 1 > 0 {
      throw bad(list.noun, "page missing: it is empty, though there are \(pageCount)")
    }
  }
}

/// The pages of a list in order, two at once after the first. Rows move from page to page while
/// they are read: where one may have slipped through, the pages come once more.
struct FreshBooksPages {
  private let api: FreshBooksAPI
  private let list: FreshBooksList
  private let query: [(name: String, value: String)]
  private var nextNumber = 1
  private var last = 1
  private var ready: [FreshBooksPage] = []

  private var ids: Set<String> = []
  /// By the first page of this reading, and by its newest.
  private var firstTotal: Int?
  private var newestTotal: Int?
  private var hasShrunk = false
  private var isSecondReading = false

  init(
    _ api: FreshBooksAPI,
    _ list: FreshBooksList,
    _ query: [(name: String, value: String)] = []
  ) {
    self.api = api
    self.list = list
    self.query = query
  }

  /// `nil` after the last.
  /// - Throws: also `.badData` where fewer rows came, twice, than FreshBooks counts.
  mutating func next() async throws(SourceError) -> FreshBooksPage? {
    if ready.isEmpty {
      if nextNumber > last, try isWhole() { return nil }
      try await fetch()
    }
    let page = ready.removeFirst()
    note(page)
    return page
  }

  private mutating func fetch() async throws(SourceError) {
    let (api, list, query, number) = (api, list, query, nextNumber)
    func page(_ number: Int) async -> Result<FreshBooksPage, SourceError> {
      do throws(SourceError) {
        return .success(try await api.page(number, of: list, query))
      } catch {
        return .failure(error)
      }
    }
    if number >= last {
      ready = [try await page(number).get()]
    } else {
      async let second = page(number + 1)
      ready = [try await page(number).get(), try await second.get()]
    }
    nextNumber += ready.count
  }

  private mutating func note(_ page: FreshBooksPage) {
    last = page.pageCount
    for row in page.rows {
      guard let id = row[list.idField] else { continue }
      (id.numberText ?? id.string).map { _ = ids.insert($0) }
    }
    guard let total = page.total else { return }
    if let newestTotal, total < newestTotal { hasShrunk = true }
    firstTotal = firstTotal ?? total
    newestTotal = total
  }

  /// Whether all rows came; if not, the second reading starts.
  private mutating func isWhole() throws(SourceError) -> Bool {
    guard let firstTotal, let newestTotal else { return true }
    if isSecondReading {
      if ids.count >= newestTotal { return true }
      throw .badData(
        document: list.words,
        field: "total",
        message: "page missing: \(ids.count) came of \(newestTotal)"
      )
    }
    if !hasShrunk, ids.count >= firstTotal { return true }
    isSecondReading = true
    (nextNumber, last) = (1, 1)
    return false
  }
}
