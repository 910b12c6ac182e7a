import Settings
import Testing

struct SettingsReaderTests {
  // MARK: Blocks by hand: no YAML here

  private func node(_ text: String, line: Int = 2) -> SettingsNode {
    SettingsNode(.scalar(text, quoted: false), at: Position(line: line, column: 10))
  }

  private func reader(_ pairs: [(String, SettingsNode)]) -> SettingsReader {
    let entries = pairs.enumerated().map { index, pair in
      SettingsBlock.Entry(
        key: pair.0,
        position: Position(line: index + 2, column: 3),
        node: pair.1
      )
    }
    let block = SettingsBlock(
      path: "channels.email",
      position: Position(line: 1, column: 1),
      entries: entries
    )
    return SettingsReader(block, folder: "/etc/balancealert") { reference in
      reference == "env:GONE" ? .failure(.init("GONE is not set")) : .success(Secret(reference))
    }
  }

  private func reader(_ pairs: KeyValuePairs<String, String>) -> SettingsReader {
    reader(pairs.enumerated().map { ($1.key, node($1.value, line: $0 + 2)) })
  }

  private func messages(_ reader: SettingsReader) -> [String] {
    reader.problems.map { "\($0.position.line):\($0.position.column) \($0.path): \($0.message)" }
  }

