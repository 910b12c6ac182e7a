public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// SMS through Twilio Programmable Messaging. twilio.com/docs/messaging/api/message-resource
public struct TwilioChannel: SearchableChannel {
  public static let traits = Traits(
    type: "twilio",
    title: "Twilio",
    defaultAudience: .customer,
    address: .phone,
    forms: [.short],
    idPlace: .nowhere,
    maxBodyBytes: 20_000
  )

  private let baseURL: String
  private let accountSID: String
  private let user: String
  private let password: Secret
  private let from: String?
  private let messagingServiceSID: String?
  private let maxSegments: Int
  private let statusCallback: String

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL(Self.api)
    accountSID = settings.reference("account_sid", help: "The account's SID, `AC…`")
    let token = settings.optionalSecret(
      "auth_token",
      help: "The account's auth token; or give api_key and api_secret"
    )
    let key = settings.optionalReference(
      "api_key",
      help: "An API key's SID, `SK…`: better than the token, as it can be revoked alone"
    )
    let keySecret = settings.optionalSecret("api_secret", help: "The API key's secret")
    from = settings.optionalReference(
      "from",
      help: "The sending number in E.164, short code or sender name"
    ).map { Contact.phone($0) ?? $0 }
    messagingServiceSID = settings.optionalReference(
      "messaging_service_sid",
      help: "A Messaging Service, `MG…`, in place of `from`"
    )
    maxSegments = settings.number(
      "max_segments",
      help: "The most segments one message may cost; longer texts are shortened",
      default: 3,
      in: 1...10
    )
    statusCallback = settings.url(
      "status_callback",
      help: "A URL of yours that Twilio tells what became of each message",
      default: ""
    )
    user = key ?? accountSID
    password = (key == nil ? token : keySecret) ?? Secret("")
    if settings.has("auth_token") == (settings.has("api_key") && settings.has("api_secret")) {
      settings.reject("auth_token", "give either auth_token, or api_key with api_secret")
    } else if settings.has("api_key") != settings.has("api_secret") {
      settings.reject("api_key", "api_key and api_secret belong together")
    }
    if settings.has("from") == settings.has("messaging_service_sid") {
      settings.reject("from", "give either from or messaging_service_sid")
    } else if let from, TwilioSender(from) == nil {
      settings.reject(
        "from",
        "is neither a number such as +6421000000, nor a short code, nor a name of at most 11 "
          + "letters and digits"
      )
    }
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    var form = [("To", try recipient(of: message))]
    if let from { form.append(("From", from)) }
    if let messagingServiceSID { form.append(("MessagingServiceSid", messagingServiceSID)) }
    form.append(("Body", try body(of: message)))
    // Not in the middle of the night, and not after it was paid: four hours, then it fails.
    form.append(("ValidityPeriod", "14400"))
    if !statusCallback.isEmpty { form.append(("StatusCallback", statusCallback)) }
    let bytes = Array(formEncoded(form).utf8)
    try Self.check(size: bytes.count)
    return .http(
      HTTPRequest(
        .POST,
        messagesURL,
        headers: [
          Header("Content-Type", "application/x-www-form-urlencoded"), authorization,
        ],
        body: bytes
      )
    )
  }

  /// By status first; the code only refines it (twilio.com/docs/api/errors).
  public func outcome(of response: Response) -> Outcome? {
    if response.isSuccess {
      guard let sid = response.decoded(Created.self)?.sid, !sid.isEmpty else {
        return .unknown(why: "Twilio: HTTP \(response.status) without a message in it")
      }
      return .accepted(id: sid)
    }
    let failure = response.decoded(Failure.self)
    let words = failure.map { "\($0.code.map(String.init) ?? "") \($0.message ?? $0.title ?? "")" }
    let why =
      "Twilio: HTTP \(response.status) "
      + shortened(Escaping.singleLine(words ?? response.text), to: 200)
    switch (response.status, failure?.code) {
    // 20500, 20503: nobody says whether the message was queued: look it up.
    case (500..., _): return .unknown(why: why)
    case (_, 21611): return .notAccepted(after: .seconds(3600), why: "\(why): queue full")
    case (429, _), (300..<400, _): return nil
    case (401, _), (_, 20003): return .signInNeeded(why: why)
    case (_, 21610): return .refused(.optedOut, why: why)
    case (_, 21211), (_, 21614), (_, 21612), (_, 21408), (_, 21608):
      return .refused(.recipient, why: why)
    case (_, 21212), (_, 21606), (404, _): return .refused(.channel, why: why)
    // Finer codes have come in their place, and may again: the sender is named in quotes.
    case (400..<500, _) where Self.isOfSender(failure?.message):
      return .refused(.channel, why: why)
    case (400..<500, _) where response.status != 408 && response.status != 425:
      return .refused(.message, why: why)
    default: return nil
    }
  }

  /// `The 'From' number +1555… is not a Twilio phone number`. Where the recipient is named too it
  /// is the pair that does not fit, and others may.
  private static func isOfSender(_ message: String?) -> Bool {
    guard let message else { return false }
    return message.contains("'From'") && !message.contains("'To'")
  }

  public var probe: HTTPRequest? {
    let account = percentEncoded(accountSID)
    return HTTPRequest(
      .GET,
      "\(baseURL)/2010-04-01/Accounts/\(account).json",
      headers: [authorization]
    )
  }

  public func inspect(over session: Session) async -> [Finding] {
    guard let probe else { return [] }
    do throws(WireError) {
      let answer = try await session.read(probe)
      guard answer.status == 200, let account = answer.decoded(TwilioAccount.self) else {
        return [Finding(of: answer, outcome(of: answer), Self.traits.title)]
      }
      guard
        let sender = messagingServiceSID.map(TwilioSender.service)
          ?? from.flatMap(TwilioSender.init)
      else { return account.findings }
      guard let path = sender.path(account: percentEncoded(accountSID)) else {
        return account.findings + [TwilioSender.nameFinding]
      }
      let host = path.hasPrefix("/v1/") && baseURL == Self.api ? Self.messagingAPI : baseURL
      let question = HTTPRequest(.GET, host + path, headers: [authorization])
      return account.findings + [sender.finding(try await session.read(question))]
    } catch {
      return [Finding(error)]
    }
  }

  /// A message carries no reference of ours: the same text to the same number since then is it.
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    guard let started = Instant(startedAt), let now = Instant(now),
      let to = try? recipient(of: message), let body = try? body(of: message)
    else { return .cannotTell(why: "no time, number or text to look for") }
    // No DateSent: it has the granularity of a day, and is null while a message is queued.
    var query = [("To", to)]
    if let from, messagingServiceSID == nil { query.append(("From", from)) }
    query.append(("PageSize", "200"))
    var next: String? = "\(messagesURL)?\(formEncoded(query))"
    var pages = 0
    do throws(WireError) {
      while let url = next {
        pages += 1
        if pages > 20 { return .cannotTell(why: "too many messages to this number") }
        let answer = try await session.read(HTTPRequest(.GET, url, headers: [authorization]))
        guard answer.status == 200, let page = answer.decoded(Page.self) else {
          return .cannotTell(why: "Twilio's list answered HTTP \(answer.status)")
        }
        for item in page.messages where item.direction == "outbound-api" && item.body == body {
          guard let created = item.created.flatMap(MailDate.instant) else {
            return .cannotTell(why: "Twilio lists a message without a date")
          }
          if created.seconds >= started.seconds - 60 { return .found(id: item.sid) }
        }
        next = nil
        if let uri = page.next {
          // The credentials go to this host alone.
          guard uri.hasPrefix("/2010-04-01/") else {
            return .cannotTell(why: "Twilio's next page is somewhere else")
          }
          next = baseURL + uri
        }
      }
    } catch {
      return .cannotTell(why: error.description)
    }
    return now.seconds - started.seconds >= Self.listLagSeconds
      ? .absent : .cannotTell(why: "not in Twilio's list yet")
  }

  // MARK: How

  private static let api = "https://api.twilio.com"
  private static let messagingAPI = "https://messaging.twilio.com"
  private static let listLagSeconds: Int64 = 10

  private var messagesURL: String {
    "\(baseURL)/2010-04-01/Accounts/\(percentEncoded(accountSID))/Messages.json"
  }

  private var authorization: Header { Encoding.basic(user, password.reveal()) }

  private func recipient(of message: Message) throws(Unsendable) -> String {
    guard let written = message.recipient, !written.isEmpty else {
      throw Unsendable(.recipient, "no phone number")
    }
    guard let number = Contact.phone(written) else {
      throw Unsendable(
        .recipient,
        "the phone number is not in E.164: + and country code, as in +64 21 123 456"
      )
    }
    return number
  }

  /// The message goes out under the organisation's name: a customer's name brings no link into it,
  /// and does not push the rest out.
  private static func withoutLinksInName(_ text: String, _ name: String) -> String {
    let name = Escaping.singleLine(name)
    if name.isEmpty { return text }
    let words = name.split(separator: " ").filter { !$0.contains("://") && !$0.hasPrefix("www.") }
    return text.replacing(name, with: shortened(words.joined(separator: " "), to: 60))
  }

  private func body(of message: Message) throws(Unsendable) -> String {
    let short = Self.withoutLinksInName(message[.short], message.alert.accountName)
    let lines = SMSSegments.transliterated(Escaping.multiLine(short))
      .split(separator: "\n").map { Escaping.singleLine(String($0)) }.filter { !$0.isEmpty }
    let text = lines.joined(separator: "\n")
    if text.isEmpty { throw Unsendable(.message, "the template rendered no short text") }
    return SMSSegments.shortened(text, toSegments: maxSegments)
  }
}

private struct Created: Decodable { let sid: String }

/// Twilio's own errors, and the problem documents (RFC 9457) of its newer services.
private struct Failure: Decodable {
  let code: Int?
  let message: String?
  let title: String?
}

private struct Page: Decodable {
  struct Item: Decodable {
    let sid: String?
    let body: String?
    let direction: String?
    let created: String?

    enum CodingKeys: String, CodingKey {
      case sid, body, direction
      case created = "date_created"
    }
  }
  let messages: [Item]
  /// Relative to the host.
  let next: String?

  enum CodingKeys: String, CodingKey {
    case messages
    case next = "next_page_uri"
  }
}
