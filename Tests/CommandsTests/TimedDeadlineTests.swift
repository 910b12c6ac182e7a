import Foundation
import Support
import Synchronization
import Testing

/// Whatever a pass waits for and hangs: it ends by its `--deadline`, what was accepted for all we
/// know is said to be so, and the next pass finishes the rest. The real program.
@Suite(.serialized) struct TimedDeadlineTests {
  // MARK: Sources

  /// Of Stripe: one invoice, on the first of two pages, the second of which is empty.
  private static func stripe(_ asked: LoopbackServer.Asked) -> LoopbackServer.Reply {
    let invoice =
      #"{"id":"in_1","object":"invoice","number":"A1","status":"open","currency":"nzd","#
      + #""customer":{"id":"cus_1","object":"customer","name":"Bo","created":1738000000},"#
      + #""customer_name":"Bo","amount_due":7000,"amount_paid":0,"amount_remaining":7000,"#
      + #""total":7000,"created":1738000000,"due_date":1738400000,"#
      + #""collection_method":"send_invoice","#
      + #""attempt_count":0,"attempted":false,"status_transitions":{"finalized_at":1738000000}}"#
    let isFirst = isInvoices(asked) && !asked.target.contains("starting_after")
    return .text(
      #"{"object":"list","url":"/","has_more":\#(isFirst),"data":[\#(isFirst ? invoice : "")]}"#,
      headers: ["Content-Type: application/json"])
  }

  private static func isInvoices(_ asked: LoopbackServer.Asked) -> Bool {
    asked.target.contains("/v1/invoices")
  }

  private static func shop(_ url: String) -> String {
    "  shop: { type: stripe, api_key: \"env:KEY\", timeout: 1h, base_url: \"\(url)\" }"
  }

  private static let key = ["KEY": "rk_test_1"]

  /// The first pass tells what the other source says, and the next one what this one says too.
  private static func hangs(_ make: () throws -> HangingPlatform) async throws {
    try await Pace.hanging { time in
      let platform = try make()
      defer { platform.stop() }
      let world = try HangingWorld()
      try world.configure(sources: shop(platform.url))
      let first = try await world.pass(within: time, environment: key) { platform.reached.date }
      guard let first, first.hadTime else { return nil }
      #expect(first.exit == 75)
      #expect(first.sources.map(\.status) == ["polled", "failed"])
      #expect(first.statuses == ["sent"] && world.written == 1, "\(first)")
      platform.work()
      try world.configure(sources: shop(platform.url))
      let second = try await world.pass(environment: key)
      #expect(second.exit == 0, "\(second.sources)")
      #expect(second.deliveries.map(\.source) == ["shop"] && world.written == 2)
    }
  }

  @Test func aSourceThatHangsKeepsNobodyElseWaiting() async {
    await Pace.sideBySide(Silence.allCases) { silence in
      try await Self.hangs { try HangingPlatform(silence, answer: Self.stripe) }
    }
  }

  @Test func ofAPageThatHangsThePageBeforeItIsNotTaken() async {
    await Pace.sideBySide(Silence.allCases.filter { $0 != .atOnce }) { silence in
      try await Self.hangs {
        try HangingPlatform(
          silence,
          at: { Self.isInvoices($0) && $0.target.contains("starting_after") },
          answer: Self.stripe)
      }
    }
  }

  @Test func aSignInThatHangs() async {
    // None is lost by being cut.
    await Pace.sideBySide(Silence.allCases) { silence in
      try await Self.signInHangs(silence, grant: "client_credentials")
    }
  }

  private static func xero(_ asked: LoopbackServer.Asked) -> LoopbackServer.Reply {
    let isList = !asked.target.contains("Organisation")
    if asked.target == "/token" {
      return .text(#"{"access_token":"A1","refresh_token":"R1","expires_in":1800}"#)
    }
    let name = asked.target.prefix { $0 != "?" }.split(separator: "/").last ?? ""
    return .text(
      isList
        ? #"{"DateTimeUTC":"/Date(1740998000000)/","\#(name)":[],"#
          + #""pagination":{"page":1,"pageSize":1000,"pageCount":0,"itemCount":0}}"#
        : #"{"DateTimeUTC":"/Date(1740998000000)/","Organisations":[{"Name":"Harbour"}]}"#)
  }

  static func signInHangs(_ silence: Silence, grant: String) async throws {
    try await Pace.hanging { time in
      let platform = try HangingPlatform(silence, answer: xero)
      defer { platform.stop() }
      let world = try HangingWorld()
      func configure() throws {
        try world.configure(
          sources: """
              xero:
                type: xero
                tenant_id: 45e4708e-d862-4111-ab3a-dd8cd03913e1
                timeout: 1h
                base_url: "\(platform.url)"
                token_url: "\(platform.url)/token"
                auth: { grant: \(grant), client_id: "env:KEY", client_secret: "env:KEY" }
            """)
      }
      try configure()
      let first = try await world.pass(within: time, environment: key) { platform.reached.date }
      guard let first else { return nil }
      #expect(first.exit == 75)
      #expect(first.sources.map(\.status) == ["polled", "failed"])
      platform.work()
      try configure()
      let second = try await world.pass(environment: key)
      #expect(second.exit == 0, "\(second.sources)")
      #expect(world.written == 1)
    }
  }

  /// A program that sleeps; one that is over, while a child of its own holds its output; and one
  /// whose child left its group, and lives on (without what it inherited of this test).
  @Test func aProgramThatHangs() async {
    let lines = ["exec sleep 1000", "sleep 1000 & exit 0", ". ./leave.sh"]
    await Pace.sideBySide(lines) { line in
      try await Pace.hanging { time in
        let world = try HangingWorld()
        try world.folder.write(
          """
          for file in /proc/$$/fd/*; do
            number=${file##*/}
            if [ "$number" -gt 2 ]; then eval "exec $number>&-"; fi
          done
          setsid sleep 30 & exit 0

          """, to: "leave.sh")
        let script = "echo > begun; \(line)"
        try world.configure(
          sources: "  slow: { type: csv, timeout: 1h, command: [bash, -c, \"\(script)\"] }")
        let ended = try await world.pass(within: time) { world.date(of: "begun") }
        guard let ended, ended.hadTime else { return nil }
        #expect(ended.exit == 75)
        #expect(ended.sources.map(\.status) == ["polled", "failed"])
        #expect(ended.statuses == ["sent"] && world.written == 1, "\(line): \(ended)")
      }
    }
  }

  @Test func aFileThatNobodyWrites() async throws {
    try await Pace.hanging { time in
      let world = try HangingWorld()
      try #require(mkfifo(world.folder.file("pipe"), 0o600) == 0)
      try world.configure(sources: "  slow: { type: csv, timeout: 1h, path: pipe }")
      let ended = try await world.pass(deadline: time)
      // Whoever opens the pipe is not seen.
      guard ended.hadTime else { return nil }
      #expect(ended.exit == 75)
      #expect(ended.sources.map(\.status) == ["polled", "failed"])
      #expect(ended.statuses == ["sent"] && world.written == 1)
    }
  }
}
