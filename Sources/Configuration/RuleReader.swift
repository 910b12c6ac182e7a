import Receivables
import Rules
public import Settings

/// Reads one entry of `rules`.
public struct RuleReader {
  let aging: Aging
  let channels: Set<String>
  let sources: Set<String>
  var templateUses: [TemplateUse] = []
  /// Which sources tell which events only the adapters know.
  private(set) var eventUses: [EventUse] = []

  public struct EventUse: Sendable {
    public let types: [String]
    /// Empty: any.
    public let sources: [String]
    public let position: Position
    public let path: String
  }

  init(aging: Aging, channels: Set<String>, sources: Set<String>) {
    self.aging = aging
    self.channels = channels
    self.sources = sources
  }

  mutating func read(_ reader: inout SettingsReader) -> Rule {
    let name = reader.text("name", help: "unique; episodes and the audit log carry it")
    let title = reader.optionalText(
      "title",
      help: "what messages call the rule; default: the name, with blanks for `-` and `_`"
    )
    let match =
      reader.nested("match", help: "which accounts the rule is about", read: readMatch) ?? .init()
    let when =
      reader.nested("when", help: "all conditions must hold", read: readCondition) ?? .init()
    let clearUnder = thresholds(
      "clear_under",
      "the episode closes below this (default: at the threshold)",
      &reader
    )
    let repeatAfter: Period?
    let repeats = reader.optionalText("repeat", help: "again after so long; `never`; default 7d")
    if repeats == "never" {
      repeatAfter = nil
    } else {
      repeatAfter =
        period("repeat", "again after so long; `never`; default 7d", &reader) ?? .days(7)
    }
    reader.describe("repeat", pattern: "^(never|[0-9]{1,6}[smhdw])$")
    RuleTraps.check(when, match, clearUnder: clearUnder, repeatAfter: repeatAfter, &reader)
    let maxAlerts = reader.optionalNumber(
      "max_alerts",
      help: "alerts of one episode, `resolved` not counted",
      in: 1...1_000
    )
    let levels = readLevels(&reader)
    let onResolved = reader.nested("on_resolved", help: "told when the episode closes") {
      readNotice(defaultTemplate: "resolved", closes: true, &$0)
    }
    let jump = reader.flag(
      "jump",
      help: "straight to the highest level that has come",
      default: false
    )
    let autopay = reader.text(
      "autopay",
      help: "`include` chases what the platform collects by itself",
      default: "exclude"
    )
    if !["include", "exclude"].contains(autopay) {
      reader.reject("autopay", "must be include or exclude")
    }
    let (groupBy, countsPerson) = readCounting(&reader)
    let events = readEvents(levels, match, &reader)
    return Rule(
      name: name,
      title: title,
      match: match,
      when: when,
      clearUnder: clearUnder,
      repeatAfter: repeatAfter,
      maxAlerts: maxAlerts,
      levels: levels,
      onResolved: onResolved,
      jump: jump,
      includesAutomatic: autopay == "include",
      events: events,
      groupBy: groupBy,
      countsPerson: countsPerson
    )
  }

  /// What the rule takes for one debt, and for one person.
  private func readCounting(
    _ reader: inout SettingsReader
  ) -> (groupBy: String?, countsPerson: Bool) {
    let groupBy = reader.optionalText(
      "group_by",
      help: "a kind of tag: `lease` looks at what is tagged lease:12A and lease:14 apart"
    )
    if let groupBy, groupBy.isEmpty || groupBy.contains(":") {
      reader.reject("group_by", "is the part of a tag before the colon, as in `lease`")
    }
    let counts = reader.text(
      "count_by",
      help: "`person`: reached in several ways counts once a day; default `address`",
      default: "address"
    )
    if !["address", "person"].contains(counts) {
      reader.reject("count_by", "must be address or person")
    }
    return (groupBy, counts == "person")
  }

