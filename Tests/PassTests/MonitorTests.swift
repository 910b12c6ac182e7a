import Configuration
import Foundation
import Pass
import Receivables
import State
import Support
import Testing
import Wire

/// What is told to a monitor of scheduled jobs: a start, and how it ended.
struct MonitorTests {
  private struct Broken: Error {}

  private static let now = Now(Instant(seconds: 1_741_003_200), in: .utc)

  private static func assembly(_ more: String) throws -> Assembly {
    let file = try ConfigurationFile(
      path: "/x/b.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        sources: { books: { type: csv, path: books.csv } }
        channels: { desk: { type: stdout } }
        rules: [{ name: rent, when: { balance: overdue }, levels: [{ notify: [desk] }] }]
        \(more)
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: [:], folder: "/x", missing: .isAnError, literalsAreErrors: false)
    return try Assembly(Setup(file, resolver: resolver), resolver: resolver)
  }

  /// One pass over a world in which Ana Anders owes 600, told to a monitor.
  private static func watch(
    _ more: String,
    over transport: any Transport,
    isReplay: Bool = false,
    breaks: Bool = false,
    stopper: Stopper = Stopper(),
    timeout: Duration = .ample,
    patience: Duration = .ample
  ) async throws -> (report: PassReport?, warnings: [String]) {
    let world = World()
    await world.put(
      "account_id,account_name,document_id,due_date,currency,amount_due\n"
        + "C1,Ana Anders,D1,2025-01-01,NZD,600\n",
      at: "books.csv"
    )
    let assembly = try Self.assembly(more)
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let monitor = Monitor(
      assembly, now: Self.now, isReplay: isReplay, stopper: stopper, timeout: timeout,
      patience: patience)
    var warnings: [String] = []
    let report = try? await monitor.watch(
      over: transport,
      state,
      exitCode: { _ in 73 },
      warn: { warnings.append($0) },
      pass: {
        if breaks { throw Broken() }
        let options = PassOptions(now: Self.now, isReplay: isReplay)
        return try await PassRunner(assembly, state: state, transport: world, options: options)
          .run()
      }
    )
    return (report, warnings)
  }

  @Test func aPassIsAStartAndAnEndWithASummaryThatNamesNobody() async throws {
    let server = try LoopbackServer { _ in .text("OK") }
    defer { server.stop() }
    let (report, _) = try await withCurlTransport(.patient) {
      try await Self.watch("heartbeat_url: \(server.url)/ping/4711-uuid", over: $0)
    }
    #expect(report?.verdict == .done && report?.notices == [])
    let asked = server.requests
    #expect(asked.map(\.target).sorted() == ["/ping/4711-uuid", "/ping/4711-uuid/start"])
    #expect(asked.allSatisfy { $0.method == "POST" })
    let end = try #require(asked.first { $0.target == "/ping/4711-uuid" })
    #expect(end.text.hasPrefix("exit 0\nsources: 1 polled, 0 failed\nalerts: 1\n"))
    #expect(end.text.contains("deliveries: 1 sent"))
    #expect(!end.text.contains("Ana") && !end.text.contains("C1"))
    #expect(end.header("Content-Type") == "text/plain; charset=utf-8")
  }

