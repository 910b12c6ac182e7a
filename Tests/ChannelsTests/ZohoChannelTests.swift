import Channels
import Foundation
import Messages
import Outbox
import Settings
import Testing
import Wire

@Suite struct ZohoChannelTests {
  private let zoho: ChannelCase
  private let first = "ba1-7f3c9e20b6d4a158"
  init() throws { zoho = try ChannelCase.named("zoho") }

  // MARK: Fields

  @Test func theRecordIsFoundByItsKeyAndChanged() async throws {
    let world = ZohoInSmall.world()
    let outcome = try await send([Sample.reminder(for: zoho)], world)
    #expect(outcome == [.accepted(id: ZohoInSmall.first)])
    try await world.tell(["01-find", "02-change"], of: zoho)
    let record = await world.state.records[ZohoInSmall.first]
    #expect(record?["Balance"] == "1840.5" && record?["Balance_Due"] == "2026-11-03")
    #expect(record?["Balance_Alert"] == "books:C-1042:NZD/3/\(first)")
    // Without it, no rule runs.
    let change = try await object(world.exchanges[1].0)
    #expect(change["trigger"] as? [String] == ["workflow"])
  }

  @Test(arguments: [1, 2], [true, false])
  func aCutAtAnyStepAndASecondSendGiveOneChange(_ step: Int, _ isBefore: Bool) async throws {
    let world = ZohoInSmall.world(cut: isBefore ? .before(step) : .after(step))
    let message = Sample.reminder(for: zoho)
    let cut = try await send([message], world)[0]
    #expect(cut.word == (step == 1 ? "notaccepted" : "unknown"))
    await world.mend()
    #expect(try await send([message], world) == [.accepted(id: ZohoInSmall.first)])
    let state = await world.state
    #expect(state.starts == 1 && state.records.count == 2)
  }

  /// A rule "on edit" starts at every write, whatever it writes.
  @Test func aSecondSendOfWhatArrivedWritesNothing() async throws {
    let world = ZohoInSmall.world()
    for _ in 1...3 { _ = try await send([Sample.reminder(for: zoho)], world) }
    #expect(await world.exchanges.filter { $0.0.method == .PUT }.count == 1)
  }

