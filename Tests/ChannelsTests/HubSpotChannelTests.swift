import Channels
import Foundation
import Messages
import Outbox
import Settings
import Testing
import Wire

@Suite struct HubSpotChannelTests {
  private let hubspot: ChannelCase
  private let first = "ba1-7f3c9e20b6d4a158"
  private let second = "ba1-0123456789abcdef"
  init() throws { hubspot = try ChannelCase.named("hubspot") }

  // MARK: One record

  @Test func theContactIsFoundByItsAddressAndChanged() async throws {
    let world = world()
    let outcome = try await send([Sample.reminder(for: hubspot)], world)
    #expect(outcome == [.accepted(id: "33451")])
    try await world.tell(["01-find", "02-change"], of: hubspot)
    let contact = await world.state.records["33451"]
    #expect(contact?["balancealert_balance"] == "1840.50")
    #expect(contact?["balancealert_due"] == "2026-11-03")
    #expect(contact?["balancealert_alert"] == "books:C-1042:NZD/3/\(first)")
  }

  @Test(arguments: [1, 2], [true, false])
  func aCutAtAnyStepAndASecondSendGiveOneChange(_ step: Int, _ isBefore: Bool) async throws {
    let world = world(cut: isBefore ? .before(step) : .after(step))
    let message = Sample.reminder(for: hubspot)
    let cut = try await send([message], world)[0]
    // A look-up changes nothing: only the change itself is in doubt, and recognised.
    #expect(cut.word == (step == 1 ? "notaccepted" : "unknown"))
    await world.mend()
    #expect(try await send([message], world) == [.accepted(id: "33451")])
    let state = await world.state
    #expect(state.starts == 1 && state.records.count == 2)
    #expect(state.records["33451"]?["balancealert_balance"] == "1840.50")
  }

  @Test func aSecondSendOfWhatArrivedWritesNothing() async throws {
    let world = world()
    let message = Sample.reminder(for: hubspot)
    for _ in 1...3 { #expect(try await send([message], world) == [.accepted(id: "33451")]) }
    let writes = await world.exchanges.filter { $0.0.url.hasSuffix("update") }
    #expect(writes.count == 1)
  }

  @Test func anUnchangedBalanceStartsTheWorkflowWithEachAlertAndNoneTwice() async throws {
    let world = world()
    for (number, delivery) in [(1, "ba1-1"), (2, "ba1-2"), (2, "ba1-2")] {
      let message = Sample.message(for: hubspot, delivery: delivery, number: number)
      #expect(try await send([message], world)[0].word == "accepted")
    }
    #expect(await world.state.starts == 2)
  }

  @Test func anAlertInDoubtThatANewerOneOvertookIsNotToldAgain() async throws {
    let world = world(cut: .after(2))
    let older = Sample.message(for: hubspot, delivery: first, balance: "90.00", number: 1)
    #expect(try await send([older], world)[0].word == "unknown")
    let newer = Sample.message(for: hubspot, delivery: second, number: 2)
    for message in [newer, older] {
      #expect(try await send([message], world) == [.accepted(id: "33451")])
    }
    let state = await world.state
    #expect(state.starts == 2 && state.records["33451"]?["balancealert_balance"] == "1840.50")
    #expect(
      state.records["33451"]?["balancealert_alert"]
        == "books:C-1042:NZD/2/\(second) ba1-7f3c9e20b6d4")
  }

  @Test func aMarkStaysWithinItsField() async throws {
    let world = world()
    for number in 1...40 {
      let message = Sample.message(
        for: hubspot, delivery: "\(number)-0123456789abcdef0123456789abcdef", number: number)
      #expect(try await send([message], world)[0].word == "accepted")
    }
    let mark = await world.state.records["33451"]?["balancealert_alert"] ?? ""
    #expect(mark.utf8.count <= 255 && mark.contains(" 39-0123456789abc "))
    #expect(await world.state.starts == 40)
  }

