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
  private let terms: String?
  private let doNotContact: DoNotContact

  init(_ row: JSON) throws(SourceError) {
    guard let id = text(row["ContactID"]) else {
      throw .badData(
        document: "contact \(row["Name"]?.string ?? "")",
        field: "ContactID",
        message: "is missing"
      )
    }
    self.id = id
    name = text(row["Name"]) ?? id
    mergedTo = text(row["MergedToContactID"])
    let addresses = emails(row)
    email = addresses.first { isEmailAddress($0) }
    notice =
      email == nil && !addresses.isEmpty
      ? "contact \(name) (\(id)): `\(addresses[0])` is not an e-mail address; left out" : nil
    phone = telephone(row["Phones"])
    terms = paymentTerms(row["PaymentTerms"]?["Sales"])
    doNotContact = row["ContactStatus"]?.isString("GDPRREQUEST") == true ? .all : .none
  }

  func account(source: String) -> Account {
    Account(
      key: AccountKey(source: source, id: id),
      name: name,
      email: email,
      phone: phone,
      terms: terms,
      doNotContact: doNotContact
    )
  }
}

/// Not empty, without blanks around it.
private func text(_ value: JSON?) -> String? {
  guard let text = value?.string?.drop(while: \.isWhitespace), !text.isEmpty else { return nil }
  guard let end = text.lastIndex(where: { !$0.isWhitespace }) else { return nil }
  return String(text[...end])
}

/// The contact's own address, then those of its people who get the invoices.
private func emails(_ row: JSON) -> [String] {
  var emails = [text(row["EmailAddress"])]
  if let people = row["ContactPersons"]?.array {
    for person in people where person["IncludeInEmails"]?.bool == true {
      emails.append(text(person["EmailAddress"]))
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
  guard let number = text(phone["PhoneNumber"]) else { return nil }
  let area = text(phone["PhoneAreaCode"]) ?? ""
  let country = digits(text(phone["PhoneCountryCode"]) ?? "").drop { $0 == "0" }
  let plain = area.isEmpty ? number : "\(area) \(number)"
  // The trunk prefix is dialled within the country only.
  let national = (digits(area) + digits(number)).drop { $0 == "0" }
  let whole = number.hasPrefix("+") ? digits(number) : String(country + national)
  let isInternational = number.hasPrefix("+") || !country.isEmpty
  return isInternational && (8...15).contains(whole.count) ? "+\(whole)" : plain
}

private func digits(_ text: String) -> String { text.filter { $0.isASCII && $0.isNumber } }

/// `{"Day": 20, "Type": "DAYSAFTERBILLMONTH"}` in words.
private func paymentTerms(_ terms: JSON?) -> String? {
  guard let day = terms?["Day"]?.integer, let type = terms?["Type"]?.string else { return nil }
  switch type {
  case "DAYSAFTERBILLDATE": return "\(day) days after the invoice date"
  case "DAYSAFTERBILLMONTH": return "\(day) days after the end of the invoice month"
  case "OFCURRENTMONTH": return "day \(day) of the invoice month"
  case "OFFOLLOWINGMONTH": return "day \(day) of the month after the invoice"
  default: return "\(day) \(type)"
  }
}
