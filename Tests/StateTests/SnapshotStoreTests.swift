import GRDB
import Receivables
import State
import Support
import Testing

struct SnapshotStoreTests {
  private let poll = AuditEntry(kind: .poll, subject: "books", body: "{}")

  private func save(
    _ state: StateFile,
    old: Snapshot,
    new: Snapshot,
    cursor: String? = nil,
    wasFull: Bool = true,
    day: Int = 0
  ) throws {
    let now = try sampleNow(day).instant
    try state.savePoll(
      old: old,
      new: new,
      cursor: cursor,
      wasFull: wasFull,
      pass: state.beginPass(at: now),
      at: now,
      audit: poll
    )
  }

  private func fullAccount() throws -> Account {
    Account(
      key: AccountKey(source: "books", id: "A1"),
      name: "Ada „Lovelace“; & Co\n",
      email: "ada@harbour.example",
      phone: "+64 21 555 010",
      owner: "dana",
      parent: "A0",
      terms: "20 days",
      creditLimit: Money(minorUnits: -5, currency: try Currency("KWD")),
      tags: ["residential", "north; south", "a,b"],
      locale: "en-NZ",
      url: "https://books.example/A1",
      payURL: "https://pay.example/A1",
      disputed: true,
      doNotContact: .sms
    )
  }

  private func fullItem() throws -> OpenItem {
    let yen = try Currency("JPY")
    return OpenItem(
      id: "D1",
      accountID: "A1",
      kind: .credit,
      number: "CN-1",
      issueDate: Day("1969-12-31"),
      dueDate: Day("2026-03-02"),
      total: Money(minorUnits: .max, currency: yen),
      amountDue: Money(minorUnits: .min, currency: yen),
      url: "https://books.example/D1",
      disputed: true,
      collection: .automaticFailed
    )
  }

  @Test("Every field of an account and an item comes back as it was")
  func everyField() throws {
    try withState { state, _ in
      let account = try fullAccount()
      let item = try fullItem()
      let bare = Account(key: AccountKey(source: "books", id: ""), name: "")
      let plain = OpenItem(
        id: "D2",
        accountID: "",
        kind: .invoice,
        number: "",
        total: .zero(try Currency("NZD")),
        amountDue: .zero(try Currency("NZD"))
      )
      let new = Snapshot(
        source: "books",
        accounts: ["A1": account, "": bare],
        items: ["D1": item, "D2": plain]
      )
      try save(state, old: Snapshot(source: "books"), new: new)
      #expect(try state.snapshot(of: "books") == new)
      #expect(try state.snapshot(of: "stripe") == Snapshot(source: "stripe"))
    }
  }

  @Test("Each choice of an account and an item is kept")
  func choices() throws {
    try withState { state, _ in
      var new = Snapshot(source: "books")
      for wish in DoNotContact.allCases {
        let key = AccountKey(source: "books", id: wish.rawValue)
        new.accounts[key.id] = Account(key: key, name: "", doNotContact: wish)
      }
      var item = try fullItem()
      for collection in [OpenItem.Collection.manual, .automatic, .automaticFailed] {
        item.id = collection.rawValue
        item.collection = collection
        new.items[item.id] = item
      }
      try save(state, old: Snapshot(source: "books"), new: new)
      #expect(try state.snapshot(of: "books") == new)
    }
  }

  @Test("Whatever changes between two polls, the next snapshot is what was polled")
  func differences() throws {
    let account = ScenarioAccount(currency: try Currency("NZD"))
    for seed in RandomSeeds.first(25) {
      var random = SplitMix64(seed: seed)
      try withState { state, _ in
        var snapshot = Snapshot(source: "books")
        for day in 0..<4 {
          let old = snapshot
          for index in 0..<6 {
            switch random.int(0...3) {
            case 0: snapshot.apply(.closed(documentID: "doc-\(index)"))
            case 1:
              let owes = "\(random.int(1...900))@\(random.int(-5...40))"
              var item = try account.items(owes, on: sampleNow(day).today)[0]
              item.id = "doc-\(index)"
              snapshot.apply(.open(item))
            case 2:
              let key = AccountKey(source: "books", id: "A\(index)")
              snapshot.apply(.account(Account(key: key, name: "\(random.int(0...3))")))
            default: break
            }
          }
          try save(state, old: old, new: snapshot, day: day)
          #expect(try state.snapshot(of: "books") == snapshot, "seed \(seed)")
        }
      }
    }
  }

  @Test("Only what differs is written")
  func onlyDifferences() throws {
    try withState { state, _ in
      let account = ScenarioAccount(currency: try Currency("NZD"))
      let items = try account.items("1@1,2@2,3@3,4@4", on: sampleNow().today)
      var old = Snapshot(source: "books", accounts: ["A1": account.account])
      for item in items { old.apply(.open(item)) }
      try save(state, old: Snapshot(source: "books"), new: old)
      var new = old
      new.items["doc-2"]?.disputed = true
      new.apply(.closed(documentID: "doc-3"))
      let before = try state.database.read { $0.totalChangesCount }
      try save(state, old: old, new: new, day: 1)
      let after = try state.database.read { $0.totalChangesCount }
      // The pass, one item put, one dropped, the old versions of both, source, audit; and the count
      // of transactions, once in each of the two.
      #expect(after - before == 9)
      #expect(try state.snapshot(of: "books") == new)
    }
  }

  @Test("Two sources keep to themselves")
  func sources() throws {
    try withState { state, _ in
      let item = try fullItem()
      let books = Snapshot(source: "books", items: ["D1": item])
      let stripe = Snapshot(source: "stripe", items: ["D1": item])
      try save(state, old: Snapshot(source: "books"), new: books)
      try save(state, old: Snapshot(source: "stripe"), new: stripe)
      try save(state, old: books, new: Snapshot(source: "books"), day: 1)
      #expect(try state.snapshot(of: "books").items.isEmpty)
      #expect(try state.snapshot(of: "stripe") == stripe)
    }
  }

  @Test("A failed poll leaves snapshot and cursor, and is counted until the next good one")
  func failures() throws {
    try withState { state, _ in
      let old = Snapshot(source: "books", items: ["D1": try fullItem()])
      try save(state, old: Snapshot(source: "books"), new: old, cursor: "c1")
      func fail(_ source: String, _ day: Int) throws -> Int {
        let now = try sampleNow(day).instant
        return try state.savePollFailure(
          of: source,
          why: "503",
          pass: state.beginPass(at: now),
          at: now,
          audit: poll
        )
      }
      #expect(try fail("books", 1) == 1)
      #expect(try fail("books", 2) == 2)
      #expect(try fail("stripe", 2) == 1)
      let failed = try #require(try state.sourceRecords()["books"])
      #expect(failed.failures == 2 && failed.lastError == "503" && failed.cursor == "c1")
      #expect(failed.polledAt == (try sampleNow(0).instant))
      #expect(try state.snapshot(of: "books") == old)
      let never = try #require(try state.sourceRecords()["stripe"])
      #expect(never.polledAt == nil && never.cursor == nil && never.fullSyncAt == nil)

      try save(state, old: old, new: old, cursor: "c2", wasFull: false, day: 3)
      let good = try #require(try state.sourceRecords()["books"])
      #expect(good.failures == 0 && good.lastError == nil && good.cursor == "c2")
      #expect(good.polledAt == (try sampleNow(3).instant))
      // A delta does not put the next full sync off.
      #expect(good.fullSyncAt == (try sampleNow(0).instant))
    }
  }
}
