/// Who owes: a customer in one source. `source:id` in every output.
public struct AccountKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let source: String
  public let id: String

  public init(source: String, id: String) {
    self.source = source
    self.id = id
  }

  /// Reads what `description` writes, `books:C-1`; an id may have colons. `nil` for anything else.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), colon != text.startIndex,
      text.index(after: colon) != text.endIndex
    else { return nil }
    self.init(source: String(text[..<colon]), id: String(text[text.index(after: colon)...]))
  }

  /// As `init(_:)`, where a person has typed it: blanks and signs that nobody sees are passed over.
  public init?(typed text: String) {
    guard let key = AccountKey(Visible.identifier(text)) else { return nil }
    let (source, id) = (Visible.identifier(key.source), Visible.identifier(key.id))
    if source.isEmpty || id.isEmpty { return nil }
    self.init(source: source, id: id)
  }

  public var description: String { "\(source):\(id)" }
  /// Few ids are in two sources.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
  public static func < (a: Self, b: Self) -> Bool {
    a.source == b.source ? a.id < b.id : a.source < b.source
  }
}

/// What is not to be used to reach an account.
public enum DoNotContact: String, Sendable, CaseIterable, Codable {
  case none, sms, email, all
}

/// A customer (debtor) as its source, and then the directory overlay, describes it.
public struct Account: Hashable, Sendable {
  public var key: AccountKey
  public var name: String
  public var email: String?
  /// E.164 where the source has it so; free text otherwise.
  public var phone: String?
  /// The account manager's key under `owners` in the config.
  public var owner: String?
  /// The id of the parent account in the same source.
  public var parent: String?
  public var terms: String?
  public var creditLimit: Money?
  public var tags: [String]
  /// BCP 47, as in `de-AT`.
  public var locale: String?
  /// IANA name of the zone in which the customer's hours are; the organisation's where it is `nil`.
  public var timezone: String?
  public var url: String?
  public var payURL: String?
  public var disputed: Bool
  public var doNotContact: DoNotContact

  public init(
    key: AccountKey,
    name: String,
    email: String? = nil,
    phone: String? = nil,
    owner: String? = nil,
    parent: String? = nil,
    terms: String? = nil,
    creditLimit: Money? = nil,
    tags: [String] = [],
    locale: String? = nil,
    timezone: String? = nil,
    url: String? = nil,
    payURL: String? = nil,
    disputed: Bool = false,
    doNotContact: DoNotContact = .none
  ) {
    self.key = key
    self.name = name
    self.email = email
    self.phone = phone
    self.owner = owner
    self.parent = parent
    self.terms = terms
    self.creditLimit = creditLimit
    self.tags = tags
    self.locale = locale
    self.timezone = timezone
    self.url = url
    self.payURL = payURL
    self.disputed = disputed
    self.doNotContact = doNotContact
  }
}

/// Whom a message is for.
public enum Audience: String, Sendable, CaseIterable, Codable {
  case customer, owner, team
}
