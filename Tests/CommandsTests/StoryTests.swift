import Foundation
import Support
import Testing

/// The month in docs/rules.md is told by the program itself, from Examples/.
struct StoryTests {
  @Test func theMonthInTheDocsIsToldByTheProgram() async throws {
    let folder = try TemporaryFolder()
    let example = Transcript.repository.appending(path: "Examples/harbour-lettings").path
    let ended = try await Binary().run(
      [
        "rules", "test", "--story", "--config", "\(example)/balancealert.yaml",
        "\(example)/scenarios/november.yaml",
      ],
      in: folder
    )
    #expect(ended.status == 0)
    let page = Transcript.repository.appending(path: "docs/rules.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.firstRange(of: "<!-- november -->\n"))
    let end = try #require(text.firstRange(of: "<!-- /november -->"))
    let whole = text[..<start.upperBound] + ended.output + text[end.lowerBound...]
    #expect(Golden.difference(of: String(whole), from: "../../docs/rules.md") == nil)
  }

  @Test func theMonthIsAsItsScenarioSays() async throws {
    let folder = try TemporaryFolder()
    let example = Transcript.repository.appending(path: "Examples/harbour-lettings").path
    let ended = try await Binary().run(
      [
        "rules", "test", "--config", "\(example)/balancealert.yaml",
        "\(example)/scenarios/november.yaml",
      ],
      in: folder
    )
    #expect(ended.status == 0)
    #expect(ended.output.contains("30 days, 8 alerts: as expected"))
  }
}
