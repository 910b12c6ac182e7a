import Testing
import Wire

@Suite struct RedactionTests {
  private let redactor = Redactor(secrets: ["p@ss/w\"ord", "abc", "tokentoken"])

  @Test(arguments: [
    ("it is p@ss/w\"ord here", "it is [secret] here"),
    ("?k=p%40ss%2Fw%22ord&", "?k=[secret]&"), ("?k=p%40ss%2fw%22ord&", "?k=[secret]&"),
    ("{\"k\":\"p@ss/w\\\"ord\"}", "{\"k\":\"[secret]\"}"),
    ("{\"k\":\"p@ss\\/w\\\"ord\"}", "{\"k\":\"[secret]\"}"),
    ("dG9rZW50b2tlbg==", "[secret]"), ("dG9rZW50b2tlbg.x", "[secret].x"),
    ("tokentokentoken", "[secret]token"), ("abc stays", "abc stays"), ("", ""),
  ])
  func everyFormOfASecretIsHidden(_ text: String, _ expected: String) {
    #expect(redactor.redact(text) == expected)
  }

  @Test(
    "However deeply a text escapes it, and wherever it was cut",
    arguments: [
      "p&amp;s<w'x\\y", "p&amp;s&lt;w&#39;x\\y", "p&#38;s&#x3c;w&apos;x\\y",
      "p&amp;amp;s&amp;lt;w&amp;#39;x\\y",
      "p&s<w'x\\\\y", "p\\u0026s\\u003Cw'x\\\\y", "p&amp;s&lt;w&#x27;x\\\\\\\\y", "p&s<w''x\\y",
      "p%26s%3Cw%27x%5Cy", "p%2526s%253cw%2527x%255Cy", "p&amp;s&lt;w'x&#…", "p&s<w'…", "p&s<w'x",
      "p&amp;s&lt;w'",
    ])
  func escapes(_ text: String) {
    let redactor = Redactor(secrets: ["p&s<w'x\\y"])
    #expect(redactor.redact(text) == (text.hasSuffix("…") ? "[secret]…" : "[secret]"))
    #expect(redactor.redact("k=\(text)").hasPrefix("k=[secret]"))
  }

  @Test(
    "What only begins like a secret stays",
    arguments: [
      "p&s<w and more", "p&amp;s &lt;", "tokento", "toke…", "\\\\\\\\\\\\", "&amp;amp;amp;",
      "%25%25",
    ])
  func innocentTexts(_ text: String) {
    #expect(Redactor(secrets: ["p&s<w'x\\y", "tokentoken"]).redact("\(text) .") == "\(text) .")
  }

  @Test(
    "What looks like an escape within an escape may be a secret's own",
    arguments: [
      "GBÜ-Ü%0123456789", "abc&lt;defgh", "abc\\u0041defgh", "a%2541bcdefgh", "x&amp;amp;yz12",
    ])
  func ambiguous(_ secret: String) {
    let redactor = Redactor(secrets: [secret])
    for text in [secret, percentEncoded(secret), percentEncoded(percentEncoded(secret))] {
      #expect(redactor.redact("k=\(text)") == "k=[secret]")
    }
    let page = secret.replacing("&", with: "&amp;")
    #expect(redactor.redact("<p>\(page)</p>") == "<p>[secret]</p>")
  }

  /// Each escape of a letter that languages, pages, mails and URLs know.
  private static let escapes: [@Sendable (Unicode.Scalar) -> String] = [
    { "&#\($0.value);" }, { "&#0000\($0.value)" }, { "&#x\(hex($0));" }, { "&#X\(hex($0));" },
    { "\\u{\(hex($0))}" }, { "\\x{\(hex($0))}" }, { "\\U\(hex($0, 8))" },
    { $0.utf16s.map { "\\u\(hex($0, 4))" }.joined() },
    { $0.utf16s.map { "\\\\u\(hex($0, 4))" }.joined() },
    { $0.utf16s.map { "%u\(hex($0, 4))" }.joined() },
    { $0.utf8s.map { "%\(hex($0, 2))" }.joined() },
    { $0.utf8s.map { "%25\(hex($0, 2))" }.joined() },
    { $0.utf8s.map { "=\(hex($0, 2))" }.joined() },
    { $0.utf8s.map { "\\x\(hex($0, 2))" }.joined() },
    { $0.utf8s.map { "\\" + String(UInt32($0) + 512, radix: 8).dropFirst() }.joined() },
    { "&amp;#\($0.value);" }, { "\\u0026#\($0.value);" }, { "\\\(hex($0)) " }, { "\($0)" },
  ]

