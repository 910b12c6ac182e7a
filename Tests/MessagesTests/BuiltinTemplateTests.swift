import Messages
import Support
import Testing

@Suite struct BuiltinTemplateTests {
  static let names = TemplateSet.builtin.templateNames
  static let perAlert = names.filter { $0 != "digest" }

  @Test func `there are seven, each with every form`() {
    #expect(
      Self.names == [
        "digest", "escalate", "firm", "payment-failed", "reminder", "resolved", "terms-changed",
      ]
    )
    for name in Self.names { #expect(TemplateSet.builtin.forms(of: name) == Form.allCases) }
  }

  @Test(arguments: perAlert, Sample.allCases)
  func `every alert reads as it did`(name: String, sample: Sample) throws {
    let content = try sample.content(template: name)
    let forms = try sample.renderer().forms(of: content, wanted: Form.allCases)
    expectGolden(forms, "\(name)/\(sample)")
  }

  @Test(arguments: ["de-DE", "fr-FR", "es-ES", "nl-NL"], names)
  func `every language reads as it did`(locale: String, name: String) throws {
    let sample = Sample.harbour
    let forms: [Form: String]
    if name == "digest" {
      let renderer = Renderer(
        templates: .builtin,
        organisation: sample.organisation,
        defaultLocale: locale
      )
      let contents = try Sample.allCases.map { try $0.content(template: "firm", locale: locale) }
      forms = try renderer.digestForms(of: contents, wanted: Form.allCases)
    } else {
      let content = try sample.content(template: name, locale: locale)
      forms = try sample.renderer().forms(of: content, wanted: Form.allCases)
    }
    expectGolden(forms, "\(name)/\(locale)")
  }

  @Test func `a digest lists every alert, with a total for each currency`() throws {
    var contents = try Sample.allCases.map { try $0.content(template: "firm") }
    // The same account by a second rule: one more alert, the same money.
    var second = try Sample.harbour.content(template: "reminder")
    second.rule = "credit-limit"
    contents.append(second)
    let forms = try Sample.harbour.renderer().digestForms(of: contents, wanted: Form.allCases)
    expectGolden(forms, "digest/four")
    let one = try Sample.harbour.renderer().digestForms(of: [second], wanted: Form.allCases)
    expectGolden(one, "digest/one")
  }

  @Test(arguments: perAlert, Sample.allCases)
  func `a short form fits one SMS`(name: String, sample: Sample) throws {
    let content = try sample.content(template: name)
    let short = try sample.renderer().forms(of: content, wanted: [.short])[.short] ?? ""
    #expect(short.count <= 160)
    #expect(isGSM7(short), "\(short)")
  }

  @Test(arguments: ["de-DE", "fr-FR", "es-ES", "nl-NL"], ["reminder", "firm", "payment-failed"])
  func `a customer's short form fits one SMS in every language`(
    locale: String,
    name: String
  ) throws {
    for sample in Sample.allCases {
      let content = try sample.content(template: name, locale: locale)
      let short = try sample.renderer().forms(of: content, wanted: [.short])[.short] ?? ""
      #expect(short.count <= 160 && isGSM7(short), "\(short)")
      #expect(!short.contains("  "))
    }
  }

  @Test func `a link to pay that makes the SMS too long is left out`() throws {
    var content = try Sample.harbour.content(template: "reminder")
    let renderer = Sample.harbour.renderer()
    #expect(try renderer.forms(of: content, wanted: [.short])[.short]?.contains("https") == true)
    content.payURL = "https://pay.example/" + String(repeating: "x", count: 120)
    #expect(try renderer.forms(of: content, wanted: [.short])[.short]?.contains("https") == false)
    #expect(try renderer.forms(of: content, wanted: [.text])[.text]?.contains("xxx") == true)
  }

  @Test(arguments: names) func `nothing is loaded from elsewhere`(name: String) throws {
    let content = try Sample.harbour.content(template: "reminder")
    let renderer = Sample.harbour.renderer()
    let html =
      try name == "digest"
      ? renderer.digestForms(of: [content], wanted: [.html])[.html]
      : renderer.forms(of: try Sample.harbour.content(template: name), wanted: [.html])[.html]
    let text = try #require(html)
    for word in ["<img", "<script", "<link", "url(", "@import", " src="] {
      #expect(!text.contains(word))
    }
  }
}

/// The plain forms in one file, the HTML in another.
func expectGolden(_ forms: [Form: String], _ name: String) {
  let text = """
    subject: \(forms[.subject] ?? "")
    title: \(forms[.title] ?? "")
    short: \(forms[.short] ?? "")

    \(forms[.text] ?? "")

    """
  #expect(Golden.difference(of: text, from: "Goldens/\(name).txt") == nil)
  #expect(Golden.difference(of: forms[.html] ?? "", from: "Goldens/\(name).html") == nil)
}
