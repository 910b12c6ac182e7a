import Receivables
import Settings
import Wire

/// A customer, as Xero's Contacts describe it.
struct XeroContact: Sendable {
  let id: String
  let mergedTo: String?
  /// Worth telling: an address that cannot be used.
  let notice: String?
  private let name: String
  private let email: String?
  private let phone: String?
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
    let addresses = emails(row)
    email = addresses.first { isEmailAddress($0) }
    notice =
      email == nil && !addresses.isEmpty
      ? "contact \(name) (\(id)): `\(addresses[0])` is not an e-mail address; left out" : nil
    phone = telephone(row["Phones"])
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
      email: email,
      phone: phone,
      terms: (terms ?? organisationTerms)?.text,
      disputed: disputed,
      doNotContact: doNotContact
    )
  }
}

/// The contact's own address, then those of its people who get the invoices.
private func emails(_ row: JSON) -> [String] {
  var emails = [plainText(row["EmailAddress"])]
  if let people = row["ContactPersons"]?.array {
    for person in people where person["IncludeInEmails"]?.bool == true {
      emails.append(plainText(person["EmailAddress"]))
    }
  }
  return emails.compactMap { $0 }
}

/// The number most likely to take a text message.
private func telephone(_ phones: JSON?) -> String? {
  guard let phones = phones?.array else { return nil }
  var found: [String: String] = [:]
  for phone in phones {
    guard let type = phone["PhoneType"]?.string, let number = number(phone) else { continue }
    found[type] = number
  }
  return found["MOBILE"] ?? found["DEFAULT"] ?? found["DDI"] ?? found["OFFICE"]
}

/// Three parts of free text: E.164 when there is a country code, else as it stands.
private func number(_ phone: JSON) -> String? {
  guard let number = plainText(phone["PhoneNumber"]) else { return nil }
  let area = plainText(phone["PhoneAreaCode"]) ?? ""
  let country = digits(plainText(phone["PhoneCountryCode"]) ?? "").drop { $0 == "0" }
  let plain = area.isEmpty ? number : "\(area) \(number)"
  // The trunk prefix is dialled within the country only.
  let national = (digits(area) + digits(number)).drop { $0 == "0" }
  let whole = number.hasPrefix("+") ? digits(number) : String(country + national)
  let isInternational = number.hasPrefix("+") || !country.isEmpty
  return isInternational && (8...15).contains(whole.count) ? "+\(whole)" : plain
}

private func digits(_ text: String) -> String { text.filter { $0.isASCII && $0.isNumber } }