  @Test("Everything that is wrong comes out at once, each with its place and how to mend it")
  func allAtOnce() {
    var reader = reader(["api_kee": "x", "timeout": "soon", "retries": "99", "tls": "maybe"])
    _ = reader.text("from", help: "the sender's address")
    _ = reader.secret("api_key", help: "the key")
    #expect(reader.duration("timeout", help: "", default: .seconds(9)) == .seconds(9))
    #expect(reader.number("retries", help: "", default: 3, in: 0...10) == 3)
    #expect(reader.flag("tls", help: "", default: true) == true)
    reader.finish()
    #expect(
      messages(reader) == [
        "1:1 channels.email.from: missing: the sender's address",
        "1:1 channels.email.api_key: missing: the key",
        "3:10 channels.email.timeout: `soon` must be a duration such as 90s, 10m, 6h, 7d or 2w",
        "4:10 channels.email.retries: `99` must be a whole number from 0 to 10",
        "5:10 channels.email.tls: `maybe` must be true or false",
        "2:3 channels.email.api_kee: unknown key; did you mean `api_key`?",
      ]
    )
  }

  @Test("An unknown key that is like no other is shown what there is")
  func unknown() {
    var reader = reader(["zzzzzzzz": "1"])
    _ = reader.optionalText("from", help: "")
    _ = reader.optionalText("to", help: "")
    reader.finish()
    #expect(reader.problems.map(\.message) == ["unknown key; known here: from, to"])
  }

  @Test("What is well written is read")
  func wellWritten() {
    var reader = reader([
      "name": "Ada", "retries": "5", "tls": "no", "timeout": "2w", "rate": "60/min",
      "url": "https://api.example/v1/", "from": "ada@harbour.example", "file": "out.jsonl",
      "abs": "/var/out", "on_uncertain": "hold", "tags": "one",
    ])
    enum Choice: String, CaseIterable { case hold, resend }
    #expect(reader.text("name", help: "") == "Ada")
    #expect(reader.number("retries", help: "", default: 3, in: 0...10) == 5)
    #expect(reader.optionalNumber("absent", help: "", in: 0...10) == nil)
    #expect(reader.flag("tls", help: "", default: true) == false)
    #expect(reader.duration("timeout", help: "", default: nil) == .seconds(1_209_600))
    let rate = reader.rate("rate", help: "", default: nil)
    #expect(rate?.count == 60 && rate?.per == .seconds(60))
    #expect(reader.url("url", help: "", default: nil) == "https://api.example/v1")
    #expect(reader.emailAddress("from", help: "") == "ada@harbour.example")
    #expect(reader.path("file", help: "") == "/etc/balancealert/out.jsonl")
    #expect(reader.optionalPath("abs", help: "") == "/var/out")
    #expect(reader.choice("on_uncertain", help: "", default: Choice.resend) == .hold)
    #expect(reader.texts("tags", help: "") == ["one"])
    reader.finish()
    #expect(reader.problems.isEmpty)
  }

  @Test("A key that is written without a value is as if it were not there")
  func null() {
    var reader = reader([("name", SettingsNode(.null, at: Position(line: 2, column: 9)))])
    #expect(reader.optionalText("name", help: "") == nil)
    #expect(reader.text("name", help: "", default: "x") == "x")
    _ = reader.text("name", help: "the name")
    #expect(reader.problems.map(\.message) == ["missing: the name"])
  }

  @Test(
    "Rates, durations and numbers that cannot be meant are refused",
    arguments: ["0/min", "-1/s", "60", "60/fortnight", "60/min/s", "", "/min"]
  )
  func rates(text: String) {
    var reader = reader(["rate": text])
    #expect(reader.rate("rate", help: "", default: (9, .seconds(1)))?.count == 9)
    #expect(reader.problems.count == 1)
  }

  @Test("A list or a block in the place of a value is refused, and the other way round")
  func shapes() {
    let place = Position(line: 2, column: 9)
    let list = SettingsNode(.list([node("a"), SettingsNode(.list([]), at: place)]), at: place)
    let block = SettingsNode(
      .block(SettingsBlock(path: "x", position: place, entries: [])),
      at: place
    )
    var reader = reader([("a", list), ("b", block), ("c", node("x")), ("d", block)])
    _ = reader.text("a", help: "", default: "")
    _ = reader.text("b", help: "", default: "")
    #expect(reader.nested("c", help: "") { _ in 1 } == nil)
    #expect(reader.list("d", help: "") { _ in 1 } == [])
    #expect(reader.texts("d", help: "") == [])
    #expect(reader.texts("a", help: "") == ["a"])
    #expect(
      reader.problems.map(\.message) == [
        "must be a single value", "must be a single value", "must be a block of keys",
        "must be a list of blocks", "must be a list of texts", "must be a text",
      ]
    )
  }

  @Test("Nested blocks, lists of them and named ones carry their paths")
  func paths() {
    func block(_ path: String, line: Int) -> SettingsNode {
      let position = Position(line: line, column: 5)
      let entry = SettingsBlock.Entry(key: "colour", position: position, node: node("red"))
      return SettingsNode(
        .block(SettingsBlock(path: path, position: position, entries: [entry])),
        at: position
      )
    }
    let place = Position(line: 9, column: 1)
    let named = SettingsBlock(
      path: "owners",
      position: place,
      entries: [
        SettingsBlock.Entry(key: "dana", position: place, node: block("owners.dana", line: 5))
      ]
    )
    var reader = reader([
      ("auth", block("channels.email.auth", line: 3)),
      ("levels", SettingsNode(.list([block("l[1]", line: 4), node("no")]), at: place)),
      ("owners", SettingsNode(.block(named), at: place)),
    ])
    _ = reader.nested("auth", help: "") { $0.text("grant", help: "how", default: "x") }
    #expect(reader.list("levels", help: "") { _ in 1 } == [1])
    let owners = reader.named("owners", help: "") { name, inner in
      "\(name) \(inner.text("colour", help: ""))"
    }
    #expect(owners.map(\.value) == ["dana red"])
    #expect(
      messages(reader) == [
        "3:5 channels.email.auth.colour: unknown key; known here: grant",
        "4:5 l[1].colour: unknown key; known here: ",
        "2:10 channels.email.levels[2]: must be a block of keys",
      ]
    )
  }

  @Test("A mapping keeps the order in which it is written")
  func mapping() {
    let place = Position(line: 2, column: 9)
    let entries = ["Zone", "Amount", "Name"].map {
      SettingsBlock.Entry(key: $0, position: place, node: node("account.\($0.lowercased())"))
    }
    let block = SettingsBlock(path: "fields", position: place, entries: entries)
    var reader = reader([("fields", SettingsNode(.block(block), at: place))])
    #expect(reader.mapping("fields", help: "").map(\.name) == ["Zone", "Amount", "Name"])
  }

  // MARK: Secrets

  @Test("A secret is kept for redaction; one that stands in the config is warned of")
  func secrets() {
    var reader = reader(["api_key": "env:KEY", "token": "SG.plain", "gone": "env:GONE"])
    #expect(reader.secret("api_key", help: "").reveal() == "env:KEY")
    #expect(reader.optionalSecret("token", help: "")?.reveal() == "SG.plain")
    #expect(reader.secret("gone", help: "").reveal() == "")
    #expect(reader.optionalSecret("absent", help: "") == nil)
    #expect(reader.secrets.map { $0.reveal() } == ["env:KEY", "SG.plain"])
    #expect(reader.problems.map(\.severity) == [.warning, .error])
    #expect(reader.problems.map(\.path) == ["channels.email.token", "channels.email.gone"])
    #expect(!reader.problems.contains { $0.message.contains("SG.plain") })
  }

  @Test("A URL that is a credential must be one, and is not repeated when it is not")
  func secretURL() {
    var reader = reader(["webhook_url": "http://hooks.example/T0/secret"])
    _ = reader.secretURL("webhook_url", help: "")
    let error = reader.problems.first { $0.severity == .error }
    #expect(error?.message == "is not an https:// URL (http:// only to a loopback address)")
  }

  // MARK: Describing

  @Test("The same questions, asked of nothing, are the documentation")
  func describing() {
    var reader = SettingsReader.describing()
    enum Choice: String, CaseIterable { case hold, resend }
    #expect(reader.text("from", help: "the sender") == "")
    _ = reader.number("retries", help: "tries", default: 3, in: 0...10)
    _ = reader.secret("api_key", help: "the key")
    _ = reader.choice("on_uncertain", help: "then", default: Choice.hold)
    _ = reader.path("file", help: "where")
    _ = reader.nested("auth", help: "sign-in") { $0.flag("pkce", help: "with", default: true) }
    _ = reader.text("from", help: "asked twice")
    reader.reject("from", "never a problem here")
    reader.finish()
    #expect(reader.problems.isEmpty)
    #expect(
      reader.descriptions.map(\.key) == [
        "from", "retries", "api_key", "on_uncertain", "file", "auth",
      ]
    )
    #expect(
      reader.descriptions.map(\.isRequired) == [true, false, true, false, true, false]
    )
    #expect(reader.descriptions.map(\.defaultText) == [nil, "3", nil, "hold", nil, nil])
    #expect(reader.descriptions[3].kind == .choice(["hold", "resend"]))
    guard case .block(let inner) = reader.descriptions[5].kind else {
      Issue.record("auth is a block")
      return
    }
    #expect(inner.map(\.key) == ["pkce"])
  }
}

struct AddressTests {
  @Test(
    "https anywhere, http to this machine alone",
    arguments: [
      ("https://api.example", true), ("https://api.example:8443/v1?x=1", true),
      ("http://127.0.0.1:8080", true), ("http://localhost/x", true), ("http://[::1]:80/x", true),
      ("http://[::1]", true), ("http://api.example", false), ("http://127.0.0.1.example", false),
      ("http://localhost.example", false), ("http://127.0.0.1@evil.example", false),
      ("http://[::1].evil.example/", false), ("http://[::1]evil.example", false),
      ("https://", false), ("https:///x", false), ("https://:80", false), ("ftp://x", false),
      ("https://a b", false), ("https://a\r\nHost: b", false), ("api.example", false), ("", false),
    ]
  )
  func urls(text: String, expected: Bool) {
    #expect(isAcceptableURL(text) == expected)
  }

  @Test("An e-mail address is a plain one")
  func email() {
    #expect(isEmailAddress("ada@harbour.example"))
    for text in ["", "ada", "a@b", "a@@b.example", "a b@c.example", "a@.example", "a@b..example"] {
      #expect(!isEmailAddress(text), "\(text)")
    }
  }
}
