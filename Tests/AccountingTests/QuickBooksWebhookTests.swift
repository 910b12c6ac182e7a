import Accounting
import Receivables
import Testing
import Wire

struct QuickBooksWebhookTests {
  private func judge(
    _ body: String,
    signature: String?,
    secrets: [String] = ["old-token", "verifier-token"]
  ) throws -> WebhookVerdict {
    let headers = signature.map { [Header("Intuit-Signature", $0)] } ?? []
    let now = try #require(Instant("2026-08-21T22:00:00Z"))
    return quickBooks().receive(
      WebhookRequest(headers: headers, body: Array(body.utf8)),
      secrets: secrets,
      now: now
    )
  }

  private let signature = "OeVUjbDXYHiXmTUqhu8cbLgQiZ7nNOwbai+y5iGyfms="
  private let body = """
    [
    {"specversion":"1.0","id":"88cd52aa-33b6-4351-9aa4-47572edbd068","source":"intuit.x","type":"qbo.invoice.updated.v1",
    "time":"2026-08-21T21:31:25.179851517Z","intuitentityid":"130","intuitaccountid":"9130347596842624","data":{}},
    {"specversion":"1.0","id":"2","source":"intuit.x","type":"qbo.payment.void.v1",
    "time":"2026-08-21T21:31:26Z","intuitentityid":"172","intuitaccountid":"9130347596842624","data":{}},
    {"specversion":"1.0","id":"3","source":"intuit.x","type":"qbo.creditmemo.deleted.v1",
    "time":"2026-08-21T21:31:27Z","intuitentityid":"145","intuitaccountid":"9130347596842624","data":{}},
    {"specversion":"1.0","id":"4","source":"intuit.x","type":"qbo.customer.merged.v1",
    "time":"2026-08-21T21:31:28Z","intuitentityid":"9","intuitaccountid":"9130347596842624","data":{}},
    {"specversion":"1.0","id":"5","source":"intuit.x","type":"qbo.journalentry.created.v1",
    "time":"2026-08-21T21:31:29Z","intuitentityid":"150","intuitaccountid":"9130347596842624","data":{}},
    {"specversion":"1.0","id":"6","source":"intuit.x","type":"qbo.estimate.created.v1",
    "time":"2026-08-21T21:31:30Z","intuitentityid":"7","intuitaccountid":"9130347596842624","data":{}},
    {"specversion":"1.0","id":"7","source":"intuit.x","type":"qbo.invoice.updated.v1",
    "time":"2026-08-21T21:31:31Z","intuitentityid":"130","intuitaccountid":"310687","data":{}}
    ]
    """

  @Test func eventsOfThisCompanyNameWhatToPoll() throws {
    guard case .events(let events) = try judge(body, signature: signature) else {
      Issue.record("not events")
      return
    }
    #expect(events.map(\.id) == ["88cd52aa-33b6-4351-9aa4-47572edbd068", "2", "3", "4", "5"])
    #expect(events.first?.type == "qbo.invoice.updated.v1")
    #expect(
      events.map(\.hint) == [
        Hint(.invoice, id: "130"), Hint(.payment, id: "172"), Hint(.credit, id: "145"),
        Hint(.customer, id: "9"), Hint(.other, id: ""),
      ]
    )
  }

  @Test func theOldShapeHasIdsOfItsOwnAndNamesBothSidesOfAMerge() throws {
    let body = """
      {"eventNotifications":[
      {"realmId":"9130347596842624","dataChangeEvent":{"entities":[
      {"name":"Vendor","id":"40","operation":"Update","lastUpdated":"2016-10-05T03:09:04.000Z"},
      {"name":"Customer","id":"43","operation":"Merge","deletedId":"44",
      "lastUpdated":"2016-10-05T03:07:04.000Z"}]}},
      {"realmId":"1269959970","dataChangeEvent":{"entities":[
      {"name":"Invoice","id":"43","operation":"Create","lastUpdated":"2016-10-05T03:07:04.000Z"}]}}
      ]}
      """
    let signature = "CLKB457FSCbQO841th5dwyQhiyrYFuJFD5EpPYiviWc="
    guard case .events(let events) = try judge(body, signature: signature) else {
      Issue.record("not events")
      return
    }
    #expect(events.map(\.hint) == [Hint(.customer, id: "43"), Hint(.customer, id: "44")])
    #expect(events.map(\.type) == ["Customer.Merge", "Customer.Merge"])
    #expect(
      events.map(\.id) == [
        "Customer:43:Merge:2016-10-05T03:07:04.000Z", "Customer:44:Merge:2016-10-05T03:07:04.000Z",
      ]
    )
  }

  @Test func whatIsNotSignedWithTheVerifierTokenIsRefused() throws {
    let refusals: [(WebhookVerdict, String)] = [
      (try judge(body, signature: nil), "there is no intuit-signature header"),
      (try judge(body, signature: "%%%"), "intuit-signature is not base64"),
      (
        try judge(body, signature: signature, secrets: ["another"]),
        "intuit-signature was not made with this verifier token"
      ),
      (
        try judge(body, signature: signature, secrets: []),
        "intuit-signature was not made with this verifier token"
      ),
      (
        try judge(body + " ", signature: signature),
        "intuit-signature was not made with this verifier token"
      ),
      (
        try judge("hello", signature: "1gkhV7DdheR18ZiKKwPvZm1AC8FB4tOYceb4woxq0ZY="),
        "the body is not JSON"
      ),
      (
        try judge("{}", signature: "iErS//1R8WjBrMfmN3X0IPcqqAcieMG+Efdi1KRHXnU="),
        "the body is neither a list of CloudEvents nor eventNotifications"
      ),
    ]
    for (verdict, why) in refusals { #expect(verdict == .refused(why: why)) }
  }
}
