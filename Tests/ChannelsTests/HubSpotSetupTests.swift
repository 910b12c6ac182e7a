import Channels
import Foundation
import Settings
import Support
import Testing
import Wire

@Suite struct HubSpotSetupTests {
  private let hubspot: ChannelCase
  init() throws { hubspot = try ChannelCase.named("hubspot") }

  @Test(arguments: [
    "fields: {}", "fields: {Balance: balance}", "fields: {balance: balanse}",
    "fields: {balance: balance}, object: companies",
    "fields: {balance: balance}, key: phone",
    "fields: {balance: balance}, key: {a: account.id, b: account.name}",
    "fields: {balance: balance}, key: {hs_object_id: account.id}, create: true",
    "fields: {balance: balance}, alert_field: 'a b'",
  ])
  func settingsThatDoNotFitAreProblems(_ line: String) throws {
    let problems = try hubspot.problems("{access_token: 'env:pat-na1-abcdef', \(line)}")
    #expect(problems.contains { $0.severity == .error })
  }

  @Test func inspectionSaysWhatToChangeWhere() async throws {
    let properties: [[String: Any]] = [
      Self.property("balancealert_balance", "string", "text"),
      Self.property("balancealert_overdue", "number", "number", readOnly: true),
      Self.property("balancealert_alert", "string", "text"),
    ]
    let yaml = settings(
      "fields: {balancealert_balance: balance, balancealert_overdue: overdue_balance,"
        + " balancealert_due: oldest_due_date}, workflow: Reminders"
    )
    let flow: [String: Any] = [
      "id": "585051946", "isEnabled": false, "name": "Reminders", "objectTypeId": "0-1",
    ]
    let answers = [
      "flows?limit=500": try answer(["results": [flow]]),
      "details": try answer(["portalId": 891_936_587]),
      "contacts": try answer(["results": properties]),
    ]
    let world = CRMWorld(CRMState(watched: "")) { request, _ in
      try #require(answers[String(request.url.split(separator: "/").last ?? "")])
    }
    let findings = await (try hubspot.channel(yaml)).inspect(over: .ofOneTry(world))
    try await world.tell(["51-account", "52-properties", "53-workflows"], of: hubspot)
    let problems = findings.filter { $0.kind == .problem }.map(\.text)
    #expect(problems.count == 4, "\(findings)")
    for words in ["is of type string", "read-only", "no field balancealert_due", "is off"] {
      #expect(problems.contains { $0.contains(words) }, "\(words)")
    }
  }

  @Test func fixMakesWhatIsMissingAndLeavesTheRest() async throws {
    let world = CRMWorld(CRMState(watched: "")) { request, _ in
      let there = Self.property("balancealert_balance", "number", "number")
      switch (request.method, request.url.hasSuffix("groups")) {
      case (.GET, _): return try answer(["results": [there]])
      case (_, true):
        let group: [String: Any] = [
          "name": "balancealert", "label": "Outstanding balance", "displayOrder": -1,
          "archived": false,
        ]
        return try answer(group, status: 201)
      default:
        let made = try inputs(request).map { made in
          there.merging(made) { _, new in new }
        }
        return try answer(HubSpotInSmall.batch(made), status: 201)
      }
    }
    let yaml = settings("key: {balancealert_account_key: account.id}")
    let findings = await (try hubspot.channel(yaml)).fix(over: .ofOneTry(world))
    #expect(findings.map(\.kind) == [.good])
    try await world.tell(["41-properties", "42-make-group", "43-make-properties"], of: hubspot)
    let made = try await inputs(world.exchanges[2].0)
    #expect(!made.contains { $0["name"] as? String == "balancealert_balance" })
    let key = made.first { $0["name"] as? String == "balancealert_account_key" }
    #expect(key?["hasUniqueValue"] as? Bool == true)
  }

  @Test func theReadyPackageIsWhatFixMakes() async throws {
    let world = CRMWorld(CRMState(watched: "")) { request, _ in
      switch request.method {
      case .GET: try answer(["results": [Any]()])
      default: try answer(HubSpotInSmall.batch([]), status: 201)
      }
    }
    let page = ChannelCase.repository.appending(path: "docs/channels/hubspot.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
    let block = lines.drop { $0 != "    type: hubspot" }.dropFirst().prefix { $0 != "```" }
    let yaml = block.map { $0.dropFirst(4) }.joined(separator: "\n")
    _ = await (try hubspot.channel(yaml)).fix(over: .ofOneTry(world))
    let body = try await object(world.exchanges.last?.0)
    let data = try JSONSerialization.data(
      withJSONObject: body, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    let text = String(decoding: data, as: UTF8.self) + "\n"
    #expect(Golden.difference(of: text, from: "../../Examples/hubspot/properties.json") == nil)
  }

  private func settings(_ more: String) -> String {
    let fields = more.contains("fields:") ? "" : "fields: {balancealert_balance: balance}, "
    return "{access_token: 'env:pat-na1-0123456789abcdef', \(fields)\(more)}"
  }

  private static func property(
    _ name: String, _ type: String, _ fieldType: String, readOnly: Bool = false
  ) -> [String: Any] {
    [
      "name": name, "label": name, "type": type, "fieldType": fieldType, "archived": false,
      "groupName": "balancealert", "description": "", "options": [Any](), "hasUniqueValue": false,
      "modificationMetadata": [
        "archivable": true, "readOnlyDefinition": false, "readOnlyValue": readOnly,
      ],
    ]
  }
}
