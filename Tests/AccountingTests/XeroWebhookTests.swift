import Accounting
import Crypto
import Foundation
import Receivables
import Settings
import Support
import Testing
import Wire

/// Requests as developer.xero.com/documentation/webhooks and xero-webhooks.yaml 16.1.0 show them.
struct XeroWebhookTests {
  private let key = "Of-a-test-webhook-key-and-no-other=="

  private func signed(_ body: String, with key: String) -> WebhookRequest {
    let code = HMAC<SHA256>.authenticationCode(
      for: Data(body.utf8),
      using: SymmetricKey(data: Data(key.utf8))
    )
    return WebhookRequest(
      headers: [
        Header("Content-Type", "application/json; charset=utf-8"),
        Header("X-Xero-Signature", Data(code).base64EncodedString()),
      ],
      body: Array(body.utf8)
    )
  }

  private func receive(
    _ request: WebhookRequest,
    tenant: String = "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f",
    secrets: [String]? = nil
  ) throws -> WebhookVerdict {
    let now = try #require(Instant("2026-11-22T20:00:00Z"))
    return xero(tenant: tenant).receive(request, secrets: secrets ?? [key], now: now)
  }

  private func event(
    _ category: String,
    id: String = "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777",
    type: String = "UPDATE",
    at moment: String = "2026-11-22T19:59:39.902",
    tenant: String = "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f",
    tenantType: String = "ORGANISATION",
    more: String = ""
  ) -> String {
    """
    {"resourceUrl":"https://api.xero.com/api.xro/2.0/X/\(id)","resourceId":"\(id)",\
    "tenantId":"\(tenant)","tenantType":"\(tenantType)","eventCategory":"\(category)",\
    "eventType":"\(type)","eventDateUtc":"\(moment)"\(more)}
    """
  }

  private func body(_ events: String...) -> String {
    """
    {"events":[\(events.joined(separator: ","))],"firstEventSequence":1,\
    "lastEventSequence":\(events.count),"entropy":"S0m3r4Nd0mt3xt"}
    """
  }

  private func events(_ events: String...) throws -> [WebhookEvent] {
    let body = """
      {"events":[\(events.joined(separator: ","))],"firstEventSequence":1,"lastEventSequence":1,\
      "entropy":"S0m3r4Nd0mt3xt"}
      """
    guard case .events(let all) = try receive(signed(body, with: key)) else {
      Issue.record("not taken as events")
      return []
    }
    return all
  }

  @Test func theIntentToReceiveIsAnsweredAndLeavesNothing() throws {
    let intent = """
      {"events":[],"lastEventSequence": 0,"firstEventSequence": 0,"entropy": "S0m3r4Nd0mt3xt"}
      """
    #expect(try receive(signed(intent, with: key)) == .answered(status: 200, body: ""))
    guard case .refused = try receive(signed(intent, with: "another key")) else {
      Issue.record("a wrong signature was taken")
      return
    }
  }

  /// HMAC-SHA256 and base64 by another program:
  /// `printf %s '{"events":[]}' | openssl dgst -sha256 -hmac key -binary | base64`.
  @Test func theSignatureIsTheHMACOfTheBody() throws {
    var request = signed(#"{"events":[]}"#, with: key)
    request.headers = [Header("x-xero-signature", "Qrz9n8NSnnBLDlKIZEhYxzL4J+L5wKUqtKk3FuhGKW0=")]
    #expect(try receive(request, secrets: ["key"]) == .answered(status: 200, body: ""))
    request.body.append(UInt8(ascii: "\n"))
    guard case .refused = try receive(request, secrets: ["key"]) else {
      Issue.record("one byte more, and still taken")
      return
    }
  }

  @Test func whileAKeyIsReplacedEitherSigns() throws {
    let request = signed(#"{"events":[]}"#, with: "the next one")
    #expect(
      try receive(request, secrets: [key, "the next one"]) == .answered(status: 200, body: "")
    )
  }

  @Test(arguments: [
    [], [Header("x-xero-signature", "")], [Header("x-xero-signature", "not base64!")],
    [Header("x-xero-signature", "AAAA")],
  ])
  func whatIsNotSignedIsRefused(_ headers: [Header]) throws {
    let request = WebhookRequest(headers: headers, body: Array(body(event("INVOICE")).utf8))
    guard case .refused(let why) = try receive(request) else {
      Issue.record("taken")
      return
    }
    #expect(!why.contains(key))
    guard case .refused = try receive(signed("[]", with: key), secrets: []) else {
      Issue.record("taken without a key")
      return
    }
  }

  @Test(arguments: ["", "null", "{}", #"{"events":{}}"#, "<html>"])
  func aSignedBodyThatIsNotXerosIsRefused(_ body: String) throws {
    guard case .refused = try receive(signed(body, with: key)) else {
      Issue.record("taken: \(body)")
      return
    }
  }

  @Test func anEventHintsAtWhatChanged() throws {
    let id = "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777"
    let receivable = #","data":{"Type":"ACCRECCREDIT","Status":"AUTHORISED"}"#
    let all = try events(
      event("INVOICE"),
      event("CONTACT"),
      event("CREDITNOTE", more: receivable),
      event("PREPAYMENT"),
      event("OVERPAYMENT"),
      event("SOMETHINGNEW")
    )
    #expect(
      all.map(\.hint) == [
        Hint(.invoice, id: id), Hint(.customer, id: id), Hint(.credit, id: id),
        Hint(.credit, id: id), Hint(.credit, id: id), Hint(.other, id: ""),
      ]
    )
    #expect(all.first?.type == "INVOICE UPDATE")
  }

  @Test func whatIsAnothersOrNotPolledLeavesNothing() throws {
    let payable = #","data":{"Type":"ACCPAYCREDIT","Status":"DRAFT"}"#
    let all = try events(
      event("INVOICE", tenant: "45e4708e-d862-4111-ab3a-dd8cd03913e1"),
      event("SUBSCRIPTION", tenantType: "APPLICATION"),
      event("CREDITNOTE", more: payable),
      event("INVOICE", tenant: "C2CC9B6E-9458-4C7D-93CC-F02B81B0594F")
    )
    #expect(all.count == 1)
  }

  @Test func aCustomConnectionHasOneOrganisation() throws {
    let request = signed(body(event("INVOICE")), with: key)
    guard case .events(let all) = try receive(request, tenant: "") else { return }
    #expect(all.count == 1)
  }

  @Test func theSameEventHasTheSameIDAndAnotherHasAnother() throws {
    let first = try events(event("INVOICE"), event("INVOICE")).map(\.id)
    #expect(Set(first).count == 1)
    let others = try events(
      event("INVOICE"),
      event("INVOICE", type: "CREATE"),
      event("INVOICE", at: "2026-11-22T19:59:40.001"),
      event("INVOICE", id: "8138a266-fb42-49b2-a104-014b7045753d")
    )
    #expect(Set(others.map(\.id)).count == 4)
    #expect(others.first?.id == first.first)
  }
}
