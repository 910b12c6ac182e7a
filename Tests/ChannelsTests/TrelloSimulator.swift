import Foundation
import Wire

/// A Trello board that keeps what it is told.
actor TrelloSimulator: CutSimulator {
  struct Card: Sendable {
    var id: String
    var name = ""
    var desc = ""
    var due: String?
    var list = ""
    var isClosed = false
    var members: [String] = []
    var labels: [String] = []
    var comments: [String] = []
    var link: String { "L\(id.suffix(7))" }
  }

  static let board = "5abbe4b7ddc1b351ef961414"
  static let lists = ["5abbe4b7ddc1b351ef961415", "5abbe4b7ddc1b351ef961416"]
  static let ownList = "5abbe4b7ddc1b351ef9614ff"
  static let dana = "5589c3ea49b40cedc28cf70e"

  var cards: [Card] = []
  var answered: [Answered] = []
  private var members = [dana: "danaruiz"]
  var cut: Cut?
  var writes = 0
  private var made = 0

  init(cut: Cut? = nil) { self.cut = cut }

  func change(_ body: @Sendable (inout [Card]) -> Void) { body(&cards) }
  func dismiss() { members = [:] }

  func answer(_ http: HTTPRequest) -> Response {
    guard http.header("Authorization")?.hasPrefix("OAuth oauth_consumer_key=") == true else {
      return Response(status: 401, text: "invalid key")
    }
    let parts = http.url.split(separator: "?")[0].split(separator: "/").dropFirst(3).map(
      String.init)
    let body = http.body.flatMap {
      try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
    }
    guard (http.method == .GET) == (http.body == nil) else { return Response(status: 403) }
    switch (http.method, parts.count, parts[0]) {
    case (.GET, 4, "boards") where parts[1] == Self.board && parts[2] == "cards":
      return jsonAnswer(cards.filter { $0.isClosed == (parts[3] == "closed") }.map(json))
    case (.GET, 3, "boards") where parts[1] == Self.board && parts[2] == "members":
      return jsonAnswer(members.map { ["id": $0, "username": $1] })
    case (.POST, 1, "cards"): return create(body ?? [:])
    case (_, 2..., "cards"):
      guard let index = cards.firstIndex(where: { $0.id == parts[1] }) else { break }
      return answer(http, Array(parts.dropFirst(2)), body ?? [:], &cards[index])
    default: break
    }
    return Response(status: 404, text: "The requested resource was not found.")
  }

  private func create(_ body: [String: Any]) -> Response {
    guard let list = body["idList"] as? String, Self.lists.contains(list) else {
      return Response(status: 400, text: "invalid value for idList")
    }
    made += 1
    var card = Card(id: "65a0000000000000000000" + String(format: "%02x", made))
    card.name = body["name"] as? String ?? ""
    card.desc = body["desc"] as? String ?? ""
    card.due = body["due"] as? String
    card.list = list
    card.members = body["idMembers"] as? [String] ?? []
    card.labels = body["idLabels"] as? [String] ?? []
    cards.append(card)
    return jsonAnswer(json(card))
  }

  private func answer(
    _ http: HTTPRequest,
    _ path: [String],
    _ body: [String: Any],
    _ card: inout Card
  ) -> Response {
    switch (http.method, path.joined(separator: "/")) {
    case (.PUT, ""):
      card.name = body["name"] as? String ?? card.name
      card.desc = body["desc"] as? String ?? card.desc
      card.due = body["due"] as? String ?? card.due
      card.list = body["idList"] as? String ?? card.list
      card.isClosed = body["closed"] as? Bool ?? card.isClosed
      return jsonAnswer(json(card))
    case (.POST, "idMembers"):
      let id = body["value"] as? String ?? ""
      if card.members.contains(id) {
        return Response(status: 400, text: "member is already on the card")
      }
      card.members.append(id)
      return jsonAnswer(card.members.map { ["id": $0, "username": members[$0] ?? ""] })
    case (.POST, "actions/comments"):
      let text = body["text"] as? String ?? ""
      card.comments.append(text)
      return jsonAnswer(action(text, card, card.comments.count))
    case (.GET, "actions"):
      let all = card.comments.enumerated().map { action($1, card, $0 + 1) }
      return jsonAnswer(Array(all.reversed()))
    default: return Response(status: 404, text: "The requested resource was not found.")
    }
  }

  private func action(_ text: String, _ card: Card, _ number: Int) -> [String: Any] {
    [
      "id": card.id.prefix(20) + String(format: "%04x", number), "type": "commentCard",
      "data": ["text": text, "card": ["id": card.id, "shortLink": card.link]],
    ]
  }

  private func json(_ card: Card) -> [String: Any] {
    [
      "id": card.id, "name": card.name, "desc": card.desc, "closed": card.isClosed,
      "due": card.due as Any? ?? NSNull(), "idList": card.list, "idMembers": card.members,
      "shortUrl": "https://trello.com/c/\(card.link)",
      "members": card.members.map { ["id": $0, "username": members[$0] ?? "x"] },
    ]
  }
}