  /// Takes every request, and keeps how long it may take.
  private actor Measure: Transport {
    private(set) var timeouts: [String: Duration] = [:]

    func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
      if case .http(let http) = request { timeouts[http.url] = timeout }
      return Response(status: 200)
    }
  }

  @Test(arguments: [true, false])
  func theEndOfAPassThatWasStoppedHasFiveSeconds(_ isStopped: Bool) async throws {
    let stopper = Stopper()
    if isStopped { stopper.stop(because: "SIGTERM") }
    let measure = Measure()
    _ = try await Self.watch("heartbeat_url: https://m.test/u", over: measure, stopper: stopper)
    let end = try #require(await measure.timeouts["https://m.test/u"])
    #expect(isStopped ? end <= .seconds(5) : end > .seconds(5) && end <= .ample)
  }

  @Test func aPassThatBreaksIsAFailureWithItsExitCode() async throws {
    let server = try LoopbackServer { _ in .text("OK") }
    defer { server.stop() }
    let (report, _) = try await withCurlTransport(.patient) {
      try await Self.watch("heartbeat_url: \(server.url)/u?create=1", over: $0, breaks: true)
    }
    #expect(report == nil)
    #expect(server.requests.last?.target == "/u/73?create=1")
  }

  @Test func aPassThatCannotBeginIsAFailureWithItsExitCode() async throws {
    let transport = ScriptedTransport(answering: Response(status: 200))
    let assembly = try Self.assembly("heartbeat_url: https://hc.test/u/")
    let monitor = Monitor(assembly, now: Self.now, isReplay: false)
    #expect(await monitor.fail(exitCode: 73, over: transport) == [])
    #expect(await Self.urls(transport) == ["https://hc.test/u/73"])
  }

  @Test func aMonitorThatDoesNotAnswerKeepsNoPassFromItsEnd() async throws {
    let server = try LoopbackServer { $0.target.hasSuffix("/start") ? .never : .text("OK") }
    defer { server.stop() }
    let (report, _) = try await withCurlTransport(.patient) {
      try await Self.watch(
        "heartbeat_url: \(server.url)/u", over: $0, patience: .milliseconds(50))
    }
    #expect(report?.verdict == .done)
    #expect(report?.deliveries.count == 1)
    #expect(server.requests.last?.target == "/u")
  }

  @Test func whatGoesWrongWithAMonitorIsANoticeAndNeverSaysTheAddress() async throws {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("?") }
      if http.url.hasSuffix("/start") { throw .notSent("no route to /ping/4711-uuid/start") }
      return Response(status: 410)
    }
    let (report, _) = try await Self.watch(
      "heartbeat_url: https://hc.test/ping/4711-uuid", over: transport)
    #expect(report?.verdict == .done)
    #expect(
      report?.notices == [
        "heartbeat_url/start: no route to [secret]/start", "heartbeat_url: HTTP 410",
      ])
  }

  @Test func aMonitorThatKnowsNoStartIsNoTrouble() async throws {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .forbidden("?") }
      return Response(status: http.url.hasSuffix("/start") ? 404 : 200)
    }
    let (report, _) = try await Self.watch("heartbeat_url: https://hc.test/u", over: transport)
    #expect(report?.notices == [])
  }

  @Test func aReplayTellsNobody() async throws {
    let transport = ScriptedTransport(answering: Response(status: 200))
    let folder = try TemporaryFolder()
    let more = "heartbeat_url: https://hc.test/u\nmetrics_file: \(folder.file("b.prom"))"
    let (report, _) = try await Self.watch(more, over: transport, isReplay: true)
    #expect(report?.verdict == .done)
    #expect(await transport.requests == [])
    #expect(folder.read("b.prom") == nil)
  }

  @Test func ofAPassThatBreaksTheMetricsSaySo() async throws {
    let folder = try TemporaryFolder()
    let transport = ScriptedTransport(answering: Response(status: 200))
    let (report, warnings) = try await Self.watch(
      "metrics_file: \(folder.file("b.prom"))", over: transport, breaks: true)
    #expect(report == nil && warnings == [])
    let text = try #require(folder.read("b.prom"))
    #expect(text.contains("balancealert_last_exit_code 73\n"))
    #expect(text.contains("balancealert_passes_total{exit_code=\"73\"} 1\n"))
    #expect(!text.contains("last_success"))
  }

  @Test func httpToTheWorldIsAnErrorOfTheConfig() throws {
    #expect(throws: ConfigurationError.self) {
      try Self.assembly("heartbeat_url: http://hc.test/u")
    }
  }

  private static func urls(_ transport: ScriptedTransport) async -> [String] {
    await transport.requests.map {
      if case .http(let http) = $0 { http.url } else { "?" }
    }
  }
}
