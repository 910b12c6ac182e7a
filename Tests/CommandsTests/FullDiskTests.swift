import Foundation
import Support
import Synchronization
import Testing

/// The real program on a disk that is full at some write, whichever it is: files may not grow past
/// a limit that rises from run to run.
struct FullDiskTests {
  private static let config = """
    version: 1
    organisation: Harbour Lettings
    sources: { books: { type: csv, path: books.csv } }
    channels: { hook: { type: webhook, url: "URL/hook", rate_limit: 1000/s } }
    rules: [{ name: rent, when: { over: 500 }, levels: [{ notify: [hook] }] }]

    """
  private static let ledger =
    "account_id,account_name,document_id,due_date,currency,amount_due\n"
    + (1...8).map { "C\($0),Tenant \($0),D\($0),2025-01-01,NZD,600.00\n" }.joined()

  @Test func whicheverWriteFailsNothingIsLostAndNothingDoubled() async throws {
    let binary = try Binary()
    var refused = 0
    // 512 bytes a step of `ulimit`; the state of this pass takes some 300 of them.
    for limit in Array(stride(from: 0, to: 420, by: 14)) {
      let keys = Mutex<[String: Int]>([:])
      let server = try LoopbackServer { asked in
        keys.withLock { $0[asked.header("Idempotency-Key") ?? "", default: 0] += 1 }
        return .text("ok")
      }
      defer { server.stop() }
      let folder = try TemporaryFolder()
      try folder.write(
        Self.config.replacing("URL", with: server.url), to: "balancealert.yaml")
      try folder.write(Self.ledger, to: "books.csv")
      let command = "balancealert run --now 2025-03-03T09:00:00Z"
      let ended = try await binary.shell(
        "ulimit -f \(limit); \(command)", in: folder, environment: ["LC_ALL": "C"])
      #expect([0, 73, 75].contains(ended.status), "\(limit): \(ended.status) \(ended.errors)")
      if ended.status == 73 { refused += 1 }
      let again = try await binary.shell(command, in: folder, environment: ["LC_ALL": "C"])
      #expect(again.status == 0, "\(limit): \(again.errors)")
      let came = keys.withLock { $0 }
      #expect(came.count == 8, "\(limit): \(came.count) came")
      // Once more under its own key is recognised; nothing comes a third time.
      #expect(came.values.allSatisfy { $0 <= 2 }, "\(limit)")
      let verified = try await binary.shell("balancealert history verify", in: folder)
      #expect(verified.status == 0, "\(limit): \(verified.errors)")
    }
    #expect(refused >= 5)
  }
}
