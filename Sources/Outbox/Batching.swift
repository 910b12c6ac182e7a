import Receivables
import Rules

/// Deliveries that go out as one message: a digest, or one voice to one customer.
public struct Batch: Sendable, Equatable {
  public let channel: String
  public let isDigest: Bool
  /// The first one leads: its level and words are the message's.
  public let deliveries: [Delivery]

  public init(channel: String, isDigest: Bool, deliveries: [Delivery]) {
    self.channel = channel
    self.isDigest = isDigest
    self.deliveries = deliveries
  }
}

extension Batch {
  /// Groups deliveries that are ready. A digest channel gets one message; several rules that tell
  /// the same recipient of the same balance through the same channel speak once, at
  /// the highest level. Order of first appearance.
  public static func batches(
    of deliveries: [Delivery],
    isDigest: (_ channel: String) -> Bool
  ) -> [Batch] {
    struct Key: Hashable {
      var channel: String
      /// Who gets the digest; `nil` when it is none.
      var digestTo: String?
      var rest: [String]
    }
    var order: [Key] = []
    var groups: [Key: [Delivery]] = [:]
    for delivery in deliveries {
      let key: Key
      if isDigest(delivery.channel) {
        key = Key(channel: delivery.channel, digestTo: delivery.recipient ?? "", rest: [])
      } else if delivery.audience == .customer {
        key = Key(
          channel: delivery.channel,
          rest: [
            delivery.recipient.map(Contact.key) ?? "", delivery.account.description,
            delivery.currency.code,
            delivery.part,
            delivery.reason == .resolved ? "resolved" : "",
          ]
        )
      } else {
        key = Key(channel: delivery.channel, rest: [delivery.id.text])
      }
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(delivery)
    }
    return order.map { key in
      let members = groups[key] ?? []
      let digest = key.digestTo != nil
      // Stable: the rules' own order decides between equal levels.
      let sorted =
        digest
        ? members
        : members.enumerated().sorted {
          $0.element.level == $1.element.level
            ? $0.offset < $1.offset : $0.element.level > $1.element.level
        }.map(\.element)
      return Batch(channel: key.channel, isDigest: digest, deliveries: sorted)
    }
  }
}
