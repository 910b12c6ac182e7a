public import Messages
import Receivables
public import Settings
public import Wire

/// Appends one JSON object a line to a file: the fields of SPEC.md, in their order. A digest is one
/// line too, with nulls for what only one account has.
public struct FileChannel: SearchableChannel {
  public static let traits = Traits(
    type: "file",
    title: "JSON lines file",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .visible,
    takesDigest: true,
    concurrency: 1,
    isLocal: true
  )

  private let path: String

  public init(settings: inout SettingsReader) {
    path = settings.path("path", help: "The file that lines are added to; made if it is not there")
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let bytes = message.fieldsWithPart.bytes + [10]
    try Self.check(size: bytes.count)
    return .append(AppendRequest(.file(path), bytes: bytes))
  }

  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    // As the line begins: the same writer, so the same spelling.
    let key: JSONBody = ["delivery_id": .text(message.deliveryID)]
    let text = String(key.compact.dropFirst().dropLast())
    do throws(WireError) {
      switch try await session.perform(.find(text: text, path: path)).status {
      case 200: return .found(id: nil)
      case 404: return .absent
      case let status: return .cannotTell(why: "looking into the file gave \(status)")
      }
    } catch {
      return .cannotTell(why: error.description)
    }
  }
}
