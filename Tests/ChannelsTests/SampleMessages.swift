import Channels
import Messages
import Receivables

/// The messages that every channel's goldens show.
enum Sample {
  static let plainName = "Tenant and Sons Ltd"
  static let hostileName =
    "<!channel> *Bob* & Sons \"Ltd\" 'x'\r\nBcc: all@evil.example\r\n\r\n<https://evil.example|Pay>"
    + " \u{202E}{{7*7}} =?UTF-8?Q?x?= %0d%0aX: y&To=%2B1900 \\ </p><script> _a_ `b` ~c~ 😀\u{0}"

  static func reminder(for channel: ChannelCase) -> Message { message(for: channel) }
  static func hostile(for channel: ChannelCase) -> Message {
    message(for: channel, name: hostileName)
  }

  static func digest(for channel: ChannelCase, alerts count: Int = 3) -> Message {
    var message = message(for: channel)
    message.isDigest = true
    message.alerts = (0..<count).map { index in
      var alert = alert(name: index == 0 ? plainName : "Tenant \(index + 1) Ltd")
      alert.accountID = "C-\(1042 + index)"
      alert.url = "https://books.example/c-\(1042 + index)?a=1&b=2"
      alert.template = "digest"
      return alert
    }
    message.forms[.title] = "Harbour Lettings: \(count) overdue balances"
    message.forms[.subject] = "\(count) overdue balances"
    message.forms[.text] = message.alerts
      .map { "\($0.accountName): \($0.overdueBalance.formatted)" }.joined(separator: "\n")
    message.forms[.html] = "<p>\(count) overdue balances</p>"
    return message
  }

  static func message(for channel: ChannelCase, name: String = plainName) -> Message {
    let traits = channel.type.traits
    let recipient: String? =
      switch traits.address {
      case .email: "accounts@tenant.example"
      case .phone: "+64 21 555-123"
      case .platform: "12065"
      case .none: nil
      }
    return Message(
      deliveryID: "ba1-7f3c9e20b6d4a158",
      channel: "test",
      audience: traits.defaultAudience,
      recipient: recipient,
      recipientName: recipient == nil ? nil : name,
      organisation: "Harbour Lettings",
      time: "2026-11-23T17:40:05Z",
      alerts: [alert(name: name)],
      isDigest: false,
      forms: forms(name: name)
    )
  }

  private static func forms(name: String) -> [Form: String] {
    [
      .title: "\(name): NZ$1,240.50 overdue",
      .subject: "Reminder for \(name): NZ$1,240.50 is overdue",
      .text: """
      Dear \(name),

      NZ$1,240.50 of your account with Harbour Lettings has been overdue since 3 November 2026.
      Rent for Mangawhāngai Road – thank you.

      Pay: https://pay.harbour.example/c-1042?ref=a&b=2
      """,
      .html:
        "<p>Dear \(Escaping.html(name)),</p>\n<p>NZ$1,240.50 is overdue since 3 November 2026.</p>",
      .short:
        "Harbour Lettings: NZD 1,240.50 is overdue on \(Escaping.singleLine(name))’s account. "
        + "Pay: https://pay.harbour.example/c-1042",
    ]
  }

  static func alert(name: String) -> AlertContent {
    var alert = AlertContent()
    alert.organisation = "Harbour Lettings"
    alert.rule = "overdue-rent"
    alert.source = "books"
    alert.accountID = "C-1042"
    alert.accountName = name
    alert.email = "accounts@tenant.example"
    alert.phone = "+64 21 555-123"
    alert.terms = "20 days"
    alert.url = "https://books.example/c-1042?a=1&b=2"
    alert.payURL = "https://pay.harbour.example/c-1042"
    alert.owner = "dana"
    alert.ownerName = "Dana Ruiz"
    alert.ownerEmail = "dana@harbour.example"
    alert.currency = "NZD"
    alert.balance = Amount(decimal: "1840.50", formatted: "NZ$1,840.50")
    alert.overdueBalance = Amount(decimal: "1240.50", formatted: "NZ$1,240.50")
    alert.threshold = Amount(decimal: "500.00", formatted: "NZ$500.00")
    alert.oldestDueDate = DateText(iso: "2026-11-03", formatted: "3 November 2026")
    alert.daysOverdue = 20
    alert.bucket = "1-30"
    alert.aging = [
      .init(bucket: "current", amount: Amount(decimal: "600.00", formatted: "NZ$600.00")),
      .init(bucket: "1-30", amount: Amount(decimal: "1240.50", formatted: "NZ$1,240.50")),
    ]
    alert.invoices = [
      .init(
        number: "INV-77",
        dueDate: DateText(iso: "2026-11-03", formatted: "3 November 2026"),
        amountDue: Amount(decimal: "1240.50", formatted: "NZ$1,240.50"),
        total: Amount(decimal: "1300.00", formatted: "NZ$1,300.00"),
        daysOverdue: 20,
        url: "https://books.example/i/77"
      )
    ]
    alert.level = 2
    alert.alertNumber = 3
    alert.reason = "persisting"
    alert.previousAlertDate = DateText(iso: "2026-11-16", formatted: "16 November 2026")
    alert.template = "firm"
    alert.deliveryID = "ba1-7f3c9e20b6d4a158"
    alert.locale = "en-NZ"
    return alert
  }
}
