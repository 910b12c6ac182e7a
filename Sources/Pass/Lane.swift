import Channels
import Crypto
import Failpoints
import Foundation
import Messages
import Outbox
import Receivables
import State
import Wire

/// One channel at work: performs the actions of delivery machines.
struct Lane: Sendable {
  let channel: Assembly.Channel
  let session: Session
  let writer: OutboxWriter
  let options: PassOptions
  let stopper: Stopper
  let redactor: Redactor
  let builder: MessageBuilder
  let closure: Closure
  let incidents: Incidents
  /// What goes out in place of a delivery whose address proved bad for good.
  let fallback: @Sendable (Delivery) -> [Delivery]

  func run(_ job: Job) async -> Result<[Delivery], StateError> {
    do throws(StateError) {
      guard job.batch.deliveries.first?.status != .sending else {
        return .success(try await finish(job))
      }
      return .success(try await begin(job.batch))
    } catch {
      return .failure(error)
    }
  }

  /// A message of unknown outcome: repeated to the byte, asked about, or given up as uncertain.
  private func finish(_ job: Job) async throws(StateError) -> [Delivery] {
    let stored = job.storedBody.flatMap(StoredMessage.message)
    var flight = Flight(job.batch.deliveries, policy: channel.profile.policy, now: options.now)
    flight.message = stored
    if let why = job.untrue {
      // Asked, so that the log is right; never sent again.
      let event = await search(flight)
      switch event {
      case .found: _ = flight.apply(event)
      case .absent:
        _ = flight.apply(event)
        _ = flight.apply(.noLongerTrue(why: why))
      default: _ = flight.apply(.noLongerTrue(why: why))
      }
      return try await settle(flight)
    }
    guard stored != nil else {
      _ = flight.apply(.noLongerTrue(why: "the message cannot be read any more"))
      return try await settle(flight)
    }
    return try await fly(&flight, from: flight.apply(.foundSending))
  }

  private func begin(_ all: Batch) async throws(StateError) -> [Delivery] {
    // Whose time has not come, or is over, does not ride along.
    var resting: [Delivery] = []
    var ready: [Delivery] = []
    for delivery in all.deliveries {
      var flight = Flight([delivery], policy: channel.profile.policy, now: options.now)
      if flight.apply(.taken) == .send {
        ready.append(delivery)
      } else {
        resting += try await settle(flight)
      }
    }
    if ready.isEmpty { return resting }
    return resting
      + (try await send(
        Batch(channel: all.channel, isDigest: all.isDigest, deliveries: ready)))
  }

  private func send(_ batch: Batch) async throws(StateError) -> [Delivery] {
    var flight = Flight(batch.deliveries, policy: channel.profile.policy, now: options.now)
    let whole: Message?
    do throws(RenderError) {
      whole = try builder.message(batch)
    } catch {
      _ = flight.apply(.answered(.refused(.message, why: error.description)))
      return try await settle(flight)
    }
    guard let whole else {
      _ = flight.apply(.putOff(why: "the account was not polled in this pass"))
      return try await settle(flight)
    }
    let parts = channel.adapter.split(whole)
    guard parts.count > 1 else {
      flight.message = whole
      return try await fly(&flight, from: .send)
    }
    var delivered: [Delivery] = []
    for part in parts {
      let ids = Set(part.alerts.map(\.deliveryID))
      let members = batch.deliveries.filter { ids.contains($0.id.text) }
      if members.isEmpty { continue }
      var flight = Flight(members, policy: channel.profile.policy, now: options.now)
      flight.message = part
      delivered += try await fly(&flight, from: .send)
    }
    return delivered
  }

  /// Performs actions until the flight rests.
  func fly(
    _ flight: inout Flight,
    from first: DeliveryMachine.Action
  ) async throws(StateError) -> [Delivery] {
    var action = first
    var refusal: [OutboxWrite]?
    while true {
      switch action {
      case .rest: return try await settle(flight, refusal: refusal)
      case .send, .retry, .resend:
        if let why = await pause(action) {
          _ = flight.apply(.putOff(why: why))
          return try await settle(flight)
        }
        guard let message = flight.message else { return try await settle(flight) }
        try await writer.write([handOver(&flight, message)])
        Failpoint.at(.requestBefore)
        let outcome = redacted(await channel.adapter.send(message, over: session))
        Failpoint.at(.answerAfter)
        refusal = await note(outcome, message)
        action = flight.apply(.answered(outcome))
        await learn(outcome, action)
      case .search:
        if await pause(action) != nil { return try await settle(flight) }
        action = flight.apply(await search(flight))
      }
    }
  }

