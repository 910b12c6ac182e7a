import Foundation
import Support
import Testing

/// The real program, and what watches over it.
struct MonitoringTests {
  private static let noon = "2025-03-03T12:00:00Z"

  private static func folder(_ url: String, more: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      heartbeat_url: env:HEARTBEAT_URL
      metrics_file: \(folder.path)/b.prom
      ops: [team]
      sources: { books: { type: csv, path: books.csv } }
      channels:
        hook: { type: webhook, url: "\(url)/in", audience: customer }
        team: { type: webhook, url: "\(url)/team" }
      rules:
        - name: rent
          when: { balance: overdue }
          levels: [{ notify: [hook] }]
      \(more)

      """,
      to: "balancealert.yaml"
    )
    try folder.write(
      "account_id,account_name,document_id,due_date,currency,amount_due\n"
        + "C1,Ana Anders,D1,2025-02-01,NZD,600\n",
      to: "books.csv"
    )
    return folder
  }

  private static func run(
    _ arguments: [String],
    in folder: TemporaryFolder,
    _ server: LoopbackServer
  ) async throws -> Binary.Ended {
    try await Binary().run(
      arguments, in: folder, environment: ["HEARTBEAT_URL": "\(server.url)/hb/4711-uuid"])
  }

  private static func heartbeats(_ server: LoopbackServer) -> [String] {
    server.requests.map(\.target).filter { $0.hasPrefix("/hb/") }
      .map { String($0.dropFirst("/hb/4711-uuid".count)) }
  }

  @Test func aPassTellsItsStartItsEndAndItsNumbers() async throws {
    let server = try LoopbackServer { _ in .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(server.url)
    let ended = try await Self.run(["run", "--now", Self.noon], in: folder, server)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(Self.heartbeats(server).sorted() == ["", "/start"])
    let metrics = try #require(folder.read("b.prom"))
    #expect(metrics.contains("balancealert_last_exit_code 0\n"))
    #expect(metrics.contains(#"balancealert_last_pass_deliveries{channel="hook",status="sent"} 1"#))
    // A preview is no sign of life.
    _ = try await Self.run(["preview", "--now", Self.noon], in: folder, server)
    #expect(Self.heartbeats(server).count == 2)
  }

  @Test func aDeliveryThatIsGivenUpIsToldToOpsInTheSummaryToo() async throws {
    let server = try LoopbackServer { $0.target == "/in" ? .answer(422) : .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(server.url)
    let ended = try await Self.run(["run", "--now", Self.noon], in: folder, server)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.output.contains("ops         told team of 1\n"))
    let told = try #require(server.requests.first { $0.target == "/team" })
    #expect(told.text.contains(#""event":"notice""#))
    #expect(told.text.contains("not delivered: Ana Anders (books:C1), rule rent, through hook"))
  }

  @Test func aPassThatIsPartlyDoneIsAFailureWithItsCode() async throws {
    let server = try LoopbackServer { $0.target == "/in" ? .answer(503) : .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(
      server.url, more: ""
    ).replacingChannelRetries()
    let ended = try await Self.run(["run", "--now", Self.noon], in: folder, server)
    #expect(ended.status == 75, "\(ended.errors)")
    #expect(Self.heartbeats(server).sorted() == ["/75", "/start"])
  }

  @Test func aStateThatCannotBeOpenedIsAFailureWith73() async throws {
    let server = try LoopbackServer { _ in .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(server.url)
    try folder.write(
      "no database, though it is long enough to be taken for one", to: "state.sqlite")
    let ended = try await Self.run(["run", "--now", Self.noon], in: folder, server)
    #expect(ended.status == 73, "\(ended.errors)")
    #expect(Self.heartbeats(server) == ["/73"])
    #expect(folder.read("b.prom")?.contains("balancealert_last_exit_code 73\n") == true)
  }

  @Test func aDirectoryThatIsMalformedIsAFailureWith65() async throws {
    let server = try LoopbackServer { _ in .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(server.url, more: "directory: directory.csv")
    try folder.write("account,disputed\nbooks:C1,perhaps\n", to: "directory.csv")
    let ended = try await Self.run(["run", "--now", Self.noon], in: folder, server)
    #expect(ended.status == 65, "\(ended.errors)")
    #expect(Self.heartbeats(server).last == "/65")
    #expect(folder.read("b.prom")?.contains(#"passes_total{exit_code="65"} 1"#) == true)
  }

  @Test func aMonitorThatIsGoneChangesNothing() async throws {
    let server = try LoopbackServer { $0.target.hasPrefix("/hb") ? .answer(500) : .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(server.url)
    let ended = try await Self.run(["run", "--now", Self.noon], in: folder, server)
    #expect(ended.status == 0)
    #expect(ended.errors.contains("heartbeat_url: HTTP 500"))
    #expect(!ended.errors.contains("4711"))
  }

  // MARK: Logs

  private struct Line: Decodable {
    let time: String
    let level: String
    let message: String
    let pass: Int?
    let source: String?
    let channel: String?
    let account: String?
    let delivery: String?
  }

  @Test func everyLineOfTheLogSaysWhichPassItIsOfAndWhatItIsAbout() async throws {
    let server = try LoopbackServer { $0.target == "/team" ? .answer(404) : .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(
      server.url,
      more: "limits: { customer_messages_per_pass: 0 }"
    )
    let arguments = ["run", "--now", Self.noon, "--log-format", "json", "--verbose"]
    let ended = try await Self.run(arguments, in: folder, server)
    #expect(ended.status == 75)
    let lines = try ended.errors.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    let ofPass = lines.filter { $0.pass == 1 }
    #expect(!ofPass.isEmpty && ofPass.count == lines.count)
    #expect(lines.allSatisfy { $0.time.wholeMatch(of: /20[0-9-]+T[0-9:]+Z/) != nil })
    let about = try #require(lines.first { $0.delivery != nil })
    #expect(about.level == "debug" && about.channel == "hook" && about.account == "books:C1")
    #expect(about.delivery.map { about.message.hasPrefix($0) } == true)
    let ops = try #require(lines.first { $0.message.contains("ops could not be told") })
    #expect(ops.channel == "team" && ops.level == "warning")
  }

  @Test func aSourceThatFailsIsNamedInItsLine() async throws {
    let server = try LoopbackServer { _ in .text("OK") }
    defer { server.stop() }
    let folder = try Self.folder(server.url)
    try FileManager.default.removeItem(atPath: folder.file("books.csv"))
    let arguments = ["run", "--now", Self.noon, "--log-format", "json", "--format", "json"]
    let ended = try await Self.run(arguments, in: folder, server)
    let lines = try ended.errors.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    let failed = try #require(lines.first { $0.level == "error" })
    #expect(failed.source == "books" && failed.pass == 1)
  }
}

extension TemporaryFolder {
  /// What is refused for now is not tried again in the same pass: that would take seconds.
  fileprivate func replacingChannelRetries() throws -> TemporaryFolder {
    let config = read("balancealert.yaml") ?? ""
    try write(
      config.replacing("audience: customer }", with: "audience: customer, retries: 0 }"),
      to: "balancealert.yaml"
    )
    return self
  }
}
