import Outbox
import Receivables
import Rules
import State

/// What a pass told that its state does not know any more, and the person who looks into it.
struct SimLoss {
  private struct Told: Hashable {
    let channel: String
    let name: String
  }

  /// Customers, until a person has seen to what waits for them; `true` once their source was read.
  private var told: [Told: Bool] = [:]
  /// Places in the list of all that came.
  private(set) var unknown: Set<Int> = []

  private static let customers: Set<String> = ["hook", "sms"]

  /// - Parameters:
  ///   - sent: what came in the pass that is lost, with whom it was about.
  ///   - place: of the first of them.
  mutating func add(_ sent: [(channel: String, name: String?)], at place: Int) {
    for (index, message) in sent.enumerated() {
      unknown.insert(place + index)
      guard let name = message.name, Self.customers.contains(message.channel) else { continue }
      told[Told(channel: message.channel, name: name)] = false
    }
  }

  /// Whoever was told, and is told again before a person says so.
  func judge(_ sent: [(channel: String, name: String?)]) -> [String] {
    sent.compactMap { message in
      guard let name = message.name, told[Told(channel: message.channel, name: name)] != nil
      else { return nil }
      return "\(name) is told through \(message.channel) again, after the state lost it"
    }
  }

  /// A pass has come to its end: what it has for those it could read waits for a person by now.
  mutating func read(_ isRead: (String) -> Bool) {
    for key in told.keys where isRead(key.name) { told[key] = true }
  }

  /// A person looks at each message that waits since the state is in doubt: whoever was told is not
  /// told again.
  mutating func settle(_ state: StateFile, at now: Instant) throws {
    var writes: [OutboxWrite] = []
    for var delivery in try state.openDeliveries() where delivery.why == Delivery.inDoubt {
      let isTold = told[Told(channel: delivery.channel, name: delivery.account.id)] != nil
      if isTold {
        delivery.status = .cancelled
        delivery.hold = nil
        delivery.why = "\(Delivery.rejectedBy)sim"
      } else {
        delivery = delivery.queued(at: now)
      }
      let entry = AuditEntry(
        kind: .person, subject: delivery.id.text,
        body: "{\"did\":\"\(isTold ? "rejected" : "approved")\"}")
      writes.append(.settled([delivery], audit: [entry]))
    }
    told = told.filter { !$0.value }
    if !writes.isEmpty { try state.apply(writes, pass: nil, at: now) }
  }
}
