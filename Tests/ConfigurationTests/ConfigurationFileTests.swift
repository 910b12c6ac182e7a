import Configuration
import Foundation
import Settings
import Testing

struct ConfigurationFileTests {
  @Test("Every value has its path and its place, both counted from 1")
  func positions() throws {
    let root = try file(
      """
      organisation: Harbour
      channels:
        email: { type: smtp, port: "25" }
      rules:
        - name: rent
      """
    ).root
    #expect(root.path == "" && root.entries.map(\.key) == ["organisation", "channels", "rules"])
    #expect(root["organisation"]?.node.position == Position(line: 1, column: 15))
    guard case .block(let channels)? = root["channels"]?.node.value,
      case .block(let email)? = channels["email"]?.node.value,
      case .list(let rules)? = root["rules"]?.node.value,
      case .block(let rule)? = rules.first?.value
    else {
      Issue.record("not the shape that was written")
      return
    }
    #expect(email.path == "channels.email")
    #expect(email["type"]?.position == Position(line: 3, column: 12))
    #expect(email["type"]?.node.value == .scalar("smtp", quoted: false))
    #expect(email["port"]?.node.value == .scalar("25", quoted: true))
    #expect(rule.path == "rules[1]" && rule.path(of: "name") == "rules[1].name")
  }

  @Test("Numbers and words are kept as they are written: no amount passes through floating point")
  func exact() throws {
    let root = try file("a: 500.10\nb: 1e3\nc: 007\nd: no\ne: 2026-03-02\nf: 1_000").root
    let texts = root.entries.map { entry -> String in
      if case .scalar(let text, _) = entry.node.value { text } else { "?" }
    }
    #expect(texts == ["500.10", "1e3", "007", "no", "2026-03-02", "1_000"])
  }

  @Test("Nothing, ~ and null are no value; quoted they are text")
  func null() throws {
    let values = try file("a:\nb: ~\nc: null\nd: \"\"\ne: 'null'").root.entries.map(\.node.value)
    #expect(
      values == [
        .null, .null, .null, .scalar("", quoted: true), .scalar("null", quoted: true),
      ]
    )
  }

  @Test("An anchor stands for what it names")
  func anchors() throws {
    let root = try file("a: &levels [x, y]\nb: *levels").root
    guard case .list(let nodes)? = root["b"]?.node.value else {
      Issue.record("\(String(describing: root["b"]?.node.value))")
      return
    }
    #expect(nodes.count == 2)
  }

  @Test("A key that is written twice is an error where it stands")
  func duplicates() {
    let text = "version: 1\nrules: []\nchannels:\n  email: {}\n  sms: {}\n  email: {}\n"
    #expect(
      problems(text) == ["conf/balancealert.yaml:4:3: error: written twice: email"]
    )
  }

  @Test("What is not YAML is said where it breaks")
  func broken() {
    for (text, place) in [
      ("version: 1\n  rules: []\n", "2:8"), ("a: [1, 2\nb: 3\n", "2:2"), ("a: \"x\n", "2:1"),
      ("\ta: 1", "1:1"),
    ] {
      let found = problems(text)
      #expect(found.count == 1)
      #expect(
        found.first?.hasPrefix("conf/balancealert.yaml:\(place): error: this is not YAML: ")
          == true,
        "\(found)"
      )
    }
  }

  @Test("An empty file, and one that is a list, are errors")
  func shape() {
    #expect(problems("") == ["conf/balancealert.yaml:1:1: error: the config is empty"])
    #expect(problems("# nothing\n").first?.contains("empty") == true)
    #expect(
      problems("- a\n") == [
        "conf/balancealert.yaml:1:1: error: the config must be a block of keys"
      ]
    )
  }

  @Test("A file that is not there is named; who can read one that is, is known")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "balancealert-config-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "balancealert.yaml").path
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile(path: path) }
    #expect(error?.description.contains("is not there; name it with --config") == true)
    try Data("version: 1\n".utf8).write(to: URL(filePath: path))
    for (mode, isShared) in [(0o600, false), (0o640, true), (0o604, true), (0o700, false)] {
      chmod(path, mode_t(mode))
      let file = try ConfigurationFile(path: path)
      #expect(file.isReadableByOthers == isShared)
      #expect(file.folder == folder.path)
    }
    #expect(
      try ConfigurationFile(path: "x.yaml", text: "a: 1", isReadableByOthers: false).folder == "."
    )
  }
}
