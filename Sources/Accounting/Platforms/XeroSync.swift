import Receivables
import Wire

/// Where the next delta starts.
struct XeroCursor {
  /// As `If-Modified-Since` wants it: UTC, no zone, whole seconds.
  let since: String
  /// The organisation's, of the last full sync.
  let terms: XeroTerms?

  /// - Parameter text: `{"since":"2026-08-20T02:14:07","terms":"20 DAYSAFTERBILLMONTH"}`, the terms
  ///   where the organisation has any; `nil` for anything else.
  init?(_ text: String?) {
    guard let text, let json = try? JSON(parsing: Array(text.utf8)),
      let since = json["since"]?.string, since.utf8.count == 19, Instant(since + "Z") != nil
    else { return nil }
    self.since = since
    terms = json["terms"]?.string.flatMap { XeroTerms(stored: $0) }
  }

  /// A little before the server's clock: what was being written while we asked shows next time.
  init?(serverTime: Int64?, terms: XeroTerms?) {
    guard let serverTime else { return nil }
    let (seconds, rest) = serverTime.quotientAndRemainder(dividingBy: 1000)
    let instant = Instant(seconds: (rest < 0 ? seconds - 1 : seconds) - Self.overlapSeconds)
    since = String("\(instant)".dropLast())
    self.terms = terms
  }

  var text: String {
    let terms = terms.map { #","terms":"\#($0.stored)""# } ?? ""
    return #"{"since":"\#(since)"\#(terms)}"#
  }

  private static let overlapSeconds: Int64 = 5
}

/// What one poll has gathered so far.
struct XeroSync {
  let source: String
  /// `nil` for a full sync.
  var since: String?
  /// The contacts of open documents, with the name that the documents have for them.
  var needed: [String: String] = [:]
  private(set) var contacts: [String: XeroContact] = [:]
  /// Merged contacts, and into which.
  private(set) var merged: [String: String] = [:]
  /// Invoices that webhooks named and that did not come yet.
  private(set) var awaited: Set<String>
  /// For contacts that have no terms of their own.
  var organisationTerms: XeroTerms?
  /// They are asked for once in a full sync; one that a delta turned into remembers them.
  var wantsTerms: Bool
  var notices: [String] = []

  private let options: XeroOptions
  private let badDocuments: BadDocuments
  private let start: XeroCursor?
  private var serverTime: Int64?
  private var callsLeftToday: Int?
  private var hasEmitted = false
  private var told: Set<String> = []
  private var undescribed: [String] = []

  init(_ request: PollRequest, _ options: XeroOptions) {
    source = request.source
    self.options = options
    badDocuments = request.badDocuments
    start = XeroCursor(request.cursor)
    since = start?.since
    organisationTerms = start?.terms
    wantsTerms = start == nil
    awaited = request.hinted(.invoice)
  }

  var result: PollResult {
    var notices = notices
    if let callsLeftToday, callsLeftToday < 100 {
      notices.append("Xero allows \(callsLeftToday) more calls today")
    }
    if let first = undescribed.first {
      let rest = undescribed.count > 1 ? "\(undescribed.count) contacts, among them " : "contact "
      notices.append("Xero gives no details of \(rest)\(first)")
    }
    let isFull = since == nil
    let cursor =
      XeroCursor(serverTime: serverTime, terms: organisationTerms) ?? (isFull ? nil : start)
    return PollResult(
      cursor: cursor?.text,
      isComplete: isFull,
      isUnchanged: !isFull && !hasEmitted,
      notices: notices
    )
  }

  mutating func note(_ page: XeroPage) {
    serverTime = serverTime ?? page.serverTime
    callsLeftToday = page.callsLeftToday ?? callsLeftToday
  }

  mutating func keep(_ contact: XeroContact) {
    if let target = contact.mergedTo, target != contact.id {
      merged[contact.id] = target
    } else {
      contacts[contact.id] = contact
    }
  }

  /// What the rows say; a full sync needs no word of what is over.
  mutating func changes(
    _ rows: JSON.Elements,
    _ collection: XeroCollection
  ) throws(SourceError) -> [Change] {
    var changes: [Change] = []
    changes.reserveCapacity(rows.count)
    let names = XeroDocument.names(of: collection)
    for row in rows {
      do throws(SourceError) {
        let document = try XeroDocument(row, collection, names)
        awaited.remove(document.id)
        if let change = try change(document) { changes.append(change) }
      } catch {
        let contact = row["Contact"]
        changes.append(
          try badDocuments.leaveOut(
            error, account: plainText(contact?["ContactID"]).map(survivor),
            name: plainText(contact?["Name"]), document: plainText(row[collection.idField])))
      }
    }
    return changes
  }

  private mutating func change(_ document: XeroDocument) throws(SourceError) -> Change? {
    guard try document.isReceivable() else { return nil }
    let item = try document.openItem(
      tagFrom: options.trackingCategory, accountID: { need($0, $1) })
    if let item { return .open(item) }
    return since == nil ? nil : .closed(documentID: document.id)
  }

  /// Notes that a contact's account is needed.
  /// - Returns: the id that its documents count for, one text for all of them.
  private mutating func need(_ id: String, _ contact: JSON) -> String {
    let id = merged.isEmpty ? id : survivor(of: id)
    if let known = needed.index(forKey: id) { return needed.keys[known] }
    needed[id] = contact["Name"]?.string ?? ""
    return id
  }

  mutating func tell(
    _ changes: [Change],
    _ emit: @Sendable ([Change]) async throws(SourceError) -> Void
  ) async throws(SourceError) {
    if changes.isEmpty { return }
    hasEmitted = true
    try await emit(changes)
  }

  mutating func account(_ contact: XeroContact) -> Change {
    told.insert(contact.id)
    notices += contact.notices
    return .account(contact.account(source: source, organisationTerms: organisationTerms))
  }

  /// The account of an open document's contact, once; `nil` when it was told before, or merged
  /// away.
  mutating func neededAccount(_ id: String) -> Change? {
    guard !told.contains(id), merged[id] == nil else { return nil }
    if let contact = contacts[id] { return account(contact) }
    told.insert(id)
    let name = needed[id].flatMap { $0.isEmpty ? nil : $0 } ?? id
    undescribed.append("\(name) (\(id))")
    return .account(Account(key: AccountKey(source: source, id: id), name: name))
  }

  private func survivor(of id: String) -> String {
    var id = id
    // Merges may follow one another, but not for ever.
    for _ in 0..<16 { id = merged[id] ?? id }
    return id
  }
}
