import Foundation
import Outbox
import State
import Support
import Synchronization

/// A ledger of so many customers who are all to be told in four ways, and the passes over it.
struct Town {
  let folder: TemporaryFolder
  let platforms: Platforms
  let customers: Int
  private let binary: String

  init(_ binary: String, customers: Int) throws {
    self.binary = binary
    self.customers = customers
    folder = try TemporaryFolder()
    platforms = try Platforms()
    var ledger = "account_id,account_name,document_id,due_date,currency,amount_due,phone\n"
    for number in 1...customers {
      ledger += "C\(number),Tenant \(number),D\(number),2020-01-01,NZD,600.00,"
      ledger += "+6421\(1_000_000 + number)\n"
    }
    try folder.write(ledger, to: "books.csv")
    try folder.write(Self.config(platforms.url), to: "balancealert.yaml")
  }

  private static func config(_ url: String) -> String {
    """
    version: 1
    organisation: Harbour Lettings
    sources:
      books: { type: csv, path: books.csv }
      xero:
        type: xero
        tenant_id: 45e4708e-d862-4111-ab3a-dd8cd03913e1
        base_url: \(url)
        token_url: \(url)/token
        full_sync: 0d
        auth: { grant: refresh_token, client_id: c, client_secret: secret, refresh_token: R0 }
    channels:
      hook: { type: webhook, url: \(url)/hook, rate_limit: 100000/s, max_concurrency: 16 }
      sms:
        type: twilio
        base_url: \(url)
        account_sid: AC1
        auth_token: token
        from: "+6421000000"
        rate_limit: 100000/s
        max_concurrency: 16
      hold:
        type: slack
        webhook_url: \(url)/hold
        on_uncertain: hold
        rate_limit: 100000/s
        max_concurrency: 8
      resend: { type: slack, webhook_url: \(url)/resend, rate_limit: 100000/s, max_concurrency: 8 }
    limits: { customer_messages_per_pass: 1000000 }
    rules:
      - name: rent
        when: { over: 500 }
        levels: [{ notify: [hook, sms, hold, resend] }]

    """
  }

  /// One pass; an hour ago, so that what Twilio does not list by now never arrived.
  func start(failpoint: String? = nil) throws -> Running {
    let now = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -3600))
    return try Running(
      binary,
      ["run", "--quiet", "--now", now, "--config", folder.file("balancealert.yaml")],
      in: folder,
      failpoint.map { ["BALANCEALERT_FAILPOINT": $0] } ?? [:]
    )
  }

  /// Passes without a kill, until nothing is left that a pass could do.
  func finish() async throws {
    for _ in 1...4 {
      _ = try await start().end()
      if try state().openDeliveries().isEmpty { return }
    }
  }

  func state() throws -> StateFile {
    try StateFile(path: folder.file("state.sqlite"), mode: .readWrite)
  }

  /// How it stands, by guarantee.
  struct Count: Sendable {
    var lost = 0
    var doubled = 0
    /// Shown as `uncertain`, for a person.
    var held = 0
  }

  struct Outcome: Sendable {
    var idempotent = Count()
    var searchable = Count()
    var hold = Count()
    var resend = Count()
    /// Of the audit log, of the sign-in, of bytes that changed under a key.
    var flaws: [String] = []
  }

  func outcome() throws -> Outcome {
    let state = try state()
    defer { state.finish() }
    var outcome = Outcome()
    let deliveries = try state.deliveries()
    let memory = platforms.memory.withLock { $0 }
    func ids(_ channel: String, _ status: Delivery.Status) -> Set<String> {
      Set(deliveries.filter { $0.channel == channel && $0.status == status }.map(\.id.text))
    }
    func count(_ channel: String, _ taken: [String: Int]) -> Count {
      let uncertain = ids(channel, .uncertain)
      let all = Set(deliveries.filter { $0.channel == channel }.map(\.id.text))
      return Count(
        lost: customers - all.count
          + all.filter { taken[$0] == nil && !uncertain.contains($0) }.count,
        doubled: taken.values.reduce(0) { $0 + max(0, $1 - 1) },
        held: uncertain.count)
    }
    outcome.idempotent = count("hook", memory.hook.mapValues { _ in 1 })
    outcome.hold = count("hold", memory.hold)
    outcome.resend = count("resend", memory.resend)
    outcome.searchable = Count(
      lost: customers - memory.sms.count,
      doubled: memory.sms.values.reduce(0) { $0 + max(0, $1 - 1) },
      held: ids("sms", .uncertain).count)
    if memory.mismatches > 0 { outcome.flaws.append("\(memory.mismatches) bodies changed") }
    if memory.refusals > 0 { outcome.flaws.append("the sign-in was lost") }
    if let flaw = try state.auditFlaw() { outcome.flaws.append("audit: \(flaw)") }
    let open = deliveries.filter(\.status.isOpen)
    if !open.isEmpty { outcome.flaws.append("\(open.count) deliveries still open") }
    return outcome
  }
}
