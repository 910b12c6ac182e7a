public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// E-mail through Twilio SendGrid's Mail Send.
/// twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
public struct SendGridChannel: SearchableChannel, BatchChannel {
  public static let traits = Traits(
    type: "sendgrid",
    title: "SendGrid",
    defaultAudience: .customer,
    address: .email,
    forms: [.subject, .text, .html],
    idPlace: .visible,
    takesDigest: true,
    maxBodyBytes: 20_000_000
  )

  let baseURL: String
  let keys: MailKeys
  let templateID: String?
  let unsubscribeGroup: Int
  private let apiKey: Secret
  private let sandbox: Bool
  let checksSuppressions: Bool

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://api.sendgrid.com")
    apiKey = settings.secret(
      "api_key",
      help: "An API key with the scope mail.send; for look-ups it must read the e-mail logs too"
    )
    keys = MailKeys(&settings, from: "A verified sender")
    templateID = settings.optionalText(
      "template_id",
      help: "A dynamic template (`d-…`) in place of the built-in texts"
    )
    unsubscribeGroup = settings.number(
      "unsubscribe_group",
      help: "Unsubscribe group that reminders belong to; 0 for none",
      default: 0,
      in: 0...Int(Int32.max)
    )
    sandbox = settings.flag(
      "sandbox",
      help: "SendGrid checks each request and sends nothing",
      default: false
    )
    checksSuppressions = settings.flag(
      "check_suppressions",
      help: "Asks before each mail whether SendGrid would drop it, without a word, since the"
        + " recipient unsubscribed, bounced or reported spam; up to five requests more a mail",
      default: false
    )
    if let templateID, !templateID.hasPrefix("d-") {
      settings.reject("template_id", "is not a dynamic template: their ids begin with `d-`")
    }
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    try request(for: message, [try personalization(message, to: try message.emailAddresses())])
  }

  /// - Parameter personalizations: one a recipient; what they share is the first message's.
  func request(
    for message: Message,
    _ personalizations: [JSONBody]
  ) throws(Unsendable) -> Request {
    var body: JSONBody = [
      "personalizations": .list(personalizations),
      "from": Self.mailbox(keys.from, keys.fromName ?? message.organisation),
    ]
    body = body.adding("reply_to", keys.replyTo.map { Self.mailbox($0, nil) })
    if let templateID {
      body = body.adding("template_id", .text(templateID))
    } else {
      let (subject, text) = try message.mailForms()
      let html = message[.html]
      // Plain text first; an empty value is refused.
      let content: [JSONBody] =
        [["type": "text/plain", "value": .text(text)]]
        + (html.isEmpty ? [] : [["type": "text/html", "value": .text(html)]])
      body = body.adding("subject", .text(subject)).adding("content", .list(content))
    }
    if personalizations.count == 1 { body = body.adding("headers", Self.headers(of: message)) }
    body = body.adding("categories", ["balancealert"])
      .adding("asm", unsubscribeGroup == 0 ? nil : ["group_id": .number(unsubscribeGroup)])
      .adding("mail_settings", sandbox ? ["sandbox_mode": ["enable": true]] : nil)
      // A payment link that is rewritten to another host looks like a fraud.
      .adding(
        "tracking_settings",
        ["click_tracking": ["enable": false], "open_tracking": ["enable": false]]
      )
    return try json(.POST, "\(baseURL)/v3/mail/send", body, headers: [authorization])
  }

  public func send(_ message: Message, over session: Session) async -> Outcome {
    if checksSuppressions, let reason = await suppression(of: message, over: session) {
      return reason
    }
    return await sendAtOnce(message, over: session)
  }

  public func outcome(of response: Response) -> Outcome? {
    let error = response.decoded(Failure.self)?.errors.first
    let words = error?.message ?? response.text
    let why = "SendGrid: HTTP \(response.status) \(shortened(Escaping.singleLine(words), to: 200))"
    switch response.status {
    case 202: return .accepted(id: response.header("X-Message-Id"))
    case 200 where sandbox && response.body.isEmpty: return .accepted(id: nil)
    case 200..<300: return .unknown(why: why)
    case 400:
      let field = error?.field ?? ""
      if field.hasPrefix("personalizations.0.to") { return .refused(.recipient, why: why) }
      let isOurs = ["from", "reply_to", "template_id", "asm"].contains { field.hasPrefix($0) }
      return .refused(isOurs ? .channel : .message, why: why)
    case 401 where words.contains("Maximum credits exceeded"):
      return .notAccepted(after: .seconds(3600), why: "\(why): the plan's quota is used up")
    case 403 where words.contains("temporarily blocked"):
      return .notAccepted(after: .seconds(3600), why: why)
    case 403, 404, 405, 406: return .refused(.channel, why: why)
    case 451: return .refused(.channel, why: "\(why): use the host of your region as base_url")
    case 429:
      return .notAccepted(after: response.rateLimitReset() ?? response.retryAfter(), why: why)
    // SendGrid says of none of them whether the mail was queued: look it up.
    case 500...: return .unknown(why: why)
    default: return nil
    }
  }

  public var probe: HTTPRequest? {
    HTTPRequest(.GET, "\(baseURL)/v3/scopes", headers: [authorization])
  }

  /// Custom arguments cannot be queried: lists what went to the address since then, and compares
  /// the arguments of each. The log lags, so an absence counts only after a while.
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    guard let started = Instant(startedAt), let now = Instant(now),
      let recipient = try? message.emailAddress()
    else { return .cannotTell(why: "no time or no address to look for") }
    let since = started.adding(seconds: -60)
    let limit = 100
    let query =
      "to_email = \"\(recipient)\" AND sg_message_id_created_at >= TIMESTAMP \"\(since)\""
    do throws(WireError) {
      let answer = try await session.read(logs(query, limit: limit))
      guard answer.status == 200, let hits = answer.decoded(Logs.self)?.messages else {
        return .cannotTell(why: "SendGrid's log answered HTTP \(answer.status)")
      }
      var isComplete = hits.count < limit
      for hit in hits {
        let id = percentEncoded(hit.sgMessageID)
        let detail = try await session.read(
          HTTPRequest(.GET, "\(baseURL)/v3/logs/\(id)", headers: [authorization])
        )
        guard detail.status == 200, let entry = detail.decoded(LogEntry.self) else {
          isComplete = false
          continue
        }
        if entry.customArgs?[Self.argument] == message.deliveryID {
          return .found(id: entry.sgMessageID)
        }
      }
      if !isComplete { return .cannotTell(why: "SendGrid's log could not be read whole") }
      return now.seconds - started.seconds >= Self.logLagSeconds
        ? .absent : .cannotTell(why: "not in SendGrid's log yet, which lags behind")
    } catch {
      return .cannotTell(why: error.description)
    }
  }

  // MARK: How

  private static let argument = "balancealert_delivery"
  private static let logLagSeconds: Int64 = 1800

  var authorization: Header {
    Header("Authorization", "Bearer \(apiKey.reveal())")
  }

  func logs(_ query: String, limit: Int) -> HTTPRequest {
    HTTPRequest(
      .POST,
      "\(baseURL)/v3/logs",
      headers: [Header("Content-Type", "application/json"), authorization],
      body: (["query": .text(query), "limit": .number(limit)] as JSONBody).bytes
    )
  }

  /// The addresses of one customer: everyone in one `to` sees the others.
  static func headers(of message: Message) -> JSONBody {
    .object(message.mailHeaders.map { (key: $0.name, value: JSONBody.text($0.value)) })
  }

  func personalization(
    _ message: Message,
    to recipients: [String]
  ) throws(Unsendable) -> JSONBody {
    let copies = message.copies(besides: recipients)
    var data: JSONBody?
    if templateID != nil {
      data = message.alert.templateData.adding("subject", .text(message[.subject]))
        .adding("text", .text(message[.text]))
    }
    let personalization: JSONBody = [
      "to": .list(recipients.map { Self.mailbox($0, message.recipientName) })
    ]
    return
      personalization
      .adding("cc", copies.isEmpty ? nil : .list(copies.map { Self.mailbox($0, nil) }))
      .adding("custom_args", [Self.argument: .text(message.deliveryID)])
      .adding("dynamic_template_data", data)
  }

  private static func mailbox(_ address: String, _ name: String?) -> JSONBody {
    let plain = shortened(Escaping.singleLine(name ?? ""), to: 200)
    return (["email": .text(address)] as JSONBody).adding(
      "name", plain.isEmpty ? nil : .text(plain))
  }
}

private struct Failure: Decodable {
  struct Item: Decodable {
    let message: String
    let field: String?
  }
  let errors: [Item]
}

private struct Logs: Decodable {
  struct Hit: Decodable {
    let sgMessageID: String
    enum CodingKeys: String, CodingKey { case sgMessageID = "sg_message_id" }
  }
  let messages: [Hit]
}

private struct LogEntry: Decodable {
  let sgMessageID: String
  let customArgs: [String: String]?

  enum CodingKeys: String, CodingKey {
    case sgMessageID = "sg_message_id"
    case customArgs = "custom_args"
  }
}
