public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// E-mail from a user's or shared mailbox of Microsoft 365, through Microsoft Graph.
/// learn.microsoft.com/graph/api/user-sendmail
public struct OutlookChannel: SearchableChannel {
  public static let traits = Traits(
    type: "outlook",
    title: "Outlook",
    defaultAudience: .customer,
    address: .email,
    forms: [.subject, .text, .html],
    idPlace: .visible,
    takesDigest: true,
    maxBodyBytes: 4_000_000,
    // Exchange Online: 30 messages a minute and mailbox; Graph: 4 requests at once.
    rate: Rate(30, per: .seconds(60)),
    concurrency: 4,
    signIn: SignInTraits(
      tokenURL: "https://login.microsoftonline.com/\(SignInTraits.tenantMark)/oauth2/v2.0/token",
      grants: [.clientCredentials, .refreshToken],
      authentication: .body,
      scopes: ["https://graph.microsoft.com/.default"],
      consent: .init(
        url: "https://login.microsoftonline.com/\(SignInTraits.tenantMark)/oauth2/v2.0/authorize",
        scopes: ["offline_access"],
        takesPKCE: true,
        refreshLifetimeDays: 90,
        takesLoopback: true
      ),
      namesScopesOnRefresh: true
    )
  )

  private let baseURL: String
  private let user: String
  private let replyTo: String?

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://graph.microsoft.com")
    user = settings.text("user", help: "The mailbox: its address (user principal name) or id")
    replyTo = settings.optionalEmailAddress("reply_to", help: "Where answers go")
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let recipients = try message.emailAddresses()
    let (subject, text) = try message.mailForms()
    let html = message[.html]
    let copies = message.copies(besides: recipients)
    // Exchange makes the plain text beside HTML itself.
    let body: JSONBody =
      html.isEmpty
      ? ["contentType": "text", "content": .text(text)]
      : ["contentType": "html", "content": .text(html)]
    var mail: JSONBody = [
      "subject": .text(subject), "body": body,
      "toRecipients": .list(recipients.map { Self.recipient($0, message.recipientName) }),
    ]
    mail =
      mail
      .adding("ccRecipients", copies.isEmpty ? nil : .list(copies.map { Self.recipient($0, nil) }))
      .adding("replyTo", replyTo.map { [Self.recipient($0, nil)] })
      // Of other names than x-… Graph takes none.
      .adding(
        "internetMessageHeaders",
        [["name": .text(Message.idHeader.lowercased()), "value": .text(message.deliveryID)]]
      )
      .adding(
        "singleValueExtendedProperties",
        [["id": .text(Self.property), "value": .text(message.deliveryID)]]
      )
    return try json(.POST, "\(mailbox)/sendMail", ["message": mail, "saveToSentItems": true])
  }

  /// By status, then `error.code`. learn.microsoft.com/graph/errors
  public func outcome(of response: Response) -> Outcome? {
    let error = response.decoded(Failure.self)?.error
    let words = error.map { "\($0.code) \($0.message ?? "")" } ?? response.text
    let why = "Outlook: HTTP \(response.status) \(shortened(Escaping.singleLine(words), to: 200))"
    switch (response.status, error?.code) {
    // Without a body and an id; it may still come back as a report in the mailbox.
    case (202, _): return .accepted(id: nil)
    case (200..<300, _): return .unknown(why: why)
    case (400, "ErrorInvalidRecipients"): return .refused(.recipient, why: why)
    // Not this mailbox's address, or no right to send as another.
    case (400, "ErrorSendAsDenied"), (400, "ErrorInvalidSender"):
      return .refused(.channel, why: why)
    case (403, "ErrorExceededMessageLimit"), (403, "ErrorQuotaExceeded"):
      return .notAccepted(after: .seconds(3600), why: "\(why): the day's quota is used up")
    case (403, _), (404, _): return .refused(.channel, why: why)
    case (503, _) where response.retryAfter() != nil: return nil
    // Nobody says whether the mail was taken: look it up.
    case (500..., _): return .unknown(why: why)
    default: return nil
    }
  }

  public var probe: HTTPRequest? {
    lookUp("check", in: "sentitems")
  }

  public func inspect(over session: Session) async -> [Finding] {
    guard let probe else { return [] }
    do throws(WireError) {
      let answer = try await session.read(probe)
      switch answer.status {
      case 200:
        return [Finding(.good, "\(user) can be reached, and what it sent can be looked up")]
      case 403:
        return [
          Finding(
            .note,
            "\(user) cannot be read: a mail of unknown outcome cannot be looked up; give the app"
              + " Mail.Read beside Mail.Send (in Entra, API permissions, with admin consent),"
              + " and the mailbox to its access policy"
          )
        ]
      default: return [Finding(of: answer, outcome(of: answer), Self.traits.title)]
      }
    } catch {
      return [Finding(error)]
    }
  }

  /// Message-ID and headers of sent mail cannot be searched; a property of our own can.
  public func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult {
    guard let started = Instant(startedAt), let now = Instant(now) else {
      return .cannotTell(why: "no time to look for")
    }
    do throws(WireError) {
      for name in ["sentitems", "outbox", "drafts"] {
        let answer = try await session.read(lookUp(message.deliveryID, in: name))
        guard answer.status == 200, let hits = answer.decoded(Page.self)?.value else {
          return .cannotTell(why: "Outlook's folder \(name) answered HTTP \(answer.status)")
        }
        guard let hit = hits.first else { continue }
        // Exchange has it, and moves it to the sent items once it has gone out.
        if name != "sentitems" { return .cannotTell(why: "it still lies in Outlook's \(name)") }
        return .found(id: hit.internetMessageID ?? hit.id)
      }
    } catch {
      return .cannotTell(why: error.description)
    }
    return now.seconds - started.seconds >= Self.lagSeconds
      ? .absent : .cannotTell(why: "not among Outlook's sent items yet")
  }

  // MARK: How

  private static let lagSeconds: Int64 = 120
  /// The name of our property; the GUID is this tool's, for ever.
  private static let property =
    "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name BalancealertDelivery"

  private var mailbox: String { "\(baseURL)/v1.0/users/\(percentEncoded(user))" }

  /// Needs Mail.Read: Mail.ReadBasic has neither searches nor extended properties.
  private func lookUp(_ deliveryID: String, in folder: String) -> HTTPRequest {
    let id = deliveryID.replacing("'", with: "''")
    let filter =
      "singleValueExtendedProperties/Any(ep: ep/id eq '\(Self.property)' and ep/value eq '\(id)')"
    return HTTPRequest(
      .GET,
      "\(mailbox)/mailFolders/\(folder)/messages?$select=id,internetMessageId,sentDateTime"
        + "&$filter=\(percentEncoded(filter))"
    )
  }

  private static func recipient(_ address: String, _ name: String?) -> JSONBody {
    let plain = shortened(Escaping.singleLine(name ?? ""), to: 200)
    let mailbox: JSONBody = ["address": .text(address)]
    return ["emailAddress": mailbox.adding("name", plain.isEmpty ? nil : .text(plain))]
  }
}

private struct Failure: Decodable {
  struct Body: Decodable {
    let code: String
    let message: String?
  }
  let error: Body
}

private struct Page: Decodable {
  struct Hit: Decodable {
    let id: String
    let internetMessageID: String?

    enum CodingKeys: String, CodingKey {
      case id
      case internetMessageID = "internetMessageId"
    }
  }
  let value: [Hit]
}
