import Channels
import Configuration
import Foundation
import Messages
import Outbox
import Pass
import Receivables
import State
import Support
import Testing
import Wire

/// What becomes of a message that the platform took while we died, for every channel there is.
struct GuaranteeTests {
  /// Platforms of several calls, and what is no network: tests of their own show it.
  static let ownTests = [
    "hubspot": "aCutAtAnyStepAndASecondSendGiveOneChange",
    "salesforce": "aCutAtAnyStepAndASecondSendGiveOneChange",
    "zoho": "aCutAtAnyStepAndASecondSendGiveOneChange",
    "asana": "aCutAnywhereLeavesOneTaskAndOneCommentAnAlert",
    "trello": "aCutAnywhereLeavesOneCardAndOneCommentAnAlert",
    "intercom": "aFaultBeforeTheMessageIsHarmlessAndOneOfTheMessageIsNot",
    "file": "aSearchablePlatformIsAskedFirst",
    "stdout": "whereverAPassDiesTheNextOneFinishesIt",
  ]

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  private static let types = allChannels.map { $0.traits.type }.sorted()

  /// A platform that takes each message, loses the answer of the first, and cannot be asked.
  private actor Platform: Transport {
    private let target: String
    private(set) var messages: [Request] = []

    init(target: String) { self.target = target }

    static func target(of request: Request) -> String {
      switch request {
      case .http(let http): "\(http.method.rawValue) \(http.url.prefix { $0 != "?" })"
      case .mail(let mail): "MAIL \(mail.host)"
      default: "local"
      }
    }

    func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
      if case .file(let path) = request, path.hasSuffix("directory.csv") {
        return Response(
          status: 200,
          text: "account,pay_url\nbooks:C1,https://pay.harbour.example/C1\n"
        )
      }
      if case .file = request {
        return Response(
          status: 200,
          text: """
            account_id,account_name,document_id,due_date,currency,amount_due,email,phone
            C1,Ann Lee,D1,2026-11-01,EUR,600.00,ann@tenants.example,+64215550101
            """
        )
      }
      if Self.target(of: request) == target {
        messages.append(request)
        if messages.count == 1 { throw .sentThenLost("the machine died") }
        return Response(status: 500, text: "{}")
      }
      if case .http(let http) = request, http.url.hasSuffix("/token") {
        return Response(status: 200, text: #"{"access_token":"A","expires_in":3600}"#)
      }
      return Response(status: 500, text: "{}")
    }
  }

  private static func assembly(_ type: String) throws -> Assembly {
    let file = repository.appending(path: "Tests/Fixtures/channels/\(type)/settings.yaml")
    let settings = try String(contentsOf: file, encoding: .utf8)
    let channel = try #require(allChannels.first { $0.traits.type == type })
    var lines = settings.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    if channel.traits.signIn != nil {
      lines.removeAll { $0.hasPrefix("auth:") }
      lines += [
        "token_url: https://id.example/token",
        "auth: { grant: refresh_token, client_id: c, client_secret: env:SECRET,"
          + " refresh_token: env:SECRET, tenant_id: t, redirect_uri: https://x.example/ }",
      ]
      if channel.traits.signIn?.tokenURL.contains(SignInTraits.tenantMark) != true {
        lines = lines.map { $0.replacing(" tenant_id: t,", with: "") }
      }
    }
    // In these settings `env:X` stands for a secret whose value is X.
    let names = settings.matches(of: /env:(\S+?)(?=["\s,}]|$)/).map { String($0.1) }
    let environment = Dictionary(
      (names + ["SECRET"]).map { ($0, $0) }, uniquingKeysWith: { a, _ in a })
    let team = channel.traits.defaultAudience == .owner ? "\n      audience: team" : ""
    let yaml = """
      version: 1
      organisation: Harbour Lettings
      directory: directory.csv
      sources: { books: { type: csv, path: books.csv } }
      channels:
        it:
          type: \(type)\(team)
      \(lines.map { "    \($0)" }.joined(separator: "\n"))
      rules: [{ name: rent, when: { balance: overdue }, levels: [{ notify: [it] }] }]
      """
    let config = try ConfigurationFile(
      path: "/c/balancealert.yaml", text: yaml, isReadableByOthers: false)
    let resolver = SecretResolver(
      environment: environment, folder: "/c", missing: .isAnError, literalsAreErrors: false)
    return try Assembly(Setup(config, resolver: resolver), resolver: resolver)
  }

  private static func now(_ text: String) throws -> Now {
    Now(try #require(Instant(text)), in: .utc)
  }

  @Test(arguments: types.filter { ownTests[$0] == nil })
  func theNextPassDoesWhatIsPromised(_ type: String) async throws {
    let assembly = try Self.assembly(type)
    let channel = try #require(assembly.channels["it"])
    let first = try Self.now("2026-11-23T09:00:00Z")
    let test = try channel.testMessage(
      to: channel.profile.address == .phone ? "+64215550101" : "ann@tenants.example",
      organisation: "H",
      now: first
    )
    let platform = Platform(target: Platform.target(of: try channel.adapter.request(for: test)))
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    for now in [first, try Self.now("2026-11-23T10:00:00Z")] {
      // As a replay: pauses take no time, and no token is kept.
      _ = try await PassRunner(
        assembly,
        state: state,
        transport: platform,
        options: PassOptions(now: now, isReplay: true)
      ).run()
    }
    let sent = await platform.messages
    let delivery = try #require(try state.deliveries().first)
    switch (channel.profile.policy.guarantee, channel.profile.audience) {
    case (.idempotent, _):
      #expect(sent.count > 1)
      #expect(sent.allSatisfy { $0 == sent.first })
    case (.searchable, _):
      #expect(sent.count == 1, "it was sent again without having been found absent")
      #expect(delivery.status == .sending)
    case (.neither, .team):
      #expect(sent.count > 1)
    case (.neither, _):
      #expect(sent.count == 1)
      #expect(delivery.status == .uncertain)
    }
  }

  @Test func theTableNamesEveryChannelAndATestThatIsThere() throws {
    let page = Self.repository.appending(path: "docs/guarantees.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.firstRange(of: "<!-- channels -->\n"))
    let end = try #require(text.firstRange(of: "<!-- /channels -->"))
    var lines = ["| channel | usual audience | it is | shown by |", "|---|---|---|---|"]
    for type in allChannels.sorted(by: { $0.traits.type < $1.traits.type }) {
      let name = type.traits.type
      let test = Self.ownTests[name] ?? "theNextPassDoesWhatIsPromised"
      lines.append(
        "| [`\(name)`](channels/\(name).md) | \(type.traits.defaultAudience.rawValue) |"
          + " \(type.guarantee.rawValue) | `\(test)` |")
    }
    let whole =
      text[..<start.upperBound] + lines.joined(separator: "\n") + "\n" + text[end.lowerBound...]
    #expect(Golden.difference(of: String(whole), from: "../../docs/guarantees.md") == nil)
    let tests = FileManager.default.enumerator(
      at: Self.repository.appending(path: "Tests"), includingPropertiesForKeys: nil)
    var code = ""
    for case let file as URL in tests ?? .init() where file.pathExtension == "swift" {
      code += (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }
    for match in whole.matches(of: /`([a-z]+[A-Z][A-Za-z]{9,})`/) {
      #expect(code.contains("func \(match.1)("), "there is no test \(match.1)")
    }
  }
}
