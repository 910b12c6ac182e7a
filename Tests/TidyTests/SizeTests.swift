import Testing

/// Lines, functions and files of a size that fits a screen and a head.
struct SizeTests {
  /// Larger than they should be. The list may only shrink: an entry that is not needed fails.
  static let longFiles: Set<String> = [
    "Tests/AccountingTests/XeroSourceTests.swift",
    "Tests/OutboxTests/DeliveryMachineTests.swift",
    "Tests/OutboxTests/PlannerTests.swift",
  ]
  static let longFunctions: Set<String> = [
    "Sources/Pass/AdapterSettings.swift readChannel",
    "Sources/Pass/Poll.swift poll",
    "Sources/Rules/Evaluator.swift decide",
  ]

  @Test func linesHaveNoMoreThan100Columns() {
    var found: [String] = []
    let files = Tree.swift("Sources") + Tree.swift("Tests")
    #expect(files.count > 100)
    for file in files {
      var isInText = false
      for (index, line) in file.lines.enumerated() {
        // A table or an exchange in a text is as wide as it is.
        let wasInText = isInText
        let marks =
          line.utf8.contains(UInt8(ascii: "\"")) ? line.components(separatedBy: "\"\"\"") : 0
        if marks % 2 == 1 { isInText.toggle() }
        if line.utf8.count > 100, line.count > 100, !(wasInText && isInText) {
          found.append("\(file.path):\(index + 1)")
        }
      }
    }
    #expect(found == [])
  }

  @Test func filesHaveNoMoreThan300Lines() {
    let files = Tree.swift("Sources") + Tree.swift("Tests")
    let long = Set(files.filter { $0.lines.count > 301 }.map(\.path))
    #expect(long.subtracting(Self.longFiles).sorted() == [], "split them")
    #expect(Self.longFiles.subtracting(long).sorted() == [], "take them off the list")
  }

  @Test func functionsHaveNoMoreThan70Lines() {
    var long: Set<String> = []
    var seen = 0
    for file in Tree.swift("Sources") + Tree.swift("Tests") {
      for function in Self.functions(file) {
        seen += 1
        if function.lines > 70 { long.insert("\(file.path) \(function.name)") }
      }
    }
    #expect(seen > 500)
    #expect(long.subtracting(Self.longFunctions).sorted() == [], "split them")
    #expect(Self.longFunctions.subtracting(long).sorted() == [], "take them off the list")
  }

  /// By indentation, which the formatter keeps: from the line that says `func` or `init` to the
  /// brace that stands as far in.
  private static func functions(_ file: Tree.File) -> [(name: String, lines: Int)] {
    var found: [(name: String, lines: Int)] = []
    let code = file.code
    for (start, line) in code.enumerated() {
      if !line.contains("func "), !line.contains("init") || line.hasSuffix("}") { continue }
      if line.hasSuffix("}") { continue }
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      guard let at = words.firstIndex(where: { $0 == "func" || $0 == "init" }) else { continue }
      // A call of `init` is no declaration.
      let before = words[..<at]
      let modifiers: Set = [
        "public", "private", "fileprivate", "package", "internal", "static", "mutating",
        "nonisolated", "override", "required", "convenience", "isolated", "discardableResult",
        "Test",
      ]
      guard before.allSatisfy(modifiers.contains) else { continue }
      let name = words[at] == "func" && at + 1 < words.count ? words[at + 1] : "init"
      let indent = line.prefix { $0 == " " }.count
      let end = code[(start + 1)...].firstIndex { next in
        next.prefix { $0 == " " }.count == indent && next.dropFirst(indent).first == "}"
      }
      // What a protocol asks for has no body.
      let isOver = code[(start + 1)...].firstIndex { next in
        next.prefix { $0 == " " }.count < indent && !next.isEmpty
      }
      if let end, end < isOver ?? code.endIndex { found.append((name, end - start + 1)) }
    }
    return found
  }
}

extension Substring {
  /// How often `separator` stands in it.
  fileprivate func components(separatedBy separator: String) -> Int {
    var count = 0
    var rest = self
    while let range = rest.firstRange(of: separator) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
