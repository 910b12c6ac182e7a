import Messages
import Outbox
import Receivables

/// The deliveries of one message, which share its fate.
struct Flight {
  private var machines: [DeliveryMachine]
  private let before: [Delivery]
  var message: Message?
  /// SHA-256 of the message's stored form.
  var digest: String?
  /// RFC 3339, when the first try of this pass began.
  var startedAt: String?

  init(_ deliveries: [Delivery], policy: DeliveryPolicy, now: Now) {
    before = deliveries
    machines = deliveries.map { DeliveryMachine($0, policy: policy, now: now) }
  }

  var deliveries: [Delivery] { machines.map(\.delivery) }
  var isChanged: Bool { deliveries != before }

  /// The event for each; the first machine's action is the flight's.
  mutating func apply(_ event: DeliveryMachine.Event) -> DeliveryMachine.Action {
    var action = DeliveryMachine.Action.rest
    for index in machines.indices {
      let wanted = machines[index].apply(event)
      if index == 0 { action = wanted }
    }
    return action
  }
}
