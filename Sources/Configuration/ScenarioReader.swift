import Receivables
import Settings

/// Reads the parts of a scenario.
struct ScenarioReader {
  let sources: [String]
  let rules: [String]
  var currency: Currency?
  var accounts: Set<String> = []
  /// Of keys that have a form of their own.
  private(set) var problems: [SettingsProblem] = []

  init(sources: [String], rules: [String]) {
    self.sources = sources
    self.rules = rules
  }

  static func impossible(_ text: String) -> String {
    "`\(text)` is not a day of the calendar, as in 2026-11-01"
  }

  func day(_ key: String, _ help: String, _ reader: inout SettingsReader) -> Day? {
    let text = reader.text(key, help: help)
    guard reader.has(key) else { return nil }
    if let day = Day(text) {
      if let slip = day.slip { reader.reject(key, slip) }
      return day
    }
    reader.reject(key, Self.impossible(text))
    return nil
  }

  private func optionalDay(_ key: String, _ help: String, _ reader: inout SettingsReader) -> Day? {
    reader.has(key) ? day(key, help, &reader) : nil
  }

  func currency(_ key: String, _ reader: inout SettingsReader) -> Currency? {
    guard let code = reader.optionalText(key, help: "of amounts that name none") else { return nil }
    do throws(MoneyError) { return try Currency(code) } catch {
      reader.reject(key, error.description)
      return nil
    }
  }

  func account(_ id: String, _ reader: inout SettingsReader) -> Account {
    let source = reader.text("source", help: "one of the config's", default: sources.first ?? "")
    if !sources.contains(source) {
      reader.reject("source", unknown("source", source, Set(sources)))
    }
    var account = Account(
      key: AccountKey(source: source, id: id),
      name: reader.text("name", help: "the customer's name", default: id)
    )
    account.email = reader.optionalText("email", help: "e-mail address")
    account.phone = reader.optionalText("phone", help: "number, +6421555010")
    account.owner = reader.optionalText("owner", help: "the account manager's key")
    account.parent = reader.optionalText("parent", help: "id of the parent account")
    account.terms = reader.optionalText("terms", help: "payment terms")
    account.tags = reader.texts("tags", help: "tags")
    account.locale = reader.optionalText("locale", help: "BCP 47")
    account.timezone = reader.optionalText("timezone", help: "IANA name")
    account.creditLimit = amount("credit_limit", &reader)
    account.doNotContact = reader.choice(
      "do_not_contact", help: "none, sms, email, all", default: .none)
    return account
  }

  private func amount(_ key: String, _ reader: inout SettingsReader) -> Money? {
    guard let text = reader.optionalText(key, help: "amount, as in 620 NZD") else { return nil }
    let words = text.split(separator: " ").map(String.init)
    do throws(MoneyError) {
      let named = words.count == 2 ? try Currency(words[1]) : currency
      guard let named, (1...2).contains(words.count) else {
        reader.reject(key, "`\(text)` must be an amount with its currency, as in 620 NZD")
        return nil
      }
      return try Money(written: words[0], currency: named)
    } catch {
      reader.reject(key, error.description)
      return nil
    }
  }

  private func account(named key: String, _ reader: inout SettingsReader) -> String {
    let name = reader.text(key, help: "an account of the scenario")
    if reader.has(key), !accounts.contains(name) {
      reader.reject(key, unknown("account", name, accounts))
    }
    return name
  }

  // MARK: Days

  mutating func days(
    _ key: String,
    _ help: String,
    _ reader: inout SettingsReader
  ) -> [Day: [RuleScenario.Happening]] {
    var days: [Day: [RuleScenario.Happening]] = [:]
    let reading = self
    for entry in reader.namedLists(key, help: help, read: { reading.happening(&$1) }) {
      guard let day = Day(entry.name) else {
        reject(entry.name, in: reader.block[key], Self.impossible(entry.name))
        continue
      }
      days[day, default: []] += entry.values.compactMap { $0 }
    }
    return days
  }

  private func happening(_ reader: inout SettingsReader) -> RuleScenario.Happening? {
    if let document = reader.nested("invoice", help: "a new invoice", read: document) {
      return document.map { .invoice($0) }
    }
    if let document = reader.nested("credit", help: "a new credit note", read: document) {
      return document.map { .credit($0) }
    }
    if let payment = reader.nested("pay", help: "a payment", read: payment) { return payment }
    if let silence = reader.nested("silence", help: "a silence", read: silence) { return silence }
    if let event = reader.nested("event", help: "an event", read: event) { return event }
    if let number = reader.optionalText("void", help: "an invoice is voided") {
      return .void(number: number)
    }
    if reader.has("dispute") {
      return .dispute(account: account(named: "dispute", &reader), isOpen: true)
    }
    if reader.has("settle") {
      return .dispute(account: account(named: "settle", &reader), isOpen: false)
    }
    for (key, works) in [("fails", false), ("works", true)] where reader.has(key) {
      let source = reader.text(key, help: "a source")
      if !sources.contains(source) {
        reader.reject(key, unknown("source", source, Set(sources)))
      }
      return .source(source, works: works)
    }
    if reader.optionalText("approve", help: "all that waits is released") != nil {
      return .approve
    }
    return nil
  }

