import Receivables
import Rules

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

  /// Why a customer's message is held by the limit.
  public var overTheLimit: String {
    "over the limit of \(customerMessagesPerPass ?? .max) customer messages a pass"
  }
}

extension Planner {
  /// Holds what is more for one recipient than a day allows, until the day on which it is its turn.
  /// What goes out as one message (several rules on one account) counts as one; so does, for a rule
  /// that counts persons, what one customer gets at one time in several ways.
  func spreadOverDays(_ entries: inout [Plan.Entry]) {
    guard let most = limits.perRecipientPerDay else { return }
    var accounts: [DeliveryID: Account] = [:]
    for entry in entries {
      for delivery in entry.deliveries
      where delivery.audience == .customer && delivery.status == .pending {
        accounts[delivery.id] = entry.decision.facts.account
      }
    }
    let pending = entries.flatMap(\.deliveries).filter { accounts[$0.id] != nil }
    var told = Told(addresses: sentToday, persons: personsToldToday)
    var turns = Turns(hours: hours, now: now)
    var holds: [DeliveryID: Instant] = [:]
    for batch in Batch.batches(of: pending, isDigest: { channels[$0]?.isDigest ?? false })
    where !batch.isDigest {
      let countsPerson = batch.deliveries.contains { personRules.contains($0.rule) }
      guard let first = batch.deliveries.first,
        let before = told.count(first, countsPerson: countsPerson)
      else { continue }
      let days = before / most
      if days == 0 { continue }
      let until = turns.instant(after: days, accounts[first.id])
      for delivery in batch.deliveries { holds[delivery.id] = until }
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

/// Messages of a day, to addresses and to persons.
private struct Told {
  var addresses: [BadAddress: Int]
  var persons: [AccountKey: Int]
  /// What a person is told at one time, in however many ways, and how many came before it.
  private var occasions: [String: Int] = [:]

  init(addresses: [BadAddress: Int], persons: [AccountKey: Int]) {
    self.addresses = addresses
    self.persons = persons
  }

  /// How many came before it; counted from now on. `nil` where there is no recipient.
  mutating func count(_ delivery: Delivery, countsPerson: Bool) -> Int? {
    guard let recipient = delivery.recipient else { return nil }
    guard countsPerson else {
      // One message to several is one to each of them.
      var before = 0
      for recipient in Contact.recipients(recipient) {
        let address = BadAddress(channel: delivery.channel, address: recipient)
        before = max(before, addresses[address, default: 0])
        addresses[address, default: 0] += 1
      }
      return before
    }
    let occasion = [
      delivery.account.description, delivery.currency.code, delivery.part,
      delivery.reason == .resolved ? "resolved" : "",
    ].joined(separator: "\u{1F}")
    if let before = occasions[occasion] { return before }
    let before = persons[delivery.account, default: 0]
    persons[delivery.account] = before + 1
    occasions[occasion] = before
    return before
  }
}

/// When customers may be told: on each following day that has hours.
private struct Turns {
  let hours: ContactHours
  let now: Now
  private var known: [String: [Instant]] = [:]

  init(hours: ContactHours, now: Now) {
    self.hours = hours
    self.now = now
  }

  mutating func instant(after days: Int, _ account: Account?) -> Instant {
    let key = account?.timezone ?? ""
    var turns = known[key] ?? [now.instant]
    while turns.count <= days {
      let day = now.zone.day(of: turns[turns.count - 1])
      let midnight = now.zone.instant(of: day.adding(days: 1))
      turns.append(hours.hold(.customer, of: account, at: midnight)?.until ?? midnight)
    }
    known[key] = turns
    return turns[days]
  }
}
