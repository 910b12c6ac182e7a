import Foundation
import Support
import Testing

/// Secrets are planted wherever one can be, everything is run, failures most of all, and then all
/// that was printed and all that was written is searched for them.
struct SecretsTests {
  /// Both at once: what the program spends here it spends on waiting before it asks again.
  @Test("No secret is in anything that is printed or written, nor goes to anybody else")
  func noSecretGetsOut() async throws {
    try await withThrowingTaskGroup { group in
      for given in PlantedSecrets.Given.allCases {
        group.addTask { try await noSecretGetsOut(given) }
      }
      try await group.waitForAll()
    }
  }

  private func noSecretGetsOut(_ given: PlantedSecrets.Given) async throws {
    let server = try EchoServer()
    defer { server.stop() }
    let mail = try SMTPServer([.login: .reply("535 5.7.8 who are you")])
    defer { mail.stop() }
    let folder = try TemporaryFolder()
    let planted = try PlantedSecrets(in: folder, url: server.url, mailPort: mail.port, given)
    #expect(planted.missing == [], "a kind of setting that is not planted yet")
    #expect(planted.marks.count >= 25)

    var search = SecretSearch(planted.marks)
    for (name, ended) in try await runAll(planted, folder, server) {
      search.look(in: Data((ended.output + ended.errors).utf8), name)
    }
    try search.look(
      below: folder.path, except: ["balancealert.yaml", "broken.yaml", "given", "credentials"])
    #expect(search.found == [], "\(given)")
    #expect(search.files >= 20)
    let (used, strayed) = Self.travels(of: search, server)
    // Those that check what comes in, or sign what goes out; and the one that went by mail.
    let unused = Set(planted.marks.map(\.key)).subtracting(used)
    #expect(
      unused.allSatisfy {
        $0.hasSuffix(".webhook_secret") || $0 == "channels.webhook.secret"
          || $0 == "channels.smtp.password"
      }, "\(unused.sorted())")
    #expect(strayed == [])
  }

  /// - Returns: the secrets that have left for their platform, of which all that it echoes could
  ///   have come back; and those that have gone to somebody else's.
  private static func travels(
    of search: SecretSearch, _ server: EchoServer
  ) -> (used: Set<String>, strayed: [String]) {
    var used: Set<String> = []
    var strayed: [String] = []
    for asked in server.requests {
      let all = [asked.target, asked.text] + asked.headers.map { "\($0.name): \($0.value)" }
      let keys = search.keys(in: all.joined(separator: "\n"))
      used.formUnion(keys)
      // `/at/channels.slack/…`, or an address that is a secret itself.
      let parts = asked.target.split(separator: "/").map(String.init)
      let owner =
        parts.first == "at"
        ? parts[1] + "."
        : search.keys(in: asked.target).first.map(Self.part) ?? "nobody"
      strayed += keys.filter { !$0.hasPrefix(owner) && !$0.hasSuffix(" token") }
        .map { "\($0) in a request to \(asked.target)" }
    }
    return (used, strayed)
  }

  /// - Returns: `channels.webhook.` of `channels.webhook.headers.X-Own-Token`.
  private static func part(of key: String) -> String {
    key.split(separator: ".").prefix(2).joined(separator: ".")
  }

  private func runAll(
    _ planted: PlantedSecrets,
    _ folder: TemporaryFolder,
    _ server: EchoServer
  ) async throws -> [(String, Binary.Ended)] {
    let binary = try Binary()
    var all: [(String, Binary.Ended)] = []
    func run(_ line: String, input: [UInt8]? = nil) async throws -> Binary.Ended {
      let ended = try await binary.run(
        line.split(separator: " ").map(String.init), in: folder,
        environment: planted.environment, input: input)
      #expect(ended.status != 64 || line == "auth nobody", "\(line): \(ended.errors)")
      all.append((line, ended))
      return ended
    }
    let body = Array(#"{"events":[{"resourceId":"x"}]}"#.utf8)
    let check = try await run("check --verbose")
    try #require(check.status == 0, "\(check.errors)")
    for (hour, mood) in EchoServer.Mood.allCases.enumerated() {
      server.turn(mood)
      // Near the clock, since a mail server on this machine counts as a way out of it.
      let ago = Date(timeIntervalSinceNow: -3600 * Double(EchoServer.Mood.allCases.count - hour))
      let now = "--now \(ISO8601DateFormatter().string(from: ago)) --verbose"
      _ = try await run("check --online \(now)")
      _ = try await run("check --online --fix \(now) --log-format json")
      _ = try await run("preview --render \(now) --out plan\(hour).json")
      _ = try await run("run --first \(now) --log-format json")
      _ = try await run("run --first \(now) --format json")
      _ = try await run("record \(now) --out recorded\(hour)")
      _ = try await run("check \(now) --send-test slack")
      _ = try await run("check \(now) --send-test twilio --to +6421555011")
      _ = try await run("events freshbooks list \(now)")
      _ = try await run("ingest freshbooks \(now)", input: body)
    }
    try folder.write(planted.config, to: "given/old.yaml")
    try folder.write(Self.scenario, to: "scenario.yaml")
    for line in [
      "history", "history --format json", "history verify", "history export audit",
      "explain ledger:C1 --verbose", "explain C1 --format json", "auth list",
      "replay 1", "rules test scenario.yaml",
      "rules diff given/old.yaml balancealert.yaml --since 2025-03-01", "retry --all",
      "config schema", "silence list", "approve --all", "reject --all", "run --plan plan4.json",
      "check --repair", "backup copy.sqlite",
      "auth nobody",
    ] { _ = try await run(line) }
    _ = try await run(
      "auth xero --paste --verbose", input: Array("http://127.0.0.1:8000/?code=c&state=s\n".utf8))
    for source in ["xero", "quickbooks", "freshbooks", "stripe"] {
      _ = try await run(
        "ingest \(source) --header x-xero-signature:AAAA --header Stripe-Signature:t=1,v1=00",
        input: body)
    }
    // A config that is wrong in each line is quoted in many errors.
    try folder.write(
      planted.config.replacing("retries: 0", with: "retires: 0").replacing("rent", with: "[rent"),
      to: "broken.yaml")
    _ = try await run("check --config broken.yaml")
    try folder.write(
      planted.config.replacing("retries: 0", with: "retires: 0"), to: "broken.yaml", mode: 0o644)
    _ = try await run("check --config broken.yaml --log-format json")
    return all
  }

  private static let scenario = """
    scenario: Ada pays
    from: 2025-03-01
    to: 2025-03-05
    at: "09:00"
    currency: NZD
    accounts:
      ada: { name: Ada, email: ada@tenant.example, phone: "+6421555010" }
    days:
      2025-03-01:
        - invoice: { account: ada, number: D1, amount: 600.00, due: 2025-02-01 }
      2025-03-03:
        - pay: { account: ada }

    """
}
