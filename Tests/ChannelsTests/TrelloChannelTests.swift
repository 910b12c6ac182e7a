import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct TrelloChannelTests {
  private let trello: ChannelCase
  init() throws { trello = try ChannelCase.named("trello") }

  // MARK: A year

  @Test func aYearOfOneAccountIsOneCardAndTheFewestCalls() async throws {
    let board = TrelloSimulator()
    var calls: [Int] = []
    for number in RecordLife.year.indices {
      let before = await board.answered.count
      let outcome = try await send(number, board)
      #expect(outcome == .accepted(id: "L0000001"))
      calls.append(await board.answered.count - before)
      let card = try #require(await board.cards.first)
      #expect(card.isClosed == (RecordLife.year[number].reason == "resolved"))
      #expect(card.list == TrelloSimulator.lists[RecordLife.year[number].level - 1])
    }
    // Looks, changes and comments; the board's members and its archive only where they are needed.
    #expect(calls == [5, 3, 3, 3, 3, 2, 4])
    let cards = await board.cards
    #expect(cards.count == 1 && cards[0].comments[0].contains("Reminder: NZ$900\\.00 overdue"))
    #expect(cards[0].comments.count == 6 && cards[0].members == [TrelloSimulator.dana])
    #expect(cards[0].due == "2026-09-03T08:00:00.000Z")
    #expect(cards[0].name == "Tenant and Sons Ltd: NZ$700.00 overdue")
    #expect(cards[0].comments.allSatisfy { $0.hasPrefix("@danaruiz **") })
    try await story(of: board)
  }

  private func story(of board: TrelloSimulator) async throws {
    let secrets = try trello.set(up: nil).secrets
    let names = [
      "look-open", "look-archived", "look-members", "create", "comment", "look-open", "change",
      "comment", "look-open", "change", "comment", "look-open", "escalate", "comment", "look-open",
      "change", "comment", "look-open", "archive", "look-open", "look-archived", "reopen",
      "comment",
    ]
    let answered = await board.answered
    #expect(answered.count == names.count)
    for (number, (name, exchange)) in zip(names, answered).enumerated() {
      let text = try exchangeText(exchange.request, exchange.response, secrets: secrets)
      let file = "year-\(number < 9 ? "0" : "")\(number + 1)-\(name).json"
      let path = "../Fixtures/channels/trello/exchanges/\(file)"
      #expect(Golden.difference(of: text, from: path) == nil)
      for secret in secrets { #expect(!text.contains(secret)) }
    }
  }

  @Test func theBoardIsReadOnceAPass() async throws {
    let board = TrelloSimulator()
    let channel = try trello.channel()
    for account in ["C-1", "C-2", "C-3"] {
      let message = RecordLife.message(0, for: trello, to: "danaruiz", account: account)
      #expect(await channel.send(message, over: Session.ofOneTry(board)).word == "accepted")
    }
    #expect(await board.cards.count == 3)
    #expect(await board.answered.filter(\.isRead).count == 3)
  }

  @Test func twoMessagesOfOneDebtAtOnceMakeOneCard() async throws {
    let board = TrelloSimulator()
    let channel = try trello.channel()
    let session = Session.ofOneTry(board)
    let trello = trello
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<5 {
        group.addTask {
          let message = RecordLife.message(number, for: trello, to: "danaruiz")
          #expect(await channel.send(message, over: session).word == "accepted")
        }
      }
    }
    #expect(await board.cards.map(\.comments.count) == [5])
  }

  // MARK: Cut anywhere

  @Test(arguments: Cut.all(3), [true, false])
  func aCutAnywhereLeavesOneCardAndOneCommentAnAlert(_ cut: Cut, _ crashing: Bool) async throws {
    let board = TrelloSimulator(cut: cut)
    for number in [0, 3] {
      let outcome = try await deliver(number, crashing, board)
      #expect(outcome == .accepted(id: "L0000001"))
    }
    try await expectOneCard(board, alerts: [0, 3], list: 1)
  }

  @Test(arguments: Cut.all(4), [true, false])
  func aCutOfAnOwnersAlertDoublesNothing(_ cut: Cut, _ crashing: Bool) async throws {
    let board = TrelloSimulator()
    _ = try await send(0, board, to: nil)
    let later = TrelloSimulator(cut: cut)
    let cards = await board.cards
    await later.change { $0 = cards }
    for number in [3, 4] { #expect(try await deliver(number, crashing, later).word == "accepted") }
    try await expectOneCard(later, alerts: [0, 3, 4], list: 1)
    #expect(await later.cards.first?.members == [TrelloSimulator.dana])
  }

  @Test(arguments: Cut.all(1), [true, false])
  func aCutWhileItIsArchivedIsRepeated(_ cut: Cut, _ crashing: Bool) async throws {
    let first = TrelloSimulator()
    _ = try await send(0, first)
    let board = TrelloSimulator(cut: cut)
    let cards = await first.cards
    await board.change { $0 = cards }
    #expect(try await deliver(5, crashing, board).word == "accepted")
    #expect(await board.cards.map(\.isClosed) == [true])
  }

  private func expectOneCard(
    _ board: TrelloSimulator,
    alerts: [Int],
    list: Int
  ) async throws {
    let cards = await board.cards
    #expect(cards.count == 1)
    #expect(cards.first?.list == TrelloSimulator.lists[list])
    for number in alerts {
      let id = RecordLife.message(number, for: trello, to: nil).deliveryID
      #expect(cards.first?.comments.filter { $0.contains("`\(id)`") }.count == 1)
    }
    #expect(cards.first?.comments.count == alerts.count)
  }

  // MARK: People

  @Test(arguments: [
    (nil, "Nobody is assigned: Dana Ruiz has no entry"),
    ("stranger", "Nobody is assigned: stranger is not a member of this board"),
  ])
  func aCardOfNobodySaysSo(_ recipient: String?, _ words: String) async throws {
    let board = TrelloSimulator()
    #expect(try await send(0, board, to: recipient).word == "accepted")
    let card = try #require(await board.cards.first)
    #expect(card.members == [] && card.comments[0].hasPrefix("**"))
    #expect(card.desc.contains(words) && card.comments[0].contains(words))
  }

  @Test func aCardThatAPersonMovedStaysUntilTheDebtEscalates() async throws {
    let board = TrelloSimulator()
    _ = try await send(0, board)
    await board.change { $0[0].list = TrelloSimulator.ownList }
    _ = try await send(1, board)
    #expect(await board.cards[0].list == TrelloSimulator.ownList)
    _ = try await send(3, board)
    #expect(await board.cards[0].list == TrelloSimulator.lists[1])
  }

  @Test func aCardDeletedByHandIsMadeAnew() async throws {
    let board = TrelloSimulator()
    let channel = try trello.channel()
    let session = Session.ofOneTry(board)
    for number in [0, 1] {
      _ = await channel.send(RecordLife.message(number, for: trello, to: nil), over: session)
    }
    await board.change { $0 = [] }
    let message = RecordLife.message(3, for: trello, to: nil)
    let outcome = await channel.send(message, over: session)
    #expect(outcome.word == "notaccepted" && outcome.why.contains("the card was deleted"))
    #expect(await channel.send(message, over: session).word == "accepted")
    #expect(await board.cards.map(\.list) == [TrelloSimulator.lists[1]])
  }

  @Test func ofTwoCardsTheOlderIsUsedAndNamesTheOther() async throws {
    let board = TrelloSimulator()
    _ = try await send(0, board)
    await board.change { cards in
      var copy = cards[0]
      copy.id = "65a0000000000000000000ff"
      copy.comments = []
      cards.insert(copy, at: 0)
    }
    _ = try await send(1, board)
    let cards = await board.cards
    #expect(cards.map(\.comments.count) == [0, 2])
    #expect(cards[1].comments[1].contains("Also cards of this debt: L00000ff"))
  }

  @Test func aSyncPutsTheOpenCardRightAndDoesNothingElse() async throws {
    let board = TrelloSimulator()
    var message = RecordLife.message(3, for: trello, to: "danaruiz")
    message.alerts[0].reason = AlertContent.changed
    let session = Session.ofOneTry(board)
    #expect(try await trello.channel().send(message, over: session) == .accepted(id: nil))
    #expect(await board.cards.isEmpty)
    _ = try await send(0, board)
    #expect(try await trello.channel().send(message, over: session) == .accepted(id: "L0000001"))
    let card = try #require(await board.cards.first)
    #expect(card.desc.contains("NZ$1250") && card.name.contains("NZ$1250"))
    #expect(card.comments.count == 1 && card.list == TrelloSimulator.lists[0])
  }

  @Test func nothingToCloseIsASuccess() async throws {
    let board = TrelloSimulator()
    #expect(try await send(5, board) == .accepted(id: nil))
    #expect(await board.calls.count == 1)
  }

  @Test func aClearedDebtMayKeepItsCard() async throws {
    let board = TrelloSimulator()
    let yaml = settings("on_resolved: comment")
    for number in [0, 5] { _ = try await send(number, board, yaml: yaml) }
    let card = try #require(await board.cards.first)
    #expect(!card.isClosed && card.comments.count == 2)
    #expect(card.comments[1].contains("Cleared\\."))
  }

  // MARK: How

  private func settings(_ line: String) -> String {
    let url = trello.folder.appending(path: "settings.yaml")
    return ((try? String(contentsOf: url, encoding: .utf8)) ?? "") + line + "\n"
  }

  /// In a pass of its own.
  private func send(
    _ number: Int,
    _ board: TrelloSimulator,
    to recipient: String? = "danaruiz",
    yaml: String? = nil
  ) async throws -> Outcome {
    let message = RecordLife.message(number, for: trello, to: recipient)
    return try await trello.channel(yaml).send(message, over: Session.ofOneTry(board))
  }

  private func deliver(
    _ number: Int,
    _ crashing: Bool,
    _ board: TrelloSimulator
  ) async throws -> Outcome {
    let message = RecordLife.message(number, for: trello, to: "danaruiz")
    let trello = trello
    return try await RecordLife.deliver(message, crashing: crashing, over: board) {
      try #require(try trello.channel() as? any SearchableChannel)
    }
  }
}
