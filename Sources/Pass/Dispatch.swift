import Channels
import Configuration
import Crypto
import Foundation
import Messages
import Outbox
import Receivables
import State
import Wire

/// Step 6: sends what is queued, several channels side by side, and records each outcome as it
/// comes.
struct Dispatcher: Sendable {
  let assembly: Assembly
  let prepared: Prepared
  let state: StateFile
  let writer: OutboxWriter
  let tokens: any TokenStore
  let transport: any Transport
  let options: PassOptions
  let stopper: Stopper
  let incidents: Incidents

  /// - Returns: every delivery of the queue as it stands afterwards, with those that went out in
  ///   place of others.
  /// - Throws: `StateError` when an outcome could not be recorded: nothing more was sent then.
  func dispatch() async throws(StateError) -> [Delivery] {
    var queue = prepared.queue
    var known = Set(queue.map(\.id))
    var done: [Delivery] = []
    // A channel that takes the place of another may fail too; each round has fewer to choose from.
    while true {
      let all = try await dispatch(queue)
      let new = all.filter { !known.contains($0.id) }
      done += all.filter { known.contains($0.id) }
      guard new.contains(where: { $0.status == .pending }) else {
        return (done + new).sorted {
          $0.createdAt == $1.createdAt ? $0.id < $1.id : $0.createdAt < $1.createdAt
        }
      }
      known.formUnion(new.map(\.id))
      queue = new
    }
  }

  private func dispatch(_ queue: [Delivery]) async throws(StateError) -> [Delivery] {
    let sending = queue.filter { $0.status == .sending }
    let stored = try state.messages(Set(sending.compactMap(\.messageID)))
    var ready: [Delivery] = []
    var resting: [Delivery] = []
    for var delivery in queue where delivery.status != .sending {
      if delivery.status != .pending || prepared.withheld.contains(delivery.id) {
        resting.append(delivery)
      } else if let why = prepared.silence(about: EpisodeKey(delivery)) {
        delivery.why = why
        resting.append(delivery)
      } else {
        ready.append(delivery)
      }
    }
    var jobs: [String: [Job]] = [:]
    let inFlight = Dictionary(grouping: sending, by: { $0.messageID ?? $0.id.text })
    for (id, members) in inFlight.sorted(by: { $0.key < $1.key }) {
      let untrue = untruth(of: members)
      // Whether it is still true is not known: its fate is found out when its source is polled.
      if untrue == nil, members.contains(where: { prepared.silence(about: EpisodeKey($0)) != nil })
      {
        resting += members
        continue
      }
      let batch = Batch(
        channel: members[0].channel,
        isDigest: members.count > 1,
        deliveries: members
      )
      jobs[batch.channel, default: []].append(
        Job(batch: batch, storedBody: stored[id], untrue: untrue)
      )
    }
    for batch in Batch.batches(
      of: ready,
      isDigest: { assembly.channels[$0]?.profile.isDigest ?? false }
    ) {
      jobs[batch.channel, default: []].append(Job(batch: batch, storedBody: nil, untrue: nil))
    }
    for result in await dispatch(jobs) { resting += try result.get() }
    return resting
  }

  /// Several channels side by side. A replay takes one after the other: it is the same every time.
  private func dispatch(_ jobs: [String: [Job]]) async -> [Result<[Delivery], StateError>] {
    var results: [Result<[Delivery], StateError>] = []
    if options.isReplay {
      for (name, jobs) in jobs.sorted(by: { $0.key < $1.key }) {
        results.append(await dispatch(jobs, through: name))
      }
      return results
    }
    return await withTaskGroup(of: Result<[Delivery], StateError>.self) { group in
      for (name, jobs) in jobs { group.addTask { await dispatch(jobs, through: name) } }
      for await result in group { results.append(result) }
      return results
    }
  }

  /// Why a message in flight must not be repeated: to a customer, if any of it is not true any
  /// more; to the team, if nothing of it is.
  private func untruth(of members: [Delivery]) -> String? {
    let whys = members.compactMap { prepared.untrue[$0.id] }
    return members[0].audience == .customer || whys.count == members.count ? whys.first : nil
  }

  /// In place of a delivery whose address proved bad. The alert may have gone that way already:
  /// nobody is told twice.
  private func fallback(for failed: Delivery) -> [Delivery] {
    guard let bad = try? state.badAddresses() else { return [] }
    let found = prepared.fallback(for: failed, assembly.setup.rules, bad: bad)
    guard !found.isEmpty, let standing = try? state.standing(among: found.map(\.id)) else {
      return []
    }
    return found.filter { !standing.contains($0.id) }
  }

  /// In flight through a channel that the config no longer has: nobody can be asked.
  private func giveUp(_ jobs: [Job], of name: String) async -> Result<[Delivery], StateError> {
    let deliveries = jobs.flatMap(\.batch.deliveries).map { delivery in
      var delivery = delivery
      delivery.status = .uncertain
      delivery.why = "the channel \(name) was removed while it was being sent"
      return delivery
    }
    do throws(StateError) {
      let audit = deliveries.map {
        AuditEntry(
          kind: .delivery,
          subject: $0.id.text,
          body: AuditBody.delivery($0, digest: nil)
        )
      }
      try await writer.write([.settled(deliveries, audit: audit)])
      return .success(deliveries)
    } catch {
      return .failure(error)
    }
  }

  /// One channel, as many messages at once as it takes.
  private func dispatch(_ jobs: [Job], through name: String) async -> Result<[Delivery], StateError>
  {
    guard let channel = assembly.channels[name] else { return await giveUp(jobs, of: name) }
    let session = channel.session(
      over: transport, tokens: tokens, redactor: assembly.redactor, options: options)
    let width = options.isReplay ? 1 : channel.policy.maxConcurrency
    let lane = Lane(
      channel: channel,
      session: session,
      writer: writer,
      options: options,
      stopper: stopper,
      redactor: assembly.redactor,
      builder: MessageBuilder(assembly: assembly, prepared: prepared),
      closure: Closure(),
      incidents: incidents,
      fallback: { fallback(for: $0) }
    )
    // Where many go at once, more are recorded as `sending` than the session lets through, so that
    // the network need not wait for the disk; only where a crash that finds them so does no harm.
    let isWide = channel.profile.policy.guarantee == .idempotent && width >= 16
    let ahead = isWide ? 3 : 1
    return await LaneQueue(
      lane: lane,
      width: max(1, width * ahead),
      progress: { options.progress?("\(name): \(counted($0, "delivery", "deliveries"))") }
    ).run(jobs)
  }
}

/// A message to be, or one that was being sent when a pass was cut short.
struct Job: Sendable {
  let batch: Batch
  /// The message as it went to the network.
  let storedBody: String?
  /// Why it must not be sent again.
  let untrue: String?
}
