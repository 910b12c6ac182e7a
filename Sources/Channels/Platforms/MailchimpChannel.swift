public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// E-mail from a template of Mailchimp Transactional (Mandrill).
/// mailchimp.com/developer/transactional/api/messages/send-using-message-template
public struct MailchimpChannel: SearchableChannel {
  public static let traits = Traits(
    type: "mailchimp",
    title: "Mailchimp Transactional",
    defaultAudience: .customer,
    address: .email,
    forms: [.subject],
    idPlace: .visible,
    takesSeveral: false,
    maxBodyBytes: 1_000_000
  )

  enum Language: String, CaseIterable { case handlebars, mailchimp }

  private let baseURL: String
  private let apiKey: Secret
  private let template: String
  /// Slugs by the names of our templates.
  private let templates: [String: String]
  private let from: String?
  private let fromName: String?
  private let merge: FieldMap
  private let isMapped: Bool
  private let language: Language

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://mandrillapp.com")
    apiKey = settings.secret(
      "api_key",
      help: "An API key that may send templates; and search and read templates, for look-ups"
    )
    template = settings.text("template", help: "The template's slug, which never changes")
    let named = settings.named(
      "templates",
      help: "By the names of our templates: another template in place of `template`"
    ) { _, inner in inner.text("template", help: "The template's slug") }
    templates = Dictionary(named.map { ($0.name, $0.value) }) { first, _ in first }
    from = settings.optionalEmailAddress("from", help: "The sender; the template's by default")
    fromName = settings.optionalText(
      "from_name",
      help: "The sender's name; the organisation's where there is none"
    )
    merge = settings.fieldMap(
      "merge",
      help: "The template's merge names with our fields; by default every field, `_` for a point",
      default: .allFields
    )
    isMapped = settings.has("merge")
    language = settings.choice(
      "merge_language",
      help: "How the template writes them: `{{name}}`, or `*|NAME|*`",
      default: .handlebars
    )
    for (name, _) in merge.entries where name.hasPrefix("_") {
      settings.reject("merge", "`\(name)`: merge names do not begin with `_`")
    }
  }

  public var ownWords: Set<String>? { Set(templates.keys) }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let recipient = try message.emailAddress()
    let copies = message.copies(besides: [recipient])
    let sender = Self.plain(fromName ?? message.organisation, 200)
    let subject = Self.plain(message[.subject], 900)
    var mail: JSONBody = [
      "to": .list(
        [Self.mailbox(recipient, message.recipientName, "to")]
          + copies.map { Self.mailbox($0, nil, "cc") }
      )
    ]
    // Without a subject or a sender the template's own.
    mail = mail.adding("subject", subject.isEmpty ? nil : .text(subject))
      .adding("from_email", from.map(JSONBody.text))
      .adding("from_name", sender.isEmpty ? nil : .text(sender))
      .adding("merge", true).adding("merge_language", .text(language.rawValue))
      .adding("global_merge_vars", .list(variables(of: message.alert)))
      .adding("headers", .object(message.mailHeaders.map { ($0.name, .text($0.value)) }))
      // Never an id: only the first hundred tags of an account are kept.
      .adding("tags", ["balancealert"])
      .adding("metadata", [Self.metadataKey: .text(message.deliveryID)])
      // Where there are copies, they are to be seen; each customer has a request alone.
      .adding("preserve_recipients", .bool(!copies.isEmpty))
      // A payment link that is rewritten to another host looks like a fraud.
      .adding("track_opens", false).adding("track_clicks", false)
      .adding("view_content_link", false)
    return try json(
      .POST,
      url("messages/send-template"),
      keyed([
        ("template_name", .text(templates[message.alert.template] ?? template)),
        ("template_content", []), ("message", mail),
        ("async", false),
      ])
    )
  }

  /// By the name of the error: older versions of the API answer all of them with a 500. A 200 has a
  /// status for each recipient.
  public func outcome(of response: Response) -> Outcome? {
    if let failure = response.decoded(MailchimpFailure.self), failure.status == "error" {
      return failure.outcome(response)
    }
    let words = shortened(Escaping.singleLine(response.text), to: 200)
    let why = "Mailchimp: HTTP \(response.status) \(words)"
    switch response.status {
    case 200:
      guard let results = response.decoded([MailchimpResult].self), let result = results.first
      else {
        return .unknown(why: why)
      }
      return result.outcome
    case 201..<300, 500...: return .unknown(why: why)
    case 402, 404: return .refused(.channel, why: why)
    default: return nil
    }
  }

  public var probe: HTTPRequest? { post("users/ping2", []) }

  /// Metadata can be queried only where a person has had it indexed, so all that went to the
  /// address in those days is listed, and the metadata compared. The index lags.
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    guard let started = Instant(startedAt), let now = Instant(now),
      let recipient = try? message.emailAddress()
    else { return .cannotTell(why: "no time or no address to look for") }
    let limit = 1000
    func day(_ instant: Instant) -> JSONBody { .text(Zone.utc.day(of: instant).description) }
    let query = post(
      "messages/search",
      [
        ("query", .text("email:\"\(recipient)\"")),
        ("date_from", day(started.adding(seconds: -86_400))),
        ("date_to", day(now.adding(seconds: 86_400))), ("limit", .number(limit)),
      ]
    )
    do throws(WireError) {
      let answer = try await session.read(query)
      guard answer.status == 200, let hits = answer.decoded([MailchimpHit].self) else {
        return .cannotTell(why: "Mailchimp's search answered HTTP \(answer.status)")
      }
      if let hit = hits.first(where: { $0.metadata?[Self.metadataKey] == message.deliveryID }) {
        // Rejected before it left: sent again, it is refused with the reason.
        return hit.state == "rejected" ? .absent : .found(id: hit.id)
      }
      let recent = hits.filter { $0.ts >= started.seconds - 60 }
      guard hits.count < limit, recent.allSatisfy({ $0.metadata != nil }) else {
        return .cannotTell(why: "Mailchimp's search does not show every message")
      }
      return now.seconds - started.seconds >= Self.searchLagSeconds
        ? .absent : .cannotTell(why: "not in Mailchimp's search yet, which lags behind")
    } catch {
      return .cannotTell(why: error.description)
    }
  }

  public func inspect(over session: Session) async -> [Finding] {
    guard let probe else { return [] }
    do throws(WireError) {
      let pong = try await session.read(probe)
      let key = Finding(of: pong, outcome(of: pong), Self.traits.title)
      if key.kind != .good { return [key] }
      var findings = [key]
      for slug in [template] + templates.sorted(by: { $0.key < $1.key }).map(\.value) {
        let answer = try await session.read(post("templates/info", [("name", .text(slug))]))
        guard answer.status == 200, let stored = answer.decoded(MailchimpTemplate.self) else {
          findings.append(Finding(of: answer, outcome(of: answer), Self.traits.title))
          continue
        }
        findings += stored.findings(merge.entries.map(\.name), mapped: isMapped, language)
      }
      return findings
    } catch {
      return [Finding(error)]
    }
  }

  // MARK: How

  private static let metadataKey = "delivery_id"
  private static let searchLagSeconds: Int64 = 1800

  private func url(_ call: String) -> String { "\(baseURL)/api/1.4/\(call)" }

  /// The key travels in the body.
  private func keyed(_ entries: [(key: String, value: JSONBody)]) -> JSONBody {
    .object([("key", .text(apiKey.reveal()))] + entries)
  }

  private func post(_ call: String, _ entries: [(key: String, value: JSONBody)]) -> HTTPRequest {
    HTTPRequest(
      .POST,
      url(call),
      headers: [Header("Content-Type", "application/json")],
      body: keyed(entries).bytes
    )
  }

  /// In Mailchimp's own language nothing is escaped there, so it is here; Handlebars escapes. A
  /// name without a value is given as empty, so that the template can ask for it.
  private func variables(of alert: AlertContent) -> [JSONBody] {
    merge.values(of: alert).map { name, value in
      let text = Self.plain(value?.text ?? "", 5_000)
      let content = language == .mailchimp ? Escaping.html(text) : text
      return ["name": .text(name), "content": .text(content)]
    }
  }

  private static func mailbox(_ address: String, _ name: String?, _ type: String) -> JSONBody {
    let name = plain(name ?? "", 200)
    let box: JSONBody = ["email": .text(address), "type": .text(type)]
    return box.adding("name", name.isEmpty ? nil : .text(name))
  }

  /// Subjects and names are read for merge tags as the template is: a value brings none.
  private static func plain(_ text: String, _ limit: Int) -> String {
    var plain = shortened(Escaping.singleLine(text), to: limit)
      .replacing("*|", with: "*\u{200B}|")
    while plain.contains("{{") { plain = plain.replacing("{{", with: "{\u{200B}{") }
    return plain
  }
}
