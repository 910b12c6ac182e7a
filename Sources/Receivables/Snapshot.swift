/// What one source knows: its accounts and their open items. Paid, voided and deleted documents are
/// not in it.
public struct Snapshot: Sendable, Equatable {
  public let source: String
  /// By the source's own account id.
  public var accounts: [String: Account]
  /// By document id.
  public var items: [String: OpenItem]

  public init(source: String, accounts: [String: Account] = [:], items: [String: OpenItem] = [:]) {
    self.source = source
    self.accounts = accounts
    self.items = items
  }

  /// Applies one change; the same change twice is the same as once.
  public mutating func apply(_ change: Change) {
    switch change {
    case .account(let account): accounts[account.key.id] = account
    case .open(let item): items[item.id] = item
    case .closed(let id): items[id] = nil
    }
  }
}

/// One thing that a poll found out.
public enum Change: Sendable, Equatable {
  /// The account as it is now, whole.
  case account(Account)
  /// A document with something left on it, as it is now, whole.
  case open(OpenItem)
  /// The document with that id is paid, voided, deleted, used up, or a draft: it leaves the
  /// snapshot.
  case closed(documentID: String)
}
