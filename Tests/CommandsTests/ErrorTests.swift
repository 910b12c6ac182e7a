import Foundation
import Support
import Testing

/// Every error that a person may meet: `Tests/Fixtures/errors/NAME/error.test` shows how it comes
/// about, and says what it means and how to mend it. docs/errors.md is made of them.
struct ErrorTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/errors")

  static let names: [String] = {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return folders.filter { !$0.hasPrefix(".") }.sorted()
  }()

  private static func transcript(_ name: String) throws -> Transcript {
    try Transcript(folder.appending(path: "\(name)/error.test"))
  }

  @Test func thereAreErrors() { #expect(Self.names.count >= 20) }

  @Test(arguments: names)
  func anErrorIsSaidAsWritten(_ name: String) async throws {
    let transcript = try Self.transcript(name)
    let text = try await transcript.play(Binary())
    let path = "../Fixtures/errors/\(name)/error.test"
    let difference = Golden.difference(of: text, from: path)
    #expect(difference == nil, "\(difference ?? "")")
    let last = Self.lastCommand(transcript)
    #expect(Golden.isUpdating || last.status != 0, "no error")
    #expect(Golden.isUpdating || !last.message.isEmpty, "nothing is said")
  }

  @Test func thePageOfErrorsIsMadeOfThem() throws {
    var page = """
      # Errors

      What `balancealert` says when something is wrong, what it means, and how to mend it. Made from
      `Tests/Fixtures/errors/` by `UPDATE_GOLDENS=1`; each case there shows how the error comes about.

      | message | exit | what it means | how to mend it |
      |---|---|---|---|

      """
    for name in Self.names {
      let transcript = try Self.transcript(name)
      let means = try #require(transcript.value("means"), "\(name) has no `means:`")
      let mend = try #require(transcript.value("mend"), "\(name) has no `mend:`")
      let last = Self.lastCommand(transcript)
      let message = last.message.map { "`\(Self.cell($0))`" }.joined(separator: "<br>")
      page += "| \(message) | \(last.status) | \(Self.cell(means)) | \(Self.cell(mend)) |\n"
    }
    let difference = Golden.difference(of: page, from: "../../docs/errors.md")
    #expect(difference == nil, "\(difference ?? "")")
  }

  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("`", with: "'")
  }

  /// What the last command said on standard error, or of a source, and its status.
  private static func lastCommand(_ transcript: Transcript) -> (message: [String], status: Int) {
    for case .command(_, let expected) in transcript.parts.reversed() {
      let said = expected.filter { $0.hasPrefix("2> ") }.map { String($0.dropFirst(3)) }
      let message = said.isEmpty ? expected.filter { $0.contains("FAILED") } : said
      let status = expected.last.flatMap { $0.hasPrefix(">= ") ? Int($0.dropFirst(3)) : nil }
      return (message, status ?? 0)
    }
    return ([], 0)
  }
}
