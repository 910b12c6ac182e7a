import Messages

/// A card as it is asked for. developer.atlassian.com/cloud/trello/rest/api-group-cards
struct TrelloCard: Decodable, Sendable {
  static let fields = "name,desc,closed,due,idList,shortUrl"

  let id: String
  var name: String?
  var desc: String?
  var closed: Bool?
  var due: String?
  var idList: String?
  var idMembers: [String]?
  var shortUrl: String?
  var members: [TrelloMember]?

  /// The short link, which the card's address ends in.
  var link: String? { shortUrl?.split(separator: "/").last.map(String.init) }

  /// Of a debt's cards the oldest: a card that a person copied has the same description. Ids begin
  /// with the time of their making.
  static func of(_ alert: AlertContent, among cards: [TrelloCard]) -> TrelloCard? {
    let line = TrelloText.markerLine(alert)
    return cards.filter { $0.holds(line) }.min { $0.id < $1.id }
  }

  func holds(_ line: String) -> Bool {
    desc?.split(separator: "\n").contains { $0 == line } ?? false
  }
}

struct TrelloMember: Decodable, Sendable {
  let id: String
  var username: String?

  /// - Parameter name: a user name, or an id.
  func isCalled(_ name: String) -> Bool {
    id == name || username?.lowercased() == name.lowercased()
  }
}

/// A comment, also as the answer to the call that makes it.
struct TrelloAction: Decodable {
  struct Content: Decodable {
    struct Card: Decodable { let shortLink: String? }
    let text: String?
    let card: Card?
  }
  let type: String
  let data: Content?
}

/// What one pass knows of the board.
struct TrelloBoard: Sendable {
  var open: [TrelloCard]?
  var closed: [TrelloCard]?
  var members: [TrelloMember]?

  /// A card as it is now.
  mutating func keep(_ card: TrelloCard) {
    open?.removeAll { $0.id == card.id }
    closed?.removeAll { $0.id == card.id }
    if card.closed == true { closed?.append(card) } else { open?.append(card) }
  }
}
