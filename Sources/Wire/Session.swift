/// One platform's way to the world: a transport inside its wrappers.
public struct Session: Sendable {
  /// The source's or channel's name in the config.
  public let name: String
  private let timeout: Duration
  private let recorder: UsageRecorder
  private let once: any Transport
  private let signIn: SignIn?
  private let network: any Transport
  private let repeated: any Transport

  /// - Parameters:
  ///   - signIn: for OAuth platforms: adds `Authorization` to each HTTP request that has none.
  ///   - usage: counts calls and bytes; hand one in to share it between sessions.
  public init(
    name: String,
    transport: any Transport,
    policy: SessionPolicy = SessionPolicy(),
    signIn: SignIn? = nil,
    usage: UsageRecorder = UsageRecorder(),
    clock: WireClock = .system
  ) {
    self.name = name
    self.timeout = policy.timeout
    self.recorder = usage

    // The one order of the wrappers, from the network outwards.
    //
    // Concurrency lies next to the network: a slot is held for a transfer and never for a pause.
    let slots = ConcurrencyLimit(transport, limit: policy.maxConcurrency)
    // The pace counts starts, and who waits for it holds no slot.
    let paced = RateLimit(slots, policy.rate, name: name, deadline: policy.deadline, clock: clock)
    // The budget counts what the platform charges, each repetition too, so it lies inside retry;
    // outside the pace, because a call that is refused should not use up its turn.
    let counted = Budget(paced, policy, name: name, recorder: usage)
    // Retry lies inside sign-in: a lost connection is repeated with the same token, and a 401 is
    // no reason to wait.
    let retried = Retry(counted, policy, name: name, clock: clock)
    // Sign-in is outermost: it sees the answer that counts. Its own requests go to another host,
    // so they take no turn and no budget of this one.
    self.signIn = signIn
    self.network = transport
    self.once = signIn.map { SignedIn(counted, $0, over: transport) } ?? counted
    self.repeated = signIn.map { SignedIn(retried, $0, over: transport) } ?? retried
  }

  public init(transport: any Transport, timeout: Duration = .seconds(30)) {
    self.init(name: "session", transport: transport, policy: SessionPolicy(timeout: timeout))
  }

  /// One try. A 401 refreshes the token and repeats, once.
  public func perform(_ request: Request) async throws(WireError) -> Response {
    try await once.perform(request, timeout: timeout)
  }

  /// For reads that change nothing there: repeated after lost connections, 429 and 5xx, as the
  /// policy allows. When the tries are used up, or the platform asks for a long wait, the last
  /// answer is returned, of whatever status.
  public func read(_ request: HTTPRequest) async throws(WireError) -> Response {
    try await repeated.perform(.http(request), timeout: timeout)
  }

  /// Where the platform says the API of this sign-in is (Salesforce's instance, Zoho's data
  /// centre); signs in first where need be.
  /// - Returns: `nil` where the platform does not say, or there is no sign-in.
  public func origin() async throws(WireError) -> String? {
    try await signIn?.origin(over: network, timeout: timeout)
  }

  /// Calls and bytes so far.
  public var usage: Usage { recorder.usage }
}

/// What a session may do, as the config and the platform's traits say.
public struct SessionPolicy: Sendable, Equatable {
  /// Of one try.
  public var timeout: Duration
  public var rate: Rate?
  /// Requests at once.
  public var maxConcurrency: Int
  /// Repetitions of a read after its first try.
  public var retries: Int
  public var callsPerDay: Int?
  /// What earlier passes of today have used of `callsPerDay`.
  public var callsUsedToday: Int
  /// No pause goes past it.
  public var deadline: ContinuousClock.Instant?

  public init(
    timeout: Duration = .seconds(30),
    rate: Rate? = nil,
    maxConcurrency: Int = 4,
    retries: Int = 3,
    callsPerDay: Int? = nil,
    callsUsedToday: Int = 0,
    deadline: ContinuousClock.Instant? = nil
  ) {
    self.timeout = timeout
    self.rate = rate
    self.maxConcurrency = maxConcurrency
    self.retries = retries
    self.callsPerDay = callsPerDay
    self.callsUsedToday = callsUsedToday
    self.deadline = deadline
  }
}

/// At most `count` requests in `per`.
public struct Rate: Sendable, Equatable {
  public let count: Int
  public let per: Duration

  public init(_ count: Int, per: Duration) {
    self.count = count
    self.per = per
  }
}
