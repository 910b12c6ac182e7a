/// An invoice with something left to pay, or a credit not yet applied.
public struct OpenItem: Hashable, Sendable {
  public enum Kind: String, Sendable, Codable { case invoice, credit }

  /// Who presses for the money: us, or the platform by itself (direct debit, card on file).
  public enum Collection: String, Sendable, Codable {
    /// We chase it.
    case manual
    /// The platform collects it; not chased.
    case automatic
    /// The platform tried to collect it and failed; chased.
    case automaticFailed
  }

  /// The source's own id of the document.
  public var id: String {
    get { fields.id }
    set { fields.id = newValue }
  }
  public var accountID: String {
    get { fields.accountID }
    set { fields.accountID = newValue }
  }
  public var kind: Kind {
    get { fields.kind }
    set { fields.kind = newValue }
  }
  /// The number printed on the document.
  public var number: String {
    get { fields.number }
    set { fields.number = newValue }
  }
  public var issueDate: Day? {
    get { fields.issueDate.day }
    set { fields.issueDate = PackedDay(newValue) }
  }
  /// Always there on an invoice; not on a balance that the platform carries over to the next one.
  public var dueDate: Day? {
    get { fields.dueDate.day }
    set { fields.dueDate = PackedDay(newValue) }
  }
  /// The document's total, positive.
  public var total: Money {
    get { fields.total }
    set { fields.total = newValue }
  }
  /// What is left to pay, or to apply: positive for invoices and credits alike.
  public var amountDue: Money {
    get { fields.amountDue }
    set { fields.amountDue = newValue }
  }
  public var url: String? {
    get { fields.url }
    set { fields.url = newValue }
  }
  public var disputed: Bool {
    get { fields.disputed }
    set { fields.disputed = newValue }
  }
  public var collection: Collection {
    get { fields.collection }
    set { fields.collection = newValue }
  }

  /// The day on which the customer promised to pay, as the source has it. Until it has passed the
  /// invoice counts in the balance and is not chased.
  public var promisedOn: Day? {
    get { fields.promisedOn.day }
    set { fields.promisedOn = PackedDay(newValue) }
  }
  /// What the document belongs to (a property, a lease): the account has these tags beside its own.
  public var tags: [String] {
    get { fields.tags }
    set { fields.tags = newValue }
  }

  /// Ledgers are large, and each item stands in several lists: what it says is kept once.
  private var shared: Shared

  public init(
    id: String,
    accountID: String,
    kind: Kind,
    number: String,
    issueDate: Day? = nil,
    dueDate: Day? = nil,
    total: Money,
    amountDue: Money,
    url: String? = nil,
    disputed: Bool = false,
    collection: Collection = .manual,
    promisedOn: Day? = nil,
    tags: [String] = []
  ) {
    shared = Shared(
      Fields(
        id: id,
        accountID: accountID,
        number: number,
        url: url,
        tags: tags,
        total: total,
        issueDate: PackedDay(issueDate),
        amountDue: amountDue,
        dueDate: PackedDay(dueDate),
        promisedOn: PackedDay(promisedOn),
        kind: kind,
        disputed: disputed,
        collection: collection
      )
    )
  }

  public var currency: Currency { amountDue.currency }

  public static func == (a: Self, b: Self) -> Bool {
    a.shared === b.shared || a.fields == b.fields
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(fields) }

  private var fields: Fields {
    get { shared.fields }
    set { shared = Shared(newValue) }
  }

  /// In an order that leaves no gaps.
  private struct Fields: Hashable, Sendable {
    var id: String
    var accountID: String
    var number: String
    var url: String?
    var tags: [String]
    var total: Money
    var issueDate: PackedDay
    var amountDue: Money
    var dueDate: PackedDay
    var promisedOn: PackedDay
    var kind: Kind
    var disputed: Bool
    var collection: Collection
  }

  /// A day, or none, in four bytes.
  private struct PackedDay: Hashable, Sendable {
    private let number: Int32

    init(_ day: Day?) { number = day.map { Int32(clamping: $0.number) } ?? .min }

    var day: Day? { number == .min ? nil : Day(number: Int(number)) }
  }

  private final class Shared: Sendable {
    let fields: Fields
    init(_ fields: Fields) { self.fields = fields }
  }
}
