import Accounting
import Crypto
import Foundation
import Receivables
import Testing
import Wire

struct StripeWebhookTests {
  private static let secret = "whsec_test_secret"
  /// Five seconds after it was signed.
  private static let now = Instant(seconds: 1_787_191_110)

  /// A recorded delivery, with a true signature.
  private func recorded(_ change: (inout WebhookRequest) -> Void = { _ in }) throws
    -> WebhookRequest
  {
    let path = "Tests/Fixtures/sources/stripe/webhook/invoice.payment_failed.json"
    let json = try JSON(parsing: Array(Data(contentsOf: repository(path))))
    let signature = try #require(json["headers"]?["Stripe-Signature"]?.string)
    var request = WebhookRequest(
      headers: [Header("Stripe-Signature", signature)],
      body: Array(try #require(json["raw_body"]?.string).utf8)
    )
    change(&request)
    return request
  }

  private func signed(_ body: String, _ time: Int64 = 1_787_191_105) throws -> WebhookRequest {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("\(time).\(body)".utf8),
      using: SymmetricKey(data: Array(Self.secret.utf8))
    ).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return WebhookRequest(
      headers: [Header("stripe-signature", "t=\(time),v1=\(code)")],
      body: Array(body.utf8)
    )
  }

  private func receive(
    _ request: WebhookRequest,
    _ source: StripeSource = stripe(),
    secrets: [String] = [secret],
    now: Instant = now
  ) -> WebhookVerdict {
    source.receive(request, secrets: secrets, now: now)
  }

  @Test func aGenuineEventNamesItsInvoice() throws {
    let event = WebhookEvent(
      id: "evt_1Pgc76B7WZ01zgkWwyRHS12y",
      type: "invoice.payment_failed",
      hint: Hint(.invoice, id: "in_1Pgd12B7WZ01zgkWbbbbbbbb")
    )
    #expect(receive(try recorded()) == .events([event]))
    // While a secret is replaced, either may have signed.
    #expect(receive(try recorded(), secrets: ["whsec_new", Self.secret]) == .events([event]))
  }

  @Test func anyOfSeveralSignaturesWillDo() throws {
    let request = try recorded {
      $0.headers[0].value = $0.headers[0].value.replacing("v1=", with: "v1=00ff,v1=zz,v1=")
    }
    guard case .events(let events) = receive(request) else {
      Issue.record("refused")
      return
    }
    #expect(events.count == 1)
  }

  @Test func aSignatureOfAnotherSecretIsRefused() throws {
    let why = "signed with another secret, or changed on the way"
    #expect(receive(try recorded(), secrets: ["whsec_other"]) == .refused(why: why))
    #expect(receive(try recorded(), secrets: []) == .refused(why: why))
    #expect(receive(try recorded(), secrets: [""]) == .refused(why: why))
    #expect(receive(try recorded { $0.body.append(32) }) == .refused(why: why))
    // The time is signed too.
    let moved = try recorded { $0.headers[0].value.replace("t=1787191105", with: "t=1787191106") }
    #expect(receive(moved) == .refused(why: why))
    // v0 is of a test signature that anybody can make.
    let downgraded = try recorded {
      let codes = $0.headers[0].value.split(separator: ",")
      $0.headers[0].value = "\(codes[0]),v1=\(codes[2].dropFirst(3))"
    }
    #expect(receive(downgraded) == .refused(why: why))
  }

  @Test(arguments: ["", "t=1787191105", "v1=00", "t=now,v1=00", "t=1787191105,v0=00"])
  func aRequestWithoutASignatureIsRefused(_ header: String) throws {
    #expect(
      receive(try recorded { $0.headers = [Header("Stripe-Signature", header)] })
        == .refused(why: "no Stripe-Signature with a time and a v1")
    )
    #expect(
      receive(try recorded { $0.headers = [] })
        == .refused(why: "no Stripe-Signature with a time and a v1")
    )
  }

  @Test func anOldOneIsRefused() throws {
    let last = Instant(seconds: 1_787_191_105 + 300)
    guard case .events = receive(try recorded(), now: last) else {
      Issue.record("refused within the tolerance")
      return
    }
    #expect(
      receive(try recorded(), now: last.adding(seconds: 1))
        == .refused(why: "signed more than 300 seconds ago")
    )
  }

  @Test func aThinEventIsRefused() throws {
    let body = #"{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error"}"#
    #expect(
      receive(try signed(body))
        == .refused(why: "a thin event of the v2 API: make the endpoint for snapshot events")
    )
  }

  @Test(arguments: ["", "[]", "hello", #"{"object":"event"}"#])
  func whatIsNoEventIsRefused(_ body: String) throws {
    guard case .refused = receive(try signed(body)) else {
      Issue.record("taken")
      return
    }
  }

  @Test func eventsOfOthersAreNothingToPoll() throws {
    func body(_ type: String, account: String?) -> String {
      let account = account.map { #""account":"\#($0)","# } ?? ""
      return """
        {"id":"evt_1","object":"event",\(account)"type":"\(type)","created":1787191100,\
        "data":{"object":{"object":"customer","id":"cus_1"}}}
        """
    }
    let own = [
      WebhookEvent(id: "evt_1", type: "customer.updated", hint: Hint(.customer, id: "cus_1"))
    ]
    let connected = stripe([("account", ["acct_2"])])
    #expect(receive(try signed(body("customer.updated", account: nil))) == .events(own))
    #expect(receive(try signed(body("customer.created", account: nil))) == .events([]))
    #expect(receive(try signed(body("customer.updated", account: "acct_2"))) == .events([]))
    let theirs = try signed(body("customer.updated", account: "acct_2"))
    #expect(receive(theirs, connected) == .events(own))
    #expect(receive(try signed(body("customer.updated", account: nil)), connected) == .events([]))
  }
}
