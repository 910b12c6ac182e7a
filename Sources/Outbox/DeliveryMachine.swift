public import Receivables

/// What a channel's config and platform allow, as far as a delivery's fate depends on it.
public struct DeliveryPolicy: Sendable, Equatable {
  public enum OnUncertain: String, Sendable, CaseIterable, Codable { case resend, hold }

  public var guarantee: Guarantee
  public var onUncertain: OnUncertain
  /// Tries end so long after the delivery was ready.
  public var expiresAfter: Period
  /// Tries within one pass after the first.
  public var retries: Int
  /// The longest wait within a pass, seconds; a longer one is for a later pass.
  public var longestWait: Int64

  public init(
    guarantee: Guarantee,
    onUncertain: OnUncertain,
    expiresAfter: Period = .days(3),
    retries: Int = 3,
    longestWait: Int64 = 30
  ) {
    self.guarantee = guarantee
    self.onUncertain = onUncertain
    self.expiresAfter = expiresAfter
    self.retries = retries
    self.longestWait = longestWait
  }
}

/// The life of one delivery: event in, action out. No I/O, no clock.
public struct DeliveryMachine: Sendable, Equatable {
  public enum Event: Sendable, Equatable {
    /// The dispatcher takes it up: just before it is checked and handed to the network.
    case taken
    /// The newest snapshot says that it need not, or must not, be sent any more.
    case noLongerTrue(why: String)
    /// Written as `sending`; the network has it from now on.
    case handedOver(messageID: String)
    case answered(Outcome)
    /// A pass found it `sending`: the one before was cut short.
    case foundSending
    case found(platformID: String?)
    case absent
    case cannotTell(why: String)
    /// The rest of its channel's batch waits: a sign-in, a refusal of the whole channel, no time.
    case putOff(why: String)
  }

  public enum Action: Sendable, Equatable {
    /// Nothing more in this pass.
    case rest
    /// Check, render, record `sending`, send.
    case send
    /// The same message to the byte, again.
    case resend(afterSeconds: Int64)
    /// Ask the platform whether it has it.
    case search(afterSeconds: Int64)
    /// Try again within this pass, rendered afresh.
    case retry(afterSeconds: Int64)
  }

  public private(set) var delivery: Delivery
  private let policy: DeliveryPolicy
  private let now: Now
  private var triesInPass = 0
  private var searchesInPass = 0
  /// A try of unknown outcome, not asked about since: the platform may have it.
  private var mayHaveArrived = false

  public init(_ delivery: Delivery, policy: DeliveryPolicy, now: Now) {
    self.delivery = delivery
    self.policy = policy
    self.now = now
  }

  public mutating func apply(_ event: Event) -> Action {
    switch delivery.status {
    case .sent, .uncertain, .cancelled, .suppressed: return .rest
    case .pending, .held, .sending, .failed: break
    }
    switch event {
    case .taken: return taken()
    case .noLongerTrue(let why):
      // In flight when a pass was cut short: it is not sent again, and may have gone out.
      delivery.status = delivery.status == .sending ? .uncertain : .cancelled
      delivery.hold = nil
      delivery.why = why
      return .rest
    case .handedOver(let messageID):
      delivery.status = .sending
      delivery.messageID = messageID
      delivery.attempts += 1
      triesInPass += 1
      return .rest
    case .answered(let outcome): return answered(outcome)
    case .foundSending:
      // Told to wait, while in doubt about an earlier try.
      if let notBefore = delivery.notBefore, notBefore > now.instant { return .rest }
      return unknown("the pass that sent it was cut short")
    case .found(let platformID):
      accept(platformID)
      return .rest
    case .absent:
      delivery.status = .pending
      mayHaveArrived = false
      if isExpired { return expire("not accepted") }
      return triesInPass <= policy.retries ? .retry(afterSeconds: 0) : .rest
    case .cannotTell(let why):
      if isExpired { return giveUpAsUncertain(why) }
      searchesInPass += 1
      delivery.why = "outcome unknown, asked in vain: \(why)"
      return searchesInPass < 2 ? .search(afterSeconds: 3) : .rest
    case .putOff(let why):
      if delivery.status == .pending { delivery.why = why }
      return .rest
    }
  }

