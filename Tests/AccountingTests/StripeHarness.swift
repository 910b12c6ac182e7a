import Accounting
import Receivables
import Settings
import Support
import Testing
import Wire

/// What one poll of recorded answers came to.
struct StripePolled {
  let result: PollResult
  let emitted: Emitted
  let transport: ScriptedTransport
  let unused: [String]

  var snapshot: Snapshot {
    get async {
      var snapshot = Snapshot(source: "books")
      for change in await emitted.changes { snapshot.apply(change) }
      return snapshot
    }
  }

  var events: [SourceEvent] {
    get async {
      await emitted.changes.compactMap { change in
        if case .event(let event) = change { return event }
        return nil
      }
    }
  }
}

/// The key stands in the settings, which is only warned of.
func stripe(
  _ settings: [(String, [String])] = [],
  key: String = "rk_test_1234",
  problems: inout [String]
) -> StripeSource {
  let made = source(StripeSource.self, [("api_key", [key])] + settings, problems: &problems)
  problems.removeAll { $0.hasPrefix("a secret stands in the config itself") }
  return made
}

func stripe(_ settings: [(String, [String])] = []) -> StripeSource {
  var problems: [String] = []
  let made = stripe(settings, problems: &problems)
  #expect(problems == [])
  return made
}

/// After `evt_0100`, at half past seven in the evening of 22 November, UTC.
let stripeCursor = #"{"after":"evt_0100","created":1795375800,"recent":[]}"#

func pollStripe(
  _ folder: String,
  _ source: StripeSource = stripe(),
  cursor: String? = nil,
  lastCursor: String? = nil,
  known: Set<String> = [],
  hints: Set<Hint> = [],
  at now: String = "2026-11-22T20:00:00Z"
) async throws -> StripePolled {
  let replay = try Replay("Tests/Fixtures/sources/stripe/\(folder)")
  let transport = replay.transport()
  let emitted = Emitted()
  let request = PollRequest(
    source: "books",
    cursor: cursor,
    knownAccounts: known,
    hints: hints,
    lastCursor: lastCursor,
    now: Now(try #require(Instant(now)), in: try #require(Zone("Pacific/Auckland")))
  )
  let result = try await source.poll(request, over: session(transport)) { await emitted.add($0) }
  return StripePolled(
    result: result,
    emitted: emitted,
    transport: transport,
    unused: await replay.unused
  )
}

/// `AMAR-0001 NZD 1240.50 2026-10-21 manual`, sorted.
func stripeLines(_ items: [String: OpenItem]) -> [String] {
  items.values.map { item in
    let due = item.dueDate.map { " \($0)" } ?? ""
    let how = item.kind == .credit ? "credit" : item.collection.rawValue
    return "\(item.number) \(item.amountDue)\(due) \(how)"
  }.sorted()
}
