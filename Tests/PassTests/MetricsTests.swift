import Foundation
import Outbox
import Receivables
import State
import Support
import Testing

@testable import Pass

/// `metrics_file`: what it holds, and how it comes to stand there.
struct MetricsTests {
  private static func scenario(
    _ folder: TemporaryFolder,
    file: String = "balancealert.prom"
  ) throws -> Scenario {
    try Scenario(
      Scenario.Parts(
        rules: AlertTests.rent.replacing("[sms]", with: "[sms, team]"),
        channels: """
            sms: { type: twilio, base_url: https://sms.test, account_sid: AC1,
                   auth_token: twilio-token, from: "+6421000000" }
            team: { type: webhook, url: https://team.test/in }
          """,
        more: """
          metrics_file: \(folder.file(file))
          limits: { customer_messages_per_pass: 3 }
          """,
        sources: ["books", "annex"]
      )
    )
  }

  /// Not a replay: those write no metrics.
  private static func run(_ scenario: Scenario, day: Int) async throws -> PassReport {
    try await scenario.run(PassOptions(now: await scenario.now(day: day)))
  }

  private static func happen(_ scenario: Scenario, _ events: String...) async {
    for event in events { #expect(await scenario.happen(event)) }
  }

  /// Three passes: a number is refused; a source fails, and the limit holds; the same goes on.
  private static func lastOfThree(_ folder: TemporaryFolder) async throws -> String {
    let scenario = try Self.scenario(folder)
    await Self.happen(
      scenario, "C1 owes 600.50 due -40", "C2 owes 12345678901.05", "X1 owes 700 JPY",
      "sms rejects C2")
    #expect(try await Self.run(scenario, day: 1).verdict == .done)
    await Self.happen(
      scenario, "annex fails", "C3 owes 600", "C4 owes 600", "C5 owes 1.005 KWD", "C6 owes 600",
      "C7 owes 600")
    for day in [2, 9] { #expect(try await Self.run(scenario, day: day).verdict == .partly) }
    return try #require(folder.read("balancealert.prom"))
  }

  @Test func theFileSaysHowThePassesGo() async throws {
    let text = try await Self.lastOfThree(TemporaryFolder())
      .replacing(/(_duration_seconds) [0-9]+\.[0-9]{3}\n/) { "\($0.output.1) 0.012\n" }
    let difference = Golden.difference(of: text, from: "Goldens/metrics.prom")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test func itIsReadAsPrometheusReadsIt() async throws {
    let page = try MetricPage(try await Self.lastOfThree(TemporaryFolder()))
    #expect(page["balancealert_last_exit_code"] == ["": "75"])
    #expect(page["balancealert_source_up"]?.count == 2)
    #expect(
      page["balancealert_open_balance"]?[#"source="books",currency="NZD",bucket="1-30""#]
        == "12345681301.05")
    #expect(Set(page.families) == Set(Metrics.all.map(\.name)))
  }

  @Test func aNameCannotBreakALine() throws {
    let name = "a\\b\"c\nd\r\ne"
    var text = MetricText()
    text.add(Metrics.deliveries, [([name, "sent"], "1")])
    let page = try MetricPage(text.text)
    let labels = try #require(page["balancealert_last_pass_deliveries"]?.keys.first)
    #expect(MetricPage.read(labels: labels)?.first?.1.utf8.elementsEqual(name.utf8) == true)
  }

  @Test func itIsReplacedWholeAndReadableByTheCollector() async throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "balancealert.prom")
    let scenario = try Self.scenario(folder)
    #expect(try await Self.run(scenario, day: 1).verdict == .done)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names == ["balancealert.prom"])
    let attributes = try FileManager.default.attributesOfItem(
      atPath: folder.file("balancealert.prom"))
    #expect(attributes[.posixPermissions] as? Int == 0o644)
    #expect(folder.read("balancealert.prom")?.hasPrefix("# HELP balancealert_") == true)
  }

  @Test func aFolderThatIsNotThereIsANoticeAnd75() async throws {
    let folder = try TemporaryFolder()
    let scenario = try Self.scenario(folder, file: "gone/b.prom")
    await Self.happen(scenario, "C1 owes 600")
    let report = try await Self.run(scenario, day: 1)
    #expect(report.verdict == .partly && report.count(.sent) == 2)
    #expect(
      report.notices.filter { !$0.contains("warning") } == [
        "metrics_file: \(folder.file("gone/b.prom")) cannot be written: No such file or directory"
      ])
    // The log says so too.
    #expect(try await scenario.state.counts(without: nil).passes == [75: 1])
  }

  @Test func thePageOfTheDocsListsThem() throws {
    let rows = Metrics.all.map { metric in
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
    }
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/monitoring.md").standardizedFileURL
    let page = try String(contentsOf: path, encoding: .utf8)
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let first = try #require(lines.firstIndex { $0.hasPrefix("| `balancealert_") })
    let last = try #require(lines.lastIndex { $0.hasPrefix("| `balancealert_") })
    let wanted = (lines[..<first] + rows + lines[(last + 1)...]).joined(separator: "\n")
    let difference = Golden.difference(of: wanted, from: "../../docs/monitoring.md")
    #expect(difference == nil, "\(difference ?? "")")
  }
}