  /// The write that must be durable before the message goes to the network.
  func handOver(_ flight: inout Flight, _ message: Message) -> OutboxWrite {
    let body = StoredMessage.text(of: message)
    flight.digest = Self.digest(body)
    flight.startedAt = flight.startedAt ?? Now.ofThisMachine().description
    _ = flight.apply(.handedOver(messageID: message.deliveryID))
    return .handedOver(flight.deliveries, messageID: message.deliveryID, body: body)
  }

  private func search(_ flight: Flight) async -> DeliveryMachine.Event {
    guard let searchable = channel.adapter as? any SearchableChannel, let message = flight.message
    else { return .cannotTell(why: "the platform cannot be asked") }
    let startedAt = flight.startedAt ?? message.time
    switch await searchable.search(
      for: message,
      startedAt: startedAt,
      now: Now.ofThisMachine().description,
      over: session
    ) {
    case .found(let id): return .found(platformID: id)
    case .absent: return .absent
    case .cannotTell(let why): return .cannotTell(why: redactor.redact(why))
    }
  }

  /// Closes the channel for the rest of the pass, or remembers an address as bad.
  /// - Returns: what a refusal of the recipient leaves behind; empty where the address was one of
  ///   several, and nobody knows which; `nil` for any other outcome.
  func note(_ outcome: Outcome, _ message: Message) async -> [OutboxWrite]? {
    switch outcome {
    case .signInNeeded(let why):
      incidents.signInIsNeeded(of: message.channel, why)
      await closure.close("the channel needs a sign-in: \(why)")
    case .refused(.channel, let why):
      incidents.isRefused(message.channel, why)
      await closure.close("the channel was refused: \(why)")
    case .refused(.recipient, let why), .refused(.optedOut, let why):
      if let address = message.recipient {
        if Contact.recipients(address).count > 1 { return [] }
        let bad = BadAddress(channel: message.channel, address: address)
        guard case .refused(.optedOut, _) = outcome else {
          return [.badAddress(bad, optedOut: false, why: why)]
        }
        let kind = channel.profile.kind
        let audit = AuditEntry(
          kind: .optOut,
          subject: message.alert.source + ":" + message.alert.accountID,
          body: AuditBody.optOut(kind: kind, address: address, channel: message.channel, why: why)
        )
        return [
          .badAddress(bad, optedOut: true, why: why),
          .optedOut(kind: kind, address: address, why: why, audit: audit),
        ]
      }
    case .accepted: await closure.worked()
    case .notAccepted(let after?, _): await closure.hold(until: options.clock.now() + after)
    case .notAccepted(nil, _), .unknown, .refused(.message, _): break
    }
    return nil
  }

  func settle(
    _ flight: Flight,
    refusal: [OutboxWrite]? = nil
  ) async throws(StateError) -> [Delivery] {
    guard flight.isChanged else { return flight.deliveries }
    let replacements = refusal == nil ? [] : flight.deliveries.map { ($0, fallback($0)) }
    var deliveries = flight.deliveries
    for (place, replacement) in replacements.enumerated()
    where replacement.1.contains(where: { $0.channel == replacement.0.channel }) {
      deliveries[place].status = .cancelled
      deliveries[place].why += "; each address gets a message of its own"
    }
    let audit = deliveries.map {
      AuditEntry(
        kind: .delivery,
        subject: $0.id.text,
        body: AuditBody.delivery($0, digest: flight.digest, record: record(of: $0))
      )
    }
    try await writer.write(
      [.settled(deliveries, audit: audit)] + remembered(flight) + (refusal ?? [])
        + replacements.filter { !$0.1.isEmpty }.map { failed, others in
          .replaced(failed.id, by: others, audit: others.map { Self.planned($0, after: failed) })
        }
    )
    return deliveries + replacements.flatMap(\.1)
  }

  private func record(of delivery: Delivery) -> String? {
    guard let id = delivery.platformID, delivery.status == .sent else { return nil }
    return (channel.adapter as? any RecordChannel)?.recordURL(of: id)
  }

  private static func planned(_ delivery: Delivery, after failed: Delivery) -> AuditEntry {
    var entry = delivery
    entry.why = "in place of \(failed.channel), \(failed.recipient ?? ""): \(failed.why)"
    return AuditEntry(
      kind: .delivery,
      subject: delivery.id.text,
      body: AuditBody.delivery(entry, digest: nil)
    )
  }

  func redacted(_ outcome: Outcome) -> Outcome {
    switch outcome {
    case .accepted: outcome
    case .notAccepted(let after, let why): .notAccepted(after: after, why: redactor.redact(why))
    case .unknown(let why): .unknown(why: redactor.redact(why))
    case .refused(let scope, let why): .refused(scope, why: redactor.redact(why))
    case .signInNeeded(let why): .signInNeeded(why: redactor.redact(why))
    }
  }

  private static func digest(_ text: String) -> String {
    hexadecimal(Array(SHA256.hash(data: Data(text.utf8))))
  }
}
