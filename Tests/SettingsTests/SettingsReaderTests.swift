import Settings
import Testing

/// A block of texts, each on a line of its own.
private func block(_ pairs: [(String, String)]) -> SettingsBlock {
  SettingsBlock(
    path: "channels.x",
    position: Position(line: 1, column: 1),
    entries: pairs.enumerated().map { index, pair in
      let place = Position(line: index + 2, column: 3)
      return SettingsBlock.Entry(
        key: pair.0,
        position: place,
        node: SettingsNode(.scalar(pair.1, quoted: false), at: place)
      )
    }
  )
}

private func reader(_ pairs: [(String, String)]) -> SettingsReader {
  SettingsReader(block(pairs), folder: "/etc/x") { text in
    text == "env:GONE"
      ? .failure(SettingsReader.SecretProblem("there is no GONE")) : .success(Secret(text))
  }
}

private enum Colour: String, CaseIterable { case red, green }

@Suite struct SettingsReaderTests {
  @Test func everyKindIsReadAsItIsWritten() {
    var reader = reader([
      ("name", "Ada"), ("count", "7"), ("on", "yes"), ("wait", "10m"), ("pace", "60/min"),
      ("url", "https://x.example/a/"), ("from", "a@b.example"), ("file", "a.csv"),
      ("colour", "green"),
    ])
    let name = reader.text("name", help: "")
    #expect(name == "Ada")
    let count = reader.number("count", help: "", default: 1, in: 0...9)
    #expect(count == 7)
    let isOn = reader.flag("on", help: "", default: false)
    #expect(isOn)
    let wait = reader.duration("wait", help: "", default: nil)
    #expect(wait == .seconds(600))
    let pace = reader.rate("pace", help: "", default: nil)
    #expect(pace?.count == 60 && pace?.per == .seconds(60))
    let url = reader.url("url", help: "", default: nil)
    #expect(url == "https://x.example/a")
    let from = reader.emailAddress("from", help: "")
    #expect(from == "a@b.example")
    let file = reader.path("file", help: "")
    #expect(file == "/etc/x/a.csv")
    let colour: Colour = reader.choice("colour", help: "", default: .red)
    #expect(colour == .green)
    reader.finish()
    #expect(reader.problems.isEmpty)
  }

  @Test func everyWrongValueIsToldWithItsPlace() {
    var reader = reader([
      ("count", "many"), ("wait", "soon"), ("url", "http://x.example"), ("from", "a@b"),
      ("colour", "blue"), ("secret", "env:GONE"), ("nmae", "Ada"),
    ])
    _ = reader.number("count", help: "", default: 1, in: 0...9)
    _ = reader.duration("wait", help: "", default: nil)
    _ = reader.url("url", help: "", default: nil)
    _ = reader.emailAddress("from", help: "")
    let colour: Colour = reader.choice("colour", help: "", default: .red)
    _ = reader.secret("secret", help: "")
    _ = reader.text("name", help: "who it is for")
    reader.finish()
    #expect(colour == .red)
    #expect(reader.problems.count == 8)
    #expect(reader.problems.contains { $0.position.line == 8 && $0.message.contains("`name`") })
    #expect(reader.problems.contains { $0.message == "missing: who it is for" })
    #expect(reader.problems.allSatisfy { $0.path.hasPrefix("channels.x.") })
  }

  @Test func whatIsNotWrittenIsTheDefaultOrNothing() {
    var reader = reader([])
    let colour: Colour? = reader.optionalChoice("colour", help: "", shown: "red")
    #expect(colour == nil)
    let name = reader.text("name", help: "", default: "Bo")
    #expect(name == "Bo")
    let count = reader.optionalNumber("count", help: "", in: 0...9)
    #expect(count == nil)
    let to = reader.texts("to", help: "")
    #expect(to.isEmpty)
    reader.finish()
    #expect(reader.problems.isEmpty)
  }

  @Test func describingAsksTheSameQuestions() {
    var reader = SettingsReader.describing()
    _ = reader.text("name", help: "who it is for")
    _ = reader.number("count", help: "how many", default: 3, in: 0...9)
    reader.finish()
    #expect(reader.descriptions.map(\.key) == ["name", "count"])
    #expect(reader.descriptions.map(\.isRequired) == [true, false])
    #expect(reader.problems.isEmpty)
  }

  @Test func aSecretCannotBePrinted() {
    let secret = Secret("hunter2")
    #expect("\(secret) \(String(reflecting: secret))" == "[secret] [secret]")
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    #expect(secret.reveal() == "hunter2")
  }

  @Test(arguments: [
    ("https://x.example/a", true), ("http://127.0.0.1:9000/x", true), ("http://[::1]/x", true),
    ("http://localhost", true), ("http://localhost.evil.example", false),
    ("http://127.0.0.1@evil.example", false), ("http://x.example", false), ("ftp://x", false),
    ("https://", false), ("https://x.example/a b", false), ("https://x.example/\r\nX: y", false),
  ])
  func onlySafeURLsAreAccepted(_ url: String, _ isAccepted: Bool) {
    #expect(isAcceptableURL(url) == isAccepted)
  }

  @Test func theNearestNameIsOfferedIfItIsNear() {
    #expect(nearest(to: "chanels", among: ["channels", "rules"]) == "channels")
    #expect(nearest(to: "xyzzy", among: ["channels", "rules"]) == nil)
  }
}
