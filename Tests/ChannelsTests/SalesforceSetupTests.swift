import Channels
import Foundation
import Settings
import Support
import Testing
import Wire

@Suite struct SalesforceSetupTests {
  private let salesforce: ChannelCase
  init() throws { salesforce = try ChannelCase.named("salesforce") }

  @Test(arguments: [
    "object: Account", "object: 'Account; x', flow: A", "flow: 'A/B'",
    "api_version: '66', flow: A", "fields: {'x y': balance}", "inputs: {a: balance}",
    "fields: {A__c: balance}, key: {a: account.id, b: account.name}",
    "fields: {A__c: balance}, key: {Id: account.id}, create: true", "flow: A, create: true",
  ])
  func settingsThatDoNotFitAreProblems(_ line: String) throws {
    let key = line.contains("key:") ? "" : ", key: {K__c: account.id}"
    let object = line.contains("object:") ? "" : ", object: Account"
    let problems = try salesforce.problems("{\(line)\(key)\(object)}")
    #expect(problems.contains { $0.severity == .error })
  }

  @Test func theInstanceIsTheOneThatTheSignInNames() async throws {
    let signIn = SignIn(
      SignInSettings(
        name: "crm",
        grant: .clientCredentials,
        tokenURL: "https://login.salesforce.com/services/oauth2/token",
        authentication: .body,
        clientID: "3MVG9",
        clientSecret: "secret"
      )
    )
    let token = try answer([
      "access_token": "00D!x", "instance_url": "https://harbour.my.salesforce.com",
    ])
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      if http.url.hasSuffix("/token") { return token }
      // A session that has ended is signed in again, once.
      return Response(status: 401, text: "[]")
    }
    let yaml = "{object: Account, key: {K__c: account.id}, fields: {A__c: balance}}"
    let session = Session(name: "crm", transport: transport, signIn: signIn)
    let outcome = await (try salesforce.channel(yaml)).send(
      Sample.reminder(for: salesforce), over: session)
    #expect(outcome.word == "signin")
    let urls = await transport.requests.compactMap { request -> String? in
      if case .http(let http) = request { String(http.url.prefix(34)) } else { nil }
    }
    let instance = "https://harbour.my.salesforce.com/"
    #expect(urls.filter { $0 == instance }.count == 2 && urls.count == 4)
  }

  @Test func inspectionSaysWhatToChangeWhere() async throws {
    let fields: [[String: Any]] = [
      field("Name", "string", length: 255, isRequired: true),
      field("Balance__c", "string", length: 255),
      field("Overdue__c", "currency", isWritable: false),
      field("Name__c", "string", length: 20), field("Balance_Alert_Key__c", "string", length: 255),
      field("K__c", "string", length: 255),
    ]
    let describe: [String: Any] = ["name": "Account", "fields": fields]
    let flow: [String: Any] = [
      "attributes": ["type": "FlowDefinitionView"], "ApiName": "Trigger", "IsActive": false,
    ]
    let variables: [[String: Any]] = [["name": "balance", "type": "STRING"]]
    let answers = [
      "sobjects": try answer(describe),
      "query": try answer(["totalSize": 1, "done": true, "records": [flow]]),
      "flow": try answer(["name": "Balance_Alert", "inputs": variables]),
      "emailAlert": try answer(
        [["errorCode": "NOT_FOUND", "message": "The requested resource does not exist"]],
        status: 404),
    ]
    let world = CRMWorld(CRMState(watched: "")) { request, _ in
      try #require(answers.first { request.url.contains("/\($0.key)") }).value
    }
    let yaml = """
      {base_url: 'https://harbour.my.salesforce.com', object: Account, key: {K__c: account.id},
      create: true, workflow: Trigger, flow: Balance_Alert, email_alert: Overdue,
      inputs: {balance: balance, Level: level}, fields: {Balance__c: balance,
      Overdue__c: overdue_balance, Name__c: account.name, Missing__c: oldest_due_date}}
      """
    let findings = await (try salesforce.channel(yaml)).inspect(over: .ofOneTry(world))
    try await world.tell(
      ["41-fields", "42-workflow", "43-flow", "44-email-alert"], of: salesforce)
    let problems = findings.filter { $0.kind == .problem }.map(\.text)
    let words = [
      "Balance__c is of type string", "Overdue__c is read-only", "takes 20 characters",
      "no field Missing__c", "K__c is not unique", "needs Name", "Trigger is not active",
      "variable balance is of type STRING", "no variable Level", "no e-mail alert Overdue",
    ]
    #expect(problems.count == words.count, "\(problems)")
    for words in words { #expect(problems.contains { $0.contains(words) }, "\(words)") }
  }

  private func field(
    _ name: String,
    _ type: String,
    length: Int = 0,
    isWritable: Bool = true,
    isRequired: Bool = false
  ) -> [String: Any] {
    [
      "name": name, "type": type, "length": length, "updateable": isWritable, "createable": true,
      "nillable": !isRequired, "calculated": false, "unique": false, "externalId": false,
      "defaultedOnCreate": false,
    ]
  }
}
