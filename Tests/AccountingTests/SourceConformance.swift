import Accounting
import Foundation
import Receivables
import Settings
import Support
import Testing
import Wire

/// What every source keeps to, whatever its platform. Cases are folders and types, so a new source
/// adds none here.
struct SourceConformance {
  /// A source with harmless settings.
  private func plain(_ type: any AccountingSource.Type) -> any AccountingSource {
    var reader = SettingsReader.describing()
    return type.init(settings: &reader)
  }

  @Test func thereAreSourcesAndTheirTypesAreTheirFileNames() {
    #expect(!allSources.isEmpty)
    for type in allSources {
      #expect("\(type)".lowercased() == "\(type.traits.type)source")
    }
    #expect(Set(allSources.map { $0.traits.type }).count == allSources.count)
  }

  @Test(arguments: allSources.map { $0.traits.type })
  func everyKeyIsOnTheDocPage(_ name: String) throws {
    let type = try #require(allSources.first { $0.traits.type == name })
    let text = try String(contentsOf: repository("docs/sources/\(name).md"), encoding: .utf8)
    var reader = SettingsReader.describing()
    _ = type.init(settings: &reader)
    #expect(!reader.descriptions.isEmpty)
    for setting in reader.descriptions {
      #expect(text.contains("| `\(setting.key)` |"), "\(setting.key) is not in the key table")
      #expect(!setting.help.isEmpty)
    }
  }

  /// Faults of the wire: each must fail the poll, and none may look like an empty ledger.
  @Test(arguments: allSources.map { $0.traits.type })
  func aFaultIsNeverABalanceOfZero(_ name: String) async throws {
    let type = try #require(allSources.first { $0.traits.type == name })
    let source = plain(type)
    let errors: [WireError] = [
      .notSent("refused"), .sentThenLost("cut"), .tooLarge("50 MB"), .untrusted("TLS"),
      .forbidden("http"), .signInNeeded("expired"), .overBudget("spent"), .noRecording("none"),
    ]
    // No document is bad, so there is none to pass over.
    let request = PollRequest(
      source: "books", cursor: nil, knownAccounts: [], badDocuments: .skip, now: try request().now)
    for error in errors {
      let transport = ScriptedTransport { (_) throws(WireError) in throw error }
      let thrown = await #expect(throws: SourceError.self) {
        try await source.poll(request, over: session(transport)) { _ in }
      }
      #expect(thrown == SourceError(error))
    }
    let answers = [
      Response(status: 200, text: ""), Response(status: 200, text: "null"),
      Response(status: 200, text: "{}"), Response(status: 200, text: "<html>Sign in</html>"),
      Response(status: 200, body: [0xFF, 0xFE, 0x00]), Response(status: 204),
      Response(status: 302, headers: [Header("Location", "https://x.example")]),
      Response(status: 400), Response(status: 401), Response(status: 403), Response(status: 404),
      Response(status: 429), Response(status: 500), Response(status: 503, text: "<html>"),
    ]
    for answer in answers {
      let transport = ScriptedTransport(answering: answer)
      await #expect(throws: SourceError.self, "status \(answer.status): \(answer.text)") {
        try await source.poll(request, over: session(transport)) { _ in }
      }
    }
  }

  /// A cursor that cannot be read is a lost one: a full sync, not a failure.
  @Test(arguments: [
    "", "x", "{}", "{\"since\":\"yesterday\"}", "{\"since\":\"2026-13-01T00:00:00\"}",
  ])
  func aLostCursorMeansAFullSync(_ cursor: String) async throws {
    let replay = try Replay("Tests/Fixtures/sources/xero/first-sync")
    let result = try await xero().poll(
      request(cursor: cursor),
      over: session(replay.transport())
    ) { _ in }
    #expect(result.isComplete)
  }
}
