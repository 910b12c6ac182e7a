import Messages
public import Outbox
import Receivables
import Settings
public import Wire

/// The calls of `TrelloChannel`, and what their answers mean.
extension TrelloChannel {
  enum Step { case look, create, change, comment }

  /// Bodies are mostly plain text: the status counts first.
  public func outcome(of response: Response) -> Outcome? {
    let words = shortened(Escaping.singleLine(response.text), to: 200)
    let why = "Trello: HTTP \(response.status) \(words)"
    switch response.status {
    case 200:
      if let card = response.decoded(TrelloCard.self), let link = card.link {
        return .accepted(id: link)
      }
      if let action = response.decoded(TrelloAction.self), action.type == "commentCard" {
        return .accepted(id: action.data?.card?.shortLink)
      }
      return .unknown(why: why)
    case 201..<300, 500...: return .unknown(why: why)
    case 400 where words.contains("idList"):
      return .refused(.channel, why: "\(why); the list is gone, or on another board: see `list`")
    case 400 where words.contains("idLabels"):
      return .refused(.channel, why: "\(why); a label is gone, or another board's: see `labels`")
    case 401 where words.contains("permission"):
      return .refused(.message, why: "\(why); invite the token's user to the board")
    case 401:
      return .signInNeeded(
        why: "\(why); the token ended or was revoked, or is another key's: make a new one,"
          + " with expiration=never"
      )
    case 403: return .refused(.message, why: "\(why); the board, its plan or a limit forbids it")
    case 409: return .notAccepted(after: nil, why: "\(why); somebody changed it at that moment")
    case 429:
      let window = response.header("x-rate-limit-api-token-interval-ms").flatMap { Int($0) }
      let after = response.retryAfter() ?? window.map { .seconds(max(1, $0 / 1000)) }
      return .notAccepted(after: after, why: why)
    default: return nil
    }
  }

  /// - Returns: an answer of status 200; every other one stops the message.
  func ask(
    _ request: HTTPRequest,
    _ step: Step,
    _ session: Session
  ) async throws(Stopped) -> Response {
    // A look and a change may be repeated; a new card and a comment are looked for.
    let isHarmless = step == .look || step == .change
    let response = try await session.once(request, isHarmless: isHarmless)
    if response.status == 200 { return response }
    let outcome = outcome(of: response) ?? StandardOutcome.of(response)
    throw Stopped(outcome: Self.meaning(outcome, response.status, step), status: response.status)
  }

  private static func meaning(_ outcome: Outcome, _ status: Int, _ step: Step) -> Outcome {
    switch (step, outcome) {
    case (.look, .refused(_, let why)):
      return .refused(
        .channel,
        why: "\(why); the board is gone, or the token's user is not on it: see `board`"
      )
    case (.create, .refused(.message, let why)) where status == 404:
      return .refused(.channel, why: "\(why); the list is gone: see `list`")
    // Deleted by hand since it was found.
    case (.change, .refused(_, let why)) where status == 404,
      (.comment, .refused(_, let why)) where status == 404:
      return .notAccepted(after: nil, why: "\(why); the card was deleted, another is made")
    case (.look, _), (.change, _): return outcome.ofHarmlessCall
    case (.create, _), (.comment, _): return outcome
    }
  }

  /// The key and the token in the header: addresses are logged.
  func call(_ method: HTTPRequest.Method, _ path: String, _ body: JSONBody? = nil) -> HTTPRequest {
    let credentials =
      "OAuth oauth_consumer_key=\"\(key.reveal())\", oauth_token=\"\(token.reveal())\""
    var headers = [Header("Authorization", credentials), Header("Accept", "application/json")]
    if body != nil { headers.append(Header("Content-Type", "application/json")) }
    return HTTPRequest(method, "\(baseURL)/1/\(path)", headers: headers, body: body?.bytes)
  }

  var boardPath: String { "boards/\(percentEncoded(board))" }

  // MARK: Looking

  /// Read once a pass.
  func openCards(
    _ known: inout TrelloBoard,
    _ session: Session
  ) async throws(Stopped) -> [TrelloCard] {
    if let open = known.open { return open }
    let cards = try await cards("open", pages: 10, session)
    known.open = cards
    return cards
  }

