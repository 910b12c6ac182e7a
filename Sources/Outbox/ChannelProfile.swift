public import Receivables
public import Rules

/// A channel as planning sees it.
public struct ChannelProfile: Sendable, Equatable {
  public enum AddressKind: Sendable, Equatable {
    case email
    case phone
    /// The platform's own id of a person: an owner's entry under the channel's type.
    case platform
    /// The channel itself is the recipient.
    case none
  }

  public var name: String
  public var type: String
  public var audience: Audience
  public var address: AddressKind
  /// Whether one message can go to several e-mail addresses of a customer.
  public var takesSeveral: Bool
  /// Fixed recipients; empty to follow the audience.
  public var to: [String]
  /// Which alerts it takes.
  public var only: Routing
  /// One message a pass that lists every alert.
  public var isDigest: Bool
  /// Goes out for an owner who is not known there, too.
  public var takesNobody: Bool
  /// The names of our templates that it has words of its own for; `nil` where it says any.
  public var ownWords: Set<String>?
  public var policy: DeliveryPolicy

  /// Why it has nothing to say for an alert; `nil` where it has. A platform's own template asks for
  /// payment, so what does not ask for it needs one of its own.
  public func lacksWords(for template: String, reason: Reason) -> String? {
    guard let ownWords, !ownWords.contains(template) else { return nil }
    let asksForPayment =
      reason != .resolved && !["resolved", "terms-changed", "payment-failed"].contains(template)
    return asksForPayment ? nil : "\(name) has no template for `\(template)`"
  }

  /// What an opt-out reaches: all e-mail is one kind, every other platform is its own.
  public var kind: String { address == .email ? "email" : type }

  public init(
    name: String,
    type: String,
    audience: Audience,
    address: AddressKind,
    takesSeveral: Bool = true,
    to: [String] = [],
    only: Routing = Routing(),
    isDigest: Bool = false,
    takesNobody: Bool = false,
    ownWords: Set<String>? = nil,
    policy: DeliveryPolicy
  ) {
    self.name = name
    self.type = type
    self.audience = audience
    self.address = address
    self.takesSeveral = takesSeveral
    self.to = to
    self.only = only
    self.isDigest = isDigest
    self.takesNobody = takesNobody
    self.ownWords = ownWords
    self.policy = policy
  }
}

/// An account manager.
public struct Owner: Sendable, Equatable {
  public var key: String
  public var name: String
  public var email: String?
  public var phone: String?
  /// Platform type to that platform's id of the person.
  public var ids: [String: String]

  public init(
    key: String,
    name: String,
    email: String? = nil,
    phone: String? = nil,
    ids: [String: String] = [:]
  ) {
    self.key = key
    self.name = name
    self.email = email
    self.phone = phone
    self.ids = ids
  }
}

/// An address that a platform refused for good; the same mailbox however it is written.
public struct BadAddress: Hashable, Sendable {
  public let channel: String
  /// By which addresses are compared.
  public let address: String

  /// - Parameter address: as it was written.
  public init(channel: String, address: String) {
    self.channel = channel
    self.address = Contact.key(address)
  }
}
