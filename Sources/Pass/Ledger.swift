import Accounting
import Configuration
import Outbox
public import Receivables
import Rules
import State

/// Step 2: what every polled account owes, as rules see it.
public struct Ledger: Sendable {
  /// An account in one currency.
  public struct Key: Hashable, Sendable, Comparable {
    public let account: AccountKey
    public let currency: Currency

    public static func < (a: Self, b: Self) -> Bool {
      a.account == b.account ? a.currency < b.currency : a.account < b.account
    }
  }

  /// In the order of account and currency.
  public private(set) var facts: [Facts] = []
  /// How a rule looks at accounts, where it is not as most do.
  struct View: Hashable, Sendable {
    /// What platforms collect by themselves is chased, too.
    var includesAutomatic = false
    /// The kind of tag by which accounts are taken apart.
    var groupBy: String?

    init(_ rule: Rule) {
      includesAutomatic = rule.includesAutomatic
      groupBy = rule.groupBy
    }
  }

  /// What other views see otherwise.
  private var views: [View: [Key: [Facts]]] = [:]
  /// Accounts that could not be worked out, and why.
  public private(set) var notices: [String] = []
  /// Those accounts: they are as left out as those of which a document cannot be read.
  private(set) var unknown: Set<Key> = []
  /// Events that no pass has decided on yet, oldest first.
  private(set) var events: [Key: [SourceEvent]] = [:]
  /// Those of accounts that are left out, or unknown: they wait for a pass that can tell.
  private(set) var waiting: Set<EventKey> = []
  /// Accounts of which a document cannot be read, and why: what they owe is not known.
  public private(set) var leftOut: [AccountKey: String] = [:]
  /// Terms that are new or changed since they were last seen.
  private(set) var changedTerms: [TermsRecord] = []
  private var indexes: [Key: Int] = [:]

  public subscript(key: Key) -> Facts? { indexes[key].map { facts[$0] } }

  init(
    _ outcomes: [PollOutcome],
    assembly: Assembly,
    directory: Directory,
    terms: [AccountKey: TermsRecord],
    expecting keys: some Sequence<Key>,
    parts: [Key: Set<String>] = [:],
    today: Day
  ) {
    let wanted = Set(assembly.setup.rules.map(View.init)).filter {
      $0.includesAutomatic || $0.groupBy != nil
    }
    let frame = Frame(
      directory: directory, terms: terms, today: today, aging: assembly.setup.aging, views: wanted,
      parts: parts)
    var expected: [String: Set<Key>] = [:]
    for key in keys {
      expected[key.account.source, default: []].insert(key)
    }
    for (outcome, source) in zip(outcomes, assembly.sources) where outcome.isGood {
      var family = Family(outcome.snapshot, rollsUp: source.rollsUp, directory)
      var groups = Self.groups(of: outcome.snapshot, &family)
      leaveOut(outcome, &family)
      for event in outcome.events {
        let account = AccountKey(source: source.name, id: family.head(of: event.accountID))
        if leftOut[account] != nil {
          waiting.insert(EventKey(source: source.name, id: event.id))
        } else if let key = place(event, account, outcome.snapshot, groups) {
          events[key, default: []].append(event)
          if groups[key] == nil { groups[key] = [] }
        }
      }
      // An open episode, a message in the queue, or a record elsewhere that says what was owed: and
      // the account owes nothing any more.
      for key in expected[source.name] ?? [] where groups[key] == nil { groups[key] = [] }
      notices += family.notices
      for (key, items) in groups where leftOut[key.account] == nil {
        add(key, items, outcome.snapshot, frame, credits: source.credits)
      }
    }
    facts.sort { Key($0) < Key($1) }
    for (index, entry) in facts.enumerated() { indexes[Key(entry)] = index }
    notices.sort()
    changedTerms.sort { $0.account < $1.account }
  }

  /// Names whom nobody speaks of in this pass: the account, and whoever its debts count for.
  private mutating func leaveOut(_ outcome: PollOutcome, _ family: inout Family) {
    for (account, entries) in Dictionary(grouping: outcome.leftOut, by: \.account) {
      let key = AccountKey(source: outcome.name, id: account)
      let head = AccountKey(source: outcome.name, id: family.head(of: account))
      let why = entries.map(\.why).min() ?? ""
      for key in [key, head] { leftOut[key] = min(leftOut[key] ?? why, why) }
      let name = outcome.snapshot.accounts[account]?.name ?? account
      let parent = head == key ? "" : ", and with it its parent \(head.id)"
      notices.append(
        "\(key) (\(name))\(parent) is left out of this pass, neither alerted nor resolved: \(why)")
    }
  }

