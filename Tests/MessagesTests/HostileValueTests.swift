import Messages
import Testing

/// A customer's words change no structure, whatever the template and the form.
@Suite struct HostileValueTests {
  static let hostile = [
    "\"><script>alert(1)</script>", "Bob\r\nBcc: x@y.example", "{{organisation}} {{{rule}}}",
    "<!channel> <@U1>", "*bold* _it_ ~s~ `c`", "Bob \u{202E}evil\u{2066}\u{200F} \u{FEFF}x",
    String(repeating: "Long name ", count: 1_000), "Zoë 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "Bob\u{0}Smith\u{1B}[31m\u{9B}2J",
    "Bob\u{2028}Bcc: x\u{2029}y\u{85}z\u{B}w", "' onmouseover='x", "& &amp; &#60;b&#62;",
    "Z\(String(repeating: "\u{301}", count: 5_000))", "%0d%0aBcc: x", "</style></td></table>",
    "Pay https://evil.example/x or hthttp://tp://evil.example or wwwwww..evil.example",
  ]

  @Test(arguments: BuiltinTemplateTests.names)
  func `a hostile name changes no structure`(template: String) throws {
    let plain = try forms(template, words: "Plain Name")
    for words in Self.hostile {
      let forms = try forms(template, words: words)
      for (form, text) in forms {
        let expected = try #require(plain[form])
        #expect(
          structure(of: text, form) == structure(of: expected, form),
          "\(template) \(form) \(words)"
        )
        #expect(!text.contains("\0") && !text.contains("\u{1B}") && !text.contains("\u{202E}"))
        #expect(text.utf8.count < 60_000)
        #expect(!text.lowercased().contains("://evil") && !text.lowercased().contains("www."))
        if form == .html { #expect(!text.contains("<script") && !text.contains("<b>")) }
        if form == .subject || form == .title {
          #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
          #expect(!text.hasPrefix(" ") && !text.hasSuffix(" "))
        }
      }
    }
  }

  @Test func `an address that is not http or https is not a link`() throws {
    for url in [
      "javascript:alert(1)", " https://x.example", "https://x.example/\" onclick=\"x",
      "data:text/html,x", "https://x.example/\nBcc: x", "//x.example", "https://", "HTTPS:///x",
      "https://x.example/\u{202E}", "https://" + String(repeating: "x", count: 2_001),
    ] {
      #expect(Escaping.webURL(url) == nil, "\(url)")
      var content = try Sample.harbour.content(template: "reminder")
      (content.payURL, content.url, content.invoices[0].url) = (url, url, url)
      let html = try Sample.harbour.renderer().forms(of: content, wanted: [.html])[.html] ?? ""
      // What remains is the way to write to the owner.
      #expect(html.split(separator: "href=").count == 2)
    }
    #expect(Escaping.webURL("HTTPS://x.example/a?b=c&d=1#e") != nil)
  }

  private func forms(_ template: String, words: String) throws -> [Form: String] {
    var content = try Sample.harbour.content(template: template)
    content.accountName = words
    content.accountID = words
    content.terms = words
    content.part = words
    content.previousBalance = content.balance
    content.change = .grown
    // The config's own words are escaped, but may name a site.
    if !words.contains("://") {
      (content.ownerName, content.rule) = (words, words)
    }
    let title = words.contains("://") ? "Plain" : words
    content.others = [.init(rule: title, title: title, level: 1, reason: title)]
    for index in content.invoices.indices { content.invoices[index].number = words }
    let renderer = Sample.harbour.renderer()
    var cleared = NewsTests.cleared[1]
    (cleared.accountName, cleared.accountID, cleared.part) = (words, words, words)
    return template == "digest"
      ? try renderer.digestForms(
        of: [content, content],
        cleared: [cleared],
        wanted: Form.allCases
      )
      : try renderer.forms(of: content, wanted: Form.allCases)
  }

  private func structure(of text: String, _ form: Form) -> [Int] {
    func count(_ characters: String) -> Int {
      text.utf8.count { characters.utf8.contains($0) }
    }
    return form == .html ? [count("<"), count(">"), count("\""), count("\n")] : [count("\n\r")]
  }
}
