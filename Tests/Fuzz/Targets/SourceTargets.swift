import Accounting
import Receivables
import Settings
import Synchronization
import Wire

/// Every source's real poll, over a platform that answers with the input.
let sourceTargets: [FuzzTarget] = allSources.map { type in
  FuzzTarget(name: type.traits.type) { bytes throws(Flaw) in
    try await checkSource(type, bytes)
  }
}

/// Settings without which a source polls nothing.
private let sourceSettings: [String: [(key: String, value: String)]] = [
  "xero": [
    ("tenant_id", "45e4708e-d862-4111-ab3a-dd8cd03913e1"), ("tracking_category", "Property"),
  ],
  "quickbooks": [("realm_id", "4620816365164829340")],
  "freshbooks": [("account_id", "ACM123")],
  "stripe": [("api_key", "rk_test_1234")],
  "csv": [("path", "books.csv")],
]

func fuzzedSource(_ type: any AccountingSource.Type) -> any AccountingSource {
  let start = Position(line: 1, column: 1)
  let entries = (sourceSettings[type.traits.type] ?? []).map {
    SettingsBlock.Entry(
      key: $0.key, position: start,
      node: SettingsNode(.scalar($0.value, quoted: true), at: start))
  }
  var reader = SettingsReader(
    SettingsBlock(path: "sources.books", position: start, entries: entries),
    folder: "/books",
    resolve: { .success(Secret($0)) }
  )
  return type.init(settings: &reader)
}

/// The answers in the order in which they are given; a first line `cursor …` is where the poll
/// starts, a first line of three digits a part's status. After a good poll comes a second one, from
/// its cursor.
private func checkSource(
  _ type: any AccountingSource.Type,
  _ bytes: [UInt8]
) async throws(Flaw) {
  guard let instant = Instant("2026-11-22T20:00:00Z"), let zone = Zone("Pacific/Auckland") else {
    return
  }
  let now = Now(instant, in: zone)
  var answers = parts(of: bytes, atMost: 32)
  var cursor: String?
  if answers[0].starts(with: "cursor ".utf8) {
    cursor = text(Array(answers.removeFirst().dropFirst(7)))
  }
  let platform = FuzzedPlatform(answers)
  let session = Session(
    name: "books", transport: platform, policy: SessionPolicy(retries: 0), clock: .unmoving)
  let source = fuzzedSource(type)
  var known: Set<String> = []
  for _ in 0..<2 {
    let emitted = EmittedChanges()
    let request = PollRequest(
      source: "books", cursor: cursor, knownAccounts: known,
      hints: cursor == nil ? [] : [Hint(.invoice, id: "1"), Hint(.customer, id: "1")], now: now)
    guard
      let result = try? await source.poll(
        request, over: session, emit: { changes in emitted.changes.withLock { $0 += changes } })
    else { break }
    let changes = emitted.changes.withLock { $0 }
    try checkChanges(changes, now)
    try hold((result.cursor?.utf8.count ?? 0) <= 100_000, "a cursor that is too long")
    if result.cursor == nil || result.cursor == cursor { break }
    cursor = result.cursor
    known.formUnion(changes.compactMap { if case .account(let a) = $0 { a.key.id } else { nil } })
  }
  _ = try? await source.inspect(over: session, now: now)
}

private func checkChanges(_ changes: [Change], _ now: Now) throws(Flaw) {
  var items: [String: OpenItem] = [:]
  for change in changes {
    switch change {
    case .account(let account):
      try hold(account.key.source == "books", "\(account.key) is of another source")
      try hold(!account.key.id.isEmpty, "an account without an id")
    case .open(let item):
      try hold(!item.id.isEmpty && !item.accountID.isEmpty, "a document without an id")
      try hold(item.amountDue.isPositive, "\(item.id) owes \(item.amountDue)")
      try hold(item.amountDue.currency == item.total.currency, "\(item.id) has two currencies")
      items[item.id] = item
    case .closed(let id): items[id] = nil
    default: break
    }
  }
  for (key, items) in Dictionary(grouping: items.values, by: \.currency) {
    // A sum that cannot be represented is thrown.
    _ = try? Facts(
      account: Account(key: AccountKey(source: "books", id: "1"), name: ""),
      currency: key, items: items, aging: .standard, credits: .oldestFirst, today: now.today)
  }
}

private final class EmittedChanges: Sendable { let changes = Mutex<[Change]>([]) }

/// Answers each request with the next part, and begins anew after the last.
final class FuzzedPlatform: Transport {
  /// A platform that never comes to an end is not what is looked for.
  private static let most = 48

  private let answers: [Response]
  private let count = Mutex(0)

  init(_ parts: [[UInt8]]) { answers = parts.map { Self.response($0) } }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    let number = count.withLock { count in
      count += 1
      return count - 1
    }
    if number >= Self.most || answers.isEmpty { throw .notSent("enough") }
    return answers[number % answers.count]
  }

  /// `429\nRetry-After: 3\n\nbody`, or a body alone.
  static func response(_ part: [UInt8]) -> Response {
    let first = part.prefix { $0 != 10 }
    guard first.count == 3, let status = Int(text(Array(first))), (100...599).contains(status)
    else { return Response(status: 200, body: part) }
    var rest = part.dropFirst(4)
    var headers: [Header] = []
    while let end = rest.firstIndex(of: 10), end > rest.startIndex {
      let line = rest[..<end].split(separator: UInt8(ascii: ":"), maxSplits: 1)
      guard line.count == 2 else { break }
      headers.append(Header(text(Array(line[0])), text(Array(line[1])).trimmedOfBlanks))
      rest = rest[(end + 1)...]
    }
    if rest.first == 10 { rest = rest.dropFirst() }
    return Response(status: status, headers: headers, body: Array(rest))
  }
}

extension String {
  fileprivate var trimmedOfBlanks: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension WireClock {
  /// Pauses take no time.
  static let unmoving = WireClock(
    now: { ContinuousClock.now }, unixSeconds: { 1_795_376_000 }, sleep: { _ in }, jitter: { 0 })
}
