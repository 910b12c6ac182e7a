import Accounting
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Settings
import State
import Support
import Testing
import Wire

/// A page that is cut off, or a document that cannot be exact, fails its source with the document's
/// id; its accounts stay as they were, and nobody is told or let off.
struct XeroPassTests {
  @Test(arguments: [
    ("page-truncated", "Invoices"), ("not-json", "Invoices"), ("page-missing", "Invoices"),
    ("bad-no-currency", "INV-"), ("bad-too-many-decimals", "INV-"), ("html", "Invoices"),
  ])
  func aBadPageChangesNothing(_ fixture: String, _ named: String) async throws {
    let world = World()
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let folder = try TemporaryFolder()
    let assembly = try Self.assembly(folder)
    func run(_ fixture: String, _ moment: String) async throws -> PassReport {
      let now = Now(try #require(Instant(moment)), in: assembly.setup.zone)
      return try await PassRunner(
        assembly,
        state: state,
        transport: try Books(fixture, world),
        options: PassOptions(now: now, isReplay: true)
      ).run()
    }
    let first = try await run("first-sync", "2026-11-23T00:00:00Z")
    #expect(first.verdict == .done)
    #expect(first.count(.sent) > 0)
    let before = try state.snapshot(of: "books")
    let episodes = try state.openEpisodes()
    // More than a week later: everything is read again, and would be told again.
    let second = try await run(fixture, "2026-12-23T00:00:00Z")
    withExtendedLifetime(folder) {}
    // A page that is not there (404) looks like a wrong address.
    #expect([.badInput, .noSourcePolled, .badConfig].contains(second.verdict))
    #expect(second.deliveries.isEmpty && second.alerts == 0)
    #expect(try state.snapshot(of: "books") == before)
    #expect(try state.openEpisodes() == episodes)
    guard case .failed(let error) = second.sources[0].status else {
      Issue.record("the source did not fail")
      return
    }
    #expect("\(error)".contains(named), "\(error)")
  }

  /// A delta has what changed: who was left out stays so until that document comes again.
  @Test("Whoever is left out stays so through deltas", arguments: [false, true])
  func leftOutThroughDeltas(_ comesAgain: Bool) async throws {
    let world = World()
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let folder = try TemporaryFolder()
    let assembly = try Self.assembly(folder, "on_bad_document: skip")
    func run(_ books: Books, _ moment: String) async throws -> PassReport {
      let now = Now(try #require(Instant(moment)), in: assembly.setup.zone)
      return try await PassRunner(
        assembly, state: state, transport: books,
        options: PassOptions(now: now, isReplay: true)
      ).run()
    }
    let broken = try Books("first-sync", world, breaking: "1240.5")
    let first = try await run(broken, "2026-11-22T20:00:00Z")
    #expect(first.verdict == .badInput)
    #expect(first.sources[0].leftOut.map(\.account) == ["562d749c-8da8-5a21-ae77-8f878d8957c6"])
    #expect(first.sources[0].leftOut[0].why.contains("INV-0001"))
    #expect(!first.rows.contains { $0.facts.account.name == "Amara Osei" })
    #expect(first.rows.contains { $0.facts.account.name == "Bo Lindqvist" })
    let delta = try Books(comesAgain ? "delta" : "delta-unchanged", world)
    let second = try await run(delta, "2026-11-22T21:00:00Z")
    withExtendedLifetime(folder) {}
    #expect(second.sources[0].isGood)
    #expect(second.sources[0].leftOut == (comesAgain ? [] : first.sources[0].leftOut))
    #expect(second.verdict == (comesAgain ? .done : .badInput))
  }

  private static func assembly(
    _ folder: TemporaryFolder,
    _ keys: String = "retries: 0"
  ) throws -> Assembly {
    let file = try ConfigurationFile(
      path: "./balancealert.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        timezone: Pacific/Auckland
        sources:
          books:
            type: xero
            tenant_id: fe79f7dd-b6d4-4a92-ba7b-538af6289c58
            \(keys)
            auth: { grant: client_credentials, client_id: env:XERO_ID, client_secret: env:XERO }
        channels:
          log: { type: file, path: log.jsonl }
        rules:
          - name: any
            levels: [{ notify: [log] }]
            on_resolved: { notify: [log] }
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["XERO_ID": "the-id", "XERO": "the-secret"],
      folder: ".",
      missing: .isAnError,
      literalsAreErrors: false
    )
    var setup = Setup(file, resolver: resolver)
    // Tokens lie beside the state.
    setup.statePath = folder.file("state.sqlite")
    return try Assembly(setup, resolver: resolver)
  }
}

/// Recorded pages for Xero, a token for whoever asks, and the world for the rest.
private struct Books: Transport {
  private let recorded: ReplayTransport
  private let world: World
  private let broken: String?

  /// - Parameter broken: a number that is a text instead wherever it stands.
  init(_ fixture: String, _ world: World, breaking broken: String? = nil) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/sources/xero/\(fixture)")
    recorded = try ReplayTransport(folder: folder.path, redactor: Redactor(secrets: []))
    self.world = world
    self.broken = broken
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .http(let http) = request else {
      return try await world.perform(request, timeout: timeout)
    }
    if http.url.hasSuffix("/connect/token") {
      let token = #"{"access_token":"a-token","expires_in":1800,"token_type":"Bearer"}"#
      return Response(status: 200, text: token)
    }
    var response = try await recorded.perform(request, timeout: timeout)
    if let broken {
      response.body = Array(response.text.replacing(": \(broken)", with: #": "many""#).utf8)
      response.body = Array(response.text.replacing(":\(broken)", with: #":"many""#).utf8)
    }
    return response
  }
}
