/// Why the rest of a channel's messages wait.
actor Closure {
  /// So many in a row that were tried as often as they may be, and not taken: the channel is down,
  /// and each further one would wait as long for nothing.
  private static let fewestFailures = 2

  private(set) var why: String?
  /// Closed since nothing gets through; one try may show that something does.
  private(set) var isDown = false
  private var failures = 0
  private var heldUntil: ContinuousClock.Instant?

  /// For the rest of the pass.
  func close(_ why: String) { if self.why == nil { self.why = why } }

  /// A message was tried as often as it may be in a pass, and is not known to be taken.
  func failed(_ text: String) {
    failures += 1
    guard failures >= Self.fewestFailures, why == nil else { return }
    isDown = true
    why = "nothing gets through: \(text)"
  }

  func worked() { failures = 0 }

  /// One more message is let through; what becomes of it decides again.
  func reopen() {
    guard isDown else { return }
    isDown = false
    why = nil
    failures = Self.fewestFailures - 1
  }

  /// The platform asked to be left alone, whatever the message.
  func hold(until moment: ContinuousClock.Instant) {
    heldUntil = max(heldUntil ?? moment, moment)
  }

  func release() { heldUntil = nil }

  /// How long nothing may be asked of it; `nil` when it may.
  func pause(at now: ContinuousClock.Instant) -> Duration? {
    heldUntil.flatMap { $0 > now ? $0 - now : nil }
  }
}
