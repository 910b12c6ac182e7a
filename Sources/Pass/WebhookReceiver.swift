public import Accounting
import Receivables
public import State
import Wire

/// Takes one webhook request: what is genuine marks what to poll first, what is not leaves a count.
public struct WebhookReceiver: Sendable {
  public enum Answer: Sendable, Equatable {
    /// - Parameter new: how many of its events were not told before.
    case accepted(new: Int)
    /// With the platform's own handshake.
    case answered(status: Int, body: String)
    /// A callback is active from now on.
    case verified(callback: String)
    case refused(why: String)
  }

  private let connection: SourceConnection
  private let assembly: Assembly
  private let state: StateFile
  private let options: PassOptions

  public init(
    _ connection: SourceConnection,
    of assembly: Assembly,
    state: StateFile,
    options: PassOptions
  ) {
    self.connection = connection
    self.assembly = assembly
    self.state = state
    self.options = options
  }

  /// - Throws: `StateError` when what was said cannot be kept; `SourceError` when a callback cannot
  ///   be verified now. The platform should send it again.
  public func take(_ request: WebhookRequest) async throws -> Answer {
    guard let source = connection.source.adapter as? any WebhookSource else {
      throw SourceError.misconfigured("\(connection.source.traits.title) sends no webhooks")
    }
    let store = assembly.tokens(isReplay: options.isReplay)
    let agreed = try store.load(connection.source.tokenName)?.webhookSecrets ?? [:]
    let verdict = source.receive(
      request,
      secrets: connection.source.webhookSecrets + agreed.sorted { $0.key < $1.key }.map(\.value),
      now: options.now.instant
    )
    switch verdict {
    case .events(let events):
      let entries = events.map { InboxEntry($0) }
      let new = try state.receive(entries, for: connection.source.name, at: options.now.instant)
      return .accepted(new: new)
    case .answered(let status, let body): return .answered(status: status, body: body)
    case .verification(let callback, let verifier):
      return try await verify(callback, verifier, source, store)
    case .refused(let why):
      try state.countRefusedWebhook(for: connection.source.name, on: options.now.today)
      return .refused(why: why)
    }
  }

  /// Anyone can post a verifier: it becomes a secret only once the platform has taken it.
  private func verify(
    _ callback: String,
    _ verifier: String,
    _ source: any WebhookSource,
    _ store: any TokenStore
  ) async throws -> Answer {
    guard let source = source as? any CallbackSource else {
      return .refused(why: "this platform verifies no callbacks")
    }
    try await source.verify(callback: callback, verifier: verifier, over: connection.session)
    try await assembly.keep(verifier: verifier, of: callback, for: connection.source.tokenName)
    return .verified(callback: callback)
  }
}

extension Assembly {
  /// Keeps the secret of a callback that the platform has verified, beside the source's tokens.
  public func keep(verifier: String, of callback: String, for name: String) async throws {
    let store = tokens(isReplay: false)
    let lock = try await store.lock(name, forAtMost: 60)
    defer { withExtendedLifetime(lock) {} }
    guard var token = try store.load(name) else {
      throw SourceError.signInNeeded("\(name) is not signed in: `balancealert auth \(name)`")
    }
    token.webhookSecrets = (token.webhookSecrets ?? [:]).merging([callback: verifier]) { $1 }
    try store.save(name, token)
  }
}

extension InboxEntry {
  init(_ event: WebhookEvent) {
    self.init(
      id: event.id,
      type: event.type,
      kind: event.hint.kind.rawValue,
      documentID: event.hint.id,
      isUnique: event.isUnique
    )
  }
}
