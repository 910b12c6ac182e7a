public import Receivables

/// What an accountant writes down once: when to speak, how often, how loudly, to whom.
public struct Rule: Sendable, Equatable {
  public var name: String
  /// What messages call it; `nil` where the name says enough.
  public var title: String?
  public var match: Match
  public var when: Condition
  /// Below this the episode closes; between it and the threshold it stays open. `nil`: no
  /// hysteresis.
  public var clearUnder: Thresholds?
  /// `nil` for `never`.
  public var repeatAfter: Period?
  /// Alerts of one episode, `resolved` not counted; `nil` for no limit.
  public var maxAlerts: Int?
  /// At least one.
  public var levels: [Level]
  public var onResolved: Notice?
  /// Told when the episode ends in whatever way, if it was told of it: records that were opened for
  /// the debt are closed. Follows from the channels of the levels, not from the config.
  public var closing: Notice?
  /// Goes straight to the highest level that has come.
  public var jump: Bool
  /// Chases what the platform collects by itself, too.
  public var includesAutomatic: Bool
  /// The rule is `on` these events: each new one is a crossing of its own.
  public var events: Events?
  /// Looks at an account in parts: those of its invoices that have the same tag of this kind,
  /// `lease:12A` for `lease`. `nil`: at all of it.
  public var groupBy: String?
  /// A customer who is reached in several ways counts once towards `per_recipient_per_day`.
  public var countsPerson: Bool

  public init(
    name: String,
    title: String? = nil,
    match: Match = Match(),
    when: Condition = Condition(),
    clearUnder: Thresholds? = nil,
    repeatAfter: Period? = .days(7),
    maxAlerts: Int? = nil,
    levels: [Level],
    onResolved: Notice? = nil,
    jump: Bool = false,
    includesAutomatic: Bool = false,
    events: Events? = nil,
    groupBy: String? = nil,
    countsPerson: Bool = false
  ) {
    self.name = name
    self.title = title
    self.match = match
    self.when = when
    self.clearUnder = clearUnder
    self.repeatAfter = repeatAfter
    self.maxAlerts = maxAlerts
    self.levels = levels
    self.onResolved = onResolved
    self.jump = jump
    self.includesAutomatic = includesAutomatic
    self.events = events
    self.groupBy = groupBy
    self.countsPerson = countsPerson
  }

  /// For people: the title; without one the name, its words apart.
  public var readableTitle: String {
    title ?? String(name.map { $0 == "-" || $0 == "_" ? " " : $0 })
  }

  public struct Events: Sendable, Equatable {
    /// In the platform's words: `invoice.payment_failed`.
    public var types: [String]
    /// Whether `when` must hold too. Where the rule has none, the event alone is enough.
    public var needsCondition: Bool

    public init(types: [String], needsCondition: Bool) {
      self.types = types
      self.needsCondition = needsCondition
    }
  }

  /// Whether the rule is about the account, whatever it owes.
  public func isAbout(_ facts: Facts) -> Bool { match.exclusion(of: facts) == nil }

  /// A step of escalation.
  public struct Level: Sendable, Equatable {
    public enum Trigger: Sendable, Equatable {
      /// Since the episode opened.
      case after(Period)
      /// Days that the oldest uncovered invoice is overdue.
      case daysOverdue(Int)
    }

    public var trigger: Trigger
    public var notice: Notice
    /// Deliveries wait for `approve`.
    public var needsApproval: Bool

    public init(trigger: Trigger, notice: Notice, needsApproval: Bool = false) {
      self.trigger = trigger
      self.notice = notice
      self.needsApproval = needsApproval
    }
  }

  /// Through which channels, in which words.
  public struct Notice: Sendable, Equatable {
    /// Each entry is told; of an entry's channels the first that can reach the account.
    public var notify: [[String]]
    public var template: String

    public init(notify: [[String]], template: String) {
      self.notify = notify
      self.template = template
    }
  }

  /// Which accounts the rule is about; empty lists match all.
  public struct Match: Sendable, Equatable {
    public var sources: [String]
    public var currencies: [Currency]
    /// All of them must be on the account.
    public var tags: [String]
    /// Account ids, or `source:id`.
    public var except: [String]

    public init(
      sources: [String] = [],
      currencies: [Currency] = [],
      tags: [String] = [],
      except: [String] = []
    ) {
      self.sources = sources
      self.currencies = currencies
      self.tags = tags
      self.except = except
    }

    /// Why the account is outside, or `nil` when it is inside.
    func exclusion(of facts: Facts) -> String? {
      let account = facts.account
      if !sources.isEmpty && !sources.contains(account.key.source) {
        return "the rule is not about source \(account.key.source)"
      }
      if !currencies.isEmpty && !currencies.contains(facts.currency) {
        return "the rule is not about \(facts.currency)"
      }
      if let tag = tags.first(where: { !account.tags.contains($0) }) {
        return "the account is not tagged \(tag)"
      }
      if except.contains(account.key.id) || except.contains(account.key.description) {
        return "the rule makes an exception for this account"
      }
      return nil
    }
  }
}
