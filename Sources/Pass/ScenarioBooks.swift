import Configuration
import Receivables

/// The books of a scenario, as its days change them.
struct ScenarioBooks {
  private let accounts: [String: Account]
  private let order: [String]
  private var items: [OpenItem] = []
  private var disputed: Set<String> = []
  private var failing: Set<String> = []
  private var events: [String: [SourceEvent]] = [:]
  private var told = 0
  private let sources: [String]

  init(_ scenario: RuleScenario, sources: [String]) {
    order = scenario.accounts.map(\.key.id)
    accounts = Dictionary(scenario.accounts.map { ($0.key.id, $0) }) { first, _ in first }
    self.sources = sources
  }

  func key(_ account: String) -> AccountKey {
    accounts[account]?.key ?? AccountKey(source: sources.first ?? "", id: account)
  }

  /// Those of them that can be reached.
  var snapshots: [String: Snapshot] {
    var snapshots: [String: Snapshot] = [:]
    for source in sources where !failing.contains(source) {
      snapshots[source] = Snapshot(source: source)
    }
    for account in accounts.values {
      snapshots[account.key.source]?.accounts[account.key.id] = account
    }
    for item in items { snapshots[key(item.accountID).source]?.items[item.id] = item }
    return snapshots
  }

  /// Disputes of accounts, as the organisation would note them.
  var directory: String {
    "account,disputed\n" + disputed.sorted().map { "\(key($0)),yes\n" }.joined()
  }

  /// Of one account, oldest due first.
  private func openInvoices(of account: String) -> [OpenItem] {
    items.filter { $0.accountID == account && $0.kind == .invoice }.sorted {
      ($0.dueDate ?? Day(number: .max), $0.number) < ($1.dueDate ?? Day(number: .max), $1.number)
    }
  }

  /// What one account owes in one currency, that of its oldest invoice where none is named; `nil`
  /// where it owes nothing.
  func owed(
    by id: String,
    in currency: Currency?,
    aging: Aging,
    credits: CreditPolicy,
    on day: Day
  ) throws(MoneyError) -> Facts? {
    guard let account = accounts[id],
      let currency = currency ?? openInvoices(of: id).first?.currency
    else { return nil }
    let facts = try Facts(
      account: account,
      currency: currency,
      items: items.filter { $0.accountID == id && $0.currency == currency },
      aging: aging,
      credits: credits,
      today: day
    )
    return facts.balance.isPositive ? facts : nil
  }

  mutating func takeEvents(at now: Instant) -> [String: [SourceEvent]] {
    defer { events = [:] }
    return events
  }

  /// - Throws: `ScenarioProblem` when it is about an invoice that is not open, or pays more than is
  ///   owed; `MoneyError`.
  mutating func obey(_ happening: RuleScenario.Happening, on day: Day) throws {
    switch happening {
    case .invoice(let document): try add(document, .invoice, on: day)
    case .credit(let document): try add(document, .credit, on: day)
    case .pay(let account, let invoice, let amount):
      try pay(account, invoice, amount, on: day)
    case .void(let number):
      _ = try index(of: number, on: day)
      items.removeAll { $0.number == number }
    case .dispute(let account, let isOpen):
      if isOpen { disputed.insert(account) } else { disputed.remove(account) }
    case .event(let type, let account, let invoice):
      told += 1
      let event = SourceEvent(
        id: "event-\(told)", type: type, accountID: account, documentID: invoice,
        occurredAt: Instant(seconds: Int64(day.number) * 86_400))
      events[key(account).source, default: []].append(event)
    case .source(let source, let works):
      if works { failing.remove(source) } else { failing.insert(source) }
    case .silence, .approve: break
    }
  }

  private mutating func add(
    _ document: RuleScenario.Document,
    _ kind: OpenItem.Kind,
    on day: Day
  ) throws {
    if items.contains(where: { $0.number == document.number }) {
      throw ScenarioProblem("\(day): there is an open document \(document.number) already")
    }
    items.append(
      OpenItem(
        id: document.number,
        accountID: document.account,
        kind: kind,
        number: document.number,
        issueDate: day,
        dueDate: document.due ?? (kind == .invoice ? day : nil),
        total: document.amount,
        amountDue: document.amount,
        disputed: document.isDisputed,
        tags: document.tags
      ))
  }

  private mutating func pay(
    _ account: String,
    _ invoice: String?,
    _ amount: Money?,
    on day: Day
  ) throws {
    let open = openInvoices(of: account).filter { invoice == nil || $0.number == invoice }
    guard !open.isEmpty else {
      throw ScenarioProblem(
        "\(day): \(invoice.map { "\($0) is not open" } ?? "\(account) owes nothing"), and is paid")
    }
    var left = amount?.minorUnits ?? .max
    for item in open where amount == nil || item.currency == amount?.currency {
      let paid = min(left, item.amountDue.minorUnits)
      left -= paid
      guard let place = items.firstIndex(where: { $0.id == item.id }) else { continue }
      let rest = item.amountDue.minorUnits - paid
      if rest == 0 {
        items.remove(at: place)
      } else {
        items[place].amountDue = Money(minorUnits: rest, currency: item.currency)
      }
    }
    if let amount, left > 0 {
      throw ScenarioProblem("\(day): \(account) pays \(amount), more than is open")
    }
  }

  private func index(of number: String, on day: Day) throws -> Int {
    guard let index = items.firstIndex(where: { $0.number == number }) else {
      throw ScenarioProblem("\(day): \(number) is not open")
    }
    return index
  }

  /// What is to happen, for people.
  func clause(_ happening: RuleScenario.Happening) -> ScenarioPlay.Clause {
    let account: String?
    switch happening {
    case .invoice(let document), .credit(let document): account = document.account
    case .pay(let id, _, _), .dispute(let id, _), .silence(let id, _, _, _), .event(_, let id, _):
      account = id
    case .void(let number): account = items.first { $0.number == number }?.accountID
    case .source, .approve: account = nil
    }
    return ScenarioPlay.Clause(account: account, words: Self.words(happening))
  }

  private static func words(_ happening: RuleScenario.Happening) -> String {
    switch happening {
    case .invoice(let document):
      let due = document.due.map { ", due \($0)" } ?? ""
      return "\(document.account): invoice \(document.number) of \(document.amount)\(due)"
    case .credit(let document):
      return "\(document.account): credit note \(document.number) of \(document.amount)"
    case .pay(let account, let invoice, let amount):
      return
        "\(account) pays \(amount.map { "\($0)" } ?? "all")\(invoice.map { " of \($0)" } ?? "")"
    case .void(let number): return "\(number) is voided"
    case .dispute(let account, let isOpen):
      return isOpen ? "\(account) disputes" : "the dispute of \(account) is settled"
    case .silence(let account, let until, let reason, nil):
      return "\(account) silenced until \(until): \(reason)"
    case .silence(let account, let until, _, .all): return "\(account) promises all until \(until)"
    case .silence(let account, let until, _, .amount(let amount)):
      return "\(account) promises \(amount) until \(until)"
    case .event(let type, let account, let invoice):
      return "\(account): \(type)\(invoice.map { " (\($0))" } ?? "")"
    case .source(let source, let works):
      return works ? "\(source) can be reached again" : "\(source) cannot be reached"
    case .approve: return "all that waits is approved"
    }
  }
}
