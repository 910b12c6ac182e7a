public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// One task a debt in an Asana project, found by a marker in its notes: made, moved, commented and
/// completed. With a personal access token there are no external ids, and search lags, so a message
/// begins by reading the project's tasks, and ends with the one call that must not be repeated.
/// developers.asana.com/reference/tasks
public struct AsanaChannel: SearchableChannel, AssigningChannel {
  public static let traits = Traits(
    type: "asana",
    title: "Asana",
    defaultAudience: .owner,
    address: .platform,
    forms: [.title],
    idPlace: .visible,
    maxBodyBytes: 60_000,
    // Of a free domain; a paid one has 1,500.
    rate: Rate(150, per: .seconds(60)),
    concurrency: 1,
    takesNobody: true
  )

  let baseURL: String
  let token: Secret
  let workspace: String
  let project: String
  let sections: LevelMap
  let fields: FieldMap
  private let dueIn: Int64
  private let desk = Desk(AsanaProject())

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://app.asana.com")
    token = settings.secret(
      "access_token",
      help: "A personal access token, or that of a service account"
    )
    workspace = settings.text("workspace", help: "The workspace's gid")
    project = settings.text("project", help: "The gid of the project that tasks are put into")
    sections = settings.levels(
      "sections",
      help: "A section for each level: `{ 1: gid, 2: gid }`",
      isID: Self.isID,
      wanted: "a section's gid, which is a number"
    )
    fields = settings.fieldMap(
      "fields",
      help: "The project's custom fields, by gid or name, with our fields (a paid feature)"
    )
    dueIn = settings.dueIn()
    if settings.isDescribing { return }
    for (key, value) in [("workspace", workspace), ("project", project)] where !Self.isID(value) {
      settings.reject(key, "is not a gid, which is the number in the address")
    }
  }

  private static func isID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  public func recordURL(of id: String) -> String? {
    "https://app.asana.com/1/\(workspace)/project/\(project)/task/\(percentEncoded(id))"
  }

  /// The task where there is none yet; its custom fields are known only when it is sent.
  public func request(for message: Message) throws(Unsendable) -> Request {
    let body = taskToBe(message, assignee: assignee(of: message), remarks(message), nil)
    try Self.check(size: body.bytes.count)
    return .http(call(.POST, "tasks", body))
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

  /// The first alert of a debt is there when the task names it as the one that made it, any other
  /// when its comment is. What completes a task may be repeated without harm.
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    if message.isResolved { return .absent }
    return await desk.lend(anew: true) { known throws(Stopped) in
      let task = try await task(of: message, &known, session)
      guard let task, try await has(message, task, session) else { return .absent }
      return .found(id: task.gid)
    } stopped: {
      .cannotTell(why: $0.outcome.words)
    }
  }

  private func has(
    _ message: Message,
    _ task: AsanaTask,
    _ session: Session
  ) async throws(Stopped) -> Bool {
    if task.markerLine(of: message.alert)?.hasSuffix(" \(message.deliveryID)") == true {
      return true
    }
    let line = AsanaText.lastLine(message)
    return try await comments(on: task, session).contains {
      $0.split(separator: "\n").contains { $0 == line }
    }
  }

  // MARK: The steps

  private func tell(
    _ message: Message,
    _ known: inout AsanaProject,
    _ session: Session
  ) async throws(Stopped) -> Outcome {
    let values = try await customFields(message, &known, session)
    guard let task = try await task(of: message, &known, session) else {
      let task = try await create(message, values, session)
      known.keep(task)
      return .accepted(id: task.gid)
    }
    let remarks = remarks(message) + duplicates(of: task, message, known)
    var standing = try await change(task, message, remarks, values, session)
    if let section = sections.id(of: message.alert.level), section != task.section(in: project),
      // Where a person put it into a section of their own it stays, until the debt escalates.
      sections.holds(task.section(in: project)) || message.alert.reason == "escalated"
        || task.completed == true
    {
      let path = "sections/\(section)/addTask"
      _ = try await ask(call(.POST, path, ["task": .text(task.gid)]), .move, session)
      standing.memberships = [.init(project: .init(gid: project), section: .init(gid: section))]
    }
    known.keep(standing)
    let text = AsanaText.comment(message, remarks)
    let path = "tasks/\(task.gid)/stories"
    _ = try await ask(call(.POST, path, ["text": .text(text)]), .comment, session)
    return .accepted(id: task.gid)
  }

  /// Where there is no task, there is nothing to close or to bring up to date. One call, which may
  /// be repeated.
  private func settle(
    _ message: Message,
    _ known: inout AsanaProject,
    _ session: Session
  ) async throws(Stopped) -> Outcome {
    let open = try await openTasks(&known, session)
    guard let task = AsanaTask.of(message.alert, among: open) else { return .accepted(id: nil) }
    let values = try await customFields(message, &known, session)
    var changes = words(of: message, remarks(message), unlike: task)
    if message.isResolved { changes.append(("completed", true)) }
    if let values { changes.append(("custom_fields", values)) }
    if changes.isEmpty { return .accepted(id: task.gid) }
    let request = call(.PUT, "tasks/\(task.gid)", .object(changes))
    let response = try await ask(request, .change, session)
    known.keep(try Self.task(in: response, else: .notAccepted(after: nil, why: "no task")))
    return .accepted(id: task.gid)
  }

  private func create(
    _ message: Message,
    _ values: JSONBody?,
    _ session: Session
  ) async throws(Stopped) -> AsanaTask {
    let response = try await assigning(message, .create, session) { who, more in
      call(.POST, "tasks", taskToBe(message, assignee: who, remarks(message) + more, values))
    }
    return try Self.task(in: response, else: .unknown(why: "Asana's answer is no task"))
  }

  /// What is not as it should be, in one call.
  private func change(
    _ task: AsanaTask,
    _ message: Message,
    _ remarks: [String],
    _ values: JSONBody?,
    _ session: Session
  ) async throws(Stopped) -> AsanaTask {
    let isUnassigned = task.assignee == nil && assignee(of: message) != nil
    if words(of: message, remarks, unlike: task).isEmpty, task.completed != true { return task }
    let response = try await assigning(
      isUnassigned ? message : nil,
      .change,
      session
    ) { who, more in
      var changes = words(of: message, remarks + more, unlike: task)
      if let due = due(message) { changes.append(("due_at", .text(due))) }
      if task.completed == true { changes.append(("completed", false)) }
      if let who { changes.append(("assignee", .text(who))) }
      if let values { changes.append(("custom_fields", values)) }
      return call(.PUT, "tasks/\(task.gid)", .object(changes))
    }
    return try Self.task(
      in: response,
      else: .notAccepted(after: nil, why: "Asana's answer is no task")
    )
  }

  /// For the owner; where Asana does not take the owner, for nobody, with a remark.
  private func assigning(
    _ message: Message?,
    _ step: Step,
    _ session: Session,
    _ request: (_ assignee: String?, _ remarks: [String]) -> HTTPRequest
  ) async throws(Stopped) -> Response {
    guard let who = message.flatMap(assignee) else {
      return try await ask(request(nil, []), step, session)
    }
    do throws(Stopped) {
      return try await ask(request(who, []), step, session)
    } catch {
      // Refused, so nothing was changed. Of a change a 404 is the task's.
      let refusals = step == .create ? [400, 403, 404] : [400, 403]
      guard refusals.contains(error.status) else { throw error }
      let remark = "Nobody is assigned: Asana does not take \(who); see owners."
      return try await ask(request(nil, [remark]), step, session)
    }
  }

  // MARK: What is asked for

  private func words(
    of message: Message,
    _ remarks: [String],
    unlike task: AsanaTask
  ) -> [(key: String, value: JSONBody)] {
    // The line stays as it is: it names the delivery that made the task.
    let marker = task.markerLine(of: message.alert) ?? message.alert.recordMarker
    let notes = AsanaText.notes(message, remarks, marker: marker)
    let name = message.recordTitle
    return (name == task.name ? [] : [("name", .text(name))])
      + (notes == task.notes ? [] : [("notes", .text(notes))])
  }

  private func taskToBe(
    _ message: Message,
    assignee: String?,
    _ remarks: [String],
    _ values: JSONBody?
  ) -> JSONBody {
    let marker = "\(message.alert.recordMarker) \(message.deliveryID)"
    let section = sections.id(of: message.alert.level)
    let body: JSONBody = [
      "name": .text(message.recordTitle),
      "notes": .text(AsanaText.notes(message, remarks, marker: marker)),
      "projects": [.text(project)],
    ]
    return body.adding(
      "memberships",
      section.map { [["project": .text(project), "section": .text($0)]] }
    )
    .adding("assignee", assignee.map(JSONBody.text))
    .adding("due_at", due(message).map(JSONBody.text))
    .adding("custom_fields", values)
  }

  private func due(_ message: Message) -> String? {
    message.due(after: dueIn).map { $0.description.replacing("Z", with: ".000Z") }
  }
}
