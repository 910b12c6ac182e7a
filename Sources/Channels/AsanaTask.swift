import Messages

/// A task as it is asked for. developers.asana.com/reference/tasks
struct AsanaTask: Decodable, Sendable {
  static let fields =
    "name,notes,completed,created_at,due_at,assignee,memberships.project,memberships.section"

  struct Thing: Decodable, Sendable { let gid: String }
  struct Membership: Decodable, Sendable {
    let project: Thing?
    let section: Thing?
  }

  let gid: String
  var name: String?
  var notes: String?
  var completed: Bool?
  var createdAt: String?
  var dueAt: String?
  var assignee: Thing?
  var memberships: [Membership]?

  enum CodingKeys: String, CodingKey {
    case gid, name, notes, completed, assignee, memberships
    case createdAt = "created_at"
    case dueAt = "due_at"
  }

  /// Of a debt's tasks the oldest: a task that a person duplicated has the same notes.
  static func of(_ alert: AlertContent, among tasks: [AsanaTask]) -> AsanaTask? {
    tasks.filter { $0.markerLine(of: alert) != nil }
      .min { ($0.createdAt ?? "", $0.gid) < ($1.createdAt ?? "", $1.gid) }
  }

  /// The line that it is found by: the marker, then the delivery that made it.
  func markerLine(of alert: AlertContent) -> String? {
    let marker = alert.recordMarker
    return notes?.split(separator: "\n").last { $0 == marker || $0.hasPrefix("\(marker) ") }
      .map(String.init)
  }

  /// In that project.
  func section(in project: String) -> String? {
    memberships?.first { $0.project?.gid == project }?.section?.gid
  }
}

/// What every answer wraps. developers.asana.com/docs/pagination
struct AsanaAnswer<Content: Decodable>: Decodable {
  struct Page: Decodable { let offset: String? }
  let data: Content
  let nextPage: Page?

  enum CodingKeys: String, CodingKey {
    case data
    case nextPage = "next_page"
  }
}

struct AsanaErrors: Decodable {
  struct Item: Decodable { let message: String }
  let errors: [Item]
}

struct AsanaStory: Decodable {
  let type: String?
  let text: String?
}

/// What one pass knows of the project.
struct AsanaProject: Sendable {
  var open: [AsanaTask]?
  var completed: [AsanaTask]?
  var fields: [AsanaField]?

  /// A task as it is now.
  mutating func keep(_ task: AsanaTask) {
    open?.removeAll { $0.gid == task.gid }
    completed?.removeAll { $0.gid == task.gid }
    if task.completed == true { completed?.append(task) } else { open?.append(task) }
  }
}

/// The words of a task: all of it plain text, in which Asana makes links of addresses and nothing
/// else. developers.asana.com/docs/rich-text
enum AsanaText {
  /// - Parameter marker: the last line, by which the task is found.
  static func notes(_ message: Message, _ remarks: [String], marker: String) -> String {
    let alert = message.alert
    let facts = alert.recordFacts.map { "\($0.label): \(recordValue($0.value))" }
    let invoices = alert.invoices.prefix(AlertContent.mostRecordInvoices).map { line in
      ([recordValue(line.number, to: 60)] + line.details.map { recordValue($0) })
        .joined(separator: ", ") + (safeURL(line.url).map { ", \($0)" } ?? "")
    }
    let links = alert.links.map { "\($0.label): \($0.url)" }
    let footing = message.recordFooting.map { recordValue($0) }.joined(separator: ", ")
    let blocks =
      [facts, invoices + alert.recordRest, links, remarks.map { recordValue($0) }]
      .map { $0.joined(separator: "\n") } + ["\(footing)\n\(marker)"]
    return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  static func comment(_ message: Message, _ remarks: [String]) -> String {
    let lines =
      [recordValue(message.heading), recordValue(message.recordState)]
      + remarks.map { recordValue($0) }
    return (lines + [lastLine(message)]).joined(separator: "\n")
  }

  /// Of a comment: it is this message's.
  static func lastLine(_ message: Message) -> String { "balancealert \(message.deliveryID)" }
}
