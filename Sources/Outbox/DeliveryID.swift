import Crypto
public import Receivables

/// The name of one delivery, the same for every try on every machine: derived from what is said to
/// whom through what, never from a counter of the machine.
public struct DeliveryID: Hashable, Sendable, CustomStringConvertible, Comparable {
  /// 32 hexadecimal digits.
  public let text: String

  public init(text: String) { self.text = text }

  public init(
    rule: String,
    account: AccountKey,
    currency: Currency,
    part: String = "",
    episode: Int,
    openedOn: Day,
    alert: Int,
    channel: String,
    recipient: String?
  ) {
    self.init(
      hashing: [
        rule, account.source, account.id, currency.code, String(episode), openedOn.description,
        String(alert), channel, recipient ?? "",
      ] + (part.isEmpty ? [] : [part])
    )
  }

  /// The id of a message that carries several deliveries.
  public init(of deliveries: [DeliveryID]) {
    self.init(hashing: ["message"] + deliveries.map(\.text).sorted())
  }

  /// Each part is preceded by its length, so that no two lists look alike.
  private init(hashing parts: [String]) {
    var hash = SHA256()
    for part in parts { hash.update(data: Array("\(part.utf8.count):\(part)".utf8)) }
    text = hexadecimal(Array(hash.finalize().prefix(16)))
  }

  public var description: String { text }
  public static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}