  /// In the currency that the event names, else its document's, else the account's only one.
  private mutating func place(
    _ event: SourceEvent,
    _ account: AccountKey,
    _ snapshot: Snapshot,
    _ groups: [Key: [OpenItem]]
  ) -> Key? {
    let document = event.documentID.flatMap { snapshot.items[$0] }
    if let currency = event.currency ?? document?.currency {
      return Key(account: account, currency: currency)
    }
    let mine = groups.keys.filter { $0.account == account }
    if mine.count == 1 { return mine.first }
    notices.append("\(account): \(event.type) (\(event.id)) names no currency and was passed over")
    return nil
  }

  private static func groups(
    of snapshot: Snapshot,
    _ family: inout Family
  ) -> [Key: [OpenItem]] {
    var groups: [Key: [OpenItem]] = [:]
    groups.reserveCapacity(snapshot.accounts.count)
    for item in snapshot.items.values {
      let account = AccountKey(source: snapshot.source, id: family.head(of: item.accountID))
      groups[Key(account: account, currency: item.currency), default: []].append(item)
    }
    return groups
  }

  /// What is the same for all accounts.
  private struct Frame {
    let directory: Directory
    let terms: [AccountKey: TermsRecord]
    let today: Day
    let aging: Aging
    let views: Set<View>
    /// Parts with an open episode or a waiting message, which may owe nothing any more.
    let parts: [Key: Set<String>]
  }

  private mutating func add(
    _ key: Key,
    _ items: [OpenItem],
    _ snapshot: Snapshot,
    _ frame: Frame,
    credits: CreditPolicy
  ) {
    let known =
      snapshot.accounts[key.account.id]
      ?? Account(key: key.account, name: key.account.id)
    do throws(MoneyError) {
      let base =
        try frame.directory[key.account]?.apply(to: known, currency: key.currency) ?? known
      let changedOn = seeTerms(of: base, frame.terms[key.account], frame.today)
      func facts(
        _ items: [OpenItem],
        includeAutomatic: Bool = false,
        part: String = ""
      ) throws(MoneyError) -> Facts {
        var account = base
        // What the directory says is in place of the source's.
        let hasOwnTags = frame.directory[key.account]?.tags != nil
        for item in items where !hasOwnTags {
          for tag in item.tags where !account.tags.contains(tag) { account.tags.append(tag) }
        }
        return try Facts(
          account: account,
          currency: key.currency,
          items: items,
          aging: frame.aging,
          credits: credits,
          today: frame.today,
          termsChangedOn: changedOn,
          includeAutomatic: includeAutomatic,
          part: part
        )
      }
      let whole = try facts(items)
      var others: [View: [Facts]] = [:]
      for view in frame.views {
        guard let kind = view.groupBy else {
          if items.contains(where: { $0.collection == .automatic }) {
            others[view] = [try facts(items, includeAutomatic: true)]
          }
          continue
        }
        var found: [Facts] = []
        for (part, items) in Self.parts(of: items, by: kind, and: frame.parts[key] ?? []) {
          found.append(
            try facts(items, includeAutomatic: view.includesAutomatic, part: part))
        }
        others[view] = found
      }
      self.facts.append(whole)
      for (view, found) in others { views[view, default: [:]][key] = found }
    } catch {
      unknown.insert(key)
      for event in events.removeValue(forKey: key) ?? [] {
        waiting.insert(EventKey(source: key.account.source, id: event.id))
      }
      notices.append("\(key.account) in \(key.currency) was left as it is: \(error)")
    }
  }

  /// What has no such tag is a part too, the nameless one.
  private static func parts(
    of items: [OpenItem],
    by kind: String,
    and expected: Set<String>
  ) -> [(String, [OpenItem])] {
    var parts = Dictionary(grouping: items) { item in
      item.tags.first { $0.hasPrefix("\(kind):") } ?? ""
    }
    for part in expected where parts[part] == nil { parts[part] = [] }
    return parts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// What a rule sees of an account: all of it, or its parts.
  func facts(_ facts: Facts, for rule: Rule) -> [Facts] {
    views[View(rule)]?[Key(facts)] ?? [facts]
  }

  private mutating func seeTerms(
    of account: Account,
    _ last: TermsRecord?,
    _ today: Day
  ) -> Day? {
    guard let terms = account.terms, !terms.isEmpty else { return last?.changedOn }
    if let last, last.terms == terms { return last.changedOn }
    let changedOn = last == nil ? nil : today
    // An account with two currencies comes here twice.
    if changedTerms.last?.account != account.key {
      changedTerms.append(TermsRecord(account: account.key, terms: terms, changedOn: changedOn))
    }
    return changedOn
  }
}

extension Ledger.Key {
  init(_ facts: Facts) { self.init(account: facts.account.key, currency: facts.currency) }
  init(_ key: EpisodeKey) { self.init(account: key.account, currency: key.currency) }
}
