import Outbox
import Pass
import Receivables
import Rules
import State

/// `explain` in sentences for an accountant.
enum ExplainText {
  static let width = 96

  static func text(_ explanation: Explanation) -> String {
    let account = explanation.account
    var lines = ["\(account.name) (\(account.key)), \(moment(explanation.now))", ""]
    lines += source(explanation)
    lines += contact(explanation)
    if let parent = explanation.countsFor {
      lines += field("Parent", "what it owes counts for \(parent): see `explain \(parent)`")
    } else if explanation.balances.isEmpty {
      lines += ["", "Nothing is owed, and no episode is open: there is nobody to tell anything."]
    }
    for balance in explanation.balances {
      lines += [""] + owed(balance.facts, explanation)
      for verdict in balance.verdicts { lines += [""] + rule(verdict, explanation) }
    }
    lines += earlier(explanation)
    return lines.map { Output.line($0) + "\n" }.joined()
  }

  private static func moment(_ now: Now) -> String { "as of \(PreviewTable.local(now))" }

  private static func field(_ name: String, _ text: String) -> [String] {
    Table.hanging(name.padding(to: 12), text, width: width)
  }

  private static func source(_ explanation: Explanation) -> [String] {
    let name = explanation.account.key.source
    guard let polled = explanation.polledAt else {
      return field("Source", "\(name) was never polled well: nothing is known of it yet")
    }
    let at = PreviewTable.local(Now(polled, in: explanation.now.zone))
    if let why = explanation.leftOut {
      return field("Source", "\(name), polled on \(at)")
        + field(
          "Left out",
          "\(why). Until that can be read the account is neither alerted nor taken as paid; what"
            + " follows is of when it could be")
    }
    if explanation.failures == 0 { return field("Source", "\(name), polled on \(at)") }
    return field(
      "Source",
      "\(name) could not be polled in the last \(counted(explanation.failures, "pass", "passes"))"
        + " (\(explanation.lastError ?? "")). What follows is of \(at); until it can be polled"
        + " again the account is neither alerted nor taken as paid")
  }

  private static func contact(_ explanation: Explanation) -> [String] {
    let account = explanation.account
    var ways: [String] = []
    if let email = account.email { ways.append(email) }
    if let phone = account.phone { ways.append(phone) }
    var text = ways.isEmpty ? "no e-mail address and no phone number" : ways.joined(separator: ", ")
    switch account.doNotContact {
    case .none: break
    case .all: text += "; is not to be contacted at all"
    case .email: text += "; is not to be contacted by e-mail"
    case .sms: text += "; is not to be contacted by SMS"
    }
    var lines = field("Contact", text)
    if let doubt = explanation.doubt {
      lines += field("", "the directory is unclear: \(doubt); so no message goes to the customer")
    }
    if let owner = explanation.owner { lines += field("Owner", owner.name) }
    if !account.tags.isEmpty { lines += field("Tags", account.tags.joined(separator: ", ")) }
    if account.disputed { lines += field("Dispute", "the account is disputed: nobody is told") }
    return lines
  }

  private static func owed(_ facts: Facts, _ explanation: Explanation) -> [String] {
    var lines = field("Owes", owedSentence(facts))
    let buckets = zip(explanation.aging.names, facts.aging).filter { !$1.isZero }
      .map { "\($0) days \($1.grouped)".replacing("current days", with: "not yet due") }
    if !buckets.isEmpty { lines += field("Aging", buckets.joined(separator: "; ")) }
    for (index, invoice) in facts.invoices.prefix(10).enumerated() {
      lines += field(index == 0 ? "Invoices" : "", line(invoice, explanation.now.today))
    }
    if facts.invoices.count > 10 { lines += field("", "and \(facts.invoices.count - 10) more") }
    return lines
  }

  private static func owedSentence(_ facts: Facts) -> String {
    if facts.balance.minorUnits < 0 {
      let credit = Money(minorUnits: -facts.balance.minorUnits, currency: facts.currency)
      return "nothing: the account is \(credit.withCode) in credit"
    }
    if facts.balance.isZero { return "nothing in \(facts.currency)" }
    guard facts.overdueBalance.isPositive else {
      return "\(facts.balance.withCode), of which nothing that is chased is overdue"
    }
    let credits = facts.invoices.reduce(into: facts.balance.minorUnits) {
      $0 -= $1.uncovered.minorUnits
    }
    let note = credits < 0 ? ", once unapplied credits are set against the oldest" : ""
    return "\(facts.balance.withCode), of which \(facts.overdueBalance.grouped) is overdue; the"
      + " oldest invoice is \(counted(facts.daysOverdue, "day")) late\(note)"
  }

  private static func line(_ invoice: UncoveredInvoice, _ today: Day) -> String {
    let item = invoice.item
    let due = item.dueDate.map { "due \($0)" } ?? "without a due date"
    let late = invoice.daysOverdue > 0 ? ", \(counted(invoice.daysOverdue, "day")) late" : ""
    let rest =
      invoice.uncovered == item.total ? "" : " left of \(item.total.grouped)"
    return "\(item.number), \(due)\(late): \(invoice.uncovered.grouped)\(rest)"
      + (invoice.isChased ? "" : " (not chased: \(whyNotChased(item, today)))")
  }

  private static func whyNotChased(_ item: OpenItem, _ today: Day) -> String {
    if item.disputed { return "disputed" }
    if let day = item.promisedOn, day >= today { return "promised for \(day)" }
    return "collected automatically"
  }

  private static func earlier(_ explanation: Explanation) -> [String] {
    if explanation.earlier.isEmpty { return [] }
    let zone = explanation.now.zone
    var lines = ["", "Earlier episodes"]
    for episode in explanation.earlier.prefix(5) {
      let part = episode.part.isEmpty ? "" : " (\(episode.part))"
      lines.append(
        "  \(episode.rule)\(part): \(zone.day(of: episode.openedAt)) to"
          + " \(zone.day(of: episode.closedAt)), \(counted(episode.alerts, "alert"))")
    }
    if explanation.earlier.count > 5 {
      lines.append("  and \(explanation.earlier.count - 5) more (`balancealert history`)")
    }
    return lines
  }
}
