import Accounting
import Configuration
import Foundation
import Pass
import Receivables
import State
import Support
import Testing
import Wire

struct StripePassTests {
  /// Events since the last pass are in no full read: the source has to be told where it stopped.
  @Test func aFullSyncStillAsksForTheEventsSinceTheLastPass() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let folder = try TemporaryFolder()
    let assembly = try Self.assembly(folder)
    func poll(_ fixture: String, _ moment: String) async throws -> PassReport {
      let now = Now(try #require(Instant(moment)), in: assembly.setup.zone)
      let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/sources/stripe/\(fixture)").path
      return try await PassRunner(
        assembly,
        state: state,
        transport: try ReplayTransport(folder: path, redactor: Redactor(secrets: [])),
        options: PassOptions(now: now, isReplay: true)
      ).run()
    }
    let first = try await poll("first-sync", "2026-11-22T20:00:00Z")
    #expect(first.sources.map(\.status) == [.polled])
    #expect(try state.snapshot(of: "books").items.count == 11)
    // The recorded request names the event at which the first pass stopped.
    let second = try await poll("full-sync-held-balances", "2026-12-01T20:00:00Z")
    withExtendedLifetime(folder) {}
    #expect(second.sources.map(\.status) == [.polled])
    #expect(try state.sourceRecords()["books"]?.cursor?.contains("evt_0104") == true)
    // What customers have to their credit, or owe beside their invoices, is in no list: it is asked
    // for by itself, or a rule on the total would say "resolved".
    let held = try state.snapshot(of: "books").items.keys.sorted()
    #expect(held.filter { $0.hasPrefix("balance:") } == ["balance:cus_Amara01"])
    #expect(held.count == 2)
  }

  private static func assembly(_ folder: TemporaryFolder) throws -> Assembly {
    let file = try ConfigurationFile(
      path: "./balancealert.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        timezone: Pacific/Auckland
        sources:
          books: { type: stripe, api_key: env:STRIPE_KEY, retries: 0, max_shrink: "100%" }
        channels:
          log: { type: file, path: log.jsonl }
        rules:
          - { name: large, when: { over: 100000 }, levels: [{ notify: [log] }] }
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["STRIPE_KEY": "rk_test_1234"],
      folder: ".",
      missing: .isAnError,
      literalsAreErrors: false
    )
    var setup = Setup(file, resolver: resolver)
    setup.statePath = folder.file("state.sqlite")
    return try Assembly(setup, resolver: resolver)
  }
}
