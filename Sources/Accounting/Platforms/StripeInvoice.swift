import Receivables
import Settings
import Wire

/// One invoice (docs.stripe.com/api/invoices/object).
struct StripeInvoice: Sendable {
  enum Status: String { case draft, open, paid, uncollectible, void }

  let id: String
  let status: Status
  /// The customer itself where it is expanded.
  let customer: JSON?
  let customerID: String?
  /// Who is billed by the newer Accounts API is no customer, and cannot be read as one.
  let isOfCustomer: Bool
  private let fields: DocumentFields

  init(_ row: JSON) throws(SourceError) {
    let id = plainText(row["id"]) ?? ""
    let number = plainText(row["number"]).map { "\($0) (\(id))" } ?? id
    fields = DocumentFields(row, "invoice \(number)")
    self.id = try fields.requiredText("id")
    let status = try fields.requiredText("status")
    guard let known = Status(rawValue: status) else {
      throw fields.bad("status", "`\(status)` is not one that Stripe lists")
    }
    self.status = known
    customer = row["customer"].flatMap { $0.kind == .object ? $0 : nil }
    let customerID = stripeID(row["customer"])
    isOfCustomer = customerID != nil
    self.customerID = customerID ?? plainText(row["customer_account"])
  }

  /// Whether the last try to collect it may not have ended yet. One that Stripe will repeat has
  /// failed; bank debits, which take days, it does not repeat
  /// (stripe.com/docs/billing/invoices/paying).
  var mayBeProcessing: Bool {
    status == .open && wasTried && fields.row["next_payment_attempt"]?.integer == nil
  }

  /// The debtor as the invoice has it, frozen when it was finalised.
  func account(source: String, id: String) -> Account {
    var contact = ContactDetails(of: fields.document)
    contact.read(emails: [fields.text("customer_email")])
    contact.read(phone: fields.text("customer_phone"))
    return Account(
      key: AccountKey(source: source, id: id),
      name: fields.text("customer_name") ?? fields.text("customer_email") ?? id,
      email: contact.email,
      phone: contact.phone
    )
  }

  /// `nil` for one that is over, or not yet owed.
  func openItem(
    zone: Zone,
    payment: StripeAPI.PaymentState?
  ) throws(SourceError) -> OpenItem? {
    guard status == .open else { return nil }
    let currency = try fields.currency("currency")
    // What the customer's balance has paid is off it already.
    let due = try fields.minorUnits("amount_remaining", currency)
    if !due.isPositive { return nil }
    guard let customerID else { throw fields.bad("customer", "is missing") }
    // A balance carried over makes the amount due larger than the total.
    let total = max(
      try fields.minorUnits("total", currency).minorUnits,
      try fields.minorUnits("amount_due", currency).minorUnits
    )
    let issued = try issueDate(zone)
    guard let dueDate = try day("due_date", zone) ?? issued else {
      throw fields.bad("due_date", "is missing")
    }
    return OpenItem(
      id: id,
      accountID: customerID,
      kind: .invoice,
      number: fields.text("number") ?? id,
      issueDate: issued,
      dueDate: dueDate,
      total: Money(minorUnits: total, currency: currency),
      amountDue: due,
      url: fields.text("hosted_invoice_url"),
      collection: collection(payment)
    )
  }

  /// As printed, where somebody has set it; else when it was finalised.
  private func issueDate(_ zone: Zone) throws(SourceError) -> Day? {
    if let day = try day("effective_at", zone) { return day }
    let finalised = fields.row["status_transitions"]?["finalized_at"]
    if let day = try day(of: finalised, "finalized_at", zone) { return day }
    return try day("created", zone)
  }

  private var isAutomatic: Bool {
    fields.row["collection_method"]?.isString("charge_automatically") == true
  }

  /// With `auto_advance` off Stripe takes no step by itself, and none is planned: it will never be
  /// collected. docs.stripe.com/invoicing/integration/automatic-advancement-collection
  private var isLeftAlone: Bool {
    fields.row["auto_advance"]?.bool == false
      && fields.row["next_payment_attempt"]?.isNull ?? true
  }

  private var wasTried: Bool {
    isAutomatic && fields.row["attempted"]?.bool == true
      && (fields.row["attempt_count"]?.integer ?? 0) > 0
  }

  private func collection(_ payment: StripeAPI.PaymentState?) -> OpenItem.Collection {
    if !isAutomatic || isLeftAlone && !wasTried && payment != .processing { return .manual }
    return wasTried && payment != .processing ? .automaticFailed : .automatic
  }

  private func day(_ field: String, _ zone: Zone) throws(SourceError) -> Day? {
    try day(of: fields.row[field], field, zone)
  }

  /// An instant as the organisation's calendar has it.
  private func day(of value: JSON?, _ field: String, _ zone: Zone) throws(SourceError) -> Day? {
    guard let value, !value.isNull else { return nil }
    guard let seconds = value.integer, (0..<253_402_300_800).contains(seconds) else {
      throw fields.bad(field, "is not a time in seconds since 1970")
    }
    return zone.day(of: Instant(seconds: Int64(seconds)))
  }
}

extension DocumentFields {
  /// A whole number of Stripe's minor units, whose size is not always that of ISO 4217
  /// (docs.stripe.com/currencies).
  func minorUnits(_ field: String, _ currency: Currency) throws(SourceError) -> Money {
    guard let value = row[field], !value.isNull else { throw bad(field, "is missing") }
    guard let number = value.integer else {
      throw bad(field, "is not a whole number of minor units")
    }
    guard let exponent = stripeExponent(currency) else {
      throw bad(field, "how many decimals Stripe gives \(currency) is not known")
    }
    let scale = (0..<abs(currency.exponent - exponent)).reduce(Int64(1)) { scale, _ in scale * 10 }
    if currency.exponent < exponent {
      let (whole, rest) = Int64(number).quotientAndRemainder(dividingBy: scale)
      if rest != 0 { throw bad(field, "`\(number)` (in hundredths) is no whole \(currency)") }
      return Money(minorUnits: whole, currency: currency)
    }
    let (units, overflow) = Int64(number).multipliedReportingOverflow(by: scale)
    if overflow || units == .min {
      throw bad(field, "`\(number)` is larger than can be represented")
    }
    return Money(minorUnits: units, currency: currency)
  }
}

/// The decimals that Stripe counts in; `nil` for a currency whose are not documented.
private func stripeExponent(_ currency: Currency) -> Int? {
  switch currency.code {
  case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF":
    return 0
  case "BHD", "JOD", "KWD", "OMR", "TND": return 3
  // Without decimals since 2018 and 1988, yet sent in hundredths.
  case "ISK", "UGX": return 2
  default: return currency.exponent == 2 ? 2 : nil
  }
}
