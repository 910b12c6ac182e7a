public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// E-mail through the Gmail API, as a person (consent) or as a service account of a Workspace
/// domain. developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send
public struct GmailChannel: SearchableChannel {
  public static let traits = Traits(
    type: "gmail",
    title: "Gmail",
    defaultAudience: .customer,
    address: .email,
    forms: [.subject, .text, .html],
    idPlace: .visible,
    takesDigest: true,
    maxBodyBytes: 5_000_000,
    // 100 units a send, 6,000 a minute and user; parallel sends of one mailbox get a 429 earlier.
    rate: Rate(60, per: .seconds(60)),
    concurrency: 1,
    signIn: SignInTraits(
      tokenURL: "https://oauth2.googleapis.com/token",
      grants: [.refreshToken, .serviceAccount],
      authentication: .body,
      // Headers of the mailbox, never its texts: the least with which a lost answer can be cleared.
      scopes: [GmailScope.send.url, GmailScope.metadata.url],
      consent: .init(
        url: "https://accounts.google.com/o/oauth2/v2/auth",
        takesPKCE: true,
        parameters: ["access_type": "offline", "prompt": "consent"],
        takesLoopback: true
      )
    )
  )

  let baseURL: String
  let user: String
  let lookUp: GmailScope.LookUp
  private let writer: MailWriter

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://gmail.googleapis.com")
    user = settings.text(
      "user",
      help: "The mailbox: me is the one that signs in",
      default: "me"
    )
    writer = MailWriter(&settings, from: "The mailbox's address, or an alias that Gmail verified")
    lookUp = GmailScope.lookUp(with: Self.scopes(in: settings.block))
  }

  /// Without a scope that reads, nothing can be looked up.
  public var guarantee: Guarantee { lookUp == .nothing ? .neither : .searchable }

  var from: String { writer.keys.from }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let mail = try writer.mail(message, mark: "Ref. \(Self.word(for: message))")
    return try json(
      .POST,
      "\(mailbox)/messages/send",
      ["raw": .text(Encoding.base64URL(mail.bytes()))]
    )
  }

  /// developers.google.com/workspace/gmail/api/guides/handle-errors
  public func outcome(of response: Response) -> Outcome? {
    if response.isSuccess {
      guard let id = response.decoded(Sent.self)?.id, !id.isEmpty else {
        return .unknown(why: "Gmail: HTTP \(response.status) without a message in it")
      }
      return .accepted(id: id)
    }
    let error = response.decoded(GmailFailure.self)?.error
    let words = Escaping.singleLine(error?.message ?? response.text)
    let why = "Gmail: HTTP \(response.status) \(shortened(words, to: 200))"
    switch (response.status, error?.reason) {
    // Nobody says whether the mail was taken: look it up.
    case (500..., _): return .unknown(why: why)
    case (_, "dailyLimitExceeded"):
      return .notAccepted(after: .seconds(3600), why: "\(why): the day's quota is used up")
    case (429, _), (403, "rateLimitExceeded"), (403, "userRateLimitExceeded"):
      return .notAccepted(after: response.retryAfter() ?? Self.wait(response, words), why: why)
    case (400, _) where words.contains("Invalid To header"):
      return .refused(.recipient, why: why)
    case (400, _) where words.contains("Invalid From header"): return .refused(.channel, why: why)
    case (403, _), (404, _), (400, "failedPrecondition"): return .refused(.channel, why: why)
    default: return nil
    }
  }

  public var probe: HTTPRequest? { HTTPRequest(.GET, "\(mailbox)/profile") }

  // MARK: How

  var mailbox: String { "\(baseURL)/gmail/v1/users/\(percentEncoded(user))" }

  /// Gmail writes a Message-ID of its own. One word, as the search splits at hyphens.
  static func word(for message: Message) -> String {
    "BA" + message.deliveryID.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  /// "Retry after 2026-11-23T05:06:07.000Z (Mail sending)": it may be hours.
  private static func wait(_ response: Response, _ words: String) -> Duration? {
    guard let range = words.firstRange(of: "Retry after "),
      let moment = Instant(words[range.upperBound...].prefix { $0 != " " })
    else { return nil }
    return response.wait(until: moment) ?? .seconds(3600)
  }

  /// What `auth` asks for; the frame reads it after the adapter.
  private static func scopes(in block: SettingsBlock) -> [String] {
    var written: [String] = []
    if case .block(let auth)? = block["auth"]?.node.value, let scopes = auth["scopes"]?.node.value {
      if case .scalar(let scope, _) = scopes { written = [scope] }
      if case .list(let nodes) = scopes {
        written = nodes.compactMap {
          if case .scalar(let scope, _) = $0.value { scope } else { nil }
        }
      }
    }
    return written.isEmpty ? traits.signIn?.scopes ?? [] : written
  }
}

/// What Google's scopes allow here.
enum GmailScope: String {
  case send = "gmail.send"
  case metadata = "gmail.metadata"
  case readonly = "gmail.readonly"
  case modify = "gmail.modify"

  /// How a mail of unknown outcome can be looked up.
  enum LookUp { case search, headers, nothing }

  var url: String { "https://www.googleapis.com/auth/\(rawValue)" }

  static func lookUp(with scopes: [String]) -> LookUp {
    let searching = [readonly.url, modify.url, "https://mail.google.com/"]
    if scopes.contains(where: searching.contains) { return .search }
    return scopes.contains(metadata.url) ? .headers : .nothing
  }
}

private struct Sent: Decodable { let id: String }

struct GmailFailure: Decodable {
  struct Body: Decodable {
    struct Item: Decodable { let reason: String? }
    let message: String?
    let errors: [Item]?

    var reason: String? { errors?.first?.reason }
  }
  let error: Body
}
