public import Receivables
import Synchronization
import Wire

/// What a command asks of a pass.
public struct PassOptions: Sendable {
  public var now: Now
  /// Poll this source alone; the others' accounts stay as they are.
  public var only: String?
  /// Overrides the limit of customer messages for this pass.
  public var allow: Int?
  /// Hold customers' messages about a source that no earlier pass has read.
  public var holdsFirstPass = false
  /// Release what the first pass held.
  public var releasesFirstPass = false
  /// Sources whose books may shrink by any measure in this pass.
  public var acceptsShrink: Set<String> = []
  /// No request goes on past it.
  public var deadline: ContinuousClock.Instant?
  /// Take what is over as alerted already; send nothing.
  public var baseline: Baseline?
  /// Send what was previewed and is still true, and nothing else.
  public var plan: PlanFile?
  /// Answers come from recordings: no pauses, no paces.
  public var isReplay: Bool
  /// Told where the pass stands, often; for a terminal.
  public var progress: (@Sendable (String) -> Void)?
  /// Told the number of the pass, once it has one.
  public var began: (@Sendable (Int64) -> Void)?

  /// Which balances `baseline` takes.
  public struct Baseline: Sendable, Equatable {
    /// Only where the oldest uncovered invoice was due before this day.
    public var dueBefore: Day?
    /// Who says that these customers know, for the log.
    public var author: String

    public init(dueBefore: Day? = nil, author: String = "baseline") {
      self.dueBefore = dueBefore
      self.author = author
    }

    func takes(_ facts: Facts) -> Bool {
      guard let day = dueBefore else { return true }
      return facts.oldestDueDate.map { $0 < day } ?? false
    }
  }

  public init(
    now: Now,
    only: String? = nil,
    allow: Int? = nil,
    deadline: ContinuousClock.Instant? = nil,
    baseline: Baseline? = nil,
    plan: PlanFile? = nil,
    isReplay: Bool = false,
    progress: (@Sendable (String) -> Void)? = nil
  ) {
    self.now = now
    self.only = only
    self.allow = allow
    self.deadline = deadline
    self.baseline = baseline
    self.plan = plan
    self.isReplay = isReplay
    self.progress = progress
  }

  var clock: WireClock {
    guard isReplay else { return .system }
    return WireClock(
      now: { ContinuousClock.now },
      unixSeconds: { [now] in now.instant.seconds },
      sleep: { _ in },
      jitter: { 0 }
    )
  }
}

/// Asks a pass to come to an end: SIGTERM, SIGINT, the deadline. What is in flight is finished or
/// recorded as unknown; what is not begun stays in the queue.
public final class Stopper: Sendable {
  private struct State {
    var reason: String?
    var urge: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  public init() {}

  /// Nothing new is begun from now on.
  public func stop(because why: String) {
    state.withLock { if $0.reason == nil { $0.reason = why } }
  }

  /// What is in flight is cancelled too.
  public func hurry() { state.withLock { $0.urge }?() }

  func whenUrgent(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.urge = action }
  }

  /// Why to stop, or `nil` to go on.
  public var why: String? { state.withLock { $0.reason } }
}
