import Channels
import Foundation
import Settings
import Support
import Testing
import Wire

@Suite struct ZohoSetupTests {
  private let zoho: ChannelCase
  init() throws { zoho = try ChannelCase.named("zoho") }

  @Test(arguments: [
    "fields: {}", "data_centre: de, fields: {A: balance}", "trigger: [mail], fields: {A: balance}",
    "fields: {'A B': balance}", "send_mail: harbour, fields: {A: balance}",
    "fields: {A: balance}, key: {id: account.id}, create: true",
    "fields: {A: balance}, module: 'Acc/ounts'",
  ])
  func settingsThatDoNotFitAreProblems(_ line: String) throws {
    let key = line.contains("key:") ? "" : ", key: {K: account.id}"
    let module = line.contains("module:") ? "" : ", module: Accounts"
    let problems = try zoho.problems("{\(line)\(key)\(module)}")
    #expect(problems.contains { $0.severity == .error })
  }

  @Test(arguments: [("com", "https://www.zohoapis.com"), ("ca", "https://www.zohoapis.ca")])
  func theApiIsThatOfTheDataCentreUnlessTheSignInSaysAnother(
    _ centre: String, _ api: String
  ) async throws {
    let yaml = "{data_centre: \(centre), module: Deals, key: {K: account.id}, fields: {A: balance}}"
    let message = Sample.reminder(for: zoho)
    guard case .http(let http) = try zoho.channel(yaml).request(for: message) else { return }
    #expect(http.url == "\(api)/crm/v8/Deals")
    let (urls, schemes) = try await sent(
      yaml, token: ["access_token": "1000.x", "api_domain": "https://www.zohoapis.eu"])
    #expect(urls.last == "https://www.zohoapis.eu/crm/v8/coql")
    #expect(schemes == ["Zoho-oauthtoken 1000.x"])
  }

  /// Zoho refuses a token of another data centre with a 200.
  @Test func aSignInOfAnotherDataCentreSaysSo() async throws {
    let yaml = "{module: Deals, key: {K: account.id}, fields: {A: balance}}"
    let findings = await (try zoho.channel(yaml)).inspect(
      over: session(transport(token: try answer(["error": "invalid_code"]))))
    #expect(findings.map(\.kind) == [.signInNeeded])
    #expect(findings.first?.text.contains("data_centre") == true)
  }

  @Test func tooManyTokensAreAskedForAgainLater() async throws {
    let yaml = "{module: Deals, key: {K: account.id}, fields: {A: balance}}"
    let busy: [String: Any] = [
      "error": "Access Denied", "status": "failure",
      "error_description": "You have made too many requests continuously. Please try again.",
    ]
    let outcome = await (try zoho.channel(yaml)).send(
      Sample.reminder(for: zoho), over: session(transport(token: try answer(busy, status: 400))))
    #expect(outcome.word == "notaccepted")
  }

  @Test func inspectionSaysWhatToChangeWhere() async throws {
    let fields: [[String: Any]] = [
      field("Balance", "text", length: 255), field("Overdue", "currency", isReadOnly: true),
      field("Name", "text", length: 10), field("K", "text", length: 255),
      field("Balance_Alert", "text", length: 255),
      field("Account_Name", "text", length: 200, isRequired: true),
    ]
    let rule: [String: Any] = [
      "id": "4876876000011070001", "name": "Balance alert", "status": ["active": false],
      "execute_when": ["type": "field_update"],
    ]
    let addresses: [[String: Any]] = [["email": "boss@harbour.example", "type": "primary"]]
    let answers = [
      "fields": try answer(["fields": fields]),
      "automation": try answer(["workflow_rules": [rule]]),
      "emails": try answer(["from_addresses": addresses]),
    ]
    let world = CRMWorld(CRMState(watched: "")) { request, _ in
      try #require(answers.first { request.url.contains("settings/\($0.key)") }).value
    }
    let yaml = """
      {data_centre: eu, module: Accounts, key: {K: account.id}, create: true,
      workflow: Balance alert, send_mail: accounts@harbour.example, fields: {Balance: balance,
      Overdue: overdue_balance, Name: account.name, Missing: oldest_due_date}}
      """
    let findings = await (try zoho.channel(yaml)).inspect(over: .ofOneTry(world))
    try await world.tell(["41-fields", "42-workflow-rules", "43-from-addresses"], of: zoho)
    let problems = findings.filter { $0.kind == .problem }.map(\.text)
    let words = [
      "Balance is of type text", "Overdue is read-only", "takes 10 characters", "no field Missing",
      "K is not unique", "needs Account_Name", "Balance alert is off", "may not send from",
    ]
    #expect(problems.count == words.count, "\(problems)")
    for words in words { #expect(problems.contains { $0.contains(words) }, "\(words)") }
  }

  // MARK: How

  private func transport(token: Response) -> ScriptedTransport {
    ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      return http.url.hasSuffix("/token") ? token : Response(status: 204)
    }
  }

  private func session(_ transport: ScriptedTransport) -> Session {
    let settings = SignInSettings(
      name: "crm",
      grant: .refreshToken,
      tokenURL: "https://accounts.zoho.eu/oauth/v2/token",
      authentication: .body,
      clientID: "1000.X",
      clientSecret: "secret",
      seed: "1000.refresh",
      tokenScheme: "Zoho-oauthtoken"
    )
    return Session(name: "crm", transport: transport, signIn: SignIn(settings))
  }

  /// The addresses that were asked, and what stood in `Authorization`.
  private func sent(
    _ yaml: String, token: [String: Any]
  ) async throws -> (urls: [String], schemes: [String]) {
    let transport = transport(token: try answer(token))
    _ = await (try zoho.channel(yaml)).send(
      Sample.reminder(for: zoho), over: session(transport))
    let requests = await transport.requests.compactMap { request -> HTTPRequest? in
      if case .http(let http) = request { http } else { nil }
    }
    return (requests.map(\.url), requests.compactMap { $0.header("Authorization") })
  }

  private func field(
    _ name: String,
    _ type: String,
    length: Int = 16,
    isReadOnly: Bool = false,
    isRequired: Bool = false
  ) -> [String: Any] {
    [
      "api_name": name, "data_type": type, "length": length, "visible": true,
      "read_only": isReadOnly, "field_read_only": false, "system_mandatory": isRequired,
      "operation_type": ["api_update": true, "api_create": true], "unique": [String: String](),
    ]
  }
}
