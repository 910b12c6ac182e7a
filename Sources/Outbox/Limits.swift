import Receivables

/// How much may go to customers. `nil`: no limit.
public struct Limits: Sendable, Equatable {
  /// A pass that would send more holds all of its customer messages.
  public var customerMessagesPerPass: Int?
  /// Messages to one recipient through one channel on one day of the organisation's calendar.
  public var perRecipientPerDay: Int?

  public init(customerMessagesPerPass: Int? = 200, perRecipientPerDay: Int? = nil) {
    self.customerMessagesPerPass = customerMessagesPerPass
    self.perRecipientPerDay = perRecipientPerDay
  }
}

extension Planner {
  /// Holds what is more for one recipient than a day allows, until the day on which it is its turn.
  /// What goes out as one message (several rules on one account) counts as one.
  func spreadOverDays(_ entries: inout [Plan.Entry]) {
    guard let most = limits.perRecipientPerDay else { return }
    let pending = entries.flatMap(\.deliveries).filter {
      $0.audience == .customer && $0.status == .pending
    }
    var told = sentToday
    var holds: [DeliveryID: Instant] = [:]
    // When customers may be told: now, then on each following day that has hours.
    var turns = [now.instant]
    for batch in Batch.batches(of: pending, isDigest: { channels[$0]?.isDigest ?? false })
    where !batch.isDigest {
      guard let first = batch.deliveries.first, let recipient = first.recipient else { continue }
      let address = BadAddress(channel: first.channel, address: recipient)
      let days = told[address, default: 0] / most
      told[address, default: 0] += 1
      while turns.count <= days {
        let day = now.zone.day(of: turns[turns.count - 1])
        let midnight = now.zone.instant(of: day.adding(days: 1))
        turns.append(hours[.customer]?.release(after: midnight, in: now.zone) ?? midnight)
      }
      if days == 0 { continue }
      for delivery in batch.deliveries { holds[delivery.id] = turns[days] }
    }
    if holds.isEmpty { return }
    for entry in entries.indices {
      for index in entries[entry].deliveries.indices {
        guard let until = holds[entries[entry].deliveries[index].id] else { continue }
        entries[entry].deliveries[index].status = .held
        entries[entry].deliveries[index].hold = .recipientDay
        entries[entry].deliveries[index].notBefore = until
        entries[entry].deliveries[index].why =
          "the recipient is told no more than \(most == 1 ? "once" : "\(most) times") a day"
      }
    }
  }
}