  private mutating func taken() -> Action {
    guard delivery.status == .pending else { return .rest }
    // A machine that slept, or a channel that was shut, has tried nothing: what is still true goes.
    if isExpired, delivery.attempts > 0 { return expire(delivery.why) }
    if let notBefore = delivery.notBefore, notBefore > now.instant { return .rest }
    return .send
  }

  private mutating func answered(_ outcome: Outcome) -> Action {
    switch outcome {
    case .accepted(let id):
      accept(id)
      return .rest
    case .notAccepted(let after, let why):
      // This try was not taken; an earlier one may have been: it stays the same message.
      delivery.status = isInDoubt ? .sending : .pending
      delivery.why = why
      let asked = after.map { $0.components.seconds + ($0.components.attoseconds > 0 ? 1 : 0) } ?? 0
      let wait = max(asked, backoff(step: triesInPass, base: 1))
      if triesInPass <= policy.retries, wait <= policy.longestWait {
        return isInDoubt ? .resend(afterSeconds: wait) : .retry(afterSeconds: wait)
      }
      if isExpired { return expire(why) }
      delivery.notBefore = now.instant.adding(
        seconds: max(asked, min(backoff(step: delivery.attempts, base: 60), 3600))
      )
      return .rest
    case .unknown(let why): return unknown(why)
    case .refused(.channel, let why), .signInNeeded(let why):
      // Not the message's fault: it stays in the queue until a person mends the channel.
      delivery.status = isInDoubt ? .sending : .pending
      delivery.why = why
      return isExpired ? expire(why) : .rest
    case .refused(_, let why):
      delivery.status = .failed
      delivery.why = why
      return .rest
    }
  }

  /// Only the same bytes under the same id are recognised: nothing may be rendered afresh.
  private var isInDoubt: Bool { mayHaveArrived && policy.guarantee == .idempotent }

  /// Never repeated blindly: the platform recognises it, or is asked, or the config decides.
  private mutating func unknown(_ why: String) -> Action {
    delivery.status = .sending
    mayHaveArrived = true
    delivery.why = "outcome unknown: \(why)"
    switch policy.guarantee {
    case .idempotent:
      if isExpired { return giveUpAsUncertain(why) }
      return triesInPass <= policy.retries
        ? .resend(afterSeconds: backoff(step: triesInPass, base: 1)) : .rest
    case .searchable:
      return .search(afterSeconds: triesInPass == 0 ? 0 : 2)
    case .neither:
      guard policy.onUncertain == .resend, !isExpired else { return giveUpAsUncertain(why) }
      delivery.status = .pending
      return triesInPass <= policy.retries
        ? .retry(afterSeconds: backoff(step: triesInPass, base: 1)) : .rest
    }
  }

  private mutating func accept(_ id: String?) {
    delivery.status = .sent
    delivery.sentAt = now.instant
    delivery.platformID = id
    delivery.why = ""
    delivery.notBefore = nil
  }

  /// Failed; uncertain where a try of unknown outcome may have arrived.
  private mutating func expire(_ why: String) -> Action {
    if mayHaveArrived { return giveUpAsUncertain(why) }
    delivery.status = .failed
    delivery.why = "given up after \(policy.expiresAfter): \(why)"
    return .rest
  }

  private mutating func giveUpAsUncertain(_ why: String) -> Action {
    delivery.status = .uncertain
    delivery.why = "outcome unknown: \(why)"
    return .rest
  }

  /// Whole days, not midnights: `3d` is 72 hours, whenever they began.
  private var isExpired: Bool {
    now.instant.seconds - delivery.readySince.seconds >= policy.expiresAfter.seconds
  }

  /// Doubles with each step; the jitter, up to a half, comes from the delivery's id, so that a
  /// batch does not come back as one.
  private func backoff(step: Int, base: Int64) -> Int64 {
    let whole = base << Int64(min(max(step - 1, 0), 8))
    let share = Int64(delivery.id.text.utf8.reduce(UInt32(step)) { $0 &* 31 &+ UInt32($1) } % 100)
    return max(base, whole * (100 + share / 2) / 100)
  }
}
