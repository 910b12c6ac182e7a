import Foundation
import Receivables
import Support

/// Customers, what they owe, and what becomes of it; an independent reckoning of who must be told.
struct SimTown {
  struct Invoice: Equatable {
    var id: String
    var due: Day
    /// Minor units.
    var left: Int64
  }

  struct Person {
    var invoices: [Invoice] = []
    /// Minor units.
    var credit: Int64 = 0
    var isDisputed = false
    var doNotContact = false
    /// The source has lost sight of it.
    var hasVanished = false
  }

  private(set) var people: [String: Person] = [:]
  private var issued = 0
  let names: [String]

  init(customers: Int) {
    names = (1...customers).map { "C\($0)" }
    for name in names { people[name] = Person() }
  }

  func source(of name: String) -> String {
    (names.firstIndex(of: name) ?? 0) % 4 == 3 ? "annex" : "books"
  }
  static func phone(of name: String) -> String { "+6421555\(1000 + (Int(name.dropFirst()) ?? 0))" }

  /// One thing that happens on that day.
  mutating func live(_ day: Day, _ chance: inout SplitMix64) {
    let name = chance.pick(names)
    var person = people[name] ?? Person()
    switch chance.int(0...11) {
    case 0...3:
      issued += 1
      let due = day.adding(days: chance.int(-5...20))
      let amount = Int64(chance.int(1...120)) * 1_000
      person.invoices.append(Invoice(id: "D\(issued)", due: due, left: amount))
    case 4: person.invoices = []
    case 5:
      if let index = person.invoices.indices.first {
        let paid = person.invoices[index].left / 2
        person.invoices[index].left -= paid
        if person.invoices[index].left == 0 { person.invoices.remove(at: index) }
      }
    case 6: if !person.invoices.isEmpty { person.invoices.removeFirst() }
    case 7: person.credit = person.credit == 0 ? Int64(chance.int(1...40)) * 1_000 : 0
    case 8: person.isDisputed.toggle()
    case 9: if chance.once(in: 3) { person.doNotContact.toggle() }
    case 10: if chance.once(in: 4) { person.hasVanished.toggle() }
    default: break
    }
    people[name] = person
  }

  /// All is well and everybody is there.
  mutating func settle() {
    for name in names {
      people[name]?.isDisputed = false
      people[name]?.doNotContact = false
      people[name]?.hasVanished = false
    }
  }

  /// Of uncovered invoices whose due date has passed, in minor units.
  func overdue(_ name: String, _ today: Day) -> Int64 {
    guard let person = people[name], !person.hasVanished else { return 0 }
    let late = person.invoices.filter { $0.due < today }.reduce(0) { $0 + $1.left }
    return max(0, late - person.credit)
  }

  /// Of everything, in minor units.
  func balance(_ name: String) -> Int64 {
    guard let person = people[name], !person.hasVanished else { return 0 }
    return person.invoices.reduce(0) { $0 + $1.left } - person.credit
  }

  func isReachable(_ name: String) -> Bool {
    people[name].map { !$0.isDisputed && !$0.doNotContact } ?? false
  }

  func ledger(_ source: String) -> String {
    var text = "account_id,account_name,document_id,kind,due_date,currency,amount_due,phone\n"
    for name in names where self.source(of: name) == source {
      guard let person = people[name], !person.hasVanished else { continue }
      let start = "\(name),Tenant \(name),"
      for invoice in person.invoices {
        text += "\(start)\(invoice.id),invoice,\(invoice.due),NZD,\(Self.decimal(invoice.left)),"
        text += "\(Self.phone(of: name))\n"
      }
      if person.credit > 0 {
        text += "\(start)CN-\(name),credit,,NZD,\(Self.decimal(person.credit)),"
        text += "\(Self.phone(of: name))\n"
      }
    }
    return text
  }

  var directory: String {
    var text = "account,do_not_contact,disputed\n"
    for name in names {
      guard let person = people[name], person.isDisputed || person.doNotContact else { continue }
      text += "\(source(of: name)):\(name),\(person.doNotContact ? "all" : "none"),"
      text += "\(person.isDisputed ? "yes" : "no")\n"
    }
    return text
  }

  static func decimal(_ minor: Int64) -> String {
    let cents = minor % 100
    return "\(minor / 100).\(cents < 10 ? "0" : "")\(cents)"
  }
}
