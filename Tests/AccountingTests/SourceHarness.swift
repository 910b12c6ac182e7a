import Accounting
import Receivables
import Settings
import Support
import Testing
import Wire

/// Collects what a poll emits.
actor Emitted {
  private(set) var changes: [Change] = []
  private(set) var batches = 0

  func add(_ more: [Change]) {
    changes += more
    batches += 1
  }

  var accounts: [String: Account] {
    changes.reduce(into: [:]) { all, change in
      if case .account(let account) = change { all[account.key.id] = account }
    }
  }
  var open: [String: OpenItem] {
    changes.reduce(into: [:]) { all, change in
      if case .open(let item) = change { all[item.id] = item }
    }
  }
  var unreadable: [BadDocument] {
    changes.compactMap { change in
      if case .unreadable(let document) = change { document } else { nil }
    }
  }
  var closed: Set<String> {
    changes.reduce(into: []) { all, change in
      if case .closed(let id) = change { all.insert(id) }
    }
  }
}

/// A source made from `key: value` pairs; lists are lists of texts.
func source<S: AccountingSource>(
  _ type: S.Type,
  _ settings: [(String, [String])],
  problems: inout [String]
) -> S {
  let start = Position(line: 1, column: 1)
  let entries = settings.map { key, values in
    let nodes = values.map { SettingsNode(.scalar($0, quoted: false), at: start) }
    let node = nodes.count == 1 ? nodes[0] : SettingsNode(.list(nodes), at: start)
    return SettingsBlock.Entry(key: key, position: start, node: node)
  }
  var reader = SettingsReader(
    SettingsBlock(path: "sources.books", position: start, entries: entries),
    folder: "/books",
    resolve: { .success(Secret($0)) }
  )
  let source = S(settings: &reader)
  reader.finish()
  problems = reader.problems.map(\.message)
  return source
}

/// One try for each request: what a retry does is tested where it is made.
func session(_ transport: any Transport) -> Session {
  Session(name: "books", transport: transport, policy: SessionPolicy(retries: 0))
}

func request(
  cursor: String? = nil,
  known: Set<String> = [],
  at now: String = "2026-11-22T20:00:00Z"
) throws -> PollRequest {
  let instant = try #require(Instant(now))
  let zone = try #require(Zone("Pacific/Auckland"))
  return PollRequest(
    source: "books",
    cursor: cursor,
    knownAccounts: known,
    now: Now(instant, in: zone)
  )
}
