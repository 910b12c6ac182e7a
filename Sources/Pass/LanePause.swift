import Outbox
import Wire

// When a lane waits, and when it goes no further.
extension Lane {
  /// Waits as the action says.
  /// - Returns: why it must not go on in this pass; `nil` to go on.
  func pause(_ action: DeliveryMachine.Action) async -> String? {
    let seconds: Int64
    switch action {
    case .resend(let after), .search(let after), .retry(let after): seconds = after
    case .send, .rest: seconds = 0
    }
    if seconds > 0, await !rests(.seconds(seconds)) {
      return await halt ?? "the deadline is nearer than the next try"
    }
    if let why = await halt { return why }
    // The platform asked for time because of another message.
    while let rest = await closure.pause(at: options.clock.now()) {
      guard rest <= .seconds(channel.profile.policy.longestWait), await rests(rest) else {
        return "the channel asked to be left alone for a while"
      }
      // There time stands still.
      if options.isReplay { await closure.release() }
    }
    return nil
  }

  /// Why nothing more is begun; `nil` to go on.
  var halt: String? {
    get async {
      if let why = stopper.why { return why }
      if Task.isCancelled { return "the pass was stopped" }
      return await closure.why
    }
  }

  /// Waits.
  /// - Returns: whether there is time for it, and the pass goes on afterwards.
  func rests(_ time: Duration) async -> Bool {
    if let deadline = options.deadline, ContinuousClock.now + time > deadline, !options.isReplay {
      return false
    }
    try? await options.clock.sleep(time)
    return stopper.why == nil && !Task.isCancelled
  }

  /// A message that rests now and was not taken says something of the channel.
  func learn(_ outcome: Outcome, _ action: DeliveryMachine.Action) async {
    guard action == .rest else { return }
    switch outcome {
    case .notAccepted(nil, let why), .unknown(let why): await closure.failed(why)
    case .accepted, .notAccepted, .refused, .signInNeeded: break
    }
  }
}
