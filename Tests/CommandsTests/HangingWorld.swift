import Foundation
import Support
import Synchronization
import Testing

/// How far a server goes before it falls silent.
enum Silence: String, CaseIterable, Sendable {
  case atOnce, afterTheRequest, inTheHeaders, inTheBody, trickling

  /// What is left of the answer to a request that was read.
  var reply: LoopbackServer.Reply {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    return switch self {
    case .atOnce, .afterTheRequest: .never
    case .inTheHeaders: .stall(after: Array("HTTP/1.1 200 OK\r\nX-Mo".utf8))
    case .inTheBody: .stall(after: Array((head + "Content-Length: 100\r\n\r\n{").utf8))
    case .trickling: .trickle(after: Array((head + "Content-Length: 99999999\r\n\r\n{").utf8))
    }
  }
}

/// A platform on the loopback interface that hangs for as long as a test wants it to.
final class HangingPlatform: Sendable {
  private let server: LoopbackServer
  /// Takes connections, and never reads from them.
  private let mute: Listener
  private let hangs: Switch
  private let isMute: Bool

  private final class Switch: Sendable {
    private let state = Mutex(true)
    var isOn: Bool { state.withLock { $0 } }
    func turnOff() { state.withLock { $0 = false } }
  }

  /// - Parameters:
  ///   - hangsAt: the requests it hangs at; `.atOnce` reads none, and hangs at every one.
  ///   - answer: to all others, and to those once it works.
  init(
    _ silence: Silence,
    at hangsAt: @escaping @Sendable (LoopbackServer.Asked) -> Bool = { _ in true },
    answer: @escaping @Sendable (LoopbackServer.Asked) -> LoopbackServer.Reply
  ) throws {
    let hangs = Switch()
    self.hangs = hangs
    isMute = silence == .atOnce
    server = try LoopbackServer { asked in
      hangs.isOn && hangsAt(asked) ? silence.reply : answer(asked)
    }
    mute = try Listener()
    mute.accept { $0.waitForEnd() }
  }

  var url: String { isMute && hangs.isOn ? "http://127.0.0.1:\(mute.port)" : server.url }
  /// Those that were read whole, whether or not they were answered.
  var requests: [LoopbackServer.Asked] { server.requests }
  var connections: Int { server.connections + mute.connections }
  /// `url` may be another from here on.
  func work() { hangs.turnOff() }

  func stop() {
    server.stop()
    mute.stop()
  }
}

/// One tenant who owes, whom one rule reminds through `way`.
struct HangingWorld {
  static let noon = "2025-03-03T12:00:00Z"
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      "account_id,document_id,due_date,currency,amount_due,email,phone\n"
        + "C1,D1,2025-02-01,NZD,600,ann@tenants.test,+6421555010\n", to: "books.csv")
  }

  /// - Parameters:
  ///   - way: the channel's settings; a file unless told.
  ///   - more: further lines of the config.
  func configure(
    sources: String = "",
    way: String = "{ type: file, path: out.jsonl }",
    channels: String = "",
    more: String = ""
  ) throws {
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      sources:
        books: { type: csv, path: books.csv }
      \(sources)
      channels:
        way: \(way)
      \(channels)
      rules:
        - name: rent
          when: { balance: overdue }
          levels: [{ notify: [way] }]
      \(more)

      """, to: "balancealert.yaml")
  }

  /// A pass of two seconds, and what became of it.
  struct Passed: Decodable {
    struct Delivery: Decodable {
      let status: String
      let why: String
      let source: String
    }
    struct Source: Decodable {
      let name: String
      let status: String
      let error: String?
    }
    let deliveries: [Delivery]
    let sources: [Source]
    let notices: [String]
    let exit: Int32

    var statuses: [String] { deliveries.map(\.status) }
  }

  /// - Parameter overtime: seconds that the pass may take beyond its deadline, as documented.
  func pass(
    overtime: Int = 0,
    now: String = noon,
    environment: [String: String] = [:]
  ) async throws -> Passed {
    let ended = try await run(overtime: overtime, now: now, environment: environment)
    let said = "\(ended.status) \(ended.output) \(ended.errors)"
    do {
      let passed = try JSONDecoder().decode(Passed.self, from: Data(ended.output.utf8))
      #expect(ended.status == passed.exit)
      return passed
    } catch {
      throw Unreadable(said: said)
    }
  }

  struct Unreadable: Error { let said: String }

  func run(
    overtime: Int = 0,
    now: String = noon,
    environment: [String: String] = [:]
  ) async throws -> Binary.Ended {
    let began = ContinuousClock.now
    let ended = try await Binary().run(
      ["run", "--now", now, "--deadline", "2s", "--format", "json"], in: folder,
      environment: environment)
    // For a machine with much to do. What is asked has 30 seconds or more of its own, or for ever.
    let longest = Duration.seconds(2 + overtime + 20)
    let took = ContinuousClock.now - began
    #expect(took < longest, "\(took): \(ended.output)\(ended.errors)")
    return ended
  }

  /// The lines that the file channel wrote.
  var written: Int { folder.read("out.jsonl")?.split(separator: "\n").count ?? 0 }
}
