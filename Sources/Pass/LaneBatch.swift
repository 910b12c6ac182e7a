import Channels
import Failpoints
import Messages
import Outbox
import State
import Wire

extension Lane {
  /// Several messages in one call, for a platform that takes them so. Each has an outcome of its
  /// own; what has to be tried again goes on by itself.
  func run(_ jobs: [Job], through batch: any BatchChannel) async -> Result<[Delivery], StateError> {
    do throws(StateError) {
      var delivered: [Delivery] = []
      var flights: [Flight] = []
      var messages: [Message] = []
      var writes: [OutboxWrite] = []
      for job in jobs {
        guard let (ready, message) = ready(job.batch) else {
          delivered += try await run(job).get()
          continue
        }
        var flight = ready
        writes.append(handOver(&flight, message))
        flights.append(flight)
        messages.append(message)
      }
      if flights.isEmpty { return .success(delivered) }
      try await writer.write(writes)
      Failpoint.at(.requestBefore)
      let outcomes = await batch.send(messages, over: session).map(redacted)
      Failpoint.at(.answerAfter)
      for (index, message) in messages.enumerated() {
        // An adapter that says less than it was asked leaves the rest unknown.
        let outcome =
          index < outcomes.count ? outcomes[index] : .unknown(why: "no outcome was reported for it")
        let refusal = await note(outcome, message)
        let action = flights[index].apply(.answered(outcome))
        await learn(outcome, action)
        delivered +=
          action == .rest
          ? try await settle(flights[index], refusal: refusal)
          : try await fly(&flights[index], from: action)
      }
      return .success(delivered)
    } catch {
      return .failure(error)
    }
  }

  /// What may go out now as one message of one delivery; `nil` for what wants the long way.
  private func ready(_ batch: Batch) -> (Flight, Message)? {
    guard batch.deliveries.count == 1, batch.deliveries[0].status == .pending, stopper.why == nil,
      !Task.isCancelled, let message = try? builder.message(batch),
      channel.adapter.split(message).count == 1
    else { return nil }
    var flight = Flight(batch.deliveries, policy: channel.profile.policy, now: options.now)
    guard flight.apply(.taken) == .send else { return nil }
    flight.message = message
    return (flight, message)
  }
}
