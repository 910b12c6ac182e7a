import Messages
import Receivables
import Support
import Testing

/// Nobody who does not owe is asked to pay, and no customer reads what is meant for colleagues.
struct TemplateAudienceTests {
  private static let names = [
    "reminder", "firm", "escalate", "payment-failed", "resolved", "terms-changed",
  ]

  private static func text(
    _ name: String,
    for audience: Audience,
    locale: String = "en-NZ",
    _ form: Form = .text,
    _ templates: TemplateSet = .builtin
  ) throws -> String {
    let content = try Sample.harbour.content(template: name, locale: locale)
    let forms = try Sample.harbour.renderer(templates).forms(
      of: content, for: audience, wanted: [form])
    return try #require(forms[form])
  }

  @Test(arguments: names)
  func onlyCustomersAreWrittenToAsCustomers(_ name: String) throws {
    for form in [Form.text, .html] {
      #expect(try Self.text(name, for: .customer, form).contains("Dear Aroha Ngata"))
      for audience in [Audience.owner, .team] {
        let text = try Self.text(name, for: audience, form)
        #expect(!text.contains("Dear"), "\(audience)")
        #expect(!text.contains("your account with"), "\(audience)")
      }
    }
  }

  @Test(arguments: names)
  func noCustomerReadsOfRulesAndLevels(_ name: String) throws {
    for locale in ["en", "de", "fr", "es", "nl"] {
      let rule = try Sample.harbour.content(template: name, locale: locale).rule
      for form in Form.allCases {
        let text = try Self.text(name, for: .customer, locale: locale, form)
        #expect(!text.isEmpty && !text.contains(rule), "\(locale) \(form)")
      }
    }
  }

  @Test func ownersReadThatItIsTheirCustomer() throws {
    #expect(try Self.text("reminder", for: .owner).hasPrefix("You look after Aroha Ngata, who"))
    #expect(try Self.text("reminder", for: .team).hasPrefix("Aroha Ngata has reached level"))
  }

  @Test func ownWordsForOneAudienceLeaveTheOthersAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write("Kia ora {{account.name}}", to: "reminder/text.mustache")
    try folder.write("Hey team: {{account.name}}", to: "reminder/team/text.mustache")
    try folder.write("Für Kollegen: {{account.name}}", to: "reminder/team/de/text.mustache")
    let (templates, problems) = TemplateSet.load(folder: folder.path)
    #expect(problems == [])
    #expect(try Self.text("reminder", for: .customer, .text, templates) == "Kia ora Aroha Ngata")
    #expect(try Self.text("reminder", for: .team, .text, templates) == "Hey team: Aroha Ngata")
    let german = try Self.text("reminder", for: .team, locale: "de", .text, templates)
    #expect(german == "Für Kollegen: Aroha Ngata")
    #expect(try Self.text("reminder", for: .owner, .text, templates).hasPrefix("You look after"))
    #expect(templates.templateNames.contains("reminder") && templates.templateNames.count == 7)
  }

  @Test func aTemplateOfOnesOwnNameIsForWhoeverTheLevelNames() throws {
    let folder = try TemporaryFolder()
    try folder.write("See {{account.name}}", to: "visit/text.mustache")
    try folder.write("Visit", to: "visit/title.mustache")
    let (templates, _) = TemplateSet.load(folder: folder.path)
    for audience in [Audience.customer, .owner, .team] {
      #expect(try Self.text("visit", for: audience, .text, templates) == "See Aroha Ngata")
    }
  }
}
