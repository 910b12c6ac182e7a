import Foundation
import Testing

/// Where things lie.
struct LayoutTests {
  /// What a newcomer sees first, and nothing else.
  private static let allowed: Set<String> = [
    ".ci", ".git", ".github", ".gitattributes", ".gitignore", ".swift-format", "Examples",
    "LICENSE", "Package.resolved", "Package.swift", "README.md", "Sources", "Tests", "cron", "docs",
  ]

  @Test func theTopLevelHasNothingElse() {
    let extra = Set(Tree.topLevel).subtracting(Self.allowed).filter { !$0.hasPrefix(".build") }
      .subtracting([".DS_Store", ".swiftpm", ".vscode"])
    #expect(extra.sorted() == [])
  }

  /// One word in four places: the type, the source file, the fixtures and the page.
  @Test(arguments: [
    ("Channels", "Channel", "channels"), ("Accounting", "Source", "sources"),
  ])
  func aPlatformHasItsFourPlaces(_ module: String, _ ending: String, _ folder: String) {
    let files = Tree.swift("Sources/\(module)/Platforms")
    var types: Set<String> = []
    for file in files {
      guard let line = file.lines.first(where: { $0.hasPrefix("    type: \"") }) else { continue }
      let type = line.split(separator: "\"")[1]
      types.insert(String(type))
      #expect(
        file.name.lowercased() == "\(type)\(ending.lowercased()).swift",
        "\(file.path) declares the type \(type)"
      )
    }
    #expect(types.count >= 2)
    #expect(Tree.names(in: "docs/\(folder)", extension: "md") == types)
    // A source that is read from a file has its cases in the test itself.
    let fixtures = Tree.names(in: "Tests/Fixtures/\(folder)")
    let own: Set<String> = folder == "sources" ? ["csv"] : []
    #expect(fixtures.subtracting(types).sorted() == [])
    #expect(types.subtracting(fixtures).subtracting(own).sorted() == [])
  }

  /// A fixture that no test asks for shows nothing.
  @Test func everyFixtureIsRead() {
    let tests = Tree.swift("Tests").filter { !$0.path.hasPrefix("Tests/TidyTests/") }
      .map(\.text).joined()
    var orphans: [String] = []
    var seen = 0
    for path in Tree.paths where path.hasPrefix("Tests/Fixtures/") {
      seen += 1
      let parts = path.split(separator: "/").map(String.init)
      switch parts[2] {
      case "channels" where parts.count > 4:
        let known = ["settings.yaml", "requests", "answers", "exchanges"]
        if !known.contains(parts[4]) { orphans.append(path) }
      case "sources" where parts.count > 4:
        // A case is a folder, which a test names, by its beginning where there are many.
        let name = parts[4]
        let beginning = name.split(separator: "-").first.map { "\($0)-" } ?? name
        if !tests.contains("\"\(name)\"") && !tests.contains("\"\(beginning)") {
          orphans.append(path)
        }
      case "errors":
        if parts.count != 5 || parts[4] != "error.test" { orphans.append(path) }
      default:
        if !tests.contains("\(parts[2])") { orphans.append(path) }
      }
    }
    #expect(seen > 100)
    #expect(orphans == [])
  }

  /// No file tells whose machine it came from.
  @Test func noPathOfADevelopersMachineIsInTheTree() {
    let roots = [
      "/Us" + "ers/", "/ho" + "me/runner", "/ro" + "ot/", "/tm" + "p/wt", "/wo" + "rk/main",
      "/wo" + "rk/shared",
    ]
    var found: [String] = []
    for file in Tree.files where !file.path.hasPrefix("Tests/TidyTests/") {
      if !roots.contains(where: file.text.contains) { continue }
      for (index, line) in file.lines.enumerated() {
        for root in roots {
          guard let range = line.firstRange(of: root) else { continue }
          // `api/work/orders` of a URL is none.
          let before = line[..<range.lowerBound].last ?? " "
          if !(before.isLetter || before.isNumber || ".-_}".contains(before)) {
            found.append("\(file.path):\(index + 1)")
          }
        }
      }
    }
    #expect(found == [])
  }

  /// Links from page to page lead somewhere.
  @Test func relativeLinksResolve() throws {
    var broken: [String] = []
    var seen = 0
    let link = try Regex(#"\]\(([^)\s]+)\)"#, as: (Substring, Substring).self)
    for file in Tree.files where file.path.hasSuffix(".md") {
      let folder = (file.path as NSString).deletingLastPathComponent
      for match in file.text.matches(of: link) {
        let target = match.output.1.prefix { $0 != "#" }
        if target.isEmpty || target.contains(":") { continue }
        seen += 1
        let path = Tree.root.appending(path: folder).appending(path: String(target)).path
        if !FileManager.default.fileExists(atPath: path) {
          broken.append("\(file.path): \(target)")
        }
      }
    }
    #expect(seen > 5)
    #expect(broken == [])
  }

  /// Swift Testing skips an empty list of arguments: each folder of tests has tests.
  @Test func everyFolderOfTestsHasTests() {
    for folder in Tree.names(in: "Tests") where folder.hasSuffix("Tests") {
      let files = Tree.swift("Tests/\(folder)")
      // A folder that waits for its tests says so.
      if files.map(\.name) == ["Placeholder.swift"] { continue }
      let count = files.reduce(0) { sum, file in
        sum + file.lines.count { $0.contains("@Test") }
      }
      #expect(count > 0, "\(folder) tests nothing")
    }
  }
}
