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

/// The moment when the peer that hangs was reached.
final class Reached: Sendable {
  private let moment = Mutex<Date?>(nil)
  /// The first time counts.
  func now() { moment.withLock { if $0 == nil { $0 = .now } } }
  var date: Date? { moment.withLock { $0 } }
}

/// A platform on the loopback interface that hangs for as long as a test wants it to.
final class HangingPlatform: Sendable {
  private let server: LoopbackServer
  /// Takes connections, and never answers.
  private let mute: Listener
  private let hangs: Switch
  private let isMute: Bool
  /// A request has come whose answer will not.
  let reached = Reached()

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
    server = try LoopbackServer { [reached] asked in
      guard hangs.isOn, hangsAt(asked) else { return answer(asked) }
      reached.now()
      return silence.reply
    }
    mute = try Listener()
    mute.accept { [reached] connection in
      if connection.bytes(1) != nil { reached.now() }
      connection.waitForEnd()
    }
  }

  var url: String { isMute && hangs.isOn ? "http://127.0.0.1:\(mute.port)" : server.url }
  /// Those that were read whole, whether or not they were answered.
  var requests: [LoopbackServer.Asked] { server.requests }
  /// `url` may be another from here on.
  func work() { hangs.turnOff() }

  func stop() {
    server.stop()
    mute.stop()
  }
}

/// How long a pass may take whose peer hangs, by the measure of this machine.
enum Pace {
  /// Three times what the newest pass took to get to its peer.
  private static let newest = Mutex(Duration.seconds(1))

  /// Makes a test with a deadline that is long enough for the hanging peer to be reached.
  /// - Parameter attempt: `nil` when it was not reached in time; all anew each time.
  static func hanging(_ attempt: (Duration) async throws -> Void?) async throws {
    try await growing(from: newest.withLock { $0 }, times: 7, attempt)
  }

  static func note(_ took: TimeInterval) {
    let seconds = max(1, (took * 3).rounded(.up))
    newest.withLock { $0 = .seconds(Int64(seconds)) }
  }

  /// What hangs takes no work: the cases wait at the same time.
  static func sideBySide<Case: Sendable>(
    _ cases: [Case],
    _ body: @escaping @Sendable (Case) async throws -> Void
  ) async {
    await withTaskGroup { group in
      for one in cases {
        group.addTask {
          do {
            try await body(one)
          } catch {
            Issue.record("\(one): \(error)")
          }
        }
      }
    }
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

  /// What became of a pass.
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
    /// Whether what hangs nowhere was done.
    var hadTime: Bool {
      !statuses.isEmpty && Set(statuses).isDisjoint(with: ["pending", "sending", "uncertain"])
    }
  }

  /// A pass that hangs until its deadline.
  /// - Parameters:
  ///   - now: `nil` for the clock's, as passes take it whose messages could leave the machine.
  ///   - reached: when its peer was reached, which is asked afterwards.
  /// - Returns: `nil` when too little was left of its time by then.
  func pass(
    within deadline: Duration,
    now: String? = noon,
    environment: [String: String] = [:],
    reached: () -> Date?
  ) async throws -> Passed? {
    let began = Date.now
    let passed = try await pass(deadline: deadline, now: now, environment: environment)
    guard let date = reached() else { return nil }
    let took = date.timeIntervalSince(began)
    Pace.note(took)
    // Polling ends when a quarter of it is left.
    return took * 2 < TimeInterval(deadline.components.seconds) ? passed : nil
  }

  /// - Parameter deadline: `nil` for a pass that hangs nowhere.
  func pass(
    deadline: Duration? = nil,
    now: String? = noon,
    environment: [String: String] = [:]
  ) async throws -> Passed {
    let ended = try await run(deadline: deadline, now: now, environment: environment)
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

  /// Nothing ends it but its deadline: all else may take an hour.
  func run(
    deadline: Duration?,
    now: String? = noon,
    environment: [String: String] = [:]
  ) async throws -> Binary.Ended {
    let seconds = deadline?.components.seconds
    let running = try Binary().start(
      // A mail server on this machine counts as a way out of it.
      ["run", "--first", "--format", "json"] + (now.map { ["--now", $0] } ?? [])
        + (seconds.map { ["--deadline", "\($0)s"] } ?? []),
      in: folder, environment: environment)
    running.endInput()
    // It ends 21 seconds after its deadline at the worst; one that does not is a failure after ten
    // times as long.
    let alarm = DispatchWorkItem { running.kill() }
    if let seconds {
      DispatchQueue.global().asyncAfter(
        deadline: .now() + .seconds(10 * Int(seconds + 21)), execute: alarm)
    }
    defer { alarm.cancel() }
    return await running.end()
  }

  /// The lines that the file channel wrote.
  var written: Int { folder.read("out.jsonl")?.split(separator: "\n").count ?? 0 }

  /// When a file was last written to; `nil` when it is not there.
  func date(of name: String) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: folder.file(name))
    return attributes?[.modificationDate] as? Date
  }
}
