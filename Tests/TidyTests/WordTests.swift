import Testing

/// Words that are not written here, and what is written instead.
struct WordTests {
  struct Ban: Sendable, CustomTestStringConvertible {
    let word: String
    let instead: String
    var folders = ["Sources"]
    var except: [String] = []
    var testDescription: String { word }
  }

  static let bans = [
    Ban(word: "try!", instead: "try, or a guard", folders: ["Sources", "Tests"]),
    Ban(word: "as!", instead: "as?", folders: ["Sources", "Tests"]),
    Ban(word: "fatalError(", instead: "a thrown error", folders: ["Sources", "Tests"]),
    Ban(word: "preconditionFailure(", instead: "a thrown error"),
    Ban(
      word: "Date()",
      instead: "the Now that is handed in",
      except: ["Sources/Receivables/Now.swift"]
    ),
    Ban(
      word: "Double",
      instead: "Money, or whole numbers",
      folders: ["Receivables", "Rules", "Accounting", "Outbox"].map { "Sources/\($0)" }
    ),
    Ban(
      word: "Float",
      instead: "Money, or whole numbers",
      folders: ["Receivables", "Rules", "Accounting", "Outbox"].map { "Sources/\($0)" }
    ),
    Ban(
      word: "print(",
      instead: "Output.print, or the log",
      except: ["Sources/Commands/", "Sources/AdapterList/Tool/"]
    ),
    Ban(word: "URLSession", instead: "Transport", folders: ["Sources", "Tests"]),
    Ban(
      word: "reveal()",
      instead: "a Secret that is handed on",
      except: [
        "Sources/Channels/", "Sources/Accounting/", "Sources/Pass/Assembly.swift",
        "Sources/Pass/AdapterSettings.swift", "Sources/Pass/SignInReader.swift",
        "Sources/Pass/Heartbeat.swift",
        "Sources/Settings/",
      ]
    ),
    Ban(word: "import GRDB", instead: "State", except: ["Sources/State/"]),
  ]

  @Test(arguments: bans + TimeTests.bans)
  func aBannedWordIsNotWritten(_ ban: Ban) {
    var found: [String] = []
    var searched = 0
    for file in ban.folders.flatMap(Tree.swift)
    where !ban.except.contains(where: { file.path.hasPrefix($0) })
      && !file.path.hasPrefix("Tests/TidyTests/")
    {
      searched += 1
      for (index, line) in file.code.enumerated() where Self.contains(line, ban.word) {
        found.append("\(file.path):\(index + 1)")
      }
    }
    #expect(searched > 0)
    #expect(found == [], "`\(ban.word)`: write \(ban.instead)")
  }

  /// The word stands by itself: `Doubles` and `blueprint(` are others.
  private static func contains(_ line: String, _ word: String) -> Bool {
    if line.isEmpty || !line.utf8.contains(word.utf8.first ?? 0) { return false }
    var rest = line[...]
    while let range = rest.firstRange(of: word) {
      let before = rest[..<range.lowerBound].last ?? " "
      let after = rest[range.upperBound...].first ?? " "
      let startsWord = !(before.isLetter || before.isNumber || before == "_")
      let isOwn = word == "print(" && before == "."
      let lastIsLetter = word.last?.isLetter == true
      let endsWord = !(lastIsLetter && (after.isLetter || after.isNumber))
      if startsWord && endsWord && !isOwn { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }

  /// What is to be done stands in the tracker.
  @Test func nothingIsLeftToBeDoneInTheCode() {
    let marks = ["FIX" + "ME", "TO" + "DO", "XX" + "X"]
    var found: [String] = []
    for file in Tree.swift("Sources") + Tree.swift("Tests") {
      for (index, line) in file.lines.enumerated() where line.utf8.contains(UInt8(ascii: "/")) {
        guard let comment = line.firstRange(of: "//").map({ line[$0.upperBound...] }) else {
          continue
        }
        if marks.contains(where: comment.contains) { found.append("\(file.path):\(index + 1)") }
      }
    }
    #expect(found == [])
  }

  @Test func sqlIsWrittenInStateAlone() {
    let statements = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE "]
    var found: [String] = []
    for file in Tree.swift("Sources")
    // QuickBooks and Salesforce have query languages of their own that look the same.
    where !file.path.hasPrefix("Sources/State/") && !file.path.contains("/Platforms/QuickBooks")
      && !file.path.hasPrefix("Sources/Channels/Salesforce")
    {
      for (index, line) in file.lines.enumerated() where statements.contains(where: line.contains) {
        found.append("\(file.path):\(index + 1)")
      }
    }
    #expect(found == [])
  }
}
