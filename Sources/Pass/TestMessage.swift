public import Messages
import Outbox
public import Receivables

extension Assembly.Channel {
  /// A message that says it is a test, and of nobody: `check --send-test`.
  /// - Parameters:
  ///   - recipient: an e-mail address, a number or a platform's id; `nil` where the channel itself
  ///     is the recipient.
  ///   - now: two tests at different moments are two messages.
  public func testMessage(
    to recipient: String?,
    organisation: String,
    now: Now
  ) throws(MoneyError) -> Message {
    let text =
      "This is a test of balancealert for \(organisation), through the channel \(profile.name)."
      + " Nothing is owed, and nothing is to be done."
    var content = testContent(to: recipient, organisation: organisation, today: now.today)
    let id = DeliveryID(
      rule: "test",
      account: AccountKey(source: "test", id: now.instant.description),
      currency: try Currency("EUR"),
      episode: 1,
      openedOn: now.today,
      alert: 1,
      channel: profile.name,
      recipient: recipient
    )
    content.deliveryID = id.text
    return Message(
      deliveryID: id.text,
      channel: profile.name,
      audience: profile.audience,
      recipient: recipient,
      recipientName: nil,
      organisation: organisation,
      time: now.instant.description,
      alerts: [content],
      isDigest: false,
      forms: [
        .subject: "Test: balancealert, \(organisation)",
        .title: "Test: balancealert, \(organisation)",
        .text: text,
        .short: text,
        .html: "<p>\(Escaping.html(text))</p>",
      ]
    )
  }

  /// A platform's template may want every field: each has something, and none looks real.
  private func testContent(
    to recipient: String?,
    organisation: String,
    today day: Day
  ) -> AlertContent {
    var content = AlertContent()
    content.organisation = organisation
    content.rule = "test"
    content.source = "test"
    content.accountID = "test"
    content.accountName = "Test (nobody)"
    content.currency = "EUR"
    content.balance = Amount(decimal: "0.00", formatted: "EUR 0.00")
    content.overdueBalance = content.balance
    content.bucket = "current"
    content.threshold = content.balance
    let today = DateText(iso: day.description, formatted: day.description)
    content.oldestDueDate = today
    content.previousAlertDate = today
    content.terms = "test"
    content.ownerName = "Test (nobody)"
    content.url = "https://example.com/test"
    content.payURL = "https://example.com/test"
    content.aging = [AlertContent.AgingLine(bucket: "current", amount: content.balance)]
    content.invoices = [
      AlertContent.InvoiceLine(
        number: "TEST",
        dueDate: today,
        amountDue: content.balance,
        total: content.balance,
        daysOverdue: 0,
        url: "https://example.com/test"
      )
    ]
    content.reason = "test"
    content.template = "test"
    content.email = profile.address == .email ? recipient : nil
    content.phone = profile.address == .phone ? recipient : nil
    return content
  }
}
