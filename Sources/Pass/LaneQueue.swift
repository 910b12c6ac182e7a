import Channels
import Outbox
import State

/// What one channel has to send, as many at once as it takes.
struct LaneQueue: Sendable {
  let lane: Lane
  /// Messages at once.
  let width: Int
  /// Told how many deliveries are done.
  let progress: @Sendable (Int) -> Void

  /// Before the one try that shows whether a channel that was down works again.
  private static let rest = Duration.seconds(10)

  /// - Returns: all deliveries as they stand then. What was never begun, since the channel is
  ///   closed or the pass is stopped, stays in the state as it is.
  func run(_ jobs: [Job]) async -> Result<[Delivery], StateError> {
    do throws(StateError) {
      var (delivered, next) = try await send(jobs[...], 0)
      if next < jobs.count, await lane.closure.isDown, await lane.rests(Self.rest) {
        await lane.closure.reopen()
        let more = try await send(jobs[next...], delivered.count)
        delivered += more.0
        next = more.next
      }
      let why = await lane.halt ?? ""
      for var delivery in jobs[next...].flatMap(\.batch.deliveries) {
        if delivery.status == .pending { delivery.why = why }
        delivered.append(delivery)
      }
      return .success(delivered)
    } catch {
      return .failure(error)
    }
  }

  /// - Returns: what was begun, and the place of the first job that was not.
  private func send(
    _ jobs: ArraySlice<Job>,
    _ before: Int
  ) async throws(StateError) -> ([Delivery], next: Int) {
    let batches = lane.channel.adapter as? any BatchChannel
    let bulk = batches.flatMap { $0.batchSize > 1 ? $0 : nil }
    let size = bulk?.batchSize ?? 1
    let (delivered, failure, next) = await withTaskGroup(
      of: Result<[Delivery], StateError>.self
    ) { group in
      var delivered: [Delivery] = []
      var failure: StateError?
      var next = jobs.startIndex
      func start() async {
        guard next < jobs.endIndex, failure == nil, await lane.halt == nil else { return }
        let some = Array(jobs[next..<min(jobs.endIndex, next + size)])
        next += some.count
        group.addTask {
          if let bulk { await lane.run(some, through: bulk) } else { await lane.run(some[0]) }
        }
      }
      for _ in 0..<width { await start() }
      for await result in group {
        switch result {
        case .success(let deliveries):
          delivered += deliveries
          progress(before + delivered.count)
        case .failure(let error):
          failure = error
          lane.stopper.stop(because: error.description)
        }
        await start()
      }
      return (delivered, failure, next)
    }
    if let failure { throw failure }
    return (delivered, next)
  }
}
