import Receivables

/// Takes changes as pages come, and leaves the last good snapshot alone.
actor SnapshotBuilder {
  private let old: Snapshot
  /// What was said so far; with the old accounts, which are never forgotten: one without open items
  /// has a balance of zero.
  private var said: Snapshot
  /// Documents that were said to be over.
  private var closed: Set<String> = []
  private(set) var events: [SourceEvent] = []
  private(set) var unreadable: [BadDocument] = []
  private var told: Set<String> = []

  init(_ old: Snapshot) {
    self.old = old
    said = Snapshot(source: old.source, accounts: old.accounts)
    said.items.reserveCapacity(old.items.count)
  }

  func apply(_ changes: [Change]) {
    for change in changes {
      said.apply(change)
      switch change {
      case .open(let item): closed.remove(item.id)
      case .closed(let id): closed.insert(id)
      case .event(let event):
        if told.insert(event.id).inserted { events.append(event) }
      case .unreadable(let document): unreadable.append(document)
      case .account: break
      }
    }
  }

  /// Documents that something was said of.
  var touched: Set<String> { closed.union(said.items.keys) }

  /// - Parameter isComplete: whether what was not said is over.
  func finish(isComplete: Bool) -> Snapshot {
    var new = old
    if isComplete {
      new = said
    } else {
      new.accounts = said.accounts
      new.items.merge(said.items) { _, new in new }
      for id in closed { new.items[id] = nil }
    }
    for document in unreadable {
      // As it was when it could be read: it is not gone.
      if let id = document.documentID, new.items[id] == nil { new.items[id] = old.items[id] }
      // So that it can be asked after.
      let key = AccountKey(source: old.source, id: document.accountID)
      if new.accounts[key.id] == nil {
        new.accounts[key.id] = Account(key: key, name: document.accountName ?? key.id)
      }
    }
    return new
  }
}
