import Foundation
import Messages
import Testing

@Suite struct TemplateSetTests {
  @Test func `every problem of every file is reported, with its place`() throws {
    let folder = try folder([
      "reminder/text.mustache": "Dear {{acount.name}},\n\n  {{#invoices}}{{numbr}}{{/invoices}}\n",
      "reminder/html.mustache":
        "<a href=\"{{account.name}}\">x</a>\n<p title={{rule}}>\n<b onclick=\"{{rule}}\"></b>"
        + "<script>{{rule}}</script><p>{{account.url}}</p><a href=\"{{account.pay_url}}\">",
      "reminder/sms.mustache": "x",
      "reminder/shrt.mustache": "x",
      "reminder/subject.txt": "x",
      "reminder/German/text.mustache": "x",
      "firm/subject.mustache": "{{#is_overdue}}x{{/overdue}}\n{{invoices}} {{is_overdue}} {{.}}",
      "firm/title.mustache": "ok\n {{rule",
      "firm/text.mustache": "{{#invoces}}{{number}} {{foo}}{{/invoces}}{{> footr}}",
      "firm/short.mustache": "{{#aging}}{{#invoices}}{{/aging}}",
      "digest/text.mustache": "{{account.name}}{{#alerts}}{{account.name}}{{/alerts}}{{coutn}}",
      "shared/footer.mustache": "{{> footer}}",
      "escalate/de/text.mustache": "{{> footer}}",
      "stray.mustache": "x",
      "remindr/text.mustache": "x",
      "README.md": "{{ not a template",
    ])
    defer { remove(folder) }
    try Data([0x41, 0xFF]).write(to: URL(filePath: folder + "/firm/html.mustache"))
    let problems = TemplateSet.load(folder: folder).1
    #expect(
      problems.map { $0.description.replacing(folder + "/", with: "") } == [
        "digest/text.mustache:1:1: there is no field `account.name`",
        "digest/text.mustache:1:55: there is no field `coutn`; did you mean `count`?",
        "firm/html.mustache:1:1: the file is not UTF-8 text; save it as UTF-8",
        "firm/short.mustache:1:11: the section `invoices` is never closed: `{{/invoices}}`",
        "firm/subject.mustache:1:1: the section `is_overdue` is never closed: `{{/is_overdue}}`",
        "firm/subject.mustache:1:17: `{{/overdue}}` closes a section that is not open",
        "firm/subject.mustache:2:1: "
          + "`invoices` is not a value: use a section, `{{#invoices}} … {{/invoices}}`",
        "firm/subject.mustache:2:14: "
          + "`is_overdue` is a question: use a section, `{{#is_overdue}} … {{/is_overdue}}`",
        "firm/subject.mustache:2:29: `{{.}}` has a meaning only in a section over a single value",
        "firm/text.mustache:1:1: there is no field `invoces`; did you mean `invoices`?",
        "firm/text.mustache:1:43: "
          + "there is no partial `shared/footr.mustache`; did you mean `footer`?",
        "firm/title.mustache:2:2: the tag is never closed: `}}`",
        "reminder/German:1:1: `German` is neither a language, such as `de` or `pt-BR`, "
          + "nor an audience (customer, owner, team)",
        "reminder/html.mustache:1:10: "
          + "`{{account.name}}` begins a link, which only a URL field may; "
          + "or begin it with https://, mailto: or tel:",
        "reminder/html.mustache:2:10: `{{rule}}` stands inside a tag without quotes around it",
        "reminder/html.mustache:3:13: "
          + "`{{rule}}` stands in `onclick`, where no escaping is safe",
        "reminder/html.mustache:3:35: "
          + "`{{rule}}` stands inside <script>, where no escaping is safe",
        "reminder/shrt.mustache:1:1: `shrt` is not a form (subject, text, html, short, title); "
          + "did you mean `short.mustache`?",
        "reminder/sms.mustache:1:1: `sms` is not a form (subject, text, html, short, title)",
        "reminder/subject.txt:1:1: a template ends in .mustache: `subject.mustache`",
        "reminder/text.mustache:1:6: "
          + "there is no field `acount.name`; did you mean `account.name`?",
        "reminder/text.mustache:3:16: there is no field `numbr`; did you mean `number`?",
        "remindr:1:1: `remindr` is a template of your own; did you mean to override `reminder`?",
        "remindr:1:1: the template `remindr` needs subject.mustache or title.mustache",
        "shared/footer.mustache:1:1: the partial `footer` takes in itself",
        "stray.mustache:1:1: a template stands in a folder of its own: reminder/text.mustache",
      ]
    )
    #expect(problems.filter { $0.severity == .warning }.map(\.line) == [1])
  }

  @Test func `what only the library has, or cannot read, is a problem`() throws {
    let texts = [
      ("{{<layout}}{{/layout}}", "1:1: a tag with `<` is not supported"),
      ("{{$block}}{{/block}}", "1:1: a tag with `$` is not supported"),
      ("x\n{{% CONTENT_TYPE: HTML }}", "2:1: a tag with `%` is not supported"),
      ("{{uppercased(rule)}}", "1:1: there is no field `uppercased(rule)`"),
      ("{{> *rule}}", "1:1: there is no partial `shared/*rule.mustache`"),
      (
        "{{=| |=}}|#level||/level|",
        "1:1: delimiters are set outside of sections, with `{{=<% %>=}}`"
      ),
      (
        "{{#level}}{{=<% %>=}}<%/level%>",
        "1:11: delimiters are set outside of sections, with `{{=<% %>=}}`"
      ),
      ("{{\nrule}}", "1:1: a tag may not begin with a line end"),
      ("Zoë\r\nZoë {{{rule}} x", "2:15: this is not a whole tag"),
      (String(repeating: "{{#level}}", count: 51), "1:501: more than 50 sections are open"),
    ]
    for (text, problem) in texts {
      let folder = try folder(["reminder/text.mustache": text])
      defer { remove(folder) }
      let (templates, problems) = TemplateSet.load(folder: folder)
      #expect(problems.map(\.description).contains(folder + "/reminder/text.mustache:" + problem))
      // It is never rendered.
      let forms = try Sample.harbour.renderer(templates).forms(
        of: Sample.harbour.content(template: "reminder"),
        wanted: [.text]
      )
      #expect(forms[.text]?.hasPrefix("Dear Aroha Ngata,") == true)
    }
  }

  @Test func `a partial is indented as its tag is, and has delimiters of its own`() throws {
    let folder = try folder([
      "reminder/text.mustache": "{{=<% %>=}}\n<%organisation%>\n  <%> footer%>\n<%level%>",
      "shared/footer.mustache": "{{account.name}}\n{{rule}} &\n",
    ])
    defer { remove(folder) }
    let (templates, problems) = TemplateSet.load(folder: folder)
    #expect(problems == [])
    let forms = try Sample.harbour.renderer(templates).forms(
      of: Sample.harbour.content(template: "reminder"),
      wanted: [.text]
    )
    #expect(forms[.text] == "Harbour Lettings\n  Aroha Ngata\n  overdue-rent &\n1")
  }

  @Test func `a folder that is not there is a problem`() {
    let problems = TemplateSet.load(folder: "/nowhere/templates").1
    #expect(problems.map(\.message) == ["there is no such folder"])
  }

  @Test func `the built-in templates have no problems in any language`() throws {
    // A partial of one's own has all of them read.
    let folder = try folder(["shared/footer.mustache": "{{organisation}}"])
    defer { remove(folder) }
    #expect(TemplateSet.load(folder: folder).1 == [])
  }

  @Test func `a file of one's own stands before the built-in one, and makes its HTML`() throws {
    let folder = try folder([
      "reminder/text.mustache": "Hello {{account.name}}!\n\n  {{balance}}\n",
      "visit/text.mustache": "Dear {{account.name}},\n\nWe call on\nMonday & so on.\n\nBye",
      "visit/title.mustache": "Visit\n{{account.name}}",
      "shared/html-bottom.mustache": "<!-- mine -->",
    ])
    defer { remove(folder) }
    let (templates, problems) = TemplateSet.load(folder: folder)
    #expect(problems == [])
    #expect(templates.has("visit") && templates.templateNames.contains("visit"))
    #expect(templates.forms(of: "visit") == [.text, .title])
    let renderer = Sample.harbour.renderer(templates)
    let reminder = try renderer.forms(
      of: Sample.harbour.content(template: "reminder"),
      wanted: Form.allCases
    )
    #expect(reminder[.text] == "Hello Aroha Ngata!\n\n  $3,125.50")
    #expect(reminder[.html]?.contains("Hello Aroha Ngata!</p>") == true)
    #expect(reminder[.html]?.hasSuffix("<!-- mine -->") == true)
    #expect(reminder[.subject]?.contains("oldest due date: 18 Oct 2026") == true)

    let visit = try renderer.forms(
      of: Sample.harbour.content(template: "visit"),
      wanted: Form.allCases
    )
    #expect(visit[.subject] == "Visit Aroha Ngata")
    #expect(visit[.short] == "We call on Monday & so on.")
    #expect(visit[.html]?.contains("We call on<br>\nMonday &amp; so on.</p>") == true)
  }

  @Test func `the account's language comes first, then the default's, then English`() throws {
    let folder = try folder([
      "reminder/de/text.mustache": "de", "reminder/de-AT/text.mustache": "de-AT",
      "reminder/pt/text.mustache": "pt", "firm/text.mustache": "any",
      "firm/de/text.mustache": "de", "note/en/text.mustache": "en", "note/pt/text.mustache": "pt",
      "note/title.mustache": "x", "nota/pt/text.mustache": "pt", "nota/pt/title.mustache": "x",
    ])
    defer { remove(folder) }
    let (templates, problems) = TemplateSet.load(folder: folder)
    #expect(problems.filter { $0.severity == .error } == [])
    let renderer = Renderer(templates: templates, organisation: "O", defaultLocale: "pt-BR")
    func text(_ name: String, _ locale: String) throws -> String? {
      var content = AlertContent()
      (content.template, content.locale) = (name, locale)
      return try renderer.forms(of: content, wanted: [.text])[.text]
    }
    #expect(try text("reminder", "de-AT") == "de-AT")
    #expect(try text("reminder", "de-CH") == "de")
    #expect(try text("reminder", "sv-SE") == "pt")
    #expect(try text("firm", "de") == "de")
    #expect(try text("firm", "fr") == "any")
    #expect(try text("note", "sv") == "pt")
    #expect(try text("note", "en-NZ") == "en")
    #expect(try text("nota", "en") == "pt")
  }

  @Test func `no file brings the reader or the renderer down`() throws {
    var random = SeededGenerator(seed: 7)
    let pieces = [
      "{{", "}}", "{{{", "}}}", "#", "^", "/", "invoices", "account.pay_url", ".", "=", "<%", "%>",
      " ", "\n", "\r\n", "<a href=\"", "\">", "<!--", "-->", "<script>", "</", "{{> html-top}}",
      "é",
      "{{#is_overdue}}", "{{/is_overdue}}", "{{#account}}", "{{/account}}", "{{name}}",
      "{{=<% %>=}}",
      "{{#account.pay_url}}{{.}}{{/account.pay_url}}", "\0", "'", "{{!", "{{<", "{{$", "{{%", "(",
      "{{=| |=}}", "|#account|", "|/account|", "\u{301}", "\u{1}",
    ]
    var files: [String: String] = [:]
    for index in 0..<400 {
      let text = (0..<12).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      for form in Form.allCases { files["own\(index)/\(form).mustache"] = text }
    }
    let folder = try folder(files)
    defer { remove(folder) }
    let (templates, problems) = TemplateSet.load(folder: folder)
    #expect(!problems.isEmpty)
    let renderer = Sample.harbour.renderer(templates)
    for index in 0..<400 {
      let content = try Sample.harbour.content(template: "own\(index)")
      #expect(try renderer.forms(of: content, wanted: Form.allCases).count == 5)
    }
  }

  @Test func `a template that is not there has a nearest name`() throws {
    let message = "there is no template `remind`; did you mean `reminder`?"
    #expect(TemplateSet.builtin.problem(withName: "remind") == message)
    #expect(TemplateSet.builtin.problem(withName: "firm") == nil)
    #expect(throws: RenderError.unknownTemplate(message)) {
      try Sample.minimal.renderer().forms(
        of: Sample.minimal.content(template: "remind"),
        wanted: [.text]
      )
    }
  }

  private func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID())")
    for (path, text) in files {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try Data(text.utf8).write(to: file)
    }
    return folder.path()
  }

  private func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }
}