  /// Archived cards, the newest first; read once a pass, and only where a debt has no open card.
  func closedCards(
    _ known: inout TrelloBoard,
    _ session: Session
  ) async throws(Stopped) -> [TrelloCard] {
    if let closed = known.closed { return closed }
    let cards = try await cards("closed", pages: 10, session)
    known.closed = cards
    return cards
  }

  private func cards(
    _ filter: String,
    pages: Int,
    _ session: Session
  ) async throws(Stopped) -> [TrelloCard] {
    var cards: [TrelloCard] = []
    var before = ""
    for _ in 0..<pages {
      let path =
        "\(boardPath)/cards/\(filter)?fields=\(TrelloCard.fields)"
        + "&members=true&member_fields=username&limit=1000\(before)"
      let page: [TrelloCard] = try await list(path, session)
      cards += page
      guard page.count == 1000, let oldest = page.map(\.id).min() else { break }
      before = "&before=\(oldest)"
    }
    return cards
  }

  func list<T: Decodable>(_ path: String, _ session: Session) async throws(Stopped) -> [T] {
    let response = try await ask(call(.GET, path), .look, session)
    guard let list = response.decoded([T].self) else {
      throw Stopped(outcome: .notAccepted(after: nil, why: "Trello's answer is no list"))
    }
    return list
  }

  func comments(on card: TrelloCard, _ session: Session) async throws(Stopped) -> [String] {
    let path = "cards/\(card.id)/actions?filter=commentCard&limit=100"
    let actions: [TrelloAction] = try await list(path, session)
    return actions.compactMap { $0.data?.text }
  }

  /// The member of the board that the message is for; asked for once a pass, and only where the
  /// card is not that member's already.
  func member(
    for message: Message,
    _ card: TrelloCard?,
    _ known: inout TrelloBoard,
    _ session: Session
  ) async throws(Stopped) -> TrelloMember? {
    guard let name = message.recipient else { return nil }
    if let member = card?.members?.first(where: { $0.isCalled(name) }) { return member }
    if known.members == nil {
      known.members = try await list("\(boardPath)/members?fields=username", session)
    }
    return known.members?.first { $0.isCalled(name) }
  }

  func notes(
    _ message: Message,
    _ member: TrelloMember?,
    _ card: TrelloCard?,
    _ known: TrelloBoard
  ) -> [String] {
    var notes = message.lackOfOwner.map { [$0] } ?? []
    if member == nil, let name = message.recipient {
      notes.append("Nobody is assigned: \(name) is not a member of this board.")
    }
    let line = TrelloText.markerLine(message.alert)
    let others = (known.open ?? []).filter { $0.id != card?.id && $0.holds(line) }
    if !others.isEmpty {
      let links = others.compactMap(\.link).joined(separator: ", ")
      notes.append("Also cards of this debt: \(links). Archive them, or delete their last line.")
    }
    return notes
  }

  // MARK: What is asked for

  func words(
    of message: Message,
    _ notes: [String],
    unlike card: TrelloCard
  ) -> [(key: String, value: JSONBody)] {
    let name = message.recordTitle
    let description = TrelloText.description(message, notes: notes)
    return (name == card.name ? [] : [("name", .text(name))])
      + (description == card.desc ? [] : [("desc", .text(description))])
  }

  func cardToBe(
    _ message: Message,
    member: TrelloMember?,
    notes: [String]
  ) throws(Unsendable) -> HTTPRequest {
    var body: JSONBody = [
      "name": .text(message.recordTitle),
      "desc": .text(TrelloText.description(message, notes: notes)),
      "idList": .text(lists.id(of: message.alert.level) ?? ""), "pos": "top",
    ]
    body = body.adding("due", due(message).map(JSONBody.text))
      .adding("idMembers", member.map { [.text($0.id)] })
      .adding("idLabels", labels.isEmpty ? nil : .list(labels.map(JSONBody.text)))
    try Self.check(size: body.bytes.count)
    return call(.POST, "cards", body)
  }

  func due(_ message: Message) -> String? {
    message.due(after: dueIn).map { $0.description.replacing("Z", with: ".000Z") }
  }
}
