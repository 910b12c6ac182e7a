public import Accounting
import Configuration
import Outbox
import Receivables
import State
public import Wire

/// A way to one source outside of a pass: `check --online`, `auth`, `record`, `events`, `ingest`.
public struct SourceConnection: Sendable {
  public let source: Assembly.Source
  public let session: Session

  /// - Parameter transport: the network, or recordings of it.
  public init(
    _ source: Assembly.Source,
    of assembly: Assembly,
    over transport: any Transport,
    options: PassOptions
  ) {
    self.source = source
    session = source.session(
      over: transport,
      tokens: assembly.tokens(isReplay: options.isReplay),
      redactor: assembly.redactor,
      options: options
    )
  }

  /// What a first poll and the one after it ask for; nothing of the answers is kept here.
  public func pollAfresh(_ options: PassOptions) async throws(SourceError) {
    let first = try await poll(PollRequest(source: source.name, cursor: nil, options))
    guard source.traits.isIncremental, let cursor = first.cursor else { return }
    _ = try await poll(PollRequest(source: source.name, cursor: cursor, options))
  }

  private func poll(_ request: PollRequest) async throws(SourceError) -> PollResult {
    try await source.adapter.poll(request, over: session) { _ in }
  }
}

extension PollRequest {
  fileprivate init(source: String, cursor: String?, _ options: PassOptions) {
    self.init(source: source, cursor: cursor, knownAccounts: [], now: options.now)
  }
}

extension Assembly {
  /// Where tokens are kept; a replay keeps them to itself.
  public func tokens(isReplay: Bool) -> any TokenStore {
    isReplay ? ReplayedTokens() : TokenKeeper(TokenFile(besideState: setup.tokensBeside))
  }
}

extension Assembly.Source {
  /// Under which its tokens are kept.
  public var tokenName: String { signIn?.tokenName ?? name }

  /// - Parameter callsUsedToday: of `budget.calls_per_day`.
  func session(
    over transport: any Transport,
    tokens: any TokenStore,
    redactor: Redactor,
    options: PassOptions,
    callsUsedToday: Int = 0,
    usage: UsageRecorder = UsageRecorder()
  ) -> Session {
    var policy = policy
    policy.deadline = options.deadline
    policy.callsUsedToday = callsUsedToday
    if options.isReplay { policy.rate = nil }
    return Session(
      name: name,
      transport: transport,
      policy: policy,
      signIn: options.signIn(signIn, tokens, redactor),
      usage: usage,
      clock: options.clock
    )
  }
}

extension PassOptions {
  func signIn(
    _ settings: SignInSettings?, _ tokens: any TokenStore, _ redactor: Redactor
  ) -> SignIn? {
    settings.map {
      SignIn(isReplay ? $0.replaying() : $0, store: tokens, clock: clock, redactor: redactor)
    }
  }
}

extension Assembly.Channel {
  /// The channel's way to its platform, outside of a pass.
  public func session(
    over transport: any Transport,
    of assembly: Assembly,
    options: PassOptions
  ) -> Session {
    session(
      over: transport,
      tokens: assembly.tokens(isReplay: options.isReplay),
      redactor: assembly.redactor,
      options: options
    )
  }

  func session(
    over transport: any Transport,
    tokens: any TokenStore,
    redactor: Redactor,
    options: PassOptions
  ) -> Session {
    var policy = policy
    policy.deadline = options.deadline
    if options.isReplay { policy.rate = nil }
    return Session(
      name: profile.name,
      transport: transport,
      policy: policy,
      signIn: options.signIn(signIn, tokens, redactor),
      clock: options.clock
    )
  }
}