  /// `on`: an event happens once, so whatever is about what lasts has no meaning beside it.
  private mutating func readEvents(
    _ levels: [Rule.Level],
    _ match: Rule.Match,
    _ reader: inout SettingsReader
  ) -> Rule.Events? {
    let types = reader.texts("on", help: "events of the source, each a crossing of its own")
    guard reader.has("on") else { return nil }
    if types.isEmpty { reader.reject("on", "names no event") }
    let lasting = ["clear_under", "repeat", "max_alerts", "on_resolved", "jump", "group_by"]
    for key in lasting where reader.has(key) {
      reader.reject(key, "has no meaning beside `on`: an event happens once")
    }
    if levels.count > 1 { reader.reject("levels", "a rule that is `on` events has one level") }
    if levels.first.map({ $0.trigger != .after(.days(0)) }) == true {
      reader.reject("levels", "a rule that is `on` events alerts at once: leave out the delay")
    }
    eventUses.append(
      EventUse(
        types: types,
        sources: match.sources,
        position: reader.block["on"]?.node.position ?? reader.block.position,
        path: reader.block.path(of: "on")
      )
    )
    return Rule.Events(types: types, needsCondition: reader.has("when"))
  }

  private func readMatch(_ reader: inout SettingsReader) -> Rule.Match {
    let wanted = reader.texts("sources", help: "only these sources")
    for source in wanted where !sources.contains(source) {
      reader.reject("sources", unknown("source", source, sources))
    }
    let currencies = reader.texts("currencies", help: "only these ISO 4217 currencies")
    var known: [Currency] = []
    for code in currencies {
      do throws(MoneyError) { known.append(try Currency(code)) } catch {
        reader.reject("currencies", error.description)
      }
    }
    return Rule.Match(
      sources: wanted,
      currencies: known,
      tags: reader.texts("tags", help: "only accounts with all of these tags"),
      except: reader.texts("except", help: "not these accounts (id, or source:id)")
        .map(exception)
    )
  }

  /// As it was typed: blanks around the id, or around the colon after a source, are no part of it.
  private func exception(_ text: String) -> String {
    guard let key = AccountKey(typed: text), sources.contains(key.source) else {
      return Visible.identifier(text)
    }
    return key.description
  }

  private func readCondition(_ reader: inout SettingsReader) -> Condition {
    let text = reader.text(
      "balance",
      help: "total, overdue, a bucket (31-60), or a bucket and older (31+)",
      default: "total"
    )
    let basis = BalanceBasis(text, aging: aging)
    if basis == nil {
      reader.reject(
        "balance",
        "`\(text)` must be total, overdue, one of \(aging.names.joined(separator: ", ")),"
          + " or such as 31+"
      )
    }
    let over = thresholds("over", "strictly above this; default 0", &reader)
    let atLeast = thresholds("at_least", "this or more, instead of `over`", &reader)
    if over != nil, atLeast != nil { reader.reject("at_least", "stands beside `over`; keep one") }
    let daysOverdue = reader.optionalNumber(
      "days_overdue",
      help: "the oldest uncovered invoice is at least this late",
      in: 0...36_500
    )
    let credit = reader.optionalNumber(
      "credit_used_over",
      help: "percent of the account's credit limit",
      in: 0...100_000
    )
    let terms = period("terms_changed_within", "the payment terms changed so recently", &reader)
    let due = period(
      "due_within",
      "an uncovered invoice falls due in so many days, none is overdue",
      &reader
    )
    var dueDays: Int?
    switch due {
    case .days(let days): dueDays = days
    case .seconds: reader.reject("due_within", "must be in days, as in 3d")
    case nil: break
    }
    let condition = Condition(
      basis: basis ?? .total,
      comparison: atLeast == nil ? .over : .atLeast,
      threshold: atLeast ?? over ?? .zero,
      daysOverdue: daysOverdue,
      creditUsedOver: credit,
      termsChangedWithin: terms,
      dueWithinDays: dueDays
    )
    RuleTraps.check(condition, &reader)
    return condition
  }
}
