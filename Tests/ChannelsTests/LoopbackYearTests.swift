import Channels
import Outbox
import Support
import Testing
import Wire

/// A year of one account over a real socket comes to what it comes to without one, call by call.
struct LoopbackYearTests {
  @Test func ofACard() async throws {
    let trello = try ChannelCase.named("trello")
    @Sendable func live(_ transport: any Transport) async throws {
      for number in RecordLife.year.indices {
        let message = RecordLife.message(number, for: trello, to: "danaruiz")
        let outcome = try await trello.channel().send(message, over: .ofOneTry(transport))
        #expect(outcome == .accepted(id: "L0000001"))
      }
    }
    let (inside, outside) = (TrelloSimulator(), TrelloSimulator())
    try await live(inside)
    try await OverLoopback.run(outside) { try await live($0) }
    #expect(await outside.calls == inside.calls)
    #expect(await outside.calls.count == 23)
    #expect(await String(describing: outside.cards) == String(describing: inside.cards))
  }

  @Test func ofATask() async throws {
    let asana = try ChannelCase.named("asana")
    @Sendable func live(_ project: AsanaSimulator, _ transport: any Transport) async throws {
      for number in RecordLife.year.indices {
        await project.become(RecordLife.year[number].time)
        let message = RecordLife.message(number, for: asana, to: AsanaSimulator.dana)
        let outcome = try await asana.channel().send(message, over: .ofOneTry(transport))
        #expect(outcome.word == "accepted")
      }
    }
    let (inside, outside) = (AsanaSimulator(), AsanaSimulator())
    try await live(inside, inside)
    try await OverLoopback.run(outside) { try await live(outside, $0) }
    #expect(await outside.calls == inside.calls)
    #expect(await outside.tasks.count == 1)
    #expect(await String(describing: outside.tasks) == String(describing: inside.tasks))
  }

  @Test func ofASalesforceRecord() async throws {
    let salesforce = try ChannelCase.named("salesforce")
    @Sendable func live(_ transport: any Transport) async throws {
      for number in RecordLife.year.indices {
        let channel = try #require(try salesforce.channel() as? any BatchChannel)
        let message = RecordLife.message(number, for: salesforce, to: nil)
        let outcomes = await channel.send([message], over: .ofOneTry(transport))
        #expect(outcomes == [.accepted(id: SalesforceInSmall.first)])
      }
    }
    let (inside, outside) = (SalesforceInSmall.world(), SalesforceInSmall.world())
    try await live(inside)
    try await OverLoopback.run(outside) { try await live($0) }
    #expect(await outside.state.records == inside.state.records)
    #expect(await outside.state.starts == RecordLife.year.count)
    #expect(await outside.exchanges.count == 2 * RecordLife.year.count)
  }
}
