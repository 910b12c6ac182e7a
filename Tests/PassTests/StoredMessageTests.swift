import Foundation
import Messages
import Receivables
import Testing

@testable import Pass

struct StoredMessageTests {
  @Test func comesBackAsItWentIn() throws {
    let message = Self.full
    #expect(StoredMessage.message(StoredMessage.text(of: message)) == message)
  }

  @Test func whatIsNotThereIsNotThereAfterwards() {
    let message = Message(
      deliveryID: "d", channel: "c", audience: .team, recipient: nil, recipientName: nil,
      organisation: "", time: "", alerts: [AlertContent()], isDigest: false, forms: [:]
    )
    #expect(StoredMessage.message(StoredMessage.text(of: message)) == message)
  }

  /// A new field of a message must be stored too: the same members as an encoder would write.
  @Test func nothingIsForgotten() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let wanted = try JSONSerialization.jsonObject(with: encoder.encode(Self.full))
    let text = StoredMessage.text(of: Self.full)
    let found = try JSONSerialization.jsonObject(with: Data(text.utf8))
    #expect(try #require(wanted as? NSDictionary) == #require(found as? NSDictionary))
  }

  /// As 0.1.0 wrote it, before a message knew of parts, promises, other rules and digests before.
  @Test func whatAnEarlierVersionStoredIsStillRead() throws {
    let text = """
      {"alerts":[{"accountID":"C1","accountName":"T","aging":[],"alertNumber":1,"balance":\
      {"decimal":"1.00","formatted":"$1.00"},"bucket":"","currency":"NZD","daysOverdue":0,\
      "deliveryID":"d","invoices":[],"level":1,"locale":"en","organisation":"H","overdueBalance":\
      {"decimal":"0.00","formatted":"$0.00"},"reason":"crossed","rule":"r","source":"s",\
      "template":"firm"}],"audience":"team","cc":[],"channel":"c","deliveryID":"d","forms":{},\
      "isDigest":true,"organisation":"H","time":"t"}
      """
    let message = try #require(StoredMessage.message(text))
    #expect(message.alert.accountID == "C1")
    #expect(message.cleared == nil && message.alert.change == nil && message.alert.part == nil)
    #expect(StoredMessage.text(of: message) == text)
  }

  @Test func theSameMessageIsTheSameText() {
    let text = StoredMessage.text(of: Self.full)
    for _ in 0..<20 { #expect(StoredMessage.text(of: Self.full) == text) }
  }

  /// Every optional field is there.
  private static var full: Message {
    let date = DateText(iso: "2026-11-23", formatted: "23 Nov 2026")
    func amount(_ decimal: String) -> Amount {
      Amount(decimal: decimal, formatted: "\u{A0}€\(decimal)")
    }
    var alert = AlertContent()
    alert.organisation = "Harbour \"Lettings\"\\ & Co"
    alert.rule = "overdue-rent"
    alert.source = "books"
    alert.accountID = "c-1"
    alert.accountName = "Zoë \u{1}\u{1F}\u{7F}\u{2028} O’Brien 🏠\r\n\tsecond line"
    alert.email = "zoe@example.com"
    alert.phone = "+6421000000"
    alert.terms = "20 days"
    alert.url = "https://example.com/a/b?c=d"
    alert.payURL = "https://pay.example.com/1"
    alert.owner = "dana"
    alert.ownerName = "Dana Ruiz"
    alert.ownerEmail = "dana@example.com"
    alert.currency = "EUR"
    alert.balance = amount("1234.50")
    alert.overdueBalance = amount("-0.50")
    alert.threshold = amount("500.00")
    alert.oldestDueDate = date
    alert.daysOverdue = 12
    alert.bucket = "1-30"
    alert.aging = [.init(bucket: "current", amount: amount("1.00"))]
    alert.invoices = [
      .init(
        number: "INV-1", dueDate: date, amountDue: amount("3.00"), total: amount("4.00"),
        daysOverdue: 12, url: "https://example.com/i/1"
      )
    ]
    alert.level = 2
    alert.alertNumber = 3
    alert.reason = "escalated"
    alert.previousAlertDate = date
    alert.records = [.init(title: "Trello", url: "https://trello.com/c/1")]
    alert.part = "lease:12A"
    alert.promise = .init(amount: amount("5.00"), date: date)
    alert.others = [.init(rule: "credit", title: "Credit \"limit\"", level: 1, reason: "crossed")]
    alert.change = .partlyPaid
    alert.previousBalance = amount("2000.00")
    alert.openedAt = "2026-11-01T00:00:00Z"
    alert.template = "firm"
    alert.deliveryID = "abc"
    alert.locale = "de-AT"
    var message = Message(
      deliveryID: "abc", channel: "email", audience: .customer, recipient: "zoe@example.com",
      recipientName: "Zoë", organisation: "Harbour", time: "2026-11-23T00:00:00Z",
      alerts: [alert, alert], isDigest: true,
      forms: [.subject: "S", .text: "T\n", .html: "<p>H</p>", .short: "s", .title: "t"]
    )
    message.cleared = [
      .init(
        source: "books", accountID: "c-2", accountName: "O’\u{7F}Brien\n", currency: "EUR",
        part: "lease:1", owed: amount("7.00"), balance: amount("1.00")
      )
    ]
    message.cc = ["a@example.com", "b@example.com"]
    return message
  }
}
