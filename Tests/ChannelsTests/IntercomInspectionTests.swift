import Channels
import Foundation
import Settings
import Support
import Testing
import Wire

@Suite struct IntercomInspectionTests {
  private let intercom: ChannelCase
  init() throws { intercom = try ChannelCase.named("intercom") }

  @Test(arguments: [
    ("US", "394051", "outstanding_balance", "string", 0),
    ("EU", "394051", "outstanding_balance", "string", 1),
    ("US", "1", "outstanding_balance", "string", 1),
    ("US", "394051", "balance", "string", 1), ("US", "394051", "outstanding_balance", "float", 1),
  ])
  func inspectionSeesRegionAdminAndAttributes(
    _ region: String,
    _ admin: String,
    _ attribute: String,
    _ type: String,
    _ problems: Int
  ) async throws {
    let answers = [
      "me": """
      {"type":"admin","id":"991267459","app":{"type":"app","id_code":"x","name":"Harbour",\
      "region":"\(region)"}}
      """,
      "admins": "{\"type\":\"admin.list\",\"admins\":[{\"type\":\"admin\",\"id\":\"\(admin)\"}]}",
      "data_attributes?model=contact": """
      {"type":"list","data":[{"type":"data_attribute","name":"\(attribute)",\
      "data_type":"\(type)","api_writable":true,"archived":false,"model":"contact"}]}
      """,
    ]
    let headers = [Header("Content-Type", "application/json")]
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request, let name = http.url.split(separator: "/").last else {
        throw .notSent("not HTTP")
      }
      return Response(status: 200, headers: headers, text: answers[String(name)] ?? "")
    }
    let adapter = try intercom.channel(
      "{access_token: 'env:dG9rOmFiYzEyMw==', from_admin: '394051'}")
    let findings = await adapter.inspect(over: .ofOneTry(transport))
    #expect(findings.filter { $0.kind == .problem }.count == problems, "\(findings)")
    #expect(findings.first?.kind == .good)
    guard problems == 0 else { return }
    for case .http(let http) in await transport.requests {
      let name = String(http.url.split(separator: "/").last ?? "")
      let text = try exchangeText(
        http,
        Response(status: 200, headers: headers, text: answers[name] ?? ""),
        secrets: ["dG9rOmFiYzEyMw=="]
      )
      let file = name.prefix { $0 != "?" }
      let path = "../Fixtures/channels/intercom/exchanges/inspect-\(file).json"
      #expect(Golden.difference(of: text, from: path) == nil)
    }
  }
}
