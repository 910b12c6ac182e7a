import Foundation
import Receivables
import Testing

@testable import Pass

/// What a pass, and those who hear of it when it is done, may take.
struct PatienceTests {
  private static func left(_ usual: Int, of deadline: Duration?, isStopped: Bool = false)
    -> Duration
  {
    let stopper = Stopper()
    if isStopped { stopper.stop(because: "SIGTERM") }
    return Overtime(deadline: deadline.map { .now + $0 }, stopper: stopper)
      .left(of: .seconds(usual))
  }

  @Test("Whoever hears of a pass has five seconds when its time is over, and the usual time before")
  func overtime() {
    #expect(Self.left(20, of: nil) == .seconds(20))
    #expect(Self.left(20, of: .seconds(3600)) == .seconds(20))
    #expect(Self.left(20, of: .seconds(-1)) == .seconds(5))
    #expect(Self.left(20, of: nil, isStopped: true) == .seconds(5))
    #expect(Self.left(20, of: .seconds(3600), isStopped: true) == .seconds(5))
    // Less is never made more of.
    #expect(Self.left(2, of: .seconds(-1)) == .seconds(2))
    let between = Self.left(7200, of: .seconds(3600))
    #expect(between <= .seconds(3600) && between > .seconds(5))
  }

  @Test("Polling leaves a quarter of the time for the rest, and a minute at most")
  func polling() throws {
    func reserve(_ time: Duration, isReplay: Bool = false) -> Duration? {
      var options = PassOptions(now: Now(Instant(seconds: 0), in: .utc), isReplay: isReplay)
      let deadline = ContinuousClock.now + time
      options.deadline = deadline
      return options.pollingDeadline.map { deadline - $0 }
    }
    #expect(reserve(.seconds(3600)) == .seconds(60))
    let short = try #require(reserve(.seconds(100)))
    #expect(short <= .seconds(25) && short > .seconds(0))
    #expect(reserve(.seconds(100), isReplay: true) == nil)
    #expect(PassOptions(now: Now(Instant(seconds: 0), in: .utc)).pollingDeadline == nil)
  }

  @Test("A task is cancelled when patience is over, and when whoever waits for it is")
  func cancelled() async {
    func endless() -> Task<Bool, Never> {
      Task {
        // Ends when its task is cancelled, and not before.
        let (stream, open) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        return withExtendedLifetime(open) { Task.isCancelled }
      }
    }
    #expect(await endless().value(cancelledAfter: .zero))
    let waiting = Task { await endless().value(cancelledAfter: nil) }
    waiting.cancel()
    #expect(await waiting.value)
    #expect(await Task { true }.value(cancelledAfter: .seconds(3600)))
  }
}