  private func document(_ reader: inout SettingsReader) -> RuleScenario.Document? {
    let account = account(named: "account", &reader)
    let number = reader.text("number", help: "unique in the scenario")
    if !reader.has("amount") { _ = reader.text("amount", help: "as in 620 NZD") }
    let amount = amount("amount", &reader)
    let due = optionalDay("due", "due date", &reader)
    let tags = reader.texts("tags", help: "tags of the document")
    let isDisputed = reader.flag("disputed", help: "not chased", default: false)
    guard let amount else { return nil }
    return RuleScenario.Document(
      account: account, number: number, amount: amount, due: due, tags: tags,
      isDisputed: isDisputed)
  }

  private func payment(_ reader: inout SettingsReader) -> RuleScenario.Happening {
    .pay(
      account: account(named: "account", &reader),
      invoice: reader.optionalText("invoice", help: "of that invoice alone"),
      amount: amount("amount", &reader)
    )
  }

  private func silence(_ reader: inout SettingsReader) -> RuleScenario.Happening? {
    let account = account(named: "account", &reader)
    let until = day("until", "the last silent day", &reader)
    let reason = reader.text(
      "reason", help: "why", default: reader.has("promise") ? "promise to pay" : "asked for")
    let isAll = reader.optionalText("promise", help: "an amount, or all") == "all"
    let promise = isAll ? .all : amount("promise", &reader).map(RuleScenario.Promised.amount)
    guard let until else { return nil }
    return .silence(account: account, until: until, reason: reason, promise: promise)
  }

  private func event(_ reader: inout SettingsReader) -> RuleScenario.Happening {
    .event(
      type: reader.text("type", help: "in the platform's words"),
      account: account(named: "account", &reader),
      invoice: reader.optionalText("invoice", help: "what it is about")
    )
  }

  // MARK: What is expected

  mutating func expectations(
    _ key: String,
    _ help: String,
    _ reader: inout SettingsReader
  ) -> [Day: [RuleScenario.Expectation]] {
    var found: [Day: [RuleScenario.Expectation]] = [:]
    let reading = self
    let value: [Day: [RuleScenario.Expectation]]? = reader.custom(key, .mapping, help: help) {
      node, reject in
      guard case .block(let block) = node.value else {
        reject(node.position, "must be days with lists of alerts")
        return nil
      }
      for entry in block.entries {
        guard let day = Day(entry.key) else {
          reject(entry.position, Self.impossible(entry.key))
          continue
        }
        found[day] = reading.alerts(entry.node, reject)
      }
      return found
    }
    return value ?? [:]
  }

  private func alerts(
    _ node: SettingsNode,
    _ reject: (Position, String) -> Void
  ) -> [RuleScenario.Expectation] {
    switch node.value {
    case .scalar("nothing", _), .null: return []
    case .list(let nodes):
      return nodes.compactMap { node in
        guard case .scalar(let text, _) = node.value else {
          reject(node.position, "must be a text such as `C1 crossed`")
          return nil
        }
        return expectation(text, node.position, reject)
      }
    case .scalar(let text, _):
      return expectation(text, node.position, reject).map { [$0] } ?? []
    case .block:
      reject(node.position, "must be a list of texts such as `C1 crossed`, or `nothing`")
      return []
    }
  }

  /// `C1 escalated level 2 rule overdue-rent via sms email`.
  private func expectation(
    _ text: String,
    _ position: Position,
    _ reject: (Position, String) -> Void
  ) -> RuleScenario.Expectation? {
    var words = text.replacing("promise broken", with: "promise-broken")
      .split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)[...]
    let name = words.popFirst() ?? ""
    if !accounts.contains(name) { reject(position, unknown("account", name, accounts)) }
    let known = [
      "crossed", "escalated", "persisting", "promise-broken", "resolved", "suppressed", "held",
    ]
    let what = words.popFirst() ?? ""
    if !known.contains(what) {
      reject(position, "`\(what)` must be one of \(known.joined(separator: ", "))")
    }
    var expectation = RuleScenario.Expectation(
      account: name, what: what.replacing("-", with: " "), position: position)
    while let word = words.popFirst() {
      switch word {
      case "level":
        expectation.level = words.popFirst().flatMap { writtenNumber($0) }
        if expectation.level == nil { reject(position, "`level` needs a number") }
      case "rule":
        let rule = words.popFirst() ?? ""
        if !rules.contains(rule) { reject(position, unknown("rule", rule, Set(rules))) }
        expectation.rule = rule
      case "via":
        expectation.via = Array(words)
        words = []
      default: reject(position, "`\(word)` is not understood; write level, rule or via")
      }
    }
    return expectation
  }

  private mutating func reject(_ key: String, in entry: SettingsBlock.Entry?, _ message: String) {
    guard let entry, case .block(let block) = entry.node.value else { return }
    problems.append(
      SettingsProblem(
        at: block[key]?.position ?? entry.position,
        path: block.path(of: key),
        message
      ))
  }
}
