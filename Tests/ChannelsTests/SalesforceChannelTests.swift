import Channels
import Foundation
import Messages
import Outbox
import Settings
import Testing
import Wire

@Suite struct SalesforceChannelTests {
  private let salesforce: ChannelCase
  private let first = "ba1-7f3c9e20b6d4a158"
  init() throws { salesforce = try ChannelCase.named("salesforce") }

  // MARK: Fields

  @Test func theRecordIsFoundByItsKeyAndChanged() async throws {
    let world = SalesforceInSmall.world()
    let outcome = try await send([Sample.reminder(for: salesforce)], world)
    #expect(outcome == [.accepted(id: SalesforceInSmall.first)])
    try await world.tell(["01-find", "02-change"], of: salesforce)
    let record = await world.state.records[SalesforceInSmall.first]
    #expect(record?["Outstanding_Balance__c"] == "1840.5")
    #expect(record?["Balance_Due__c"] == "2026-11-03")
    #expect(record?["Balance_Alert_Key__c"] == "books:C-1042:NZD/3/\(first)")
    // To the last digit, and as a number.
    let body = await String(decoding: world.exchanges[1].0.body ?? [], as: UTF8.self)
    #expect(body.contains("\"Outstanding_Balance__c\":1840.50,"))
  }

  @Test(arguments: [1, 2], [true, false])
  func aCutAtAnyStepAndASecondSendGiveOneChange(_ step: Int, _ isBefore: Bool) async throws {
    let world = SalesforceInSmall.world(cut: isBefore ? .before(step) : .after(step))
    let message = Sample.reminder(for: salesforce)
    let cut = try await send([message], world)[0]
    #expect(cut.word == (step == 1 ? "notaccepted" : "unknown"))
    await world.mend()
    #expect(try await send([message], world) == [.accepted(id: SalesforceInSmall.first)])
    let state = await world.state
    #expect(state.starts == 1 && state.records.count == 2)
  }

  @Test func aYearOfOneAccountIsOneRecordAndTwoCallsAnAlert() async throws {
    let world = SalesforceInSmall.world()
    var starts: [Int] = []
    for number in RecordLife.year.indices {
      let message = RecordLife.message(number, for: salesforce, to: nil)
      #expect(try await send([message], world) == [.accepted(id: SalesforceInSmall.first)])
      // A re-send after a crash reads the mark, and writes nothing.
      #expect(try await send([message], world) == [.accepted(id: SalesforceInSmall.first)])
      let record = await world.state.records[SalesforceInSmall.first]
      let balance = try #require(record?["Outstanding_Balance__c"].flatMap { Decimal(string: $0) })
      #expect(balance == Decimal(string: RecordLife.year[number].overdue))
      starts.append(await world.state.starts)
    }
    // The automation started once for each alert, and nobody else's record was touched.
    #expect(starts == Array(1...RecordLife.year.count))
    #expect(await world.state.records.count == 2)
    // To find and to change, the fewest there can be; the re-send only finds.
    #expect(await world.exchanges.count == 3 * RecordLife.year.count)
  }

  @Test func eachRowHasItsOwnOutcome() async throws {
    let world = SalesforceInSmall.world(refusals: [
      SalesforceInSmall.second: (
        "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"
      )
    ])
    let outcomes = try await send(
      [
        Sample.message(for: salesforce, delivery: first),
        Sample.message(for: salesforce, delivery: "ba1-2", account: "C-1077"),
        Sample.message(for: salesforce, delivery: "ba1-3", account: "C-9"),
      ],
      world
    )
    #expect(outcomes.map(\.word) == ["accepted", "notaccepted", "refusedrecipient"])
    #expect(outcomes[2].why.contains("Balance_Account_Key__c C-9"))
    try await world.tell(["11-find-several", "12-one-of-two-locked"], of: salesforce)
  }

  @Test func twoRecordsThatMatchAreLeftAlone() async throws {
    var state = CRMState(watched: "Balance_Alert_Key__c")
    for id in [SalesforceInSmall.first, SalesforceInSmall.second] {
      state.set(id, [SalesforceInSmall.key: "C-1042"])
    }
    let world = CRMWorld(state) { request, state in
      try SalesforceInSmall.respond(request, &state, [:])
    }
    let outcome = try await send([Sample.reminder(for: salesforce)], world)[0]
    #expect(outcome.word == "refusedrecipient")
    #expect(outcome.why.contains(SalesforceInSmall.first))
    #expect(await world.exchanges.count == 1)
  }

  @Test func aRecordIsMadeOnlyWhereTheConfigSaysSoAndNeverTwice() async throws {
    let yaml = settings("create: true, fields: {Name: account.name}")
    let message = Sample.message(for: salesforce, delivery: first, account: "C-new")
    for cut in [nil, CRMWorld.Cut.after(2), .before(2)] {
      let world = SalesforceInSmall.world(cut: cut)
      _ = try await send([message], world, yaml: yaml)
      await world.mend()
      #expect(try await send([message], world, yaml: yaml)[0].word == "accepted")
      let state = await world.state
      #expect(state.records.count == 3 && state.starts == 1)
      if cut == nil { try await world.tell(["21-find", "22-make", "23-find"], of: salesforce) }
    }
    let paid = Sample.message(
      for: salesforce, delivery: first, account: "C-new", reason: "resolved")
    let world = SalesforceInSmall.world()
    #expect(try await send([paid], world, yaml: yaml) == [.accepted(id: nil)])
    #expect(await world.state.records.count == 2)
  }

