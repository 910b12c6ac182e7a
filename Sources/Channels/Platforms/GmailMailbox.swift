public import Messages
import Receivables
public import Wire

/// What Gmail can be asked: whether it sent a mail, whether `from` is its own.
extension GmailChannel {
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    guard let started = Instant(startedAt), let now = Instant(now),
      let recipient = try? message.emailAddress()
    else { return .cannotTell(why: "no time or no address to look for") }
    let sought = Sought(
      deliveryID: message.deliveryID,
      recipient: recipient,
      word: Self.word(for: message),
      since: started.adding(seconds: -60)
    )
    do throws(NotTold) {
      let found: String?
      let lag: Int64
      switch lookUp {
      case .search: (found, lag) = (try await searchText(sought, session), Self.indexLagSeconds)
      case .headers: (found, lag) = (try await walkHeaders(sought, session), Self.listLagSeconds)
      case .nothing: throw NotTold("auth.scopes has none that reads the mailbox")
      }
      if let found { return .found(id: found) }
      return now.seconds - started.seconds >= lag
        ? .absent : .cannotTell(why: "not among Gmail's sent mail yet")
    } catch {
      return .cannotTell(why: error.why)
    }
  }

  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let profile = try await session.read(HTTPRequest(.GET, "\(mailbox)/profile"))
      if profile.status == 403, lookUp == .nothing,
        profile.decoded(GmailFailure.self)?.error.reason == "insufficientPermissions"
      {
        return [
          Finding(.good, "Gmail takes the credentials"),
          Finding(
            .note,
            "auth.scopes has none that reads: a mail of unknown outcome cannot be looked up;"
              + " add \(GmailScope.metadata.url)"
          ),
        ]
      }
      guard let address = profile.decoded(Profile.self)?.emailAddress, profile.isSuccess else {
        return [Finding(of: profile, outcome(of: profile), Self.traits.title)]
      }
      return [Finding(.good, "the mailbox is \(address)")]
        + (try await sender(of: address, over: session))
    } catch {
      return [Finding(error)]
    }
  }

  /// Gmail writes the mailbox's own address where `from` is not its own, without a word.
  private func sender(
    of address: String,
    over session: Session
  ) async throws(WireError) -> [Finding] {
    if address.lowercased() == from.lowercased() { return [] }
    let answer = try await session.read(HTTPRequest(.GET, "\(mailbox)/settings/sendAs"))
    guard answer.isSuccess, let aliases = answer.decoded(Aliases.self)?.sendAs else {
      return [
        Finding(
          .note,
          "`from` is \(from): if that is no alias of \(address), Gmail writes \(address) in its"
            + " place; to see the aliases it needs \(GmailScope.readonly.url)"
        )
      ]
    }
    guard let alias = aliases.first(where: { $0.sendAsEmail?.lowercased() == from.lowercased() })
    else {
      return [
        Finding(
          .problem,
          "\(from) is no alias of \(address): add it in Gmail under Settings, Accounts, Send mail"
            + " as, or change `from`"
        )
      ]
    }
    if alias.verificationStatus == "pending" {
      return [
        Finding(.problem, "\(from) is not verified: follow the link in the mail that Gmail sent")
      ]
    }
    return [Finding(.good, "\(from) is an alias of \(address)")]
  }

  // MARK: Looking up

  /// Lists and gets follow a send at once; the search index comes after, nobody says how long.
  private static let listLagSeconds: Int64 = 60
  private static let indexLagSeconds: Int64 = 300
  /// Each is a request, and counts towards the pace.
  private static let mostHeaders = 100

  /// The mail with our word in it. A reply of ours that quotes it proves as much.
  private func searchText(
    _ sought: Sought,
    _ session: Session
  ) async throws(NotTold) -> String? {
    let query = "in:sent to:\(sought.recipient) \"\(sought.word)\""
    let page = try await list([("q", query), ("maxResults", "10")], session)
    for hit in page.messages ?? [] {
      let entry = try await entry(hit.id, session)
      if entry.deliveryID == nil || entry.deliveryID == sought.deliveryID { return hit.id }
    }
    return nil
  }

  /// Sent mail, newest first, until older than the try.
  private func walkHeaders(
    _ sought: Sought,
    _ session: Session
  ) async throws(NotTold) -> String? {
    let page = try await list(
      [("labelIds", "SENT"), ("maxResults", "\(Self.mostHeaders)")], session)
    var isInDoubt = false
    for hit in page.messages ?? [] {
      let entry = try await entry(hit.id, session)
      if entry.deliveryID == sought.deliveryID { return hit.id }
      if let seconds = entry.seconds, seconds < sought.since.seconds {
        return try told(isInDoubt)
      }
      // Somebody's own mail, or ours without the header that it had.
      if entry.deliveryID == nil, entry.to.contains(sought.recipient.lowercased()) {
        isInDoubt = true
      }
    }
    if page.nextPageToken != nil {
      throw NotTold(
        "more than \(Self.mostHeaders) mails were sent since; \(GmailScope.readonly.url) in"
          + " auth.scopes lets it search"
      )
    }
    return try told(isInDoubt)
  }

  private func told(_ isInDoubt: Bool) throws(NotTold) -> String? {
    if isInDoubt { throw NotTold("a mail to the same address, without an id of ours, was sent") }
    return nil
  }

  private func list(
    _ query: [(name: String, value: String)],
    _ session: Session
  ) async throws(NotTold) -> Page {
    try await read("\(mailbox)/messages?\(formEncoded(query))", session)
  }

  private func entry(_ id: String, _ session: Session) async throws(NotTold) -> Entry {
    let query = [
      ("format", "metadata"), ("metadataHeaders", Message.idHeader), ("metadataHeaders", "To"),
    ]
    return try await read(
      "\(mailbox)/messages/\(percentEncoded(id))?\(formEncoded(query))", session)
  }

  private func read<T: Decodable>(_ url: String, _ session: Session) async throws(NotTold) -> T {
    let answer: Response
    do throws(WireError) {
      answer = try await session.read(HTTPRequest(.GET, url))
    } catch {
      throw NotTold(error.description)
    }
    if answer.status == 200, let value = answer.decoded(T.self) { return value }
    throw NotTold("Gmail's list of sent mail answered HTTP \(answer.status)")
  }
}

private struct Sought {
  let deliveryID: String
  let recipient: String
  let word: String
  let since: Instant
}

private struct NotTold: Error {
  let why: String
  init(_ why: String) { self.why = why }
}

private struct Profile: Decodable { let emailAddress: String }

private struct Aliases: Decodable {
  struct Alias: Decodable {
    let sendAsEmail: String?
    let verificationStatus: String?
  }
  let sendAs: [Alias]
}

private struct Page: Decodable {
  struct Hit: Decodable { let id: String }
  let messages: [Hit]?
  let nextPageToken: String?
}

private struct Entry: Decodable {
  struct Payload: Decodable {
    struct Field: Decodable {
      let name: String
      let value: String
    }
    let headers: [Field]?
  }
  let payload: Payload?
  /// Milliseconds since 1970-01-01T00:00:00Z.
  let internalDate: String?

  var seconds: Int64? { internalDate.flatMap { Int64($0) }.map { $0 / 1000 } }
  var deliveryID: String? { header(Message.idHeader) }
  var to: String { header("To")?.lowercased() ?? "" }

  private func header(_ name: String) -> String? {
    payload?.headers?.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