  @Test func eachRowHasItsOwnOutcome() async throws {
    let world = ZohoInSmall.world(bad: ZohoInSmall.second)
    let outcomes = try await send(
      [
        Sample.message(for: zoho, delivery: first),
        Sample.message(for: zoho, delivery: "ba1-2", account: "C-1077"),
        Sample.message(for: zoho, delivery: "ba1-3", account: "C-9"),
        Sample.message(for: zoho, delivery: "ba1-4", account: "x') or (id > '0"),
      ],
      world
    )
    #expect(
      outcomes.map(\.word) == ["accepted", "refused", "refusedrecipient", "refusedrecipient"])
    #expect(outcomes[1].why.contains("Balance, double"))
    try await world.tell(["11-find-several", "12-one-of-two-refused"], of: zoho)
  }

  @Test func twoRecordsThatMatchAreLeftAlone() async throws {
    var state = CRMState(watched: "Balance_Alert")
    for id in [ZohoInSmall.first, ZohoInSmall.second] { state.set(id, [ZohoInSmall.key: "C-1042"]) }
    let world = CRMWorld(state) { request, state in
      try ZohoInSmall.respond(request, &state, nil)
    }
    #expect(try await send([Sample.reminder(for: zoho)], world)[0].word == "refusedrecipient")
    #expect(await world.exchanges.count == 1)
  }

  @Test func aRecordIsMadeOnlyWhereTheConfigSaysSoAndNeverTwice() async throws {
    let yaml = settings("create: true, fields: {Account_Name: account.name}")
    let message = Sample.message(for: zoho, delivery: first, account: "C-new")
    for cut in [nil, CRMWorld.Cut.after(2), .before(2)] {
      let world = ZohoInSmall.world(cut: cut)
      _ = try await send([message], world, yaml: yaml)
      await world.mend()
      #expect(try await send([message], world, yaml: yaml)[0].word == "accepted")
      let state = await world.state
      #expect(state.records.count == 3 && state.starts == 1)
      if cut == nil { try await world.tell(["21-find", "22-make", "23-find"], of: zoho) }
    }
    let paid = Sample.message(for: zoho, delivery: first, account: "C-new", reason: "resolved")
    let world = ZohoInSmall.world()
    #expect(try await send([paid], world, yaml: yaml) == [.accepted(id: nil)])
  }

  @Test func aQueryHoldsFiftyKeys() async throws {
    let messages = (1...100).map {
      Sample.message(for: zoho, delivery: "ba1-\($0)", account: "C-\($0)")
    }
    let world = ZohoInSmall.world()
    _ = try await send(messages, world)
    #expect(await world.exchanges.count == 2)
  }

  // MARK: Mail

  @Test func aMailIsFiledWithTheRecordAndIsNotRepeatedBlindly() async throws {
    let yaml = settings("fields: {Balance: balance}, send_mail: accounts@harbour.example")
    #expect(try zoho.channel(yaml).guarantee == .neither)
    #expect(try zoho.channel().guarantee == .idempotent)
    for (step, word) in [(1, "notaccepted"), (2, "notaccepted"), (3, "unknown")] {
      let world = ZohoInSmall.world(cut: .after(step))
      #expect(
        try await send([Sample.reminder(for: zoho)], world, yaml: yaml)[0].word == word)
    }
    let world = ZohoInSmall.world()
    #expect(
      try await send([Sample.reminder(for: zoho)], world, yaml: yaml)
        == [.accepted(id: ZohoInSmall.first)])
    try await world.tell(["31-find", "32-change", "33-mail"], of: zoho)
    for reason in ["resolved", AlertContent.changed] {
      let message = Sample.message(for: zoho, delivery: "ba1-\(reason)", reason: reason)
      #expect(try await send([message], world, yaml: yaml)[0].word == "accepted")
    }
    #expect(await world.state.acts == ["mail"])
  }

  @Test(arguments: [
    (
      "error.403.mail-opt-out", 403, "NO_PERMISSION", "You have enabled \"Email Opt Out\".",
      "optedout"
    ),
    ("limit", 400, "LIMIT_EXCEEDED", "maximum limit of sending 100 emails per day.", "notaccepted"),
    ("from", 400, "INVALID_DATA", "You cannot use this email address.", "refusedchannel"),
    ("server", 500, "INTERNAL_ERROR", "Internal Server Error", "unknown"),
  ])
  func aMailThatIsRefusedSaysWhy(
    _ name: String, _ status: Int, _ code: String, _ message: String, _ word: String
  ) async throws {
    let world = CRMWorld(await ZohoInSmall.world().state) { request, state in
      guard request.url.hasSuffix("/send_mail") else {
        return try ZohoInSmall.respond(request, &state, nil)
      }
      let details = name == "from" ? ["api_name": "from"] : [:]
      let error: [String: Any] = [
        "code": code, "status": "error", "message": message, "details": details,
      ]
      return try answer(["data": [error]], status: status)
    }
    let yaml = settings("fields: {Balance: balance}, send_mail: accounts@harbour.example")
    let outcome = try await send([Sample.reminder(for: zoho)], world, yaml: yaml)[0]
    #expect(outcome.word == word)
  }

  // MARK: How

  private func settings(_ more: String) -> String {
    "{data_centre: eu, module: Accounts, key: {Balance_Account_Key: account.id}, \(more)}"
  }

  private func send(
    _ messages: [Message],
    _ world: CRMWorld,
    yaml: String? = nil
  ) async throws -> [Outcome] {
    let channel = try #require(try zoho.channel(yaml) as? any BatchChannel)
    return await channel.send(messages, over: .ofOneTry(world))
  }
}
