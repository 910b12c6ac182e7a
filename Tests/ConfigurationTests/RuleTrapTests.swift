import Configuration
import Settings
import Testing

/// Rules that read well and can never do what they say are errors, with their place.
struct RuleTrapTests {
  private func problems(_ rule: String) throws -> [String] {
    let file = try ConfigurationFile(
      path: "/x/b.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        timezone: Pacific/Auckland
        sources: { books: { type: csv, path: books.csv } }
        channels: { team: { type: file, path: out.jsonl } }
        rules:
          - name: rent
            levels: [{ notify: [team] }]
        \(rule.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        """,
      isReadableByOthers: false)
    let resolver = SecretResolver(
      environment: [:], folder: "/x", missing: .isAnError, literalsAreErrors: false)
    return Setup(file, resolver: resolver).problems.map(\.description)
  }

  @Test(
    arguments: [
      ("when: { over: 500 }\nclear_under: 600", "clear_under: is above the threshold"),
      (
        "when: { over: { NZD: 500, default: 700 } }\nclear_under: { NZD: 600 }",
        "clear_under: is above the threshold in NZD"
      ),
      ("when: { at_least: 500 }\nclear_under: 500.01", "clear_under: is above the threshold"),
      ("repeat: 0d", "repeat: must be longer than nothing"),
      ("repeat: 0s", "repeat: must be longer than nothing"),
      (
        "when: { due_within: 3d, days_overdue: 7 }",
        "when.due_within: holds only while nothing is overdue"
      ),
      (
        "when: { due_within: 3d, balance: overdue }",
        "when.due_within: holds only while nothing is overdue"
      ),
    ])
  func aTrapIsAnError(_ rule: String, _ message: String) throws {
    let found = try problems(rule)
    #expect(found.count == 1)
    #expect(found.first?.contains(message) == true, "\(found)")
    #expect(found.first?.hasPrefix("/x/b.yaml:") == true)
  }

  @Test(
    arguments: [
      "when: { over: 500 }\nclear_under: 500", "when: { over: 500 }\nclear_under: 400",
      "match: { currencies: [NZD] }\nwhen: { over: { NZD: 500, default: 100 } }\nclear_under: 400",
      "repeat: 1s", "when: { due_within: 3d }", "when: { due_within: 3d, days_overdue: 0 }",
    ])
  func whatCanWorkIsNone(_ rule: String) throws {
    #expect(try problems(rule) == [])
  }
}
