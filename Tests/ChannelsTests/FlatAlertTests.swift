import Channels
import Foundation
import Messages
import Outbox
import Settings
import Testing
import Wire

/// What `zapier` and `powerautomate` send.
@Suite struct FlatAlertTests {
  static let names = ["zapier", "powerautomate"]

  @Test(arguments: names)
  func theBodyIsFlatAndNeverNull(_ name: String) throws {
    let channel = try ChannelCase.named(name)
    var bare = Sample.reminder(for: channel)
    bare.alerts[0].threshold = nil
    bare.alerts[0].oldestDueDate = nil
    bare.alerts[0].invoices = []
    bare.alerts[0].ownerName = nil
    bare.alerts[0].email = ""
    bare.alerts[0].payURL = "javascript:alert(1)"
    for message in [Sample.reminder(for: channel), Sample.hostile(for: channel), bare] {
      for (key, value) in try body(channel, message) {
        #expect(value is String || value is NSNumber, "\(key) is \(value)")
        #expect((value as? String)?.contains { "<>".contains($0) } != true)
      }
    }
    let keys = try body(channel, bare).keys
    for key in ["threshold", "threshold_number", "oldest_due_date", "owner_name", "pay_url"] {
      #expect(!keys.contains(key))
    }
  }

  @Test(arguments: names)
  func anAmountIsExactAsATextAndAsANumber(_ name: String) throws {
    let channel = try ChannelCase.named(name)
    var message = Sample.reminder(for: channel)
    message.alerts[0].balance.decimal = "90071992547409.93"
    let text = try text(channel, message)
    #expect(text.contains("\"balance\":\"90071992547409.93\""))
    #expect(text.contains("\"balance_number\":90071992547409.93,"))
  }

  @Test(arguments: names)
  func everyEventHasItsName(_ name: String) throws {
    let channel = try ChannelCase.named(name)
    for (reason, template, event) in [
      ("crossed", "reminder", "balance.alert"), ("resolved", "resolved", "balance.resolved"),
      ("invoice.payment_failed", "payment-failed", "payment.failed"),
      ("crossed", "terms-changed", "terms.changed"), ("test", "test", "test"),
    ] {
      var message = Sample.reminder(for: channel)
      message.alerts[0].reason = reason
      message.alerts[0].template = template
      #expect(try body(channel, message)["event"] as? String == event)
    }
  }

  @Test(arguments: names)
  func theBodyFitsTheSchemaThatTheTriggerIsGiven(_ name: String) throws {
    let channel = try ChannelCase.named(name)
    let file = ChannelCase.repository.appending(path: "Examples/powerautomate/trigger.schema.json")
    let schema = try object(Data(contentsOf: file))
    let properties = try #require(schema["properties"] as? [String: [String: String]])
    let required = try #require(schema["required"] as? [String])
    let messages = [
      Sample.reminder(for: channel), Sample.hostile(for: channel), test(for: channel),
    ]
    for message in messages {
      let body = try body(channel, message)
      #expect(Set(required).isSubset(of: body.keys))
      #expect(
        Set(body.keys).subtracting(properties.keys).isSubset(
          of: ["channel", "audience", "recipient", "template"]
        )
      )
      for (key, value) in body {
        switch properties[key]?["type"] {
        case "string": #expect(value is String, "\(key)")
        case "integer": #expect(value is Int, "\(key)")
        case "number": #expect(value is NSNumber && !(value is String), "\(key)")
        default: #expect(properties[key] == nil)
        }
      }
    }
    // So that a flow's editor learns every name from one test.
    #expect(Set(properties.keys).isSubset(of: try body(channel, test(for: channel)).keys))
  }

  // MARK: How

  /// As `check --send-test` makes it: nobody's, with next to nothing known.
  private func test(for channel: ChannelCase) -> Message {
    var message = Sample.reminder(for: channel)
    var alert = AlertContent()
    alert.accountID = "test"
    alert.currency = "EUR"
    alert.balance = Amount(decimal: "0.00", formatted: "EUR 0.00")
    alert.overdueBalance = alert.balance
    alert.reason = "test"
    message.alerts = [alert]
    message.forms = [:]
    return message
  }

  private func text(_ channel: ChannelCase, _ message: Message) throws -> String {
    guard case .http(let http) = try channel.channel().request(for: message) else { return "" }
    return String(decoding: http.body ?? [], as: UTF8.self)
  }

  private func body(_ channel: ChannelCase, _ message: Message) throws -> [String: Any] {
    try object(Data(try text(channel, message).utf8))
  }

  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }
}
