public import Receivables
public import Settings

/// Balances and payments over time, and the alerts that they should bring: what `rules test` plays.
public struct RuleScenario: Sendable {
  public var title: String
  /// Of the daily pass, seconds since midnight.
  public var at: Int
  public var from: Day
  public var to: Day
  public var accounts: [Account]
  public var days: [Day: [Happening]]
  /// Days without an entry expect nothing.
  public var expected: [Day: [Expectation]]

  /// What happens on a day, before its pass.
  public enum Happening: Sendable, Equatable {
    case invoice(Document)
    case credit(Document)
    /// Of the invoice; of the account's oldest invoices first where none is named. All that is open
    /// where there is no amount.
    case pay(account: String, invoice: String?, amount: Money?)
    case void(number: String)
    case dispute(account: String, isOpen: Bool)
    case silence(account: String, until: Day, reason: String, promise: Promised?)
    case event(type: String, account: String, invoice: String?)
    case source(String, works: Bool)
    /// A person releases all that waits for approval or by the limit, after the day's pass.
    case approve
  }

  /// What a customer promises to pay.
  public enum Promised: Sendable, Equatable {
    case all
    case amount(Money)
  }

  public struct Document: Sendable, Equatable {
    public var account: String
    public var number: String
    public var amount: Money
    public var due: Day?
    public var tags: [String]
    public var isDisputed: Bool
  }

  /// An alert; what is `nil` may be anything.
  public struct Expectation: Sendable, Equatable {
    public var account: String
    /// A reason, or `suppressed`, `held`.
    public var what: String
    public var rule: String?
    public var level: Int?
    /// Channels, all of them.
    public var via: [String]?
    public var position: Position
  }

  /// - Parameters:
  ///   - sources: names of the config's; an account without one belongs to the first.
  ///   - rules: names of the config's rules.
  /// - Throws: `ConfigurationError` with all that is wrong, each with its place.
  public init(
    _ file: ConfigurationFile,
    sources: [String],
    rules: [String]
  ) throws(ConfigurationError) {
    var reader = SettingsReader(file.root, folder: file.folder, resolve: { .success(Secret($0)) })
    var scenario = ScenarioReader(sources: sources, rules: rules)
    title = reader.text("scenario", help: "what it shows")
    at = clock("at", "time of the daily pass", "09:00", &reader)
    let first = scenario.day("from", "the first day", &reader)
    let last = scenario.day("to", "the last day", &reader)
    scenario.currency = scenario.currency("currency", &reader)
    accounts = reader.named("accounts", help: "who owes", required: true) {
      scenario.account($0, &$1)
    }.map(\.value)
    let names = Set(accounts.map { $0.key.id })
    scenario.accounts = names
    days = scenario.days("days", "what happens", &reader)
    expected = scenario.expectations("expect", "which alerts are due", &reader)
    from = first ?? Day(number: 0)
    to = last ?? from
    if first != nil, last != nil, to < from { reader.reject("to", "must not be before `from`") }
    if first != nil, to.days(since: from) > 3660 {
      reader.reject("to", "must be within ten years of `from`")
    }
    for day in (Array(days.keys) + Array(expected.keys)).sorted()
    where first != nil && last != nil && (day < from || day > to) {
      reader.reject("from", "\(day) is not between \(from) and \(to)")
    }
    reader.finish()
    let problems = (reader.problems + scenario.problems).filter { $0.severity == .error }
      .sorted { $0.position < $1.position }
    if !problems.isEmpty {
      throw ConfigurationError(problems.map { Problem(file: file.path, $0) })
    }
  }
}
