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
  public var id: String
  public var accountID: String
  public var kind: Kind
  /// The number printed on the document.
  public var number: String
  public var issueDate: Day?
  /// Always there on an invoice.
  public var dueDate: Day?
  /// The document's total, positive.
  public var total: Money
  /// What is left to pay, or to apply: positive for invoices and credits alike.
  public var amountDue: Money
  public var url: String?
  public var disputed: Bool
  public var collection: Collection

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
    collection: Collection = .manual
  ) {
    self.id = id
    self.accountID = accountID
    self.kind = kind
    self.number = number
    self.issueDate = issueDate
    self.dueDate = dueDate
    self.total = total
    self.amountDue = amountDue
    self.url = url
    self.disputed = disputed
    self.collection = collection
  }

  public var currency: Currency { amountDue.currency }
}
