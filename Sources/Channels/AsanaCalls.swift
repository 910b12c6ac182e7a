import Messages
public import Outbox
import Receivables
import Settings
public import Wire

/// The calls of `AsanaChannel`, and what their answers mean.
extension AsanaChannel {
  enum Step { case look, create, change, move, comment }

  /// There are no error codes: the status counts, the words are for people.
  public func outcome(of response: Response) -> Outcome? {
    let message = response.decoded(AsanaErrors.self)?.errors.first?.message ?? response.text
    let words = shortened(Escaping.singleLine(message), to: 300)
    let why = "Asana: HTTP \(response.status) \(words)"
    switch response.status {
    case 200, 201:
      let thing = response.decoded(AsanaAnswer<AsanaTask.Thing>.self)
      return thing.map { .accepted(id: $0.data.gid) } ?? .unknown(why: why)
    case 202..<300, 500...: return .unknown(why: why)
    case 400: return .refused(.message, why: why)
    case 401:
      return .signInNeeded(why: "\(why); the token was revoked, or the workspace blocks it")
    case 402:
      return .refused(
        .channel,
        why: "\(why); custom fields are a paid feature: take `fields` out, or change the plan"
      )
    case 403:
      return .refused(.channel, why: "\(why); share the project with the token's user")
    case 451: return .refused(.channel, why: "\(why); Asana blocks this address")
    default: return nil
    }
  }

  /// - Returns: an answer of status 200 or 201; every other one stops the message.
  func ask(
    _ request: HTTPRequest,
    _ step: Step,
    _ session: Session
  ) async throws(Stopped) -> Response {
    // A new task and a comment are looked for; the rest may be repeated.
    let isHarmless = step != .create && step != .comment
    let response = try await session.once(request, isHarmless: isHarmless)
    let outcome = outcome(of: response) ?? StandardOutcome.of(response)
    if response.status == 200 || response.status == 201 {
      if step == .comment, case .unknown = outcome { throw Stopped(outcome: outcome) }
      return response
    }
    throw Stopped(outcome: Self.meaning(outcome, response.status, step), status: response.status)
  }

  private static func meaning(_ outcome: Outcome, _ status: Int, _ step: Step) -> Outcome {
    switch (step, outcome) {
    case (.look, .refused(_, let why)):
      return .refused(
        .channel,
        why: status == 402
          ? why : "\(why); the project is gone, or the token's user has no access: see `project`"
      )
    case (.create, .refused(.message, let why)) where status == 404:
      return .refused(.channel, why: "\(why); the project or the section is gone: see `sections`")
    case (.move, .refused(_, let why)):
      return .refused(.channel, why: "\(why); the section is gone: see `sections`")
    // Deleted by hand since it was found.
    case (.change, .refused(_, let why)) where status == 404,
      (.comment, .refused(_, let why)) where status == 404:
      return .notAccepted(after: nil, why: "\(why); the task was deleted, another is made")
    case (.create, _), (.comment, _): return outcome
    case (.look, _), (.change, _), (.move, _): return outcome.ofHarmlessCall
    }
  }

  /// - Parameter content: what Asana calls `data`.
  func call(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ content: JSONBody? = nil
  ) -> HTTPRequest {
    var headers = [
      Header("Authorization", "Bearer \(token.reveal())"), Header("Accept", "application/json"),
    ]
    if content != nil { headers.append(Header("Content-Type", "application/json")) }
    let body = content.map { JSONBody.object([("data", $0)]).bytes }
    return HTTPRequest(method, "\(baseURL)/api/1.0/\(path)", headers: headers, body: body)
  }

  static func task(in response: Response, else outcome: Outcome) throws(Stopped) -> AsanaTask {
    guard let answer = response.decoded(AsanaAnswer<AsanaTask>.self) else {
      throw Stopped(outcome: outcome)
    }
    return answer.data
  }

  // MARK: Looking

