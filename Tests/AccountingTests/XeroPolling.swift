import Accounting
import Receivables
import Support
import Testing
import Wire

/// What a poll over recorded exchanges came to.
struct XeroPoll {
  let result: PollResult
  let emitted: Emitted
  let requests: [HTTPRequest]
  /// Exchanges that nobody asked for.
  let unused: [String]

  /// - Parameters:
  ///   - folder: below `Tests/Fixtures/sources/xero`.
  ///   - settings: beside `tenant_id`.
  init(
    _ folder: String,
    _ settings: [(String, [String])] = [],
    cursor: String? = nil,
    known: Set<String> = [],
    hints: Set<Hint> = []
  ) async throws {
    let replay = try Replay("Tests/Fixtures/sources/xero/\(folder)")
    let transport = replay.transport()
    let emitted = Emitted()
    let plain = try request(cursor: cursor, known: known)
    let request = PollRequest(
      source: plain.source,
      cursor: cursor,
      knownAccounts: known,
      hints: hints,
      now: plain.now
    )
    result = try await xero(settings).poll(request, over: session(transport)) {
      await emitted.add($0)
    }
    self.emitted = emitted
    requests = await transport.requests.compactMap { request in
      if case .http(let http) = request { http } else { nil }
    }
    unused = await replay.unused
  }

  /// An account by its name.
  func account(_ name: String) async throws -> Account {
    try #require(await emitted.accounts.values.first { $0.name == name })
  }

  /// An open item by its number.
  func item(_ number: String) async throws -> OpenItem {
    try #require(await emitted.open.values.first { $0.number == number })
  }
}

func xero(_ settings: [(String, [String])]) -> XeroSource {
  var problems: [String] = []
  let tenant = ("tenant_id", ["fe79f7dd-b6d4-4a92-ba7b-538af6289c58"])
  let made = source(XeroSource.self, [tenant] + settings, problems: &problems)
  #expect(problems == [])
  return made
}

func xeroReplay(_ folder: String) throws -> Session {
  session(try Replay("Tests/Fixtures/sources/xero/\(folder)").transport())
}

let aSunday = #"{"since":"2026-11-22T19:59:25"}"#
let amara = "562d749c-8da8-5a21-ae77-8f878d8957c6"
let bo = "be14d5ea-4ab2-5c2b-9e90-bc54bb1eb014"
