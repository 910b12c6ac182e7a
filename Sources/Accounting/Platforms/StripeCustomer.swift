import Receivables
import Settings
import Wire

/// One customer (docs.stripe.com/api/customers/object), or what is left of a deleted one.
struct StripeCustomer: Sendable {
  let id: String
  let isDeleted: Bool
  /// Worth telling: an address, or a number, that cannot be used.
  var notices: [String] { contact.notices }
  private let fields: DocumentFields
  private let contact: ContactDetails

  init(_ row: JSON) throws(SourceError) {
    let name = plainText(row["name"]).map { "\($0) " } ?? ""
    fields = DocumentFields(row, "customer \(name)(\(plainText(row["id"]) ?? ""))")
    id = try fields.requiredText("id")
    isDeleted = row["deleted"]?.bool == true
    var contact = ContactDetails(of: fields.document)
    contact.read(emails: [fields.text("email")])
    contact.read(phone: fields.text("phone"))
    self.contact = contact
  }

  /// - Parameter fallback: what else the account is called.
  func account(source: String, fallback: String?) -> Account {
    let name = ["name", "business_name", "individual_name"].lazy.compactMap(fields.text).first
    return Account(
      key: AccountKey(source: source, id: id),
      name: name ?? fallback ?? contact.email ?? id,
      email: contact.email,
      phone: contact.phone,
      locale: plainText(fields.row["preferred_locales"]?[0]),
      // Whom the organisation has deleted it does not want to write to.
      doNotContact: isDeleted ? .all : .none
    )
  }

  static func balanceID(_ customer: String) -> String { "balance:\(customer)" }

  /// The balance that Stripe will set against the next invoice, or add to it: an open credit when
  /// it is negative, and when it is positive something that is owed and that Stripe itself
  /// collects. `nil` where there is none.
  func balance() throws(SourceError) -> OpenItem? {
    guard !isDeleted, let balance = fields.row["balance"], !balance.isNull,
      balance.integer != 0
    else { return nil }
    let currency = try fields.currency("currency")
    let amount = try fields.minorUnits("balance", currency)
    let size = Money(minorUnits: abs(amount.minorUnits), currency: currency)
    return OpenItem(
      id: Self.balanceID(id),
      accountID: id,
      kind: amount.isPositive ? .invoice : .credit,
      number: "customer balance",
      total: size,
      amountDue: size,
      collection: amount.isPositive ? .automatic : .manual
    )
  }
}
