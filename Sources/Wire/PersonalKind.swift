/// What kind of personal data a field holds: a recording has something of the same kind there.
public enum PersonalKind: Sendable, Equatable {
  /// A person's or a company's name.
  case name
  case email
  case phone
  /// A street, a town, a postcode.
  case address
  /// A link that opens something without a sign-in.
  case link
  /// Notes and other free text.
  case text
}
