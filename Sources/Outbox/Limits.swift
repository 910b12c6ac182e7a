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
}

/// Counts what goes to each recipient on one day; what shares a message counts once.
public struct RecipientCount: Sendable {
  private let most: Int?
  private let sentToday: [BadAddress: Int]
  private var messages: [BadAddress: Set<[String]>] = [:]

  /// - Parameter most: a recipient's messages a day; `nil` for no limit.
  public init(most: Int?, sentToday: [BadAddress: Int]) {
    self.most = most
    self.sentToday = sentToday
  }

  /// Whether a delivery that is ready may go today; if so, it is counted.
  public mutating func admits(_ delivery: Delivery) -> Bool {
    guard let most, delivery.audience == .customer, let recipient = delivery.recipient else {
      return true
    }
    let address = BadAddress(channel: delivery.channel, address: recipient)
    let message = [
      delivery.account.description, delivery.currency.code,
      delivery.reason == .resolved ? "resolved" : "",
    ]
    if messages[address]?.contains(message) == true { return true }
    guard total(address) < most else { return false }
    messages[address, default: []].insert(message)
    return true
  }

  /// What was sent, and what was admitted.
  public var counts: [BadAddress: Int] {
    var counts = sentToday
    for address in messages.keys { counts[address] = total(address) }
    return counts
  }

  private func total(_ address: BadAddress) -> Int {
    sentToday[address, default: 0] + (messages[address]?.count ?? 0)
  }
}
