import Channels
import Foundation
import Messages
import Support
import Testing
import Wire

/// The vendors' own SDKs make the same requests of the same values. They are asked where
/// `BALANCEALERT_SDK_PYTHON` names a Python that has them. A script `SDK/sdk_<type>.py` reads the
/// values from standard input, opens no connection, and prints what its SDK would send.
@Suite struct SDKTests {
  private static let folder = ChannelCase.repository.appending(path: "Tests/ChannelsTests/SDK")
  private static let interpreter =
    ProcessInfo.processInfo.environment["BALANCEALERT_SDK_PYTHON"]

  @Test func everyScriptHasItsTest() throws {
    let tests = Self.folder.deletingLastPathComponent()
    let sources = try FileManager.default.contentsOfDirectory(atPath: tests.path())
      .filter { $0.hasSuffix("SDKTests.swift") }
      .map { try String(contentsOf: tests.appending(path: $0), encoding: .utf8) }.joined()
    let scripts = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
      .filter { $0.hasSuffix(".py") }
    #expect(scripts.count >= 3)
    for script in scripts {
      let type = script.dropFirst("sdk_".count).dropLast(".py".count)
      #expect(script == "sdk_\(type).py")
      #expect(sources.contains("\"\(type)\""), "\(script) is run by no test")
    }
    if Self.interpreter == nil {
      print("not compared with the vendors' SDKs: BALANCEALERT_SDK_PYTHON is not set")
    }
  }

  @Test func twiliosSDKMakesTheSameRequest() throws {
    let yaml = """
      {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, api_key: SKbbbb, api_secret: 'env:secret',
       from: '+6421000000', status_callback: 'https://harbour.example/status?a=1'}
      """
    for name in ["Tenant and Sons Ltd", "Ngāti & Søn 100% +1 €"] {
      let message = Sample.message(for: try ChannelCase.named("twilio"), name: name)
      let ours = try request("twilio", message, yaml)
      let form = Self.form(Self.text(ours))
      let theirs = try theirs(
        "twilio",
        [
          "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "user": "SKbbbb",
          "password": "secret", "to": "+6421555123", "from": "+6421000000",
          "body": form["Body"] ?? "", "validity_period": 14_400,
          "status_callback": "https://harbour.example/status?a=1",
        ]
      )
      guard let theirs else { return }
      #expect(theirs.method == "POST" && theirs.url == ours.url)
      #expect(theirs.headers["Authorization"] == ours.header("Authorization"))
      #expect(theirs.headers["Content-Type"] == ours.header("Content-Type"))
      // Theirs writes a blank as `+`, ours as `%20`: the same to a reader of forms.
      #expect(Self.form(theirs.body.replacing("+", with: "%20")) == form)
    }
  }

  @Test func slacksSDKMakesTheSameRequest() throws {
    let slack = try ChannelCase.named("slack")
    let digest = Sample.digest(for: slack, alerts: 40)
    for message in [Sample.reminder(for: slack), Sample.hostile(for: slack), digest] {
      let ours = try request("slack", message)
      let body = try Self.object(Self.text(ours))
      let theirs = try theirs(
        "slack",
        [
          "url": ours.url, "text": body["text"] ?? "", "blocks": body["blocks"] ?? [],
          "event_type": message.isDigest ? "balancealert_digest" : "balancealert_alert",
          "delivery_id": message.deliveryID,
        ]
      )
      guard let theirs else { return }
      #expect(theirs.method == "POST" && theirs.url == ours.url)
      // Theirs names the character set, which JSON has but one of.
      #expect(
        theirs.headers["Content-Type"]
          == "\(ours.header("Content-Type") ?? "");charset=utf-8"
      )
      #expect(try Self.object(theirs.body) == body)
    }
  }

  @Test func mailchimpsSDKMakesTheSameRequest() throws {
    let mailchimp = try ChannelCase.named("mailchimp")
    for name in ["Tenant and Sons Ltd", "Ngāti & Søn"] {
      let message = Sample.message(for: mailchimp, name: name)
      let ours = try request("mailchimp", message)
      let alert = message.alert
      let theirs = try theirs(
        "mailchimp",
        [
          "key": "md-0123456789abcdefghij", "template": "balancealert-reminder",
          "to": "accounts@tenant.example", "to_name": name, "subject": message[.subject],
          "from": "accounts@harbour.example", "from_name": "Harbour Lettings",
          "delivery_id": message.deliveryID,
          "merge": [
            ["account_name", name], ["balance", alert.balance.formatted],
            ["overdue_balance", alert.overdueBalance.formatted],
            ["due_on", "3 November 2026"], ["days", "20"],
            ["invoices", "INV-77, NZ$1,240.50, due 3 November 2026, 20 days overdue"],
            ["pay_url", "https://pay.harbour.example/c-1042"],
          ],
        ]
      )
      guard let theirs else { return }
      // Theirs is made for version 1.3, and names the format of the answer, JSON by default.
      #expect(
        theirs.url.replacing("/api/1.3/", with: "/api/1.4/").replacing(".json", with: "")
          == ours.url
      )
      #expect(theirs.method == "POST")
      #expect(theirs.headers["Content-Type"] == ours.header("Content-Type"))
      #expect(try Self.object(theirs.body) == Self.object(Self.text(ours)))
    }
  }

  // MARK: How

  private struct Made: Decodable {
    let method: String
    let url: String
    let headers: [String: String]
    let body: String
  }

  private func request(
    _ type: String,
    _ message: Message,
    _ yaml: String? = nil
  ) throws -> HTTPRequest {
    let channel = try ChannelCase.named(type).channel(yaml)
    guard case .http(let request) = try channel.request(for: message) else { throw NotABlock() }
    return request
  }

  /// `nil` where there is no Python to ask.
  private func theirs(_ type: String, _ values: [String: Any]) throws -> Made? {
    guard let interpreter = Self.interpreter else { return nil }
    let printed = try python(
      [Self.folder.appending(path: "sdk_\(type).py").path()],
      input: JSONSerialization.data(withJSONObject: values),
      executable: interpreter
    )
    return try JSONDecoder().decode(Made.self, from: printed)
  }

  private static func text(_ request: HTTPRequest) -> String {
    String(decoding: request.body ?? [], as: UTF8.self)
  }

  private static func object(_ text: String) throws -> NSDictionary {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
  }

  private static func form(_ text: String) -> [String: String] {
    let pairs = text.split(separator: "&").map {
      let parts = $0.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      return (parts[0], parts.count > 1 ? parts[1].removingPercentEncoding ?? "" : "")
    }
    return Dictionary(pairs, uniquingKeysWith: { a, _ in a })
  }
}
