import Accounting
import Configuration
import Foundation
import Pass
import Receivables
import State
import Support
import Testing
import Wire

/// The ledger of Tests/Fixtures/ledger in a company that keeps it five times.
actor SameLedger {
  private let folder: TemporaryFolder
  private let state: StateFile
  private let assembly: Assembly
  private let world = World()
  /// Messages that `takeAlerts` returned.
  private var taken = 0

  /// One message to the team.
  struct Alert: Sendable, Equatable {
    /// `Vic Adams | overdue | 3 resolved resolved`: account, rule, level, reason, template.
    let summary: String
    /// All that is not an id of the platform.
    let words: [String: String]
  }

  init() throws {
    folder = try TemporaryFolder()
    state = try StateFile(path: ":memory:", mode: .readWrite)
    let file = try ConfigurationFile(
      path: "./balancealert.yaml",
      text: Self.config,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["ID": "the-id", "SECRET": "the-secret", "STRIPE": "rk_test_1234"],
      folder: ".",
      missing: .isAnError,
      literalsAreErrors: false
    )
    var setup = Setup(file, resolver: resolver)
    // Tokens lie beside the state.
    setup.statePath = folder.file("state.sqlite")
    assembly = try Assembly(setup, resolver: resolver)
  }

  private static let config = """
    version: 1
    organisation: Harbour Lettings
    timezone: Pacific/Auckland
    sources:
      file: { type: csv, path: ledger.csv }
      xero:
        type: xero
        tenant_id: fe79f7dd-b6d4-4a92-ba7b-538af6289c58
        auth: { grant: client_credentials, client_id: env:ID, client_secret: env:SECRET }
      quickbooks:
        type: quickbooks
        realm_id: "9130347596842624"
        auth: { grant: refresh_token, client_id: env:ID, client_secret: env:SECRET,
                refresh_token: env:SECRET }
      freshbooks:
        type: freshbooks
        account_id: ACM123
        auth: { grant: refresh_token, client_id: env:ID, client_secret: env:SECRET,
                refresh_token: env:SECRET, redirect_uri: "https://harbour.example/freshbooks" }
      stripe: { type: stripe, api_key: env:STRIPE }
    channels:
      log: { type: file, path: log.jsonl }
    rules:
      - name: overdue
        when: { balance: overdue, over: { NZD: 500, AUD: 400 } }
        jump: true
        levels:
          - { after: 0d, notify: [log], template: reminder }
          - { days_overdue: 31, notify: [log], template: firm }
          - { days_overdue: 91, notify: [log], template: escalate }
        on_resolved: { notify: [log] }
      - name: large
        when: { over: { NZD: 2000, AUD: 2000 } }
        levels: [{ notify: [log] }]
        on_resolved: { notify: [log] }
      - name: old
        when: { balance: "61+" }
        levels: [{ notify: [log] }]
        on_resolved: { notify: [log] }
      - name: due-soon
        when: { due_within: 3d }
        levels: [{ notify: [log] }]
        on_resolved: { notify: [log] }
    """

  /// - Parameter fixture: the folder below each platform's.
  func pass(_ fixture: String, at moment: String) async throws -> PassReport {
    let csv = ["first": "first", "unchanged": "first"][fixture] ?? "changed"
    await world.put(try Self.text("ledger-\(csv).csv"), at: "ledger.csv")
    let now = Now(try #require(Instant(moment)), in: assembly.setup.zone)
    return try await PassRunner(
      assembly,
      state: state,
      transport: try Platforms(fixture, world),
      options: PassOptions(now: now, isReplay: true)
    ).run()
  }

  /// What the team was told since the last call, by source, sorted.
  func takeAlerts() async throws -> [String: [Alert]] {
    var alerts: [String: [Alert]] = [:]
    let all = await world.taken
    defer { taken = all.count }
    for sent in all[taken...] {
      var fields: [String: String] = [:]
      let line = try JSONSerialization.jsonObject(with: Data(sent.bytes)) as? [String: Any]
      for (key, value) in line ?? [:] { fields[key] = "\(value)" }
      let id = fields["account_id"] ?? ""
      // FreshBooks alone has terms here, which stand on each invoice.
      fields["text"] = fields["text"]?.replacing("(\(id))", with: "(ID)")
        .split(separator: "\n").filter { !$0.hasPrefix("Payment terms: ") }
        .joined(separator: "\n")
      let source = fields["source"] ?? ""
      for key in ["source", "account_id", "delivery_id"] { fields[key] = nil }
      func field(_ key: String) -> String { fields[key] ?? "" }
      let summary =
        "\(field("account_name")) | \(field("rule")) | \(field("level")) \(field("reason")) "
        + field("template")
      alerts[source, default: []].append(Alert(summary: summary, words: fields))
    }
    return alerts.mapValues { $0.sorted { $0.summary < $1.summary } }
  }

  /// Of each account that has anything to it: currency, balance, overdue, buckets, days overdue.
  static func numbers(_ report: PassReport, _ source: String) -> [String: String] {
    var found: [String: String] = [:]
    for facts in report.prepared.ledger.facts where facts.account.key.source == source {
      if facts.balance.isZero, facts.invoices.isEmpty { continue }
      let amounts = ([facts.balance, facts.overdueBalance] + facts.aging).map(\.decimalString)
      let numbers = [facts.currency.code] + amounts + ["\(facts.daysOverdue)"]
      // An account in two currencies would have two; none has.
      found[facts.account.name, default: ""] += numbers.joined(separator: ",")
    }
    return found
  }

  /// `INV-1001 2026-06-01 2026-06-20 450.00 450.00`: number, dates, total, what is left.
  static func invoices(_ snapshot: Snapshot) -> Set<String> {
    Set(
      snapshot.items.values.filter { $0.kind == .invoice }.map { item in
        let days = [item.issueDate, item.dueDate].map { $0.map { "\($0)" } ?? "" }
        let amounts = [item.total, item.amountDue].map { "\($0)" }
        return ([item.number] + days + amounts).joined(separator: " ")
      }
    )
  }

  /// The same of expected.csv, whose sums are those of make.py.
  static func expected(_ pass: String) throws -> [String: String] {
    var expected: [String: String] = [:]
    for line in try text("expected.csv").split(separator: "\n") {
      let row = line.replacing("\"\"", with: "\u{1}").replacing("\"", with: "")
        .replacing("\u{1}", with: "\"").split(separator: ",", maxSplits: 2).map(String.init)
      guard row[0] == pass else { continue }
      let isNothing = row[2].split(separator: ",").dropFirst().allSatisfy { $0.isZeroText }
      if !isNothing { expected[row[1]] = row[2] }
    }
    return expected
  }

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: ledger(name), encoding: .utf8)
  }

  fileprivate static func ledger(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/ledger/\(path)")
  }
}

extension Substring {
  fileprivate var isZeroText: Bool { allSatisfy { "0.".contains($0) } }
}

/// Recorded answers for each platform, a token for whoever asks, and the world for the rest.
private struct Platforms: Transport {
  private let recorded: [String: ReplayTransport]
  private let world: World

  init(_ fixture: String, _ world: World) throws {
    let hosts = [
      "api.xero.com": "xero", "quickbooks.api.intuit.com": "quickbooks",
      "api.freshbooks.com": "freshbooks", "api.stripe.com": "stripe",
    ]
    recorded = try hosts.mapValues {
      try ReplayTransport(folder: SameLedger.ledger("\($0)/\(fixture)").path)
    }
    self.world = world
  }

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .http(let http) = request else {
      return try await world.perform(request, timeout: timeout)
    }
    if http.method == .POST {
      let token = """
        {"access_token":"a-token","expires_in":3600,"token_type":"Bearer","refresh_token":"next"}
        """
      return Response(status: 200, text: token)
    }
    let host = String(http.url.dropFirst("https://".count).prefix { $0 != "/" })
    guard let replay = recorded[host] else { throw .noRecording("nobody is \(host)") }
    return try await replay.perform(request, timeout: timeout)
  }
}
