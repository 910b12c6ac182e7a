import Foundation
import Messages
import Receivables
import Testing

@Suite struct RendererTests {
  @Test func `the content has every field of the alert`() throws {
    let content = try Sample.wholesale.content(template: "firm")
    #expect(content.organisation == "Mehta Wholesale")
    #expect(content.accountName == "D'Souza & Sons")
    #expect(content.balance == Amount(decimal: "2964196.90", formatted: "₹29,64,196.90"))
    #expect(content.daysOverdue == 91)
    #expect(content.bucket == "90+")
    #expect(content.aging.map(\.bucket) == ["current", "1-30", "31-60", "61-90", "90+"])
    #expect(content.invoices.count == 7)
    #expect(content.invoices.first?.daysOverdue == 91)
    #expect(content.invoices.last?.daysOverdue == 1)
    #expect(content.previousAlertDate?.iso == Sample.today.adding(days: -7).description)
    #expect((content.level, content.alertNumber) == (3, 5))
    #expect(content.locale == "en-IN")
  }

  @Test func `disputed invoices are not asked for, and credits come off the oldest`() throws {
    let content = try Sample.harbour.content(template: "reminder")
    #expect(content.invoices.map(\.number) == ["INV-0931", "INV-0987", "INV-1002"])
    #expect(content.invoices.map(\.amountDue.decimal) == ["1000.00", "850.50", "1200.00"])
    #expect(content.invoices.map(\.total.decimal) == ["1200.00", "1200.00", "1200.00"])
    #expect(content.overdueBalance.decimal == "1850.50")
  }

  @Test func `a customer reads the account's locale, the team the organisation's`() throws {
    let sample = Sample.harbour
    var account = sample.account()
    account.locale = "de-AT"
    let facts = try Facts(
      account: account,
      currency: Currency("NZD"),
      items: sample.items(),
      aging: .standard,
      credits: .oldestFirst,
      today: Sample.today
    )
    var details = AlertDetails(
      rule: "r",
      level: 1,
      alertNumber: 1,
      reason: "crossed",
      template: "reminder",
      deliveryID: "d"
    )
    let renderer = sample.renderer()
    #expect(renderer.content(of: facts, details: details, aging: .standard).locale == "de-AT")
    details.audience = .team
    #expect(renderer.content(of: facts, details: details, aging: .standard).locale == "en-NZ")
    account.locale = "nonsense!"
  }

  @Test func `Mustache works as its authors know it`() throws {
    let cases: [(template: String, expected: String)] = [
      ("{{organisation}}", "Harbour Lettings"),
      ("{{ organisation }}|{{{rule}}}|{{&rule}}", "Harbour Lettings|overdue-rent|overdue-rent"),
      ("a{{! note }}b", "ab"), ("a\n  {{! alone\n on lines }}\nb", "a\nb"),
      ("{{#account}}{{name}}, {{organisation}}{{/account}}", "Aroha Ngata, Harbour Lettings"),
      ("{{#account.pay_url}}{{.}}{{/account.pay_url}}", "https://pay.example/i/8f3k"),
      ("{{#account.phone}}yes{{/account.phone}}{{^account.phone}}no{{/account.phone}}", "no"),
      ("{{#invoices}}{{number}} {{level}};{{/invoices}}", "INV-0931 1;INV-0987 1;INV-1002 1;"),
      (
        "{{#invoices}}\n- {{number}}\n{{/invoices}}\nend", "- INV-0931\n- INV-0987\n- INV-1002\nend"
      ),
      ("{{=<% %>=}}<% organisation %> {{x}} <%={{ }}=%>{{level}}", "Harbour Lettings {{x}} 1"),
      ("{{#account}}{{#url}}{{terms}}{{/url}}{{/account}}x", "x"), ("{{threshold}}", "$500.00"),
      ("a\n\n\n\n\nb  \nc\n\n\nd\n\n", "a\n\nb\nc\n\n\nd"),
      (
        "{{#aging}}{{padded.bucket}}|{{padded.amount}}\n{{/aging}}",
        "current|$1,200.00\n1-30   |  $850.50\n31-60  |$1,000.00\n61-90  |    $0.00\n"
          + "90+    |    $0.00"
      ),
    ]
    for (template, expected) in cases {
      #expect(try text(template) == expected, "\(template)")
    }
  }

  @Test func `values are escaped where they land`() throws {
    var content = try Sample.harbour.content(template: "own")
    content.accountName = "Tom & \"Jerry\" <b>"
    content.ownerEmail = "a b&c?bcc=x@y"
    content.payURL = "https://pay.example/?a=1&b=2"
    let html = try render(
      [
        "html":
          "<p title=\"{{account.name}}\">{{account.name}} {{{account.name}}} {{&account.name}}"
          + "<a href='{{account.pay_url}}'><a href=\"mailto:{{owner.email}}\">"
          + "<a href=\"https://x.example/?q={{account.name}}\">", "text": "{{{account.name}}}",
      ],
      content
    )
    let escaped = "Tom &amp; &quot;Jerry&quot; &lt;b&gt;"
    #expect(
      html[.html]
        == "<p title=\"\(escaped)\">\(escaped) \(escaped) \(escaped)"
        + "<a href='https://pay.example/?a=1&amp;b=2'><a href=\"mailto:a%20b%26c%3Fbcc%3Dx@y\">"
        + "<a href=\"https://x.example/?q=Tom%20%26%20%22Jerry%22%20%3Cb%3E\">"
    )
    #expect(html[.text] == "Tom & \"Jerry\" <b>")
  }

  @Test func `a section that changes the HTML opens no place where a value is dangerous`() throws {
    var content = try Sample.harbour.content(template: "own")
    content.accountName = "x onclick=alert(1)"
    content.phone = nil
    let template = "<b {{#account.phone}}title=\"{{/account.phone}}{{account.name}}\"></b>"
    let html = try render(["html": template, "text": "x"], content)[.html]
    #expect(html == "<b \"></b>")
  }

  @Test func `a long list of invoices says how many more there are`() throws {
    var content = try Sample.minimal.content(template: "reminder")
    content.invoices = Array(repeating: content.invoices[0], count: 63)
    let forms = try Sample.minimal.renderer().forms(of: content, wanted: [.text, .html])
    #expect(forms[.text]?.contains("\n  and 13 more\n") == true)
    #expect(forms[.html]?.contains("and 13 more") == true)
  }

  @Test func `a total that cannot be represented is an error`() throws {
    var content = try Sample.harbour.content(template: "firm")
    content.balance = Amount(decimal: "90000000000000000.00", formatted: "")
    var other = content
    other.accountID = "2"
    #expect(throws: RenderError.self) {
      try Sample.harbour.renderer().digestForms(of: [content, other], wanted: [.text])
    }
  }

  private func text(_ template: String) throws -> String? {
    try render(["text": template], try Sample.harbour.content(template: "own"))[.text]
  }

  private func render(
    _ forms: [String: String],
    _ content: AlertContent
  ) throws -> [Form: String] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let own = folder.appending(path: "own")
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    for (form, text) in forms.merging(["title": "x"], uniquingKeysWith: { $1 }) {
      try Data(text.utf8).write(to: own.appending(path: "\(form).mustache"))
    }
    let (templates, problems) = TemplateSet.load(folder: folder.path())
    #expect(problems == [])
    return try Sample.harbour.renderer(templates).forms(of: content, wanted: Form.allCases)
  }
}