  @Test func severalAlertsOfOneContactAreOneRowAndTheWorstSpeaks() async throws {
    let world = world()
    let messages = [
      Sample.message(for: hubspot, delivery: first, balance: "90.00", level: 1),
      Sample.message(for: hubspot, delivery: second, email: "Accounts@Tenant.example", level: 3),
      Sample.message(
        for: hubspot, delivery: "ba1-z", balance: "0.00", level: 9, reason: "resolved"),
    ]
    #expect(try await send(messages, world) == Array(repeating: .accepted(id: "33451"), count: 3))
    let exchanges = await world.exchanges
    #expect(try inputs(exchanges[0].0).count == 1 && inputs(exchanges[1].0).count == 1)
    let contact = await world.state.records["33451"]
    #expect(contact?["balancealert_level"] == "3" && contact?["balancealert_balance"] == "1840.50")
    // Each of them is known there now.
    for message in messages { _ = try await send([message], world) }
    #expect(await world.state.starts == 1)
  }

  @Test func aDebtThatIsPaidIsToldAndMakesNoContact() async throws {
    let world = world()
    let paid = Sample.message(
      for: hubspot, delivery: first, balance: "0.00", reason: "resolved")
    #expect(try await send([paid], world) == [.accepted(id: "33451")])
    #expect(await world.state.records["33451"]?["balancealert_balance"] == "0.00")
    let unknown = Sample.message(
      for: hubspot, delivery: second, email: "new@tenant.example", reason: "resolved")
    #expect(
      try await send([unknown], world, yaml: settings("create: true")) == [.accepted(id: nil)])
    #expect(await world.state.records.count == 2)
  }

  @Test func aContactIsMadeOnlyWhereTheConfigSaysSo() async throws {
    let message = Sample.message(for: hubspot, delivery: first, email: "new@tenant.example")
    let strict = world()
    let refused = try await send([message], strict)[0]
    #expect(refused.word == "refusedrecipient" && refused.why.contains("new@tenant.example"))
    #expect(await strict.state.records.count == 2)
    for cut in [nil, CRMWorld.Cut.after(2)] {
      let open = world(cut: cut)
      _ = try await send([message], open, yaml: settings("create: true"))
      await open.mend()
      let again = try await send([message], open, yaml: settings("create: true"))[0]
      #expect(again.word == "accepted")
      let state = await open.state
      #expect(state.records.count == 3 && state.starts == 1)
      if cut == nil { try await open.tell(["11-find", "12-make", "13-find"], of: hubspot) }
    }
  }

  @Test func withoutAnAlertFieldTheValuesAloneAreWritten() async throws {
    let world = world()
    let yaml = settings("alert_field: none")
    for _ in 1...2 {
      #expect(
        try await send([Sample.reminder(for: hubspot)], world, yaml: yaml)[0].word == "accepted")
    }
    let rows = try await inputs(world.exchanges[1].0)
    #expect((rows[0]["properties"] as? [String: String])?.keys.sorted() == ["balancealert_balance"])
    #expect(await world.exchanges.count == 4)
  }

  @Test func aRecordThatIsBroughtUpToDateStartsNothingAndIsNotMade() async throws {
    let world = world()
    _ = try await send([Sample.reminder(for: hubspot)], world)
    let sync = Sample.message(
      for: hubspot, delivery: "ba1-s", balance: "1700.00", number: 9, reason: AlertContent.changed)
    #expect(try await send([sync], world) == [.accepted(id: "33451")])
    let state = await world.state
    #expect(state.starts == 1 && state.records["33451"]?["balancealert_balance"] == "1700.00")
    let missing = Sample.message(
      for: hubspot, delivery: "ba1-m", email: "new@tenant.example", reason: AlertContent.changed)
    let outcome = try await send([missing], world, yaml: settings("create: true"))
    #expect(outcome == [.accepted(id: nil)])
    #expect(await world.state.records.count == 2)
  }

  @Test func whatIsShownIsWhatIsMapped() throws {
    let channel = try #require(
      try hubspot.channel(settings("fields: {a: balance, b: alert_number, c: delivery_id}"))
        as? any RecordChannel)
    var alert = Sample.alert(name: "Ann")
    let shown = channel.shown(of: alert)
    alert.alertNumber = 7
    alert.daysOverdue = 99
    #expect(channel.shown(of: alert) == shown)
    alert.balance.decimal = "1.00"
    #expect(channel.shown(of: alert) != shown)
  }

  // MARK: Many

  @Test func eachRowHasItsOwnOutcome() async throws {
    let world = world()
    let outcomes = try await send(
      [
        Sample.message(for: hubspot, delivery: first),
        Sample.message(for: hubspot, delivery: "ba1-bad", email: "sst@tenant.example"),
        Sample.message(for: hubspot, delivery: "ba1-none", email: "nobody@tenant.example"),
        Sample.message(for: hubspot, delivery: "ba1-no-address", email: nil),
      ],
      world
    )
    #expect(
      outcomes.map(\.word) == ["accepted", "refused", "refusedrecipient", "refusedrecipient"])
    #expect(outcomes[1].why.contains("not a valid number"))
    try await world.tell(["21-find-several", "22-one-of-two-refused"], of: hubspot)
  }

  @Test func aBadRowThatIsNotNamedIsFoundByHalving() async throws {
    let messages = (1...5).map {
      Sample.message(for: hubspot, delivery: "ba1-\($0)", email: "c\($0)@tenant.example")
    }
    var state = CRMState(watched: "balancealert_alert")
    for number in 1...5 { state.set("\(number)", ["email": "c\(number)@tenant.example"]) }
    let world = CRMWorld(state) { request, state in
      let rows = try? inputs(request)
      if request.url.hasSuffix("update"),
        rows?.contains(where: { $0["id"] as? String == "4" }) == true
      {
        let file = try #require(AnswerFile.of(hubspot).first { $0.name == "refused-value" })
        return try file.response
      }
      return try HubSpotInSmall.respond(request, &state)
    }
    let outcomes = try await send(messages, world)
    #expect(outcomes.map(\.word) == ["accepted", "accepted", "accepted", "refused", "accepted"])
  }

  @Test func aContactKnownByItsSecondAddressIsAskedForAlone() async throws {
    var state = CRMState(watched: "balancealert_alert")
    state.set("33451", ["email": "boss@tenant.example", "second": "accounts@tenant.example"])
    let world = CRMWorld(state, HubSpotInSmall.respond)
    #expect(try await send([Sample.reminder(for: hubspot)], world) == [.accepted(id: "33451")])
    try await world.tell(["31-find", "32-second-address", "33-change"], of: hubspot)
  }

  @Test func aKeyOfOursNamesItsProperty() async throws {
    var state = CRMState(watched: "balancealert_alert")
    state.set("9", ["balancealert_account_key": "C-1042"])
    let world = CRMWorld(state, HubSpotInSmall.respond)
    let yaml = settings("object: companies, key: {balancealert_account_key: account.id}")
    let message = Sample.message(for: hubspot, delivery: first, email: nil)
    #expect(try await send([message], world, yaml: yaml) == [.accepted(id: "9")])
    let find = try await object(world.exchanges.first?.0)
    #expect(find["idProperty"] as? String == "balancealert_account_key")
  }

  // MARK: How

  private func settings(_ more: String) -> String {
    let fields = more.contains("fields:") ? "" : "fields: {balancealert_balance: balance}, "
    return "{access_token: 'env:pat-na1-0123456789abcdef', \(fields)\(more)}"
  }

  private func send(
    _ messages: [Message],
    _ world: CRMWorld,
    yaml: String? = nil
  ) async throws -> [Outcome] {
    let channel = try #require(try hubspot.channel(yaml) as? any BatchChannel)
    return await channel.send(messages, over: .ofOneTry(world))
  }

  private func world(cut: CRMWorld.Cut? = nil) -> CRMWorld {
    var state = CRMState(watched: "balancealert_alert")
    state.set("33451", ["email": "accounts@tenant.example"])
    state.set("33987", ["email": "sst@tenant.example"])
    return CRMWorld(state, cut: cut, HubSpotInSmall.respond)
  }
}
