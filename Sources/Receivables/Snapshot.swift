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
    case .event, .unreadable: break
    }
  }
}

extension Snapshot {
  /// Ids of the items that are new or differ, and of those that are gone.
  /// - Parameter touched: the only ones that may; `nil` when any may.
  public func changedItems(
    since old: Snapshot,
    among touched: Set<String>?
  ) -> (put: [String], dropped: [String]) {
    if let touched {
      return (
        touched.filter { items[$0] != nil && items[$0] != old.items[$0] },
        touched.filter { items[$0] == nil && old.items[$0] != nil }
      )
    }
    return (
      items.lazy.filter { old.items[$0.key] != $0.value }.map(\.key),
      old.items.keys.filter { items[$0] == nil }
    )
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
  /// Something happened that a rule may be `on`. It is no part of the snapshot.
  case event(SourceEvent)
  /// A document cannot be read: what its account owes is not known.
  case unreadable(BadDocument)
}

/// A document that is not what its source's contract says.
public struct BadDocument: Hashable, Sendable {
  public let accountID: String
  /// As the document has it.
  public let accountName: String?
  /// `nil` where that cannot be read either.
  public let documentID: String?
  /// Document, field and what is wrong.
  public let why: String

  public init(accountID: String, accountName: String?, documentID: String?, why: String) {
    self.accountID = accountID
    self.accountName = accountName
    self.documentID = documentID
    self.why = why
  }
}

/// Something that happened at the platform, once: a payment failed, a subscription changed.
public struct SourceEvent: Hashable, Sendable {
  /// The platform's id of the event: the same event told twice is one.
  public let id: String
  /// In the platform's words: `invoice.payment_failed`. Rules name it under `on`.
  public let type: String
  public let accountID: String
  /// The invoice that it is about, if it is about one.
  public let documentID: String?
  /// `nil` where the platform names none: the account's only currency is meant.
  public let currency: Currency?
  public let occurredAt: Instant

  public init(
    id: String,
    type: String,
    accountID: String,
    documentID: String? = nil,
    currency: Currency? = nil,
    occurredAt: Instant
  ) {
    self.id = id
    self.type = type
    self.accountID = accountID
    self.documentID = documentID
    self.currency = currency
    self.occurredAt = occurredAt
  }
}
