import Receivables
import Support
import Testing

struct SnapshotTests {
  private func changes() throws -> [Change] {
    let account = ScenarioAccount(currency: try Currency("NZD"))
    let items = try account.items("100@5,200@1", on: Day(number: 20_000))
    return [
      .account(account.account), .open(items[0]), .open(items[1]), .closed(documentID: "doc-1"),
      .closed(documentID: "never-seen"),
    ]
  }

  @Test("A paid document leaves the snapshot, its account stays")
  func closed() throws {
    var snapshot = Snapshot(source: "books")
    for change in try changes() { snapshot.apply(change) }
    #expect(snapshot.items.keys.sorted() == ["doc-2"])
    #expect(snapshot.accounts.keys.sorted() == ["A1"])
  }

  @Test("The same changes twice are the same as once")
  func twice() throws {
    var once = Snapshot(source: "books")
    for change in try changes() { once.apply(change) }
    var twice = once
    for change in try changes() { twice.apply(change) }
    #expect(twice == once)
  }

  @Test("What differs is what is new, changed or gone; among few it is looked for there alone")
  func difference() throws {
    let account = ScenarioAccount(currency: try Currency("NZD"))
    let items = try account.items("100@5,200@1,300@9", on: Day(number: 20_000))
    var old = Snapshot(source: "books")
    for item in items.prefix(2) { old.apply(.open(item)) }
    var new = old
    var paid = items[0]
    paid.amountDue = Money(minorUnits: 1, currency: try Currency("NZD"))
    for change: Change in [.open(paid), .closed(documentID: items[1].id), .open(items[2])] {
      new.apply(change)
    }
    let all = new.changedItems(since: old, among: nil)
    #expect(all.put.sorted() == [items[0].id, items[2].id] && all.dropped == [items[1].id])
    let few = new.changedItems(since: old, among: [items[1].id, items[2].id, "never-seen"])
    #expect(few.put == [items[2].id] && few.dropped == [items[1].id])
    #expect(new.changedItems(since: new, among: nil).put.isEmpty)
  }
}

struct AccountTests {
  @Test("Accounts are ordered by source, then id, and shown as source:id")
  func order() {
    let keys = [("stripe", "a"), ("books", "b"), ("books", "a")].map {
      AccountKey(source: $0.0, id: $0.1)
    }
    #expect(keys.sorted().map(\.description) == ["books:a", "books:b", "stripe:a"])
  }
}