  /// Also one that was completed within a year: the debt goes on, so it is taken up again.
  func task(
    of message: Message,
    _ known: inout AsanaProject,
    _ session: Session
  ) async throws(Stopped) -> AsanaTask? {
    if let task = AsanaTask.of(message.alert, among: try await openTasks(&known, session)) {
      return task
    }
    if known.completed == nil {
      let yearAgo = message.due(after: -366 * 86_400)?.description ?? "now"
      let since = "completed_since=\(percentEncoded(yearAgo))"
      known.completed = try await tasks(since, session).filter { $0.completed == true }
    }
    return AsanaTask.of(message.alert, among: known.completed ?? [])
  }

  /// Read once a pass.
  func openTasks(
    _ known: inout AsanaProject,
    _ session: Session
  ) async throws(Stopped) -> [AsanaTask] {
    if let open = known.open { return open }
    let tasks = try await tasks("completed_since=now", session)
    known.open = tasks
    return tasks
  }

  private func tasks(_ filter: String, _ session: Session) async throws(Stopped) -> [AsanaTask] {
    try await list("projects/\(project)/tasks?\(filter)&opt_fields=\(AsanaTask.fields)", session)
  }

  /// All pages, 10,000 at most.
  func list<T: Decodable>(_ path: String, _ session: Session) async throws(Stopped) -> [T] {
    var all: [T] = []
    var offset = ""
    for _ in 0..<100 {
      let response = try await ask(call(.GET, "\(path)&limit=100\(offset)"), .look, session)
      guard let page = response.decoded(AsanaAnswer<[T]>.self) else {
        throw Stopped(outcome: .notAccepted(after: nil, why: "Asana's answer is no list"))
      }
      all += page.data
      guard let next = page.nextPage?.offset else { break }
      offset = "&offset=\(percentEncoded(next))"
    }
    return all
  }

  func comments(on task: AsanaTask, _ session: Session) async throws(Stopped) -> [String] {
    let stories: [AsanaStory] = try await list(
      "tasks/\(task.gid)/stories?opt_fields=type,text",
      session
    )
    return stories.filter { $0.type == "comment" }.compactMap(\.text)
  }

  /// The values of `fields`; `nil` where none are wanted. Types and options are read once a pass.
  func customFields(
    _ message: Message,
    _ known: inout AsanaProject,
    _ session: Session
  ) async throws(Stopped) -> JSONBody? {
    if fields.entries.isEmpty { return nil }
    let standing: [AsanaField]
    if let read = known.fields {
      standing = read
    } else {
      standing = try await projectFields(session)
      known.fields = standing
    }
    var rows: [(key: String, value: JSONBody)] = []
    for (name, value) in fields.values(of: message.alert) {
      guard let field = AsanaField.named(name, among: standing) else {
        let why = "fields: \(name) is no custom field of the project: add it there, or take it out"
        throw Stopped(outcome: .refused(.channel, why: why))
      }
      if let json = field.json(value) { rows.append((field.gid, json)) }
    }
    return .object(rows)
  }

  func projectFields(_ session: Session) async throws(Stopped) -> [AsanaField] {
    let names = "custom_field.name,custom_field.type,custom_field.enum_options"
    let settings: [AsanaFieldSetting] = try await list(
      "projects/\(project)/custom_field_settings?opt_fields=\(names)",
      session
    )
    return settings.map(\.customField)
  }

  // MARK: Who

  /// A gid, or the e-mail address that the owner has in Asana too.
  func assignee(of message: Message) -> String? {
    if let gid = message.recipient { return gid }
    guard message.audience == .owner, let email = message.alert.ownerEmail, !email.isEmpty else {
      return nil
    }
    return email
  }

  func remarks(_ message: Message) -> [String] {
    assignee(of: message) == nil ? message.lackOfOwner.map { [$0] } ?? [] : []
  }

  func duplicates(
    of task: AsanaTask,
    _ message: Message,
    _ known: AsanaProject
  ) -> [String] {
    let others = (known.open ?? []).filter {
      $0.gid != task.gid && $0.markerLine(of: message.alert) != nil
    }
    if others.isEmpty { return [] }
    let ids = others.map(\.gid).joined(separator: ", ")
    return [
      "Also tasks of this debt: \(ids). Complete them, or delete the last line of their notes."
    ]
  }
}
