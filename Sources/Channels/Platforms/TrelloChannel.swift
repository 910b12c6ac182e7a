public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// One card a debt on a Trello board, found by a marker in its description: created, moved,
/// commented and archived. Trello has neither keys nor external ids, so a message begins by
/// looking, and ends with the one call that must not be repeated.
/// developer.atlassian.com/cloud/trello/rest
public struct TrelloChannel: SearchableChannel, AssigningChannel {
  public static let traits = Traits(
    type: "trello",
    title: "Trello",
    defaultAudience: .owner,
    address: .platform,
    forms: [.title],
    idPlace: .visible,
    maxBodyBytes: 60_000,
    rate: Rate(100, per: .seconds(10)),
    concurrency: 1,
    takesNobody: true
  )

  enum OnResolved: String, CaseIterable { case archive, comment }

  let baseURL: String
  let key: Secret
  let token: Secret
  let board: String
  let lists: LevelMap
  let labels: [String]
  private let onResolved: OnResolved
  let dueIn: Int64
  private let desk = Desk(TrelloBoard())

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://api.trello.com")
    key = settings.secret("api_key", help: "The API key of a Power-Up of yours")
    token = settings.secret("token", help: "A token of the user who writes, with read and write")
    board = settings.text("board", help: "The board's id, or the short link in its address")
    let list = settings.optionalText("list", help: "The id of the list that cards are put into")
    let byLevel = settings.levels(
      "lists",
      help: "In its place, a list for each level: `{ 1: id, 2: id }`",
      isID: Self.isID,
      wanted: "a list's id, 24 digits and letters from a to f"
    )
    lists = byLevel.entries.isEmpty ? LevelMap(list.map { [(1, $0)] } ?? []) : byLevel
    labels = settings.texts("labels", help: "Ids of labels that a new card gets")
    dueIn = settings.dueIn()
    onResolved = settings.choice(
      "on_resolved",
      help: "What becomes of the card when the debt is cleared",
      default: .archive
    )
    check(list, byLevel, &settings)
  }

  private func check(_ list: String?, _ byLevel: LevelMap, _ settings: inout SettingsReader) {
    if settings.isDescribing { return }
    if list == nil, !settings.has("lists") {
      settings.reject("list", "missing: the list that cards are put into, or `lists`")
    } else if list != nil, settings.has("lists") {
      settings.reject("list", "stands beside `lists`: keep one of them")
    }
    if let list, !Self.isID(list) {
      settings.reject("list", "is not a list's id, which has 24 digits and letters from a to f")
    }
    if !Self.isID(board), board.utf8.count != 8 {
      settings.reject("board", "is neither a board's id nor the short link of 8 in its address")
    }
    for label in labels where !Self.isID(label) {
      settings.reject("labels", "`\(label)` is not a label's id, which has 24 digits and letters")
    }
  }

  private static func isID(_ text: String) -> Bool {
    text.utf8.count == 24
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  public func recordURL(of id: String) -> String? {
    "https://trello.com/c/\(percentEncoded(id))"
  }

  /// The card where there is none yet; whom it belongs to is known only when it is sent.
  public func request(for message: Message) throws(Unsendable) -> Request {
    .http(try cardToBe(message, member: nil, notes: message.lackOfOwner.map { [$0] } ?? []))
  }

  public func send(_ message: Message, over session: Session) async -> Outcome {
    let isToSettle = message.isResolved || message.alert.isSync
    return await desk.lend { known throws(Stopped) in
      isToSettle
        ? try await settle(message, &known, session) : try await tell(message, &known, session)
    } stopped: {
      $0.outcome
    }
  }

  /// The last call of a message is its comment, so the message is there when its comment is. What
  /// archives a card may be repeated without harm.
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    if message.isResolved, onResolved == .archive { return .absent }
    return await desk.lend(anew: true) { known throws(Stopped) in
      let card = try await card(of: message, &known, session)
      guard let card, try await comments(on: card, session).contains(where: message.isNamed)
      else { return .absent }
      return .found(id: card.link)
    } stopped: {
      .cannotTell(why: $0.outcome.words)
    }
  }

  // MARK: The steps

  /// An archived one is taken back only where no open one is the debt's.
  private func card(
    of message: Message,
    _ known: inout TrelloBoard,
    _ session: Session
  ) async throws(Stopped) -> TrelloCard? {
    if let open = TrelloCard.of(message.alert, among: try await openCards(&known, session)) {
      return open
    }
    return TrelloCard.of(message.alert, among: try await closedCards(&known, session))
  }

  private func tell(
    _ message: Message,
    _ known: inout TrelloBoard,
    _ session: Session
  ) async throws(Stopped) -> Outcome {
    let card = try await card(of: message, &known, session)
    let member = try await member(for: message, card, &known, session)
    let notes = notes(message, member, card, known)
    let standing: TrelloCard
    if let card {
      standing = try await change(card, message, member, notes, session)
    } else {
      standing = try await create(message, member, notes, session)
    }
    known.keep(standing)
    return try await comment(message, on: standing, member, notes, session)
  }

  /// Where there is no card, there is nothing to close or to bring up to date.
  private func settle(
    _ message: Message,
    _ known: inout TrelloBoard,
    _ session: Session
  ) async throws(Stopped) -> Outcome {
    guard let card = TrelloCard.of(message.alert, among: try await openCards(&known, session))
    else {
      return .accepted(id: nil)
    }
    let isEnd = message.isResolved && onResolved == .archive
    var changes = words(of: message, message.lackOfOwner.map { [$0] } ?? [], unlike: card)
    if isEnd { changes.append(("closed", true)) }
    let standing = try await put(changes, on: card, session)
    known.keep(standing)
    if isEnd || message.alert.isSync { return .accepted(id: card.link) }
    let member = try await member(for: message, card, &known, session)
    return try await comment(message, on: standing, member, [], session)
  }

  private func create(
    _ message: Message,
    _ member: TrelloMember?,
    _ notes: [String],
    _ session: Session
  ) async throws(Stopped) -> TrelloCard {
    let request: HTTPRequest
    do throws(Unsendable) {
      request = try cardToBe(message, member: member, notes: notes)
    } catch {
      throw Stopped(outcome: .refused(error.refusal, why: error.why))
    }
    let response = try await ask(request, .create, session)
    guard let card = response.decoded(TrelloCard.self) else {
      throw Stopped(outcome: .unknown(why: "Trello's answer to the new card is no card"))
    }
    // Its answer may leave the description out.
    var standing = card
    standing.desc = TrelloText.description(message, notes: notes)
    standing.members = member.map { [$0] }
    return standing
  }

  /// What is not as it should be, in one call; then the owner, where missing.
  private func change(
    _ card: TrelloCard,
    _ message: Message,
    _ member: TrelloMember?,
    _ notes: [String],
    _ session: Session
  ) async throws(Stopped) -> TrelloCard {
    var changes = words(of: message, notes, unlike: card)
    if let due = due(message), due != card.due {
      changes += [("due", .text(due)), ("dueComplete", false)]
    }
    if card.closed == true { changes.append(("closed", false)) }
    if let list = lists.id(of: message.alert.level), list != card.idList,
      // Where a person put it into a list of their own it stays, until the debt escalates.
      lists.holds(card.idList) || message.alert.reason == "escalated" || card.closed == true
    {
      changes += [("idList", .text(list)), ("pos", "top")]
    }
    var standing = try await put(changes, on: card, session)
    if let member, card.members?.contains(where: { $0.id == member.id }) != true {
      let path = "cards/\(card.id)/idMembers"
      _ = try await ask(call(.POST, path, ["value": .text(member.id)]), .change, session)
      standing.members = (card.members ?? []) + [member]
    }
    return standing
  }

  private func put(
    _ changes: [(key: String, value: JSONBody)],
    on card: TrelloCard,
    _ session: Session
  ) async throws(Stopped) -> TrelloCard {
    if changes.isEmpty { return card }
    let body = JSONBody.object(changes)
    let response = try await ask(call(.PUT, "cards/\(card.id)", body), .change, session)
    guard var standing = response.decoded(TrelloCard.self) else {
      throw Stopped(outcome: .notAccepted(after: nil, why: "Trello's answer is no card"))
    }
    standing.members = card.members
    standing.shortUrl = standing.shortUrl ?? card.shortUrl
    return standing
  }

  /// The one call that must not be repeated, so the last.
  private func comment(
    _ message: Message,
    on card: TrelloCard,
    _ member: TrelloMember?,
    _ notes: [String],
    _ session: Session
  ) async throws(Stopped) -> Outcome {
    let text = TrelloText.comment(message, to: member?.username, notes: notes)
    let request = call(.POST, "cards/\(card.id)/actions/comments", ["text": .text(text)])
    let response = try await ask(request, .comment, session)
    let outcome = outcome(of: response) ?? .unknown(why: "")
    guard case .accepted = outcome else { throw Stopped(outcome: outcome) }
    return .accepted(id: card.link)
  }
}

extension Message {
  /// Whether a comment is this message's.
  fileprivate func isNamed(_ text: String) -> Bool {
    text.split(separator: "\n").contains { $0 == "`\(deliveryID)`" }
  }
}
