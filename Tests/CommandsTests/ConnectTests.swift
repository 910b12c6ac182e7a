import Foundation
import Support
import Testing

/// `auth`, `check --online` and `record` against a platform on loopback.
@Suite(.serialized) struct ConnectTests {
  static func fixtures(_ folder: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/sources/\(folder)").standardizedFileURL
  }

  /// Xero with a token endpoint that takes one code and one refresh token.
  private func xero(_ folders: [String]) throws -> FixtureServer {
    try FixtureServer(folders.map { Self.fixtures("xero/\($0)") }) { asked in
      guard asked.target == "/token" else { return nil }
      let isKnown = asked.text.contains("code=c-1") || asked.text.contains("refresh_token=R1")
      guard isKnown else {
        return .text(#"{"error":"invalid_grant","error_description":"revoked"}"#, status: 400)
      }
      return .text(
        #"{"access_token":"A1","refresh_token":"R1","expires_in":1800,"#
          + #""scope":"accounting.invoices.read offline_access"}"#
      )
    }
  }

  private static func config(
    _ url: String,
    tenant: String?,
    redirect: String? = nil,
    seed: String? = nil
  ) -> String {
    """
    version: 1
    organisation: Harbour Lettings
    timezone: Pacific/Auckland
    sources:
      books:
        type: xero
    \(tenant.map { "    tenant_id: \($0)" } ?? "")
        base_url: "\(url)"
        token_url: "\(url)/token"
        retries: 0
        auth:
          grant: refresh_token
          client_id: env:CLIENT
          client_secret: env:SECRET
    \(redirect.map { "      redirect_uri: \($0)" } ?? "")
    \(seed.map { "      refresh_token: \($0)" } ?? "")
    channels: { out: { type: file, path: out.jsonl } }
    rules: [{ name: rent, levels: [{ notify: [out] }] }]

    """
  }

  private static let environment = ["CLIENT": "the-client", "SECRET": "s3cret-word", "R": "R1"]
  private static let tenant = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"

  /// The `state` of the address that was printed.
  private func state(in address: String) -> String {
    let query = address.drop { $0 != "?" }.dropFirst()
    return query.split(separator: "&").first { $0.hasPrefix("state=") }
      .map { String($0.dropFirst(6)) } ?? ""
  }

  @Test func aPersonSignsInOnceAndTheConfigLineIsWritten() async throws {
    let binary = try Binary()
    let server = try xero(["connections"])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    let redirect = "http://127.0.0.1:\(try freePort())/callback"
    try folder.write(
      Self.config(server.url, tenant: nil, redirect: redirect), to: "balancealert.yaml")
    let running = try binary.start(["auth", "books"], in: folder, environment: Self.environment)
    let address = try #require(
      await running.line(beginning: "https://login.xero.com/identity/connect/authorize?"))
    #expect(address.contains("code_challenge_method=S256"))
    #expect(address.contains("offline_access"))
    #expect(await running.line(beginning: "Waiting at") != nil)
    let answer = "\(redirect)?code=c-1&state=\(state(in: address))"
    let shell = try await binary.shell("curl -s '\(answer)'", in: folder)
    #expect(shell.output.contains("You may close this page."))
    let ended = await running.end()
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.output.contains("books (Xero) is signed in."))
    #expect(ended.output.contains("    tenant_id: \(Self.tenant)\n"))
    #expect(!ended.output.contains("s3cret-word"))
    let tokens = try #require(folder.read("state.sqlite.tokens.json"))
    #expect(tokens.contains("\"R1\""))

