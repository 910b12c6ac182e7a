import Receivables

/// The accounts of a scenario, and the files in which the sources and the directory say so. An
/// account is of the source `books`; one whose name begins with X is of `annex`.
struct Town {
  struct Person {
    var owed: [String: (amount: String, due: Day)] = [:]
    var email: String?
    var phone: String?
    var parent = ""
    var terms = ""
    var creditLimit = ""
    var tags = ""
    var isDisputed = false
    var doNotContact = "none"
    var hasVanished = false
    /// Whether their documents cannot be read.
    var isGarbled = false
  }

  static let firstDay = Day(number: 20_150)  // Monday, 3 March 2025
  private(set) var people: [String: Person] = [:]

  static func day(_ number: Int) -> Day { firstDay.adding(days: number - 1) }
  static func source(of name: String) -> String { name.hasPrefix("X") ? "annex" : "books" }

  func phone(of name: String) -> String? { people[name]?.phone }
  func email(of name: String) -> String? { people[name]?.email }

  /// Whether anything is owed, by the account with that id, number or e-mail address.
  func owes(_ account: String) -> Bool {
    people.contains { name, person in
      let addresses = [name, person.phone] + (person.email.map(Contact.recipients) ?? [])
      return !person.hasVanished && !person.owed.isEmpty
        && addresses.compactMap(\.self).contains { Contact.key($0) == Contact.key(account) }
    }
  }

  /// - Returns: whether the sentence was understood: `C1 owes 600 AUD due -3`, `C1 pays`.
  mutating func obey(_ name: String, _ words: [String]) -> Bool {
    var person = people[name] ?? Self.newcomer(name)
    switch words.first {
    case "owes":
      let rest = Array(words.dropFirst())
      guard let amount = rest.first else { return false }
      let currency = rest.first { $0.count == 3 && $0.allSatisfy(\.isUppercase) } ?? "NZD"
      let due = rest.firstIndex(of: "due").flatMap { Int(rest[$0 + 1]) } ?? -9
      person.owed[currency] = (amount, Self.day(due))
      person.hasVanished = false
    case "pays": person.owed = words.count > 1 ? person.owed.filter { $0.key != words[1] } : [:]
    case "vanishes": person.hasVanished = true
    case "garbled": person.isGarbled = true
    case "mended": person.isGarbled = false
    case "disputes": person.isDisputed = true
    case "settles": person.isDisputed = false
    case "email": person.email = words[1] == "none" ? nil : words[1]
    case "phone": person.phone = words[1] == "none" ? nil : words[1]
    case "parent": person.parent = words[1]
    case "terms": person.terms = words[1]
    case "limit": person.creditLimit = words[1]
    case "tags": person.tags = words[1]
    case "do-not-contact": person.doNotContact = words[1]
    default: return false
    }
    people[name] = person
    return true
  }

  private static func newcomer(_ name: String) -> Person {
    let digits = name.filter(\.isNumber)
    let number = "+64215550\(String(repeating: "0", count: max(0, 2 - digits.count)))\(digits)"
    return Person(email: "\(name.lowercased())@tenants.test", phone: number)
  }

  func ledger(_ source: String) -> String {
    var text =
      "account_id,account_name,document_id,due_date,currency,total,amount_due,email,phone,parent,"
      + "terms,credit_limit,tags\n"
    for (name, person) in people.sorted(by: { $0.key < $1.key })
    where Self.source(of: name) == source && !person.hasVanished {
      let ends = [
        person.email ?? "", person.phone ?? "", person.parent, person.terms, person.creditLimit,
        person.tags,
      ].joined(separator: ",")
      for (currency, debt) in person.owed.sorted(by: { $0.key < $1.key }) {
        text += "\(name),Tenant \(name),\(name)-\(currency),\(debt.due),\(currency),"
        text += "\(debt.amount),\(person.isGarbled ? "some" : debt.amount),\(ends)\n"
      }
    }
    return text
  }

  var directory: String {
    var text = "account,do_not_contact,disputed\n"
    for (name, person) in people.sorted(by: { $0.key < $1.key })
    where person.isDisputed || person.doNotContact != "none" {
      text += "\(Self.source(of: name)):\(name),\(person.doNotContact),"
      text += "\(person.isDisputed ? "yes" : "no")\n"
    }
    return text
  }
}
