import Receivables
import Settings
import Wire

/// A customer, as Xero's Contacts describe it.
struct XeroContact: Sendable {
  let id: String
  let mergedTo: String?
  /// Worth telling: an address, or a number, that cannot be used.
  var notices: [String] { contact.notices }
  private let name: String
  private let contact: ContactDetails
  private let terms: XeroTerms?
  private let doNotContact: DoNotContact
  private let disputed: Bool

  init(_ row: JSON, _ options: XeroOptions) throws(SourceError) {
    guard let id = plainText(row["ContactID"]) else {
      throw .badData(
        document: "contact \(row["Name"]?.string ?? "")",
        field: "ContactID",
        message: "is missing"
      )
    }
    self.id = id
    name = plainText(row["Name"]) ?? id
    mergedTo = plainText(row["MergedToContactID"])
    var contact = ContactDetails(of: "contact \(name) (\(id))")
    contact.read(emails: emails(row))
    if let parts = telephone(row["Phones"]) { contact.read(phoneIn: parts) }
    self.contact = contact
    terms = XeroTerms(row["PaymentTerms"])
    // Lists have the groups where they have pages (github.com/XeroAPI/xero-node/issues/524).
    let groups = row["ContactGroups"]?.array
    func isIn(_ wanted: [String]) -> Bool {
      if wanted.isEmpty { return false }
      return groups?.contains { XeroOptions.names(wanted, $0, idField: "ContactGroupID") } ?? false
    }
    let isErased = row["ContactStatus"]?.isString("GDPRREQUEST") == true
    doNotContact = isErased || isIn(options.excludedGroups) ? .all : .none
    disputed = isIn(options.disputedGroups)
  }

  /// - Parameter organisationTerms: count for a contact that has none of its own.
  func account(source: String, organisationTerms: XeroTerms?) -> Account {
    Account(
      key: AccountKey(source: source, id: id),
      name: name,
      email: contact.email,
      phone: contact.phone,
      terms: (terms ?? organisationTerms)?.text,
      disputed: disputed,
      doNotContact: doNotContact
    )
  }
}

/// The contact's own address, then those of its people who get the invoices.
private func emails(_ row: JSON) -> [String?] {
  var emails = [plainText(row["EmailAddress"])]
  if let people = row["ContactPersons"]?.array {
    for person in people where person["IncludeInEmails"]?.bool == true {
      emails.append(plainText(person["EmailAddress"]))
    }
  }
  return emails
}

/// The number most likely to take a text message, in Xero's three parts of free text.
private func telephone(
  _ phones: JSON?
) -> (country: String, area: String, number: String)? {
  guard let phones = phones?.array else { return nil }
  var found: [String: (country: String, area: String, number: String)] = [:]
  for phone in phones {
    guard let type = phone["PhoneType"]?.string, let number = plainText(phone["PhoneNumber"])
    else { continue }
    found[type] = (
      plainText(phone["PhoneCountryCode"]) ?? "", plainText(phone["PhoneAreaCode"]) ?? "", number
    )
  }
  return found["MOBILE"] ?? found["DEFAULT"] ?? found["DDI"] ?? found["OFFICE"]
}