  @Test func aKeyThatQuotesIsOneValueOfTheQuery() async throws {
    let world = SalesforceInSmall.world()
    let key = "x') OR Name != '"
    let message = Sample.message(for: salesforce, delivery: first, account: key)
    #expect(try await send([message], world)[0].word == "refusedrecipient")
    let query = await world.exchanges.first?.0.url.removingPercentEncoding
    #expect(query?.hasSuffix(#"IN ('x\') OR Name != \'')"#) == true)
  }

  @Test func manyKeysStayWithinAURL() async throws {
    let messages = (1...200).map { number in
      Sample.message(
        for: salesforce,
        delivery: "ba1-\(number)",
        account: "\(number)-" + String(repeating: "é", count: 60)
      )
    }
    let world = SalesforceInSmall.world()
    _ = try await send(messages, world)
    let urls = await world.exchanges.map(\.0.url)
    #expect(urls.count > 1 && urls.allSatisfy { $0.utf8.count < 12_000 })
  }

  // MARK: Flow and e-mail alert

  @Test func aFlowAndAnAlertActOnceForEachMessage() async throws {
    let yaml = settings(
      "fields: {Outstanding_Balance__c: balance}, flow: Balance_Alert, email_alert: Account.Overdue"
    )
    let adapter = try salesforce.channel(yaml)
    #expect(adapter.guarantee == .neither)
    #expect(try salesforce.channel().guarantee == .idempotent)
    let world = SalesforceInSmall.world()
    #expect(
      try await send([Sample.reminder(for: salesforce)], world, yaml: yaml)
        == [.accepted(id: SalesforceInSmall.first)])
    #expect(await world.state.acts == ["Balance_Alert", "Overdue"])
    try await world.tell(["31-find", "32-change", "33-flow", "34-email-alert"], of: salesforce)
  }

  @Test(arguments: 1...4)
  func whatIsInDoubtOfAFlowIsUnknownAndBeforeItNothingIs(_ step: Int) async throws {
    let yaml = settings(
      "fields: {Outstanding_Balance__c: balance}, flow: Balance_Alert, email_alert: Overdue")
    let world = SalesforceInSmall.world(cut: .after(step))
    let cut = try await send([Sample.reminder(for: salesforce)], world, yaml: yaml)[0]
    #expect(cut.word == (step < 3 ? "notaccepted" : "unknown"))
    #expect(await world.state.acts.count == max(0, step - 2))
  }

  @Test func aFlowAloneNeedsNoRecord() async throws {
    let yaml = settings("flow: Balance_Alert, inputs: {balance: balance, account: account.id}")
    let world = SalesforceInSmall.world()
    let outcome = try await send([Sample.reminder(for: salesforce)], world, yaml: yaml)
    #expect(outcome == [.accepted(id: nil)])
    let inputs = try await object(world.exchanges.first?.0)["inputs"] as? [[String: Any]]
    #expect(inputs?.first?["account"] as? String == "C-1042" && inputs?.count == 1)
  }

  @Test func aFailedFlowIsRefusedAlthoughItIsAListOfResults() async throws {
    let yaml = settings("flow: Balance_Alert")
    let world = CRMWorld(CRMState(watched: "")) { _, _ in
      let error: [String: Any] = [
        "statusCode": "UNKNOWN_EXCEPTION",
        "message": "An error occurred when executing a flow interview.", "fields": [Any](),
      ]
      let result: [String: Any] = [
        "actionName": "Balance_Alert", "errors": [error], "isSuccess": false,
      ]
      return try answer([result], status: 400)
    }
    let outcome = try await send([Sample.reminder(for: salesforce)], world, yaml: yaml)[0]
    #expect(outcome.word == "refused" && outcome.why.contains("flow interview"))
  }

  @Test(arguments: [("balance: balance", 0), ("balance: balance, why: reason", 1)])
  func aPaidDebtIsToldToAFlowThatCanTell(_ inputs: String, _ calls: Int) async throws {
    let yaml = settings(
      "flow: Balance_Alert, email_alert: Overdue, inputs: {\(inputs)},"
        + " fields: {Outstanding_Balance__c: balance}")
    let world = SalesforceInSmall.world()
    let paid = Sample.message(for: salesforce, delivery: first, balance: "0.00", reason: "resolved")
    #expect(try await send([paid], world, yaml: yaml)[0].word == "accepted")
    let state = await world.state
    #expect(state.acts.count == calls)
    #expect(state.records[SalesforceInSmall.first]?["Outstanding_Balance__c"] == "0.0")
  }

  @Test func whatMayNotBeRepeatedGoesAlone() throws {
    let flow = try #require(try salesforce.channel(settings("flow: A")) as? any BatchChannel)
    let fields = try #require(try salesforce.channel() as? any BatchChannel)
    #expect(flow.batchSize == 1 && fields.batchSize == 200)
  }

  // MARK: How

  private func settings(_ more: String) -> String {
    "{base_url: 'https://harbour.my.salesforce.com', object: Account,"
      + " key: {Balance_Account_Key__c: account.id}, \(more)}"
  }

  private func send(
    _ messages: [Message],
    _ world: CRMWorld,
    yaml: String? = nil
  ) async throws -> [Outcome] {
    let channel = try #require(try salesforce.channel(yaml) as? any BatchChannel)
    return await channel.send(messages, over: .ofOneTry(world))
  }
}
