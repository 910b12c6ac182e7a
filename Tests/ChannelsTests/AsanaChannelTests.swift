import Channels
import Foundation
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct AsanaChannelTests {
  private let asana: ChannelCase
  init() throws { asana = try ChannelCase.named("asana") }

  private static let task = "1208600000000011"

  // MARK: A year

  @Test func aYearOfOneAccountIsOneTaskAndTheFewestCalls() async throws {
    let project = AsanaSimulator()
    var calls: [Int] = []
    for number in RecordLife.year.indices {
      let before = await project.answered.count
      #expect(try await send(number, project) == .accepted(id: Self.task))
      calls.append(await project.answered.count - before)
      let task = try #require(await project.tasks.first)
      #expect((task.completedAt != nil) == (RecordLife.year[number].reason == "resolved"))
      #expect(task.section == AsanaSimulator.sections[RecordLife.year[number].level - 1])
    }
    // A look, a change and a comment; a move where the level is another, and the tasks that are
    // done only where none is open.
    #expect(calls == [3, 3, 3, 4, 3, 2, 5])
    let tasks = await project.tasks
    #expect(tasks.count == 1)
    #expect(tasks[0].comments.count == 5 && tasks[0].assignee == AsanaSimulator.dana)
    #expect(tasks[0].due == "2026-09-03T08:00:00.000Z")
    #expect(tasks[0].name == "Tenant and Sons Ltd: NZ$700.00 overdue")
    try await story(of: project)
  }

  private func story(of project: AsanaSimulator) async throws {
    let secrets = try asana.set(up: nil).secrets
    let names = [
      "look-open", "look-done", "create", "look-open", "change", "comment", "look-open", "change",
      "comment", "look-open", "change", "move", "comment", "look-open", "change", "comment",
      "look-open", "complete", "look-open", "look-done", "reopen", "move-back", "comment",
    ]
    let answered = await project.answered
    #expect(answered.count == names.count)
    for (number, (name, exchange)) in zip(names, answered).enumerated() {
      let text = try exchangeText(exchange.request, exchange.response, secrets: secrets)
      let file = "year-\(number < 9 ? "0" : "")\(number + 1)-\(name).json"
      let path = "../Fixtures/channels/asana/exchanges/\(file)"
      #expect(Golden.difference(of: text, from: path) == nil)
      for secret in secrets { #expect(!text.contains(secret)) }
    }
  }

  @Test func theProjectIsReadOnceAPassPageByPage() async throws {
    let project = AsanaSimulator(pageSize: 2)
    let first = try asana.channel()
    for account in ["C-1", "C-2", "C-3", "C-4", "C-5"] {
      let message = RecordLife.message(0, for: asana, to: nil, account: account)
      #expect(await first.send(message, over: Session.ofOneTry(project)).word == "accepted")
    }
    #expect(await project.answered.filter(\.isRead).count == 2)
    let second = try asana.channel()
    for account in ["C-1", "C-5"] {
      let message = RecordLife.message(1, for: asana, to: nil, account: account)
      #expect(await second.send(message, over: Session.ofOneTry(project)).word == "accepted")
    }
    #expect(await project.tasks.map(\.comments.count) == [1, 0, 0, 0, 1])
    #expect(await project.answered.filter(\.isRead).count == 5)
  }

  @Test func twoMessagesOfOneDebtAtOnceMakeOneTask() async throws {
    let project = AsanaSimulator()
    let channel = try asana.channel()
    let session = Session.ofOneTry(project)
    let asana = asana
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<5 {
        group.addTask {
          let message = RecordLife.message(number, for: asana, to: nil)
          #expect(await channel.send(message, over: session).word == "accepted")
        }
      }
    }
    #expect(await project.tasks.map(\.comments.count) == [4])
  }

  // MARK: Cut anywhere

  @Test(arguments: Cut.all(4), [true, false])
  func aCutAnywhereLeavesOneTaskAndOneCommentAnAlert(_ cut: Cut, _ crashing: Bool) async throws {
    let project = AsanaSimulator(cut: cut)
    for number in [0, 3, 4] {
      #expect(try await deliver(number, crashing, project) == .accepted(id: Self.task))
    }
    let tasks = await project.tasks
    #expect(tasks.count == 1)
    #expect(tasks.first?.section == AsanaSimulator.sections[1])
    #expect(tasks.first?.comments.count == 2)
    for (number, comment) in zip([3, 4], tasks.first?.comments ?? []) {
      let id = RecordLife.message(number, for: asana, to: nil).deliveryID
      #expect(comment.hasSuffix("\nbalancealert \(id)"))
    }
    #expect(tasks.first?.name == "Tenant and Sons Ltd: NZ$1250.00 overdue")
  }

  @Test(arguments: Cut.all(3), [true, false])
  func aCutWhileItIsTakenUpAgainOrCompletedIsRepeated(
    _ cut: Cut,
    _ crashing: Bool
  ) async throws {
    let before = AsanaSimulator()
    for number in [0, 3, 5] { _ = try await send(number, before) }
    let project = AsanaSimulator(cut: cut)
    let tasks = await before.tasks
    await project.change { $0 = tasks }
    for number in [6, 5] {
      #expect(try await deliver(number, crashing, project).word == "accepted")
    }
    let task = try #require(await project.tasks.first)
    #expect(await project.tasks.count == 1)
    #expect(task.completedAt != nil && task.comments.count == 2)
    #expect(task.section == AsanaSimulator.sections[0])
  }

  // MARK: People

  @Test(
    arguments: [
      (AsanaSimulator.dana, nil, nil), ("999", nil, "Asana does not take 999"),
      (nil, "dana@harbour.example", nil), (nil, "gone@harbour.example", "does not take gone@"),
      (nil, nil, "Dana Ruiz has no entry"),
    ] as [(String?, String?, String?)])
  func aTaskIsTheOwnersOrNobodysAndSaysSo(
    _ gid: String?,
    _ email: String?,
    _ words: String?
  ) async throws {
    let project = AsanaSimulator()
    var message = RecordLife.message(0, for: asana, to: gid)
    message.alerts[0].ownerEmail = email
    let outcome = try await asana.channel().send(message, over: Session.ofOneTry(project))
    #expect(outcome.word == "accepted")
    let task = try #require(await project.tasks.first)
    #expect(task.assignee == (words == nil ? AsanaSimulator.dana : nil))
    #expect(task.notes.contains("Nobody is assigned") == (words != nil))
    if let words { #expect(task.notes.contains(words)) }
  }

  @Test func anOwnerWhoIsNamedLaterGetsTheTask() async throws {
    let project = AsanaSimulator()
    var message = RecordLife.message(0, for: asana, to: nil)
    message.alerts[0].ownerEmail = nil
    _ = try await asana.channel().send(message, over: Session.ofOneTry(project))
    _ = try await send(1, project)
    let task = try #require(await project.tasks.first)
    #expect(task.assignee == AsanaSimulator.dana && !task.notes.contains("Nobody"))
  }

  @Test func aTaskThatAPersonMovedStaysUntilTheDebtEscalates() async throws {
    let project = AsanaSimulator()
    _ = try await send(0, project)
    await project.change { $0[0].section = AsanaSimulator.ownSection }
    _ = try await send(1, project)
    #expect(await project.tasks[0].section == AsanaSimulator.ownSection)
    _ = try await send(3, project)
    #expect(await project.tasks[0].section == AsanaSimulator.sections[1])
  }

  @Test func aTaskDeletedByHandIsMadeAnew() async throws {
    let project = AsanaSimulator()
    let channel = try asana.channel()
    let session = Session.ofOneTry(project)
    _ = await channel.send(RecordLife.message(0, for: asana, to: nil), over: session)
    await project.change { $0 = [] }
    let message = RecordLife.message(3, for: asana, to: nil)
    let outcome = await channel.send(message, over: session)
    #expect(outcome.word == "notaccepted" && outcome.why.contains("the task was deleted"))
    #expect(await channel.send(message, over: session).word == "accepted")
    #expect(await project.tasks.map(\.section) == [AsanaSimulator.sections[1]])
  }

  @Test func ofTwoTasksTheOlderIsUsedAndNamesTheOther() async throws {
    let project = AsanaSimulator()
    _ = try await send(0, project)
    await project.change { tasks in
      var copy = tasks[0]
      (copy.gid, copy.createdAt) = ("777", "2026-01-13T08:00:00.000Z")
      tasks.append(copy)
    }
    _ = try await send(1, project)
    let tasks = await project.tasks
    #expect(tasks.map(\.comments.count) == [1, 0])
    #expect(tasks[0].comments[0].contains("Also tasks of this debt: 777"))
  }

  @Test func aSyncPutsTheOpenTaskRightAndDoesNothingElse() async throws {
    let project = AsanaSimulator()
    var message = RecordLife.message(3, for: asana, to: AsanaSimulator.dana)
    message.alerts[0].reason = AlertContent.changed
    let session = Session.ofOneTry(project)
    #expect(try await asana.channel().send(message, over: session) == .accepted(id: nil))
    #expect(await project.tasks.isEmpty)
    _ = try await send(0, project)
    #expect(try await asana.channel().send(message, over: session) == .accepted(id: Self.task))
    let task = try #require(await project.tasks.first)
    #expect(task.notes.contains("NZ$1250") && task.name.contains("NZ$1250"))
    #expect(task.comments.isEmpty && task.section == AsanaSimulator.sections[0])
    #expect(task.completedAt == nil)
  }

  @Test func nothingToCloseIsASuccess() async throws {
    let project = AsanaSimulator()
    #expect(try await send(5, project) == .accepted(id: nil))
    #expect(await project.calls.count == 1)
  }

  // MARK: How

  /// In a pass of its own.
  private func send(_ number: Int, _ project: AsanaSimulator) async throws -> Outcome {
    await project.become(RecordLife.year[number].time)
    let message = RecordLife.message(number, for: asana, to: AsanaSimulator.dana)
    return try await asana.channel().send(message, over: Session.ofOneTry(project))
  }

  private func deliver(
    _ number: Int,
    _ crashing: Bool,
    _ project: AsanaSimulator
  ) async throws -> Outcome {
    await project.become(RecordLife.year[number].time)
    let message = RecordLife.message(number, for: asana, to: AsanaSimulator.dana)
    let asana = asana
    return try await RecordLife.deliver(message, crashing: crashing, over: project) {
      try #require(try asana.channel() as? any SearchableChannel)
    }
  }
}
