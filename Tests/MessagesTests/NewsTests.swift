import Messages
import Support
import Testing

/// What a message says beside its own alert: which part of the account it is about, a promise that
/// was broken, the other rules that ride along; and in a digest, what changed since the last one.
@Suite struct NewsTests {
  static let locales = ["en-NZ", "de-DE", "fr-FR", "es-ES", "nl-NL"]
  static let customer = ["reminder", "firm", "escalate", "payment-failed", "terms-changed"]

  @Test(arguments: locales, customer)
  func `parts, promises and other rules read as they did`(locale: String, name: String) throws {
    let content = try Self.together(template: name, locale: locale)
    let forms = try Sample.harbour.renderer().forms(of: content, wanted: Form.allCases)
    expectGolden(forms, "\(name)/\(locale)-together")
  }

  @Test(arguments: locales)
  func `a digest that says what changed reads as it did`(locale: String) throws {
    expectGolden(try Self.digest(locale), "digest/\(locale)-news")
  }

  @Test(arguments: locales, ["reminder", "firm", "payment-failed", "escalate"])
  func `a short form with a promise and a part fits one SMS`(locale: String, name: String) throws {
    let content = try Self.together(template: name, locale: locale)
    let short = try Sample.harbour.renderer().forms(of: content, wanted: [.short])[.short] ?? ""
    #expect(short.count <= 160 && isGSM7(short), "\(short)")
    #expect(short.contains("12A") && !short.contains("  "), "\(short)")
    // With nothing else to make room for.
    var alone = content
    (alone.payURL, alone.promise, alone.part) = (nil, nil, nil)
    let words = try Sample.harbour.renderer().forms(of: alone, wanted: [.short])[.short] ?? ""
    #expect(words.count <= 160 && isGSM7(words), "\(words)")
    alone.reason = "persisting"
    let less = try Sample.harbour.renderer().forms(of: alone, wanted: [.short])[.short] ?? ""
    #expect(name == "payment-failed" || words.count > less.count, "\(words)")
  }

  @Test func `the promise goes from an SMS before the link to pay, the part at last`() throws {
    var content = try Self.together(template: "reminder", locale: "en-NZ")
    content.payURL = nil
    #expect(try short(content).contains("promised"))
    content.payURL = "https://pay.example/i/8f3k"
    #expect(try !short(content).contains("promised"))
    #expect(try short(content).hasSuffix("https://pay.example/i/8f3k"))
    content.payURL = "https://pay.example/" + String(repeating: "x", count: 80)
    #expect(try short(content).contains("promised"))
    #expect(try short(content).contains("(lease 12A)"))
    content.part = "lease:" + String(repeating: "9", count: 80)
    content.organisation = String(repeating: "Harbour ", count: 7)
    #expect(try !short(content).contains("999"))
  }

  @Test func `a broken promise without its amount is said all the same`() throws {
    var content = try Self.together(template: "firm", locale: "de-DE")
    content.promise = nil
    let text = try Sample.harbour.renderer().forms(of: content, wanted: [.text])[.text] ?? ""
    #expect(text.contains("\n\neine zugesagte Zahlung ist nicht eingegangen.\n\nAuf Ihrem"))
  }

  @Test func `a part without a kind is its own word, and the whole of an account counts once`()
    throws
  {
    var part = try Self.together(template: "firm", locale: "en-NZ")
    part.part = "12A"
    let renderer = Sample.harbour.renderer()
    let text = try renderer.forms(of: part, wanted: [.text])[.text] ?? ""
    #expect(text.contains("your account (12A) with"))
    var other = part
    other.part = "14"
    let parts = try renderer.digestForms(of: [part, other], wanted: [.text])[.text] ?? ""
    #expect(parts.contains("$3,701.00 overdue, balance $6,251.00, 1 account\n"))
    var whole = part
    whole.part = nil
    let both = try renderer.digestForms(of: [part, other, whole], wanted: [.text])[.text] ?? ""
    #expect(both.contains("$1,850.50 overdue, balance $3,125.50, 1 account\n"))
  }

  @Test func `a long list of cleared accounts says how many more there are`() throws {
    let cleared = Array(repeating: Self.cleared[0], count: 63)
    let content = try Sample.harbour.content(template: "firm")
    let forms = try Sample.harbour.renderer().digestForms(
      of: [content],
      cleared: cleared,
      wanted: Form.allCases
    )
    #expect(forms[.text]?.contains("\n  and 13 more") == true)
    #expect(forms[.html]?.contains("and 13 more") == true)
    #expect(forms[.subject]?.hasSuffix(", 63 cleared") == true)
    let french = Renderer(templates: .builtin, organisation: "H", defaultLocale: "fr-FR")
    let one = try french.digestForms(of: [content], cleared: [cleared[0]], wanted: [.title])
    #expect(one[.title]?.hasSuffix(", 1 réglé") == true)
  }

  private func short(_ content: AlertContent) throws -> String {
    try Sample.harbour.renderer().forms(of: content, wanted: [.short])[.short] ?? ""
  }

  // MARK: Samples

  static func together(template: String, locale: String) throws -> AlertContent {
    var content = try Sample.harbour.content(template: template, locale: locale)
    content.part = "lease:12A"
    if ["reminder", "firm", "escalate"].contains(template) {
      content.reason = "promise broken"
      content.promise = .init(
        amount: content.invoices[1].amountDue,
        date: try #require(content.invoices[1].dueDate)
      )
    }
    content.others = [
      .init(rule: "credit-limit", title: "credit limit", level: 1, reason: "crossed"),
      .init(rule: "terms", title: "Terms & conditions", level: 1, reason: "persisting"),
    ]
    return content
  }

  static let cleared = [
    ClearedAccount(
      source: "books", accountID: "C-3", accountName: "O'Brien & Sons", currency: "NZD",
      part: nil, owed: Amount(decimal: "700.00", formatted: "$700.00"),
      balance: Amount(decimal: "0.00", formatted: "$0.00")
    ),
    ClearedAccount(
      source: "books", accountID: "C-4", accountName: "Sione Tau", currency: "NZD",
      part: "lease:7", owed: Amount(decimal: "980.00", formatted: "$980.00"),
      balance: Amount(decimal: "120.00", formatted: "$120.00")
    ),
  ]

  /// Every change, every reason that the engine gives.
  static func digest(_ locale: String) throws -> [Form: String] {
    let before = Amount(decimal: "2000.00", formatted: "$2,000.00")
    let changes: [(AlertContent.Change, String)] = [
      (.new, "crossed"), (.grown, "persisting"), (.partlyPaid, "escalated"),
      (.unchanged, "promise broken"), (.cleared, "resolved"),
    ]
    let alerts = try changes.enumerated().map { index, change in
      var content = try Sample.harbour.content(template: "firm", locale: locale)
      content.accountID += "\(index)"
      (content.change, content.reason) = change
      if content.change != .new { content.previousBalance = before }
      if content.change == .partlyPaid { content.part = "lease:12A" }
      if content.change == .cleared {
        content.daysOverdue = 0
        content.balance = Amount(decimal: "0.00", formatted: "$0.00")
        content.overdueBalance = content.balance
      }
      return content
    }
    let renderer = Renderer(
      templates: .builtin,
      organisation: Sample.harbour.organisation,
      defaultLocale: locale
    )
    return try renderer.digestForms(of: alerts, cleared: cleared, wanted: Form.allCases)
  }
}