  private static func hex(_ scalar: Unicode.Scalar, _ width: Int = 1) -> String {
    hex(scalar.value, width)
  }
  private static func hex(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  @Test("Whatever escapes are mixed in it, the secret is hidden, whole or cut")
  func escapesAreRead() {
    var random = SystemRandomNumberGenerator()
    for secret in ["Schlüssel-7", "пароль&x", "k3y😀\"a1b2", "sk_live_51Habc"] {
      let redactor = Redactor(secrets: [secret])
      var texts = Self.escapes.map { escape in secret.unicodeScalars.map(escape).joined() }
      for _ in 0..<200 {
        texts.append(
          secret.unicodeScalars.map { scalar in
            (Self.escapes.randomElement(using: &random) ?? { "\($0)" })(scalar)
          }.joined())
      }
      for text in texts {
        // The blank that ends an escape of CSS may stay.
        let redacted = redactor.redact("<\(text)>")
        #expect(["<[secret]>", "<[secret] >"].contains(redacted), "\(secret)")
      }
      for dots in ["...", "…", "[...]"] {
        #expect(redactor.redact("\(secret.prefix(8))\(dots) x") == "[secret]\(dots) x")
      }
    }
  }

  @Test func aNamedEscapeMayBeInCapitals() {
    let redactor = Redactor(secrets: ["a&b<c>d"])
    #expect(redactor.redact("a&AMP;b&LT;c&GTd") == "[secret]")
  }

  @Test func base64OfLinesIsHidden() {
    let redactor = Redactor(secrets: ["tokentokentoken"])
    #expect(redactor.redact("dG9rZW50b2\r\ntlbnRva2Vu") == "[secret]")
  }

  @Test("A private key is hidden however its lines end")
  func privateKey() {
    let redactor = Redactor(secrets: ["-----BEGIN KEY-----\nMIIabc123\ndef456\n-----END KEY-----\n"]
    )
    for end in ["\n", " ", "\\n", "\\\\n", "%0A", "&#10;", "\\u000a"] {
      let text = "-----BEGIN KEY-----\nMIIabc123\ndef456\n-----END KEY-----\n".replacing(
        "\n", with: end)
      #expect(redactor.redact("k: \(text)") == "k: [secret]", "\(end)")
    }
  }

  @Test("A token that a platform gives out is hidden from then on, by every copy")
  func learns() {
    let redactor = Redactor(secrets: [])
    let copy = redactor
    redactor.learn(["tokentoken"])
    #expect(copy.redact("a tokentoken") == "a [secret]")
  }

  @Test(arguments: ["", "a", "ab", "abc"])
  func aSecretWithinBase64IsHidden(_ user: String) {
    // `user:tokentoken:more`, as an Authorization header packs them.
    let packed = [
      "": "OnRva2VudG9rZW46bW9yZQ==", "a": "YTp0b2tlbnRva2VuOm1vcmU=",
      "ab": "YWI6dG9rZW50b2tlbjptb3Jl", "abc": "YWJjOnRva2VudG9rZW46bW9yZQ==",
    ]
    #expect(redactor.redact(packed[user] ?? "").contains("[secret]"))
  }

  @Test(arguments: [
    ("access_token=xyz&b=1", "access_token=[secret]&b=1"),
    ("https://a/?b=1&refresh_token=x%20z", "https://a/?b=1&refresh_token=[secret]"),
    ("{\"access_token\": \"x\\\"y\", \"b\": 1}", "{\"access_token\": \"[secret]\", \"b\": 1}"),
    ("{\\\"client_secret\\\":\\\"xyz\\\",", "{\\\"client_secret\\\":\\\"[secret]\\\","),
    ("GET /\nAuthorization: Bearer xyz\nA: b", "GET /\nAuthorization: [secret]\nA: b"),
    ("cookie: a=1; b=2\r\n", "cookie: [secret]\r\n"),
    ("{\"Authorization\": \"Bearer xyz\"}", "{\"Authorization\": \"[secret]\"}"),
    ("my_access_token_count=3", "my_access_token_count=3"),
    ("the access_token is missing", "the access_token is missing"),
    ("access_token=", "access_token="),
    ("client_secret: is not set", "client_secret: is not set"),
    ("client_secret: \"xyz\"", "client_secret: \"[secret]\""),
  ])
  func namedSecretsAreHiddenWhateverTheyAre(_ text: String, _ expected: String) {
    #expect(Redactor(secrets: []).redact(text) == expected)
  }

  @Test func headersAreHiddenByName() {
    let headers = [
      Header("authorization", "Basic x"), Header("X-Api-Key", "y"), Header("X-Note", "tokentoken"),
    ]
    #expect(
      redactor.headers(headers) == [
        Header("authorization", "[secret]"), Header("X-Api-Key", "[secret]"),
        Header("X-Note", "[secret]"),
      ]
    )
  }

  @Test("A secret within single quotes of YAML is hidden, too")
  func yamlQuotes() {
    let redactor = Redactor(secrets: ["it's a secret"])
    #expect(redactor.redact("text: 'it''s a secret'") == "text: '\(Redactor.mark)'")
  }
}

extension Unicode.Scalar {
  fileprivate var utf8s: [UInt8] { Array(String(self).utf8) }
  fileprivate var utf16s: [UInt16] { Array(String(self).utf16) }
}