    let list = try await binary.run(
      ["auth", "list"], in: folder, environment: Self.environment)
    // Without its tenant the config is not whole for any other command.
    #expect(list.status == 78)
    try folder.write(Self.config(server.url, tenant: Self.tenant), to: "balancealert.yaml")
    let whole = try await binary.run(["auth", "list"], in: folder, environment: Self.environment)
    #expect(
      whole.output
        == "books (Xero): signed in; dies in 60 days unless it is used; scopes:"
        + " accounting.invoices.read offline_access\n"
    )
  }

  @Test func anAnswerCanBePastedAndAnotherOnesIsRefused() async throws {
    let binary = try Binary()
    let server = try xero(["connections"])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    try folder.write(Self.config(server.url, tenant: Self.tenant), to: "balancealert.yaml")
    let running = try binary.start(
      ["auth", "books", "--paste"], in: folder, environment: Self.environment)
    let address = try #require(await running.line(beginning: "https://login.xero.com/"))
    running.type(Array("http://localhost:8912/?code=c-1&state=\(state(in: address))\n".utf8))
    let ended = await running.end()
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.output.contains("`tenant_id` of sources.books is one of them."))

    let other = try binary.start(
      ["auth", "books", "--paste"], in: folder, environment: Self.environment)
    _ = await other.line(beginning: "https://login.xero.com/")
    other.type(Array("http://localhost:8912/?code=c-1&state=other\n".utf8))
    let refused = await other.end()
    #expect(refused.status == 77)
    #expect(refused.errors.contains("its state differs"))
  }

  @Test func aSourceIsLookedAtAndOneThatFailsDoesNotHideTheOthers() async throws {
    let binary = try Binary()
    let server = try xero(["inspect"])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    var config = Self.config(server.url, tenant: Self.tenant, seed: "env:R")
    try folder.write(config, to: "balancealert.yaml")
    let good = try await binary.run(
      ["check", "--online"], in: folder, environment: Self.environment)
    #expect(good.status == 0, "\(good.errors)")
    #expect(good.output.contains("books (Xero): "))
    #expect(good.output.contains("open invoice"))
    #expect(good.output.contains("calls left"))
    // Looking leaves nothing behind but the token that was rotated.
    #expect(folder.read("state.sqlite") == nil)

    config = config.replacing(
      "channels:", with: "  ledger: { type: csv, path: books.csv }\nchannels:")
    try folder.write(config, to: "balancealert.yaml")
    try folder.write(
      "account_id,document_id,due_date,currency,amount_due\nC1,D1,2026-01-01,NZD,5\n",
      to: "books.csv")
    try FileManager.default.removeItem(atPath: folder.file("state.sqlite.tokens.json"))
    let revoked = Self.environment.merging(["R": "R0"]) { $1 }
    let partly = try await binary.run(["check", "--online"], in: folder, environment: revoked)
    #expect(partly.status == 77)
    #expect(partly.errors.contains("books: books: the sign-in was revoked at the platform"))
    #expect(partly.output.contains("ledger (CSV file or command): books.csv, 1 open invoice"))
  }

  @Test func aRecordingReplaysWithTheSameSumsAndNoPersonInIt() async throws {
    let binary = try Binary()
    let server = try xero(["first-sync", "delta-unchanged"])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    let config = Self.config(server.url, tenant: Self.tenant, seed: "env:R")
    try folder.write(config, to: "balancealert.yaml")
    let now = ["--now", "2026-11-22T20:00:00Z"]
    let real = try await binary.run(
      ["preview", "--format", "csv", "--all"] + now, in: folder, environment: Self.environment)
    #expect(real.status == 0, "\(real.errors)")
    let recorded = try await binary.run(
      ["record", "--out", "taken"] + now, in: folder, environment: Self.environment)
    #expect(recorded.status == 0, "\(recorded.errors)")
    let replayed = try await binary.run(
      ["preview", "--format", "csv", "--all", "--fixtures", "taken"] + now, in: folder,
      environment: Self.environment)
    #expect(replayed.status == 0, "\(replayed.errors)")
    func amounts(_ text: String) -> [String] {
      text.split(separator: "\n").flatMap { $0.split(separator: ",") }
        .filter { $0.wholeMatch(of: /-?\d+\.\d\d/) != nil }.map(String.init)
    }
    #expect(amounts(real.output).count >= 6)
    #expect(amounts(real.output) == amounts(replayed.output))
    let all = try await binary.shell("cat taken/books/*", in: folder)
    #expect(all.output.contains("Name 1"))
    for word in ["Lindqvist", "Aroha", "bo@example.com", "s3cret-word", "\"A1\"", "\"R1\""] {
      #expect(!all.output.contains(word), "\(word)")
    }
    let again = try await binary.run(
      ["record", "--out", "taken"] + now, in: folder, environment: Self.environment)
    #expect(again.status == 64)
    #expect(again.errors.contains("not empty"))
  }
}
