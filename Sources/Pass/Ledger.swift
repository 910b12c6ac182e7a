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
  /// The same, with what platforms collect by themselves; empty when no rule asks for it.
  public private(set) var factsWithAutomatic: [Key: Facts] = [:]
  /// Accounts that could not be worked out, and why.
  public private(set) var notices: [String] = []
  private(set) var unknown: Set<Key> = []
  /// Events that no pass has decided on yet, oldest first.
  private(set) var events: [Key: [SourceEvent]] = [:]
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
    today: Day
  ) {
    let wantsAutomatic = assembly.setup.rules.contains { $0.includesAutomatic }
    var expected: [String: Set<Key>] = [:]
    for key in keys {
      expected[key.account.source, default: []].insert(key)
    }
    for (outcome, source) in zip(outcomes, assembly.sources) where outcome.isGood {
      var groups = Self.groups(of: outcome.snapshot, rollsUp: source.rollsUp, directory)
      for event in outcome.events {
        let account = account(of: event.accountID, in: outcome.snapshot, source, directory)
        if let key = place(event, account, outcome.snapshot, groups) {
          events[key, default: []].append(event)
          if groups[key] == nil { groups[key] = [] }
        }
      }
      // An open episode, a message in the queue, or a record elsewhere that says what was owed: and
      // the account owes nothing any more.
      for key in expected[source.name] ?? [] where groups[key] == nil { groups[key] = [] }
      for (key, items) in groups {
        add(
          key,
          items,
          outcome.snapshot,
          directory,
          terms,
          today,
          aging: assembly.setup.aging,
          credits: source.credits,
          wantsAutomatic: wantsAutomatic
        )
      }
    }
    facts.sort { Key($0) < Key($1) }
    for (index, entry) in facts.enumerated() { indexes[Key(entry)] = index }
    notices.sort()
    changedTerms.sort { $0.account < $1.account }
  }

  private func account(
    of id: String,
    in snapshot: Snapshot,
    _ source: Assembly.Source,
    _ directory: Directory
  ) -> AccountKey {
    let root = source.rollsUp ? Self.root(of: id, in: snapshot, directory) : id
    return AccountKey(source: snapshot.source, id: root)
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
    rollsUp: Bool,
    _ directory: Directory
  ) -> [Key: [OpenItem]] {
    var groups: [Key: [OpenItem]] = [:]
    groups.reserveCapacity(snapshot.accounts.count)
    for item in snapshot.items.values {
      var id = item.accountID
      if rollsUp { id = root(of: id, in: snapshot, directory) }
      let key = Key(
        account: AccountKey(source: snapshot.source, id: id),
        currency: item.currency
      )
      groups[key, default: []].append(item)
    }
    return groups
  }

  /// The topmost parent; a chain that bites its own tail ends where it began.
  private static func root(
    of id: String,
    in snapshot: Snapshot,
    _ directory: Directory
  ) -> String {
    var seen: Set<String> = [id]
    var current = id
    while true {
      let key = AccountKey(source: snapshot.source, id: current)
      guard let parent = directory[key]?.parent ?? snapshot.accounts[current]?.parent,
        seen.insert(parent).inserted
      else { return current }
      current = parent
    }
  }

  private mutating func add(
    _ key: Key,
    _ items: [OpenItem],
    _ snapshot: Snapshot,
    _ directory: Directory,
    _ terms: [AccountKey: TermsRecord],
    _ today: Day,
    aging: Aging,
    credits: CreditPolicy,
    wantsAutomatic: Bool
  ) {
    let known =
      snapshot.accounts[key.account.id]
      ?? Account(key: key.account, name: key.account.id)
    do throws(MoneyError) {
      var account = try directory[key.account]?.apply(to: known, currency: key.currency) ?? known
      for item in items {
        for tag in item.tags where !account.tags.contains(tag) { account.tags.append(tag) }
      }
      let changedOn = seeTerms(of: account, terms[key.account], today)
      let facts = try Facts(
        account: account,
        currency: key.currency,
        items: items,
        aging: aging,
        credits: credits,
        today: today,
        termsChangedOn: changedOn
      )
      self.facts.append(facts)
      if wantsAutomatic, items.contains(where: { $0.collection == .automatic }) {
        factsWithAutomatic[key] = try Facts(
          account: account,
          currency: key.currency,
          items: items,
          aging: aging,
          credits: credits,
          today: today,
          termsChangedOn: changedOn,
          includeAutomatic: true
        )
      }
    } catch {
      unknown.insert(key)
      notices.append("\(key.account) in \(key.currency) was left as it is: \(error)")
    }
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
