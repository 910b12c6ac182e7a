import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State
import Support
import Synchronization
import Testing
import Wire

/// Records on another platform through whole passes: HubSpot's contacts, found by our own key.
struct RecordPassTests {
  /// HubSpot as far as a pass asks it: contacts by their account's id, and what was written.
  private final class HubSpot: Sendable {
    struct State {
      var contacts: [String: [String: String]] = [
        "C1": ["hs_object_id": "101"], "C2": ["hs_object_id": "102"],
      ]
      var reads = 0
      var writes: [[String]] = []
      var isDown = false
      var ledger = ""
    }

    let state = Mutex(State())

    func owes(_ rows: [(String, String)]) {
      let lines = rows.enumerated().map { number, row in
        let words = row.1.split(separator: " ")
        let currency = words.count > 1 ? words[1] : "EUR"
        return "\(row.0),\(row.0)-\(number),2026-11-01,\(currency),\(words[0])\n"
      }.joined()
      state.withLock {
        $0.ledger = "account_id,document_id,due_date,currency,amount_due\n" + lines
      }
    }

    func answer(_ request: Request) throws(WireError) -> Response {
      if case .file = request { return Response(status: 200, text: state.withLock { $0.ledger }) }
      guard case .http(let http) = request, !state.withLock({ $0.isDown }) else {
        throw .notSent("no connection")
      }
      let body = try? JSON(parsing: http.body ?? [])
      let inputs = body?["inputs"]?.array.map { Array($0) } ?? []
      let ids = inputs.compactMap { $0["id"]?.string }
      return state.withLock { state in
        if http.url.hasSuffix("/batch/read") {
          state.reads += 1
          let rows = ids.compactMap { id -> String? in
            guard let contact = state.contacts[id.uppercased()] else { return nil }
            let mark = contact["balancealert_alert"].map { ",\"balancealert_alert\":\"\($0)\"" }
            return #"{"id":"\#(contact["hs_object_id"] ?? "")","properties":{"account_key":"#
              + #""\#(id)"\#(mark ?? "")}}"#
          }
          return Response(
            status: 200,
            text: #"{"status":"COMPLETE","results":[\#(rows.joined(separator: ","))]}"#)
        }
        if ids.contains(where: { $0.hasPrefix("9") }) {
          return Response(
            status: 400,
            text: #"{"status":"error","category":"VALIDATION_ERROR","message":"not a number"}"#)
        }
        state.writes.append(ids.sorted())
        for input in inputs {
          let key = state.contacts.first { $0.value["hs_object_id"] == input["id"]?.string }?.key
          for (name, value) in input["properties"]?.object.map({ Array($0) }) ?? [] {
            state.contacts[key ?? ""]?[name] = value.string
          }
        }
        let rows = ids.map { #"{"id":"\#($0)","properties":{}}"# }.joined(separator: ",")
        return Response(status: 200, text: #"{"status":"COMPLETE","results":[\#(rows)]}"#)
      }
    }

    func field(_ contact: String, _ name: String) -> String? {
      state.withLock { $0.contacts[contact]?[name] }
    }
  }

  private static func assembly(sync: String) throws -> Assembly {
    let file = try ConfigurationFile(
      path: "/c/balancealert.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        sources: { books: { type: csv, path: books.csv, max_shrink: "100%" } }
        channels:
          crm:
            type: hubspot
            access_token: env:TOKEN
            key: { account_key: account.id }
            fields: { balance: balance }
            sync: \(sync)
            retries: 0
        rules:
          - { name: large, when: { over: 500 }, levels: [{ notify: [crm] }] }
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["TOKEN": "pat-na1-0123456789"], folder: "/c", missing: .isAnError,
      literalsAreErrors: false)
    return try Assembly(Setup(file, resolver: resolver), resolver: resolver)
  }

  private func pass(
    _ day: Int,
    _ state: StateFile,
    _ hubSpot: HubSpot,
    sync: String = "every_change"
  ) async throws -> PassReport {
    let now = Now(try #require(Instant("2026-11-\(day)T09:00:00Z")), in: .utc)
    let transport = ScriptedTransport { request throws(WireError) in try hubSpot.answer(request) }
    return try await PassRunner(
      try Self.assembly(sync: sync), state: state, transport: transport,
      options: PassOptions(now: now, isReplay: true)
    ).run()
  }

  @Test func aRecordFollowsEveryChangeAndOnlyAlertsStartItsAutomation() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let hubSpot = HubSpot()
    hubSpot.owes([("C1", "600.00"), ("C2", "40.00")])
    #expect(try await pass(10, state, hubSpot).verdict == .done)
    // C1 by its alert, C2 to be up to date.
    #expect(hubSpot.field("C1", "balance") == "600.00")
    #expect(hubSpot.field("C2", "balance") == "40.00")
    let mark = hubSpot.field("C1", "balancealert_alert")
    #expect(mark != nil)
    #expect(hubSpot.field("C2", "balancealert_alert") == nil)

    // Nothing changed: nothing is asked.
    let calls = hubSpot.state.withLock { ($0.reads, $0.writes.count) }
    #expect(try await pass(11, state, hubSpot).verdict == .done)
    #expect(hubSpot.state.withLock { $0.reads } == calls.0)
    #expect(hubSpot.state.withLock { $0.writes.count } == calls.1)

    // Paid in part, and another grew: no alert, one call for both.
    hubSpot.owes([("C1", "550.00"), ("C2", "60.00")])
    #expect(try await pass(12, state, hubSpot).alerts == 0)
    #expect(hubSpot.state.withLock { $0.writes.last } == ["101", "102"])
    #expect(hubSpot.field("C1", "balance") == "550.00")
    #expect(hubSpot.field("C1", "balancealert_alert") == mark)

    // Paid in full: it is in the books no more, and its record says so.
    hubSpot.owes([("C1", "550.00")])
    #expect(try await pass(13, state, hubSpot).verdict == .done)
    #expect(hubSpot.field("C2", "balance") == "0.00")
    let reads = hubSpot.state.withLock { $0.reads }
    #expect(try await pass(14, state, hubSpot).verdict == .done)
    #expect(hubSpot.state.withLock { $0.reads } == reads)
  }

  @Test func recordsThatAreRefusedDoNotKeepTheOthersFromTheirs() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let hubSpot = HubSpot()
    // A whole call of them, before the one that is taken.
    let refused = (100...199).map { "A\($0)" }
    hubSpot.state.withLock { state in
      for id in refused { state.contacts[id] = ["hs_object_id": "9\(id.dropFirst())"] }
    }
    hubSpot.owes(refused.map { ($0, "20.00") } + [("C2", "40.00")])
    let report = try await pass(10, state, hubSpot)
    #expect(report.verdict == .partly)
    #expect(report.notices.contains { $0.hasPrefix("crm: 100 records are not up to date: ") })
    #expect(hubSpot.field("C2", "balance") == "40.00")
    // Who has paid meanwhile is not tried any more.
    hubSpot.owes([("C2", "40.00")])
    #expect(try await pass(11, state, hubSpot).verdict == .done)
  }

  @Test func whatCannotBeBroughtUpToDateIsSaidAndDoneByTheNextPass() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let hubSpot = HubSpot()
    hubSpot.owes([("C2", "40.00")])
    hubSpot.state.withLock { $0.isDown = true }
    let report = try await pass(10, state, hubSpot)
    #expect(report.verdict == .partly)
    #expect(report.notices.contains { $0.hasPrefix("crm: 1 record is not up to date: ") })
    hubSpot.state.withLock { $0.isDown = false }
    #expect(try await pass(10, state, hubSpot).verdict == .done)
    #expect(hubSpot.field("C2", "balance") == "40.00")
  }

  @Test func theFieldOfTwoCurrenciesSaysWhatIsStillOwed() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let hubSpot = HubSpot()
    hubSpot.owes([("C1", "600.00"), ("C1", "900.00 USD")])
    _ = try await pass(10, state, hubSpot)
    _ = try await pass(11, state, hubSpot)
    // One is paid: its alert says so, and the pass after it what is left.
    hubSpot.owes([("C1", "900.00 USD")])
    _ = try await pass(12, state, hubSpot)
    _ = try await pass(13, state, hubSpot)
    #expect(hubSpot.field("C1", "balance") == "900.00")
    let reads = hubSpot.state.withLock { $0.reads }
    _ = try await pass(14, state, hubSpot)
    #expect(hubSpot.state.withLock { $0.reads } == reads)
    hubSpot.owes([])
    _ = try await pass(15, state, hubSpot)
    #expect(hubSpot.field("C1", "balance") == "0.00")
  }

  @Test func aRecordIsClosedWithItsEpisodeThoughTheConfigNamesNobody() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let hubSpot = HubSpot()
    hubSpot.owes([("C1", "600.00")])
    _ = try await pass(10, state, hubSpot, sync: "alerts")
    let mark = hubSpot.field("C1", "balancealert_alert")
    hubSpot.owes([])
    let report = try await pass(11, state, hubSpot, sync: "alerts")
    #expect(report.deliveries.map(\.reason) == [.resolved])
    #expect(report.count(.sent) == 1)
    #expect(hubSpot.field("C1", "balance") == "0.00")
    #expect(hubSpot.field("C1", "balancealert_alert") != mark)
  }
}
