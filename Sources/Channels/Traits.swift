public import Messages
public import Receivables
public import Wire

/// What a channel's type is, said once.
public struct Traits: Sendable {
  /// How the channel addresses a customer or an owner.
  public enum Address: String, Sendable { case email, phone, platform, none }

  /// Where the delivery id travels, so that it can be found again.
  public enum IDPlace: Sendable, Equatable {
    /// An HTTP header that the platform deduplicates on.
    case idempotencyHeader(String)
    /// A field that the platform deduplicates on.
    case idempotencyField(String)
    /// In a record's field. Setting the fields of a record a second time changes nothing.
    case record
    /// Somewhere that people or a search can read it; the platform does not deduplicate.
    case visible
    /// The platform has no place for it.
    case nowhere
  }

  /// The `type` in the config: lower case, one word.
  public let type: String
  /// The platform's own spelling.
  public let title: String
  public let defaultAudience: Audience
  public let address: Address
  public let forms: [Form]
  public let idPlace: IDPlace
  /// Whether one message can go to several addresses of a customer, e-mail only; where it cannot,
  /// or where the answer tells of each by itself, each gets a message of its own.
  public let takesSeveral: Bool
  /// Whether `digest: true` makes sense.
  public let takesDigest: Bool
  /// The most bytes one request body may have; longer texts are shortened by the adapter.
  public let maxBodyBytes: Int
  /// The platform's documented pace, if it has one.
  public let rate: Rate?
  /// Requests at once.
  public let concurrency: Int
  /// Whether a message for an owner may go out without one: a record can be made for nobody.
  public let takesNobody: Bool
  /// Whether what it sends stays on this machine whatever the config says.
  public let isLocal: Bool
  /// For OAuth platforms.
  public let signIn: SignInTraits?

  public init(
    type: String,
    title: String,
    defaultAudience: Audience,
    address: Address,
    forms: [Form],
    idPlace: IDPlace,
    takesSeveral: Bool = true,
    takesDigest: Bool = false,
    maxBodyBytes: Int = 1_000_000,
    rate: Rate? = nil,
    concurrency: Int = 4,
    takesNobody: Bool = false,
    isLocal: Bool = false,
    signIn: SignInTraits? = nil
  ) {
    self.type = type
    self.title = title
    self.defaultAudience = defaultAudience
    self.address = address
    self.forms = forms
    self.idPlace = idPlace
    self.takesSeveral = takesSeveral
    self.takesDigest = takesDigest
    self.maxBodyBytes = maxBodyBytes
    self.rate = rate
    self.concurrency = concurrency
    self.takesNobody = takesNobody
    self.isLocal = isLocal
    self.signIn = signIn
  }
}
