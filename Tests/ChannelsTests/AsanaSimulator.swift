import Foundation
import Wire

/// An Asana project that keeps what it is told.
actor AsanaSimulator: CutSimulator {
  struct Task: Sendable {
    var gid: String
    var name = ""
    var notes = ""
    var due: String?
    var assignee: String?
    var section = ""
    var completedAt: String?
    var createdAt = ""
    var fields: [String: String] = [:]
    var comments: [String] = []
  }

  static let project = "1208400000000001"
  static let sections = ["1208400000000010", "1208400000000011"]
  static let ownSection = "1208400000000019"
  static let dana = "1207412398761234"
  static let users = [dana: "dana@harbour.example"]

  var tasks: [Task] = []
  var answered: [Answered] = []
  private var now = "2026-01-01T00:00:00Z"
  var cut: Cut?
  private let pageSize: Int
  var writes = 0
  private var made = 0

  init(cut: Cut? = nil, pageSize: Int = 100) {
    self.cut = cut
    self.pageSize = pageSize
  }

  func change(_ body: @Sendable (inout [Task]) -> Void) { body(&tasks) }
  func become(_ time: String) { now = time }

  func answer(_ http: HTTPRequest) -> Response {
    guard http.header("Authorization")?.hasPrefix("Bearer ") == true else {
      return refusal(401, "Not Authorized")
    }
    let halves = http.url.split(separator: "?")
    let path = halves[0].split(separator: "/").dropFirst(4).map(String.init)
    let query = formFields(halves.count > 1 ? halves[1] : "")
    let body = http.body.flatMap {
      try? JSONSerialization.jsonObject(with: Data($0)) as? [String: [String: Any]]
    }
    let data = body?["data"] ?? [:]
    switch (http.method, path.count, path[0], path.last) {
    case (.GET, 3, "projects", "tasks") where path[1] == Self.project:
      let since = query.first { $0.name == "completed_since" }?.value ?? "now"
      let found = tasks.reversed().filter {
        $0.completedAt.map { since != "now" && $0 >= since } ?? true
      }
      return page(found.map(json), query)
    case (.GET, 3, "projects", "custom_field_settings"):
      return page(Self.fieldSettings, query)
    case (.POST, 1, "tasks", _): return create(data)
    case (.POST, 3, "sections", "addTask"):
      guard Self.sections.contains(path[1]) else { return refusal(404, "section: Unknown object") }
      return change(data["task"] as? String ?? "") { $0.section = path[1] }
        ?? jsonAnswer(["data": [:]])
    case (.PUT, 2, "tasks", _): return update(path[1], data)
    case (.GET, 3, "tasks", "stories"):
      guard let task = tasks.first(where: { $0.gid == path[1] }) else { break }
      return page(task.comments.enumerated().map { story($1, $0) }, query)
    case (.POST, 3, "tasks", "stories"):
      let text = data["text"] as? String ?? ""
      var number = 0
      let missing = change(path[1]) {
        $0.comments.append(text)
        number = $0.comments.count - 1
      }
      return missing ?? jsonAnswer(["data": story(text, number)], status: 201)
    default: break
    }
    return refusal(404, "task: Unknown object: \(path.last ?? "")")
  }

  private func create(_ data: [String: Any]) -> Response {
    if let refusal = refusal(of: data) { return refusal }
    guard data["projects"] as? [String] == [Self.project] else {
      return refusal(400, "projects: Missing input")
    }
    let place = (data["memberships"] as? [[String: String]])?.first
    made += 1
    var task = Task(gid: "12086000000000\(10 + made)")
    task.createdAt = "\(now.dropLast()).\(100 + made)Z"
    task.section = place?["section"] ?? ""
    apply(data, to: &task)
    tasks.append(task)
    return jsonAnswer(["data": json(task)], status: 201)
  }

  private func update(_ gid: String, _ data: [String: Any]) -> Response {
    if let refusal = refusal(of: data) { return refusal }
    if let missing = change(gid, { apply(data, to: &$0) }) { return missing }
    return jsonAnswer(["data": tasks.first { $0.gid == gid }.map(json) ?? [:]])
  }

  private func refusal(of data: [String: Any]) -> Response? {
    let who = data["assignee"] as? String
    if let who, Self.users[who] == nil, !Self.users.values.contains(who) {
      return refusal(400, "assignee: Not a user in Organization: \(who)")
    }
    return nil
  }

  private func apply(_ data: [String: Any], to task: inout Task) {
    task.name = data["name"] as? String ?? task.name
    task.notes = data["notes"] as? String ?? task.notes
    task.due = data["due_at"] as? String ?? task.due
    if let who = data["assignee"] as? String {
      task.assignee = Self.users[who] == nil ? Self.dana : who
    }
    if let isDone = data["completed"] as? Bool { task.completedAt = isDone ? now : nil }
    for (gid, value) in data["custom_fields"] as? [String: Any] ?? [:] {
      task.fields[gid] = "\(value)"
    }
  }

  private func change(_ gid: String, _ body: (inout Task) -> Void) -> Response? {
    guard let index = tasks.firstIndex(where: { $0.gid == gid }) else {
      return refusal(404, "task: Unknown object: \(gid)")
    }
    body(&tasks[index])
    return nil
  }

  private func page(_ all: [[String: Any]], _ query: [(name: String, value: String)]) -> Response {
    let start = query.first { $0.name == "offset" }.flatMap { Int($0.value) } ?? 0
    let end = min(all.count, start + pageSize)
    let next: Any = end < all.count ? ["offset": String(end)] : NSNull()
    return jsonAnswer(["data": Array(all[start..<end]), "next_page": next])
  }

  private func refusal(_ status: Int, _ message: String) -> Response {
    jsonAnswer(["errors": [["message": message]]], status: status)
  }

  private func story(_ text: String, _ number: Int) -> [String: Any] {
    [
      "gid": "12087000000000\(10 + number)", "resource_type": "story", "type": "comment",
      "text": text,
    ]
  }

  private func json(_ task: Task) -> [String: Any] {
    [
      "gid": task.gid, "resource_type": "task", "name": task.name, "notes": task.notes,
      "completed": task.completedAt != nil, "created_at": task.createdAt,
      "due_at": task.due as Any? ?? NSNull(),
      "assignee": task.assignee.map { ["gid": $0, "resource_type": "user"] } as Any? ?? NSNull(),
      "memberships": [["project": ["gid": Self.project], "section": ["gid": task.section]]],
    ]
  }

  private static var fieldSettings: [[String: Any]] {
    [
      ["gid": "91", "custom_field": ["gid": "11", "name": "Balance", "type": "number"]],
      ["gid": "92", "custom_field": ["gid": "12", "name": "Account", "type": "text"]],
      ["gid": "93", "custom_field": ["gid": "13", "name": "Oldest", "type": "date"]],
      [
        "gid": "94",
        "custom_field": [
          "gid": "14", "name": "Level", "type": "enum",
          "enum_options": [
            ["gid": "21", "name": "1", "enabled": true],
            ["gid": "22", "name": "2", "enabled": true],
          ],
        ],
      ],
      ["gid": "95", "custom_field": ["gid": "15", "name": "Who", "type": "people"]],
    ]
  }
}
