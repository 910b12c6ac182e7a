import Accounting
import Channels
import Configuration
import Messages
import Outbox
import Receivables
import Rules
import Settings
import State
import Synchronization
import Wire

/// The config's rules over books that are handed in, pass by pass, with channels that accept
/// everything: whole passes over a state that is forgotten. Nothing is asked of any platform, and
/// nothing leaves the machine.
public struct Rehearsal: Sendable {
  let assembly: Assembly
  let state: StateFile
  private let books: RehearsedBooks
  private let transport: RehearsalTransport

  /// - Parameter rulesAlone: neither hours nor limits nor approvals hold anything back: what the
  ///   rules decide is told at once.
  /// - Throws: `StateError`.
  init(_ assembly: Assembly, rulesAlone: Bool) throws(StateError) {
    let books = RehearsedBooks()
    self.books = books
    transport = RehearsalTransport(books: books)
    self.assembly = assembly.rehearsing(books, rulesAlone: rulesAlone)
    state = try StateFile(path: ":memory:", mode: .readWrite)
  }

  /// One pass over these books.
  /// - Parameters:
  ///   - snapshots: by source; a source without one cannot be reached.
  ///   - directory: the text of the overlay; `nil` for none.
  ///   - events: that happened since the last pass, by source.
  /// - Throws: `StateError`; `SourceError` when the directory is malformed.
  func pass(
    at now: Now,
    _ snapshots: [String: Snapshot],
    events: [String: [SourceEvent]] = [:],
    directory: String? = nil
  ) async throws -> PassReport {
    books.set(snapshots, events, directory)
    return try await PassRunner(
      assembly,
      state: state,
      transport: transport,
      options: PassOptions(now: now, isReplay: true)
    ).run()
  }
}

/// What the sources of a rehearsal say.
final class RehearsedBooks: Sendable {
  private struct Page {
    var snapshots: [String: Snapshot] = [:]
    var events: [String: [SourceEvent]] = [:]
    var directory: String?
  }

  private let page = Mutex(Page())

  func set(
    _ snapshots: [String: Snapshot],
    _ events: [String: [SourceEvent]],
    _ directory: String?
  ) {
    page.withLock { $0 = Page(snapshots: snapshots, events: events, directory: directory) }
  }

  func snapshot(of source: String) -> Snapshot? { page.withLock { $0.snapshots[source] } }
  func events(of source: String) -> [SourceEvent] { page.withLock { $0.events[source] ?? [] } }
  var directory: String? { page.withLock { $0.directory } }
}

/// Reads the books that are handed in.
struct RehearsalSource: AccountingSource {
  static let traits = SourceTraits(type: "rehearsal", title: "Rehearsal", isIncremental: false)

  let events: [String]
  private let books: RehearsedBooks

  init(settings: inout SettingsReader) { self.init(RehearsedBooks(), events: []) }

  init(_ books: RehearsedBooks, events: [String]) {
    self.books = books
    self.events = events
  }

  func poll(
    _ request: PollRequest,
    over session: Session,
    emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) -> PollResult {
    guard let snapshot = books.snapshot(of: request.source) else {
      throw .unreachable("the scenario says that it fails")
    }
    try await emit(snapshot.accounts.values.map { .account($0) })
    try await emit(snapshot.items.values.map { .open($0) })
    try await emit(books.events(of: request.source).map { .event($0) })
    return PollResult(cursor: nil, isComplete: true)
  }

  func inspect(over session: Session, now: Now) async throws(SourceError) -> Inspection {
    Inspection(organisation: "rehearsal")
  }
}

/// Takes every message.
struct RehearsalChannel: Channel {
  static let traits = Traits(
    type: "rehearsal",
    title: "Rehearsal",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .visible,
    takesDigest: true
  )

  init(settings: inout SettingsReader) {}
  init() {}

  func request(for message: Message) throws(Unsendable) -> Request {
    .append(AppendRequest(.standardOutput, bytes: []))
  }

  func send(_ message: Message, over session: Session) async -> Outcome { .accepted(id: nil) }
}

/// Knows the directory that is handed in, and nothing else.
struct RehearsalTransport: Transport {
  let books: RehearsedBooks

  func perform(_ request: Request, timeout: Duration) async throws(WireError) -> Response {
    guard case .file = request else { throw .forbidden("a rehearsal opens no connection") }
    return Response(status: 200, text: books.directory ?? "account\n")
  }
}

extension Assembly {
  /// The same rules and channels, with other books behind and nothing in front.
  fileprivate func rehearsing(_ books: RehearsedBooks, rulesAlone: Bool) -> Assembly {
    var copy = self
    copy.sources = sources.map { source in
      Source(
        name: source.name,
        adapter: RehearsalSource(books, events: source.adapter.events),
        policy: source.policy,
        signIn: nil,
        credits: source.credits,
        rollsUp: source.rollsUp,
        badDocuments: source.badDocuments,
        fullSync: source.fullSync,
        maxShrinkPercent: 100,
        staleAfter: nil,
        webhookSecret: nil
      )
    }
    copy.channels = channels.mapValues { channel in
      Channel(
        profile: channel.profile,
        adapter: RehearsalChannel(),
        sync: .alerts,
        cc: channel.cc,
        policy: channel.policy,
        signIn: nil,
        isLocal: true
      )
    }
    copy.setup.directoryPath = "directory"
    guard rulesAlone else { return copy }
    copy.setup.hours.byAudience = [:]
    copy.setup.limits = Limits(customerMessagesPerPass: nil, perRecipientPerDay: nil)
    for rule in copy.setup.rules.indices {
      for level in copy.setup.rules[rule].levels.indices {
        copy.setup.rules[rule].levels[level].needsApproval = false
      }
    }
    return copy
  }
}
